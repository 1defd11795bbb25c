"""All that can be broken."""

from typing import Final

from sandbox.network.faults.log_offers import DUPLICATES, LATE, LOG_ANSWERS, LOG_GROUP, MALFORMED
from sandbox.network.faults.offers import Offer
from sandbox.network.faults.wrong_answers import AWS_ANSWERS
from sandbox.network.places import Words

ASSOCIATION: Final = Offer(
    "association",
    Words("次のサブネットの関連付けが失敗する", "The next association of a subnet fails"),
    Words(
        "次にどこかのエンドポイントへサブネットを関連付けると、しばらく待った後に失敗します。",
        "The next time somebody associates a subnet with an endpoint, it fails after a while.",
    ),
    Words(
        "エンドポイントのページの「ターゲットネットワーク」に、失敗と出ます。",
        "“Target networks” on the endpoint's page shows it as failed.",
    ),
)
NAT_GATEWAY: Final = Offer(
    "nat-gateway",
    Words("tokyo-mainのNATゲートウェイが消える", "The NAT gateway of tokyo-main disappears"),
    Words(
        "固定IPアドレスに出られなくなります。元に戻すと、同じElastic IPアドレスで作り直します。",
        "The way to the fixed IP address is gone. Mending builds it anew, with the same Elastic IP address.",
    ),
    Words(
        "ホームのお知らせと、エンドポイントtokyo-mainの「インターネットまでの経路」に出ます。",
        "Seen in the notice on the home page and in “The way to the internet” of the endpoint tokyo-main.",
    ),
    path="/",
)
ONE_TUNNEL: Final = Offer(
    "one-tunnel",
    Words("会社への回線のトンネルが1本止まる", "One tunnel of the line to the office goes down"),
    Words(
        "Site-to-Site VPNの2本のトンネルのうち、1本が止まります。",
        "Of the two tunnels of the Site-to-Site VPN, one goes down.",
    ),
    Words(
        "エンドポイントtokyo-mainのページの「社内ネットワークへの回線」に出ます。",
        "“Lines to the office” on the page of the endpoint tokyo-main shows it.",
    ),
)
OFFICE_LINE: Final = Offer(
    "office-line",
    Words("会社への回線が切れる（トンネル2本とも）", "The line to the office is cut (both tunnels)"),
    Words(
        "Site-to-Site VPNのトンネルが2本とも止まり、社内ネットワークに届かなくなります。",
        "Both tunnels of the Site-to-Site VPN go down: the office network can't be reached.",
    ),
    Words(
        "「社内ネットワークへの回線」は2本とも停止です。VPN接続も固定IPアドレスも、そのまま使えます。",
        "“Lines to the office” shows both as down. The VPN and the fixed IP address go on.",
    ),
)
SIGN_IN: Final = Offer(
    "sign-in",
    Words("ログイン画面が止まる", "The sign-in page is down"),
    Words(
        "IDプロバイダーのログイン画面が、503を返します。",
        "The identity provider's sign-in page answers 503.",
    ),
    Words(
        "ログイン済みの人はそのまま使えます。新しいログインは、プライベートウィンドウで試してください。",
        "Whoever is signed in goes on. Try a new sign-in in a private window.",
    ),
    path="/",
)
METADATA: Final = Offer(
    "metadata",
    Words("IDプロバイダーのメタデータを取得できない", "The identity provider's metadata can't be had"),
    Words(
        "署名の証明書を知らせるメタデータが、503になります。",
        "The metadata, which tell the certificate that signs, answer 503.",
    ),
    Words(
        "前回の写しで、ログインは続けられます。写しの古さは/readyzに出ます。",
        "People still sign in, by the last good copy. /readyz tells how old that is.",
    ),
    path="/readyz",
)
GROUPS: Final = (
    (Words("AWSの応答", "AWS's answers"), AWS_ANSWERS),
    (Words("ネットワーク", "The network"), (NAT_GATEWAY, ONE_TUNNEL, OFFICE_LINE, ASSOCIATION)),
    (
        Words("接続ログ", "The connection log"),
        (*LOG_ANSWERS, LOG_GROUP, LATE, DUPLICATES, MALFORMED),
    ),
    (Words("IDプロバイダー", "The identity provider"), (SIGN_IN, METADATA)),
)
OFFERS: Final = {offer.id: offer for _, offers in GROUPS for offer in offers}
