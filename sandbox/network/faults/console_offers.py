"""Changes that somebody makes outside the portal: in AWS's console, by CloudFormation, with the root user."""

from typing import Final

from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.bilingual import BilingualText
from sandbox.company import EMPLOYEES, OSAKA, TOKYO, EndpointSeed
from sandbox.network.faults.offers import Offer


def _seen(place: EndpointSeed) -> BilingualText:
    return BilingualText(
        f"エンドポイント{place.label}のページに、変更後の状態が出ます。誰が変更したかは、20秒ほど遅れてCloudTrailに記録されます。",
        f"The page of the endpoint {place.label} shows it as it is now. CloudTrail says who it was some 20"
        " seconds later.",
    )


def _path(place: EndpointSeed) -> str:
    return f"/endpoints/{seeded_endpoint_id(place)}/"


ROUTE: Final = Offer(
    "console-route",
    BilingualText(
        f"コンソールで{TOKYO.label}のルート0.0.0.0/0が削除される",
        f"Somebody deletes the route 0.0.0.0/0 of {TOKYO.label} in the console",
    ),
    BilingualText(
        "ネットワーク担当者のロール（NetworkAdmins）による操作です。インターネットに出られなくなります。",
        "Done with the role NetworkAdmins. Nobody reaches the internet any more.",
    ),
    _seen(TOKYO),
    path=_path(TOKYO),
)
RULE: Final = Offer(
    "console-rule",
    BilingualText(
        f"コンソールで{EMPLOYEES.name}の承認ルールが取り消される",
        f"Somebody revokes the rule for {EMPLOYEES.name} in the console",
    ),
    BilingualText(
        "IAMユーザーnetops.itoによる操作です。社員がインターネットに出られなくなります。",
        "Done by the IAM user netops.ito. Employees don't reach the internet any more.",
    ),
    _seen(TOKYO),
    path=_path(TOKYO),
)
LOGGING: Final = Offer(
    "console-logging",
    BilingualText(
        f"ルートユーザーが{TOKYO.label}の接続ログを止める",
        f"The root user switches the connection log of {TOKYO.label} off",
    ),
    BilingualText(
        "アカウントのルートユーザーによる操作です。接続は記録されなくなります。",
        "Done by the account's root user. Connections are recorded no more.",
    ),
    _seen(TOKYO),
    path=_path(TOKYO),
)
SPLIT_TUNNEL: Final = Offer(
    "console-split-tunnel",
    BilingualText(
        f"CloudFormationが{TOKYO.label}を分割トンネルに変える",
        f"CloudFormation turns split tunnel on at {TOKYO.label}",
    ),
    BilingualText(
        "ロールDeployPipelineで実行されたスタックの更新です。固定IPアドレスから出る通信が減ります。",
        "An update of a stack with the role DeployPipeline. Less leaves from the fixed IP address.",
    ),
    _seen(TOKYO),
    path=_path(TOKYO),
)
ASSOCIATION_DELETED: Final = Offer(
    "console-association",
    BilingualText(
        f"コンソールで{OSAKA.label}のサブネットの関連付けが解除される",
        f"Somebody disassociates the subnet of {OSAKA.label} in the console",
    ),
    BilingualText(
        "委託先の人がロールContractorで行った操作です。全員が切断され、誰も接続できなくなります。",
        "Done by a contractor with the role Contractor. Everybody is disconnected, and nobody can connect.",
    ),
    _seen(OSAKA),
    path=_path(OSAKA),
)
CONSOLE: Final = (ROUTE, RULE, LOGGING, SPLIT_TUNNEL, ASSOCIATION_DELETED)
