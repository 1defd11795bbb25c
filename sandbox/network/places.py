"""The networks that a browser can arrive from, and what the portal should say to each."""

from dataclasses import dataclass
from typing import Final

from sandbox.company import HOME_ADDRESS, HOME_ADDRESS_V6, OFFICE_ADDRESS, OSAKA, TOKYO, EndpointSeed


@dataclass(frozen=True)
class Words:
    ja: str
    en: str


@dataclass(frozen=True)
class Place:
    """``vpn`` is the endpoint that the person is connected to, wherever the browser's own traffic goes."""

    id: str
    name: Words
    verdict: Words
    ipv4: str
    ipv6: str = ""
    prefers_ipv6: bool = False
    vpn: EndpointSeed | None = None

    @property
    def address(self) -> str:
        """What a site with both kinds of addresses sees."""
        return self.ipv6 if self.prefers_ipv6 else self.ipv4


NOT_CONNECTED: Final = Words("社内VPNに接続していません", "You're not connected to the company VPN")
HOME: Final = Place("home", Words("自宅", "Home"), NOT_CONNECTED, HOME_ADDRESS)
PLACES: Final = (
    HOME,
    Place(
        "home-ipv6",
        Words("自宅（IPv6も使える回線）", "Home, with IPv6 too"),
        NOT_CONNECTED,
        HOME_ADDRESS,
        HOME_ADDRESS_V6,
        prefers_ipv6=True,
    ),
    Place(
        "office",
        Words("本社", "The office"),
        Words("社内ネットワークから接続しています", "You're on the office network"),
        OFFICE_ADDRESS,
    ),
    Place(
        "vpn-tokyo",
        Words("自宅からVPN（tokyo-main）", "Home, through the VPN tokyo-main"),
        Words("社内VPN経由で接続しています", "You're connected through the company VPN"),
        TOKYO.egress_ip,
        vpn=TOKYO,
    ),
    Place(
        "vpn-tokyo-ipv6",
        Words("IPv6も使える自宅からVPN（tokyo-main）", "Home with IPv6, through the VPN tokyo-main"),
        Words("IPv6の通信はVPNを経由していません", "IPv6 traffic isn't on the VPN"),
        TOKYO.egress_ip,
        HOME_ADDRESS_V6,
        vpn=TOKYO,
    ),
    Place(
        "vpn-osaka",
        Words("自宅からVPN（osaka-dr、分割トンネル）", "Home, through the VPN osaka-dr (split tunnel)"),
        Words("この通信はVPNを経由していません", "The VPN is on, but this traffic isn't using it"),
        HOME_ADDRESS,
        vpn=OSAKA,
    ),
    Place(
        "vpn-drift",
        Words("VPN（tokyo-main）、登録のない出口", "Through the VPN tokyo-main, at an unregistered exit"),
        Words("登録されていないIPアドレスです", "This IP address isn't registered"),
        "203.0.113.99",
        vpn=TOKYO,
    ),
    Place(
        "vpn-private",
        Words(
            "VPN（tokyo-main）、社内だけのアドレスで到着", "Through the VPN tokyo-main, by a private address"
        ),
        Words("VPN接続の状態を確認できません", "We can't tell whether you're on the VPN"),
        "10.0.128.10",
        vpn=TOKYO,
    ),
    Place(
        "elsewhere",
        Words("よその会社のネットワーク", "Somebody else's network"),
        NOT_CONNECTED,
        "203.0.113.200",
    ),
)


def place(place_id: str) -> Place | None:
    return next((one for one in PLACES if one.id == place_id), None)
