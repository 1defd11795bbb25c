"""Every fault that the sandbox's page offers, in the groups in which it shows them."""

from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.network.faults.console_offers import CONSOLE
from sandbox.network.faults.handler_offers import (
    BAD_CLIENT,
    HANDLER_BLIND,
    HANDLER_FAILS,
    HANDLER_THROTTLED,
    HANDLER_TIMES_OUT,
)
from sandbox.network.faults.log_offers import DUPLICATES, LATE, LOG_ANSWERS, LOG_GROUP, MALFORMED
from sandbox.network.faults.metric_offers import (
    LOG_STOPPED,
    METRIC_ANSWERS,
    NAT_PORTS,
    TUNNEL_METRIC,
    UNLOGGED_FAILURES,
)
from sandbox.network.faults.offers import Offer
from sandbox.network.faults.witness_offers import WITNESSES
from sandbox.network.faults.wrong_answers import AWS_ANSWERS

ASSOCIATION: Final = Offer(
    "association",
    BilingualText("次のサブネットの関連付けが失敗する", "The next association of a subnet fails"),
    BilingualText(
        "次にどこかのエンドポイントへサブネットを関連付けると、しばらく待った後に失敗します。",
        "The next time somebody associates a subnet with an endpoint, it fails after a while.",
    ),
    BilingualText(
        "エンドポイントのページの「ターゲットネットワーク」に、失敗と出ます。",
        "“Target networks” on the endpoint's page shows it as failed.",
    ),
)
NAT_GATEWAY: Final = Offer(
    "nat-gateway",
    BilingualText("tokyo-mainのNATゲートウェイが消える", "The NAT gateway of tokyo-main disappears"),
    BilingualText(
        "固定IPアドレスに出られなくなります。元に戻すと、同じElastic IPアドレスで作り直します。",
        "The way to the fixed IP address is gone. Mending builds it anew, with the same Elastic IP address.",
    ),
    BilingualText(
        "ホームのお知らせと、エンドポイントtokyo-mainの「インターネットまでの経路」に出ます。",
        "Seen in the notice on the home page and in “The way to the internet” of the endpoint tokyo-main.",
    ),
    path="/",
)
ONE_TUNNEL: Final = Offer(
    "one-tunnel",
    BilingualText("会社への回線のトンネルが1本止まる", "One tunnel of the line to the office goes down"),
    BilingualText(
        "Site-to-Site VPNの2本のトンネルのうち、1本が止まります。",
        "Of the two tunnels of the Site-to-Site VPN, one goes down.",
    ),
    BilingualText(
        "エンドポイントtokyo-mainのページの「社内ネットワークへの回線」に出ます。",
        "“Lines to the office” on the page of the endpoint tokyo-main shows it.",
    ),
)
OFFICE_LINE: Final = Offer(
    "office-line",
    BilingualText("会社への回線が切れる（トンネル2本とも）", "The line to the office is cut (both tunnels)"),
    BilingualText(
        "Site-to-Site VPNのトンネルが2本とも止まり、社内ネットワークに届かなくなります。",
        "Both tunnels of the Site-to-Site VPN go down: the office network can't be reached.",
    ),
    BilingualText(
        "「社内ネットワークへの回線」は2本とも停止です。VPN接続も固定IPアドレスも、そのまま使えます。",
        "“Lines to the office” shows both as down. The VPN and the fixed IP address go on.",
    ),
)
SIGN_IN: Final = Offer(
    "sign-in",
    BilingualText("ログイン画面が止まる", "The sign-in page is down"),
    BilingualText(
        "IDプロバイダーのログイン画面が、503を返します。",
        "The identity provider's sign-in page answers 503.",
    ),
    BilingualText(
        "ログイン済みの人はそのまま使えます。新しいログインは、プライベートウィンドウで試してください。",
        "Whoever is signed in goes on. Try a new sign-in in a private window.",
    ),
    path="/",
)
METADATA: Final = Offer(
    "metadata",
    BilingualText(
        "IDプロバイダーのメタデータを取得できない", "The identity provider's metadata can't be had"
    ),
    BilingualText(
        "署名の証明書を知らせるメタデータが、503になります。",
        "The metadata, which tell the certificate that signs, answer 503.",
    ),
    BilingualText(
        "前回の写しで、ログインは続けられます。写しの古さは/readyzに出ます。",
        "People still sign in, by the last good copy. /readyz tells how old that is.",
    ),
    path="/readyz",
)
GROUPS: Final = (
    (BilingualText("AWSの応答", "AWS's answers"), AWS_ANSWERS),
    (BilingualText("ネットワーク", "The network"), (NAT_GATEWAY, ONE_TUNNEL, OFFICE_LINE, ASSOCIATION)),
    (
        BilingualText("接続ログ", "The connection log"),
        (*LOG_ANSWERS, LOG_GROUP, LATE, DUPLICATES, MALFORMED, LOG_STOPPED),
    ),
    (
        BilingualText("CloudWatchのメトリクス", "CloudWatch's metrics"),
        (*METRIC_ANSWERS, UNLOGGED_FAILURES, NAT_PORTS, TUNNEL_METRIC),
    ),
    (
        BilingualText("接続ハンドラーとクライアント", "The connect handler and the clients"),
        (HANDLER_FAILS, HANDLER_TIMES_OUT, HANDLER_THROTTLED, HANDLER_BLIND, BAD_CLIENT),
    ),
    (BilingualText("ポータルを通さない変更", "Changes made outside the portal"), CONSOLE),
    (
        BilingualText("証明書・保守・AWS Health・グループ", "Certificates, maintenance, AWS Health, groups"),
        WITNESSES,
    ),
    (BilingualText("IDプロバイダー", "The identity provider"), (SIGN_IN, METADATA)),
)
OFFERS: Final = {offer.id: offer for _, offers in GROUPS for offer in offers}
