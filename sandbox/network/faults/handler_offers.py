"""The ways in which the client connect handler fails, and bad versions of the client."""

from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.network.faults.offers import Offer

HANDLER_FAILS: Final = Offer(
    "handler-fails",
    BilingualText("接続ハンドラーがエラーで終わる", "The connect handler ends with an error"),
    BilingualText(
        "Lambda関数が例外で終わります。AWSは、つなごうとする人を全員断ります。",
        "The Lambda function ends with an exception. AWS refuses everybody who connects.",
    ),
    BilingualText(
        "「接続ログ」に、理由「接続ハンドラーのエラー」の失敗が続きます。",
        "Failures follow each other in the connection log, with the handler's error as their reason.",
    ),
    path="/connections/",
)
HANDLER_TIMES_OUT: Final = Offer(
    "handler-times-out",
    BilingualText("接続ハンドラーが時間切れになる", "The connect handler times out"),
    BilingualText(
        "Lambda関数が返事をしません。AWSは、つなごうとする人を全員断ります。",
        "The Lambda function doesn't answer in time. AWS refuses everybody who connects.",
    ),
    BilingualText(
        "「接続ログ」に、理由「接続ハンドラーのタイムアウト」の失敗が続きます。",
        "Failures follow each other in the connection log, with the time-out as their reason.",
    ),
    path="/connections/",
)
HANDLER_THROTTLED: Final = Offer(
    "handler-throttled",
    BilingualText("接続ハンドラーの呼び出しが制限される", "The connect handler is throttled"),
    BilingualText(
        "Lambdaの同時実行数の上限に達していて、関数は呼ばれません。",
        "Lambda's limit of concurrent calls is reached: the function isn't called.",
    ),
    BilingualText(
        "「接続ログ」に失敗が続きます。ハンドラーのロググループには、何も書かれません。",
        "Failures follow each other in the connection log. Nothing comes into the handler's log group.",
    ),
    path="/connections/",
)
HANDLER_BLIND: Final = Offer(
    "handler-blind",
    BilingualText("接続ハンドラーが拒否リストを読めない", "The connect handler can't read the deny list"),
    BilingualText(
        "DynamoDBが関数を断ります。設定のとおり、誰でも接続できます（ブロックした人も）。",
        "DynamoDB refuses the function. As it is set, everybody gets in, also people who are blocked.",
    ),
    BilingualText(
        "接続の詳細に、ハンドラーの判断と理由が出ます。",
        "The details of a connection show what the handler decided, and why.",
    ),
    path="/connections/",
)
BAD_CLIENT: Final = Offer(
    "bad-client",
    BilingualText(
        "WindowsとmacOSに、不具合のあるバージョンが配られる",
        "A bad client version is rolled out to Windows and macOS",
    ),
    BilingualText(
        "これから接続する人は、AWS VPN Client 6.0.0（ログインに失敗することがあるバージョン）を使います。",
        "Whoever connects from now on has AWS VPN Client 6.0.0, in which signing in fails at times.",
    ),
    BilingualText(
        "気づいた点、エンドポイントのページ、本人のホームに、更新が必要な人が出ます。",
        "Findings, the endpoint's page and each person's home page say who should upgrade.",
    ),
    path="/findings/",
)
BAD_VERSION: Final = "6.0.0"
BAD_SYSTEMS: Final = ("win", "mac")
