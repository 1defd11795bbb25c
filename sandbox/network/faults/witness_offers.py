"""What AWS's other services can tell of: certificates that end, maintenance, AWS Health's events, groups that go."""

from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.company import ENGINEERING
from sandbox.network.faults.offers import Offer

FINDINGS: Final = "/connections/findings/"
CERTIFICATE_ENDS: Final = Offer(
    "certificate-ends",
    BilingualText(
        "tokyo-mainのサーバー証明書が6日後に切れる", "The server certificate of tokyo-main ends in 6 days"
    ),
    BilingualText(
        "ACMの証明書が、残り6日のものに替わります。",
        "In ACM it is replaced by one that has 6 days left.",
    ),
    BilingualText(
        "証明書は1時間ごとに読みます。エンドポイントtokyo-mainの「証明書」と検出事項に出ます。",
        "Certificates are read once an hour. Then “Certificates” of tokyo-main and a finding tell it.",
    ),
)
CERTIFICATE_EXPIRED: Final = Offer(
    "certificate-expired",
    BilingualText("tokyo-mainのサーバー証明書が切れた", "The server certificate of tokyo-main has expired"),
    BilingualText(
        "ACMの証明書が、数秒後に切れるものに替わります。",
        "In ACM it is replaced by one that expires within seconds.",
    ),
    BilingualText(
        "証明書は1時間ごとに読みます。エンドポイントtokyo-mainの「証明書」に期限切れと出ます。",
        "Certificates are read once an hour. Then “Certificates” of tokyo-main says that it has expired.",
    ),
)
PROVIDER_ENDS: Final = Offer(
    "saml-provider-ends",
    BilingualText(
        "VPNのIDプロバイダーのメタデータが6日後に切れる",
        "The metadata of the VPN's identity provider ends in 6 days",
    ),
    BilingualText(
        "IAMのSAMLプロバイダーのメタデータで、署名の証明書が残り6日になります。",
        "In the metadata of IAM's SAML provider, the certificate that signs has 6 days left.",
    ),
    BilingualText(
        "1時間ごとに読みます。エンドポイントの「証明書」と検出事項に出ます。",
        "It is read once an hour. Then “Certificates” of the endpoints and a finding tell it.",
    ),
)
MAINTENANCE: Final = Offer(
    "tunnel-maintenance",
    BilingualText(
        "AWSが5日後に回線のトンネルを交換する", "AWS will replace the line's tunnel ends in 5 days"
    ),
    BilingualText(
        "会社への回線の2本のトンネルに、AWSの保守が予定されます。",
        "Maintenance by AWS is pending for both tunnels of the line to the office.",
    ),
    BilingualText(
        "1時間ごとに読みます。エンドポイントtokyo-mainの「社内ネットワークへの回線」と検出事項に出ます。",
        "It is read once an hour. Then “Lines to the office” of tokyo-main and a finding tell it.",
    ),
)
HEALTH_EVENT: Final = Offer(
    "health-event",
    BilingualText("AWS Healthが東京リージョンの障害を伝える", "AWS Health reports trouble in Tokyo"),
    BilingualText(
        "VPNサービスの障害のイベントが、キューに入ります。元に戻すと、AWSが終了を伝えます。",
        "An event of a VPN service's trouble comes into the queue. Mending has AWS close it.",
    ),
    BilingualText(
        "1分以内に、ホームのお知らせと「AWS Health」のページに出ます。",
        "Within a minute the notice on the home page and the page “AWS Health” tell it.",
    ),
    path="/aws-health/",
)
GROUP_DELETED: Final = Offer(
    "group-deleted",
    BilingualText(
        f"グループ{ENGINEERING.name}がディレクトリから消える",
        f"The group {ENGINEERING.name} is deleted from the directory",
    ),
    BilingualText(
        "IAM Identity Centerから消えますが、認可ルールには残ります。",
        "It is gone from IAM Identity Center, and authorization rules still name it.",
    ),
    BilingualText(
        "1時間ごとに読みます。検出事項「存在しないグループの認可ルール」に出ます。",
        "The directory is read once an hour. Then a finding tells of rules whose group is gone.",
    ),
    path=FINDINGS,
)
CERTIFICATES: Final = (CERTIFICATE_ENDS, CERTIFICATE_EXPIRED, PROVIDER_ENDS)
WITNESSES: Final = (*CERTIFICATES, MAINTENANCE, HEALTH_EVENT, GROUP_DELETED)
