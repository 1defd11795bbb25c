"""The ways in which AWS can answer wrongly."""

from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.company import TOKYO
from sandbox.network.faults.offers import AwsFaultFields, Offer

# Less than the portal waits for an answer, and enough for what it knows to grow old.
SLOW_SECONDS: Final = 8.0
AWS_ANSWERS: Final = (
    Offer(
        "throttled",
        BilingualText(
            "AWSが呼び出しを制限する（RequestLimitExceeded）", "AWS throttles (RequestLimitExceeded)"
        ),
        BilingualText(
            "AWSはすべての呼び出しを、多すぎるとして断ります。", "AWS refuses every call as one too many."
        ),
        BilingualText(
            "エンドポイントのページは前回の内容を表示し続け、その上に理由が出ます。",
            "The pages about endpoints keep what was read last, with the reason above it.",
        ),
        fault=AwsFaultFields("error", "RequestLimitExceeded"),
    ),
    Offer(
        "failing",
        BilingualText("AWSが内部エラーを返す（500 InternalError）", "AWS fails (500 InternalError)"),
        BilingualText(
            "すべての呼び出しに、AWS側のエラーが返ります。",
            "Every call is answered by an error of AWS's own.",
        ),
        BilingualText(
            "ポータルは試し直したうえで前回の内容を残し、エンドポイントのページで理由を示します。",
            "The portal tries again, then keeps what it read last; the pages about endpoints say why.",
        ),
        fault=AwsFaultFields("error", "InternalError"),
    ),
    Offer(
        "slow",
        BilingualText("AWSの応答が遅い", "AWS is slow"),
        BilingualText("どの応答にも8秒余計にかかります。", "Every answer takes eight seconds longer."),
        BilingualText(
            "ページの表示は速いままです。エンドポイントの「最終取得」だけが遅れ、1分ほどで古いと示されます。",
            "Pages stay as fast as ever. Only the endpoints' “Last read” lags, and is marked as old after a minute.",
        ),
        fault=AwsFaultFields("slow", seconds=SLOW_SECONDS),
    ),
    Offer(
        "tokyo-drops",
        BilingualText("東京リージョンが接続を切る", "The Tokyo Region drops connections"),
        BilingualText(
            "東京リージョンへの呼び出しは、応答の前に接続が切れます。大阪は動いています。",
            "Calls to Tokyo lose their connection before there is an answer. Osaka works.",
        ),
        BilingualText(
            "エンドポイントの一覧で、tokyo-mainは前回の内容のまま古くなり、osaka-drは更新され続けます。",
            "In the list of endpoints tokyo-main keeps what was read last and grows old; osaka-dr goes on.",
        ),
        fault=AwsFaultFields("drop", region=TOKYO.region),
    ),
    Offer(
        "cut",
        BilingualText("応答が途中で切れる", "Answers break off half-way"),
        BilingualText("どの応答も、半分のところで切れます。", "Every answer ends in its middle."),
        BilingualText(
            "半端な内容は保存されません。エンドポイントのページに前回の内容と理由が出ます。",
            "Nothing half-read is kept. The pages about endpoints show what was read last, and the reason.",
        ),
        fault=AwsFaultFields("cut"),
    ),
    Offer(
        "cut-later",
        BilingualText("2ページ目から応答が途中で切れる", "Answers break off from the second page on"),
        BilingualText(
            "1回の応答に収まらない長い一覧だけが、途中で切れます（接続の一覧なら1,000件を超えるとき）。",
            "Only listings that are too long for one answer break off: of connections, those of more than 1,000.",
        ),
        BilingualText(
            "「現在の接続」が1ページ目だけの一覧に置き換わることはなく、前回の一覧が残ります。",
            "“Connected now” is never replaced by a first page alone: the last whole list stays.",
        ),
        fault=AwsFaultFields("cut", page="later"),
    ),
    Offer(
        "expired",
        BilingualText("認証情報の期限が切れる（ExpiredToken）", "The credentials expire (ExpiredToken)"),
        BilingualText(
            "AWSはポータルの認証情報を、期限切れとして断ります。",
            "AWS refuses the portal's credentials as expired.",
        ),
        BilingualText(
            "エンドポイントのページに、認証情報が使えないと出ます。ほかのページは普段どおりです。",
            "The pages about endpoints say that the credentials can't be used. All other pages work as usual.",
        ),
        fault=AwsFaultFields("error", "ExpiredToken"),
    ),
    Offer(
        "denied",
        BilingualText(
            "権限が1つ足りない（DescribeClientVpnConnections）",
            "One permission is missing (DescribeClientVpnConnections)",
        ),
        BilingualText(
            "AWSは接続の一覧を読む呼び出しだけを断ります。",
            "AWS refuses only the call that lists connections.",
        ),
        BilingualText(
            "アカウントは読み取れますが、どのエンドポイントのページにも、権限が足りないと出ます。",
            "The account can be read, but each endpoint's page says that a permission is missing.",
        ),
        fault=AwsFaultFields("error", "UnauthorizedOperation", action="DescribeClientVpnConnections"),
    ),
    Offer(
        "off",
        BilingualText("AWSがまったく応答しない", "AWS doesn't answer at all"),
        BilingualText(
            "どのリージョンのどのサービスも、応答せずに接続を切ります。",
            "Every service in every Region drops the connection without an answer.",
        ),
        BilingualText(
            "ログイン、ホーム、接続プロファイル、接続確認、手順書はそのまま使えます。",
            "Signing in, the home page, profiles, the connection check and the guides all go on.",
        ),
        path="/",
        fault=AwsFaultFields("drop"),
    ),
)
