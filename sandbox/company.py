"""The company that the sandbox plays: its groups, people, networks and endpoints. All of it is invented.

Addresses are from the blocks that RFC 5737 and RFC 3849 keep for documentation. Group ids are UUIDs, because
IAM Identity Center's ``${user:groups}`` sends ids and never names.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class AccessGroup:
    id: str
    name: str


EMPLOYEES: Final = AccessGroup("9067f7c2-40d1-70e5-8b5e-3c1f0a6d2b10", "employees")
ENGINEERING: Final = AccessGroup("9067f7c2-51a2-7096-a2c4-71d80e5b9f21", "engineering")
HELPDESK: Final = AccessGroup("9067f7c2-62b3-7047-b913-05ae4c8d7e32", "helpdesk")
AUDITORS: Final = AccessGroup("9067f7c2-73c4-70f8-8d62-9b7f216c5d43", "auditors")
ADMINS: Final = AccessGroup("9067f7c2-84d5-70a9-9e51-2d60f38b4c54", "vpn-admins")
GROUPS: Final = (EMPLOYEES, ENGINEERING, HELPDESK, AUDITORS, ADMINS)


@dataclass(frozen=True)
class Person:
    """Somebody of the company; ``email`` is the NameID that the identity provider sends and AWS logs."""

    email: str
    given_name: str
    family_name: str
    name: str
    groups: tuple[AccessGroup, ...]
    what: str


PEOPLE: Final = (
    Person("m.tanaka@example.co.jp", "美咲", "田中", "田中 美咲", (EMPLOYEES,), "employee"),
    Person(
        "l.obrien@example.co.jp",
        "Liam",
        "O'Brien",
        "Liam O'Brien",
        (EMPLOYEES, ENGINEERING),
        "employee, engineer",
    ),
    Person("k.sato@example.co.jp", "健", "佐藤", "佐藤 健", (EMPLOYEES, HELPDESK), "helpdesk"),
    Person("a.suzuki@example.co.jp", "彩花", "鈴木", "鈴木 彩花", (EMPLOYEES, AUDITORS), "auditor"),
    Person("s.takahashi@example.co.jp", "翔", "高橋", "高橋 翔", (EMPLOYEES, ENGINEERING, ADMINS), "admin"),
    Person("z.muller@example.co.jp", "Zoë", "Müller", "Zoë Müller", (), "no group: is turned away"),
)

# IAM Identity Center's directory. AWS's would be in the management account; here it is in Tokyo's.
IDENTITY_STORE_ID: Final = "d-9067f7c240"
DIRECTORY_USERS: Final = tuple((person.email, person.name) for person in PEOPLE)

# The queue that infra/cloudformation/health-events.yaml makes
HEALTH_QUEUE: Final = "genkan-health-events"
STATUS_BUCKET: Final = "genkan-status-copy"

HOME_ADDRESS: Final = "198.51.100.27"
HOME_ADDRESS_V6: Final = "2001:db8:1b::27"
OFFICE_NETWORK: Final = "192.0.2.0/28"
OFFICE_ADDRESS: Final = "192.0.2.10"
OFFICE_LAN: Final = "172.16.0.0/16"


@dataclass(frozen=True)
class EndpointSeed:
    """One Client VPN endpoint of the seed architecture, and the account and region that it lives in."""

    label: str
    account: str
    region: str
    egress_ip: str
    client_cidr: str
    vpc_cidr: str
    split_tunnel: bool
    # Of the traffic in the tunnel, and of what clients connect by: ipv4 or dual-stack
    ip_address_type: str = "ipv4"


TOKYO: Final = EndpointSeed(
    "tokyo-main",
    "123456789012",
    "ap-northeast-1",
    "203.0.113.10",
    "10.8.0.0/22",
    "10.0.0.0/16",
    split_tunnel=False,
)
OSAKA: Final = EndpointSeed(
    "osaka-dr",
    "210987654321",
    "ap-northeast-3",
    "203.0.113.20",
    "10.9.0.0/22",
    "10.1.0.0/16",
    split_tunnel=True,
)
# Attached to a transit gateway, which leads to an egress VPC of the network team: nobody here can see that address.
HUB: Final = EndpointSeed(
    "tokyo-hub",
    TOKYO.account,
    TOKYO.region,
    "203.0.113.30",
    "10.10.0.0/22",
    "10.97.0.0/24",
    split_tunnel=False,
)
DUAL: Final = EndpointSeed(
    "tokyo-dual",
    TOKYO.account,
    TOKYO.region,
    "203.0.113.40",
    "10.11.0.0/22",
    "10.2.0.0/16",
    split_tunnel=False,
    ip_address_type="dual-stack",
)
PORTAL_ROLE_NAME: Final = "genkan-portal"
EXTERNAL_ID: Final = "genkan-sandbox"
