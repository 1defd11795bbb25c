"""The ways in which the connection log can fail those who read it."""

from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.company import TOKYO
from sandbox.network.faults.offers import AwsFaultFields, Offer

SOURCES: Final = "/connections/sources/"
READ: Final = "FilterLogEvents"
LOG_ANSWERS: Final = (
    Offer(
        "log-throttled",
        BilingualText(
            "CloudWatch Logsが呼び出しを制限する", "CloudWatch Logs throttles (ThrottlingException)"
        ),
        BilingualText(
            "ログを読み取る呼び出しだけが、多すぎるとして断られます。エンドポイントは読み取れます。",
            "Only the calls that read the log are refused as too many. Endpoints can still be read.",
        ),
        BilingualText(
            "接続ログのページで、どちらのロググループも「読み取り失敗」になり、理由が出ます。続きは失われません。",
            "The page about the log says of both log groups that reading fails, and why. Nothing is lost meanwhile.",
        ),
        path=SOURCES,
        fault=AwsFaultFields("error", "ThrottlingException", action=READ),
    ),
    Offer(
        "log-denied",
        BilingualText(
            "ログを読む権限がない（AccessDeniedException）",
            "Reading the log is denied (AccessDeniedException)",
        ),
        BilingualText(
            "ポータルのロールから、logs:FilterLogEventsがなくなります。",
            "The portal's role has lost logs:FilterLogEvents.",
        ),
        BilingualText(
            "接続ログのページに、足りない権限の名前が出ます。",
            "The page about the log names the permission that is missing.",
        ),
        path=SOURCES,
        fault=AwsFaultFields("error", "AccessDeniedException", action=READ),
    ),
)
LOG_GROUP: Final = Offer(
    "log-group",
    BilingualText(f"{TOKYO.label}のロググループが削除される", f"The log group of {TOKYO.label} is deleted"),
    BilingualText(
        "CloudWatch Logsのロググループが消え、その間の接続は記録されません。元に戻すと、空のロググループを作ります。",
        "The log group is gone, and nobody records connections meanwhile. Mending makes an empty one.",
    ),
    BilingualText(
        f"接続ログのページで、{TOKYO.label}だけが「読み取り失敗」になります。読み取り済みの接続は検索できます。",
        f"The page about the log says that reading fails, of {TOKYO.label} alone. What was read before is still found.",
    ),
    path=SOURCES,
)
LATE: Final = Offer(
    "log-late",
    BilingualText("ログが遅れて届く", "The log comes late"),
    BilingualText(
        "これからの接続は、2～15分遅れてCloudWatch Logsに書かれます。",
        "What happens from now on is written to CloudWatch Logs two to fifteen minutes late.",
    ),
    BilingualText(
        "「現在の接続」にはすぐ出ますが、デバイスと接続元のIPアドレスは、ログが届いてから出ます。",
        "“Connected now” has a new connection at once; its device and source IP follow when the log has come.",
    ),
    path="/connections/live/",
)
DUPLICATES: Final = Offer(
    "log-duplicates",
    BilingualText("ログが重複し、順序も乱れる", "The log comes twice and out of order"),
    BilingualText(
        "これからのログは、どの行も2回、前後しながら届きます。",
        "From now on each line comes twice, some before others that are older.",
    ),
    BilingualText(
        "接続は1回ずつ数えられます。詳細の元のログにも、同じ行は1回だけ出ます。",
        "Each connection counts once. Its raw events have each line once, too.",
    ),
    path="/connections/",
)
MALFORMED: Final = Offer(
    "log-malformed",
    BilingualText("ログに読み取れない行が混じる", "The log has lines that can't be read"),
    BilingualText(
        "これからのログには、2行に1行ほど、壊れた行が続きます。",
        "From now on a broken line follows about every second one.",
    ),
    BilingualText(
        "接続ログのページで、「読み取れなかった行」が増えます。正しい行は普段どおりに読み取ります。",
        "“Lines that could not be read” grow on the page about the log. The others are read as usual.",
    ),
    path=SOURCES,
)
