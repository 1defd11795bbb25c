"""The networks that a browser can arrive from, and what the portal should say to each."""

from dataclasses import dataclass
from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.company import (
    HOME_ADDRESS,
    HOME_ADDRESS_V6,
    HUB,
    OFFICE_ADDRESS,
    OSAKA,
    TOKYO,
    EndpointSeed,
)


@dataclass(frozen=True)
class BrowserPlace:
    """``vpn`` is the endpoint that the person is connected to, wherever the browser's own traffic goes."""

    id: str
    name: BilingualText
    verdict: BilingualText
    ipv4: str
    ipv6: str = ""
    prefers_ipv6: bool = False
    vpn: EndpointSeed | None = None

    @property
    def address(self) -> str:
        """What a site with both kinds of addresses sees."""
        return self.ipv6 if self.prefers_ipv6 else self.ipv4


NOT_CONNECTED: Final = BilingualText("社内VPNに接続していません", "You're not connected to the company VPN")
HOME: Final = BrowserPlace("home", BilingualText("自宅", "Home"), NOT_CONNECTED, HOME_ADDRESS)
PLACES: Final = (
    HOME,
    BrowserPlace(
        "home-ipv6",
        BilingualText("自宅（IPv6も使える回線）", "Home, with IPv6 too"),
        NOT_CONNECTED,
        HOME_ADDRESS,
        HOME_ADDRESS_V6,
        prefers_ipv6=True,
    ),
    BrowserPlace(
        "office",
        BilingualText("本社", "The office"),
        BilingualText("社内ネットワークから接続しています", "You're on the office network"),
        OFFICE_ADDRESS,
    ),
    BrowserPlace(
        "vpn-tokyo",
        BilingualText("自宅からVPN（tokyo-main）", "Home, through the VPN tokyo-main"),
        BilingualText("社内VPN経由で接続しています", "You're connected through the company VPN"),
        TOKYO.egress_ip,
        vpn=TOKYO,
    ),
    BrowserPlace(
        "vpn-tokyo-ipv6",
        BilingualText("IPv6も使える自宅からVPN（tokyo-main）", "Home with IPv6, through the VPN tokyo-main"),
        BilingualText("IPv6の通信はVPNを経由していません", "IPv6 traffic isn't on the VPN"),
        TOKYO.egress_ip,
        HOME_ADDRESS_V6,
        vpn=TOKYO,
    ),
    BrowserPlace(
        "vpn-osaka",
        BilingualText(
            "自宅からVPN（osaka-dr、分割トンネル）", "Home, through the VPN osaka-dr (split tunnel)"
        ),
        BilingualText("この通信はVPNを経由していません", "The VPN is on, but this traffic isn't using it"),
        HOME_ADDRESS,
        vpn=OSAKA,
    ),
    BrowserPlace(
        "vpn-hub",
        BilingualText(
            "VPN（tokyo-hub、トランジットゲートウェイ）、申告された出口",
            "Through the VPN tokyo-hub (transit gateway), at its declared exit",
        ),
        BilingualText("社内VPN経由で接続しています", "You're connected through the company VPN"),
        HUB.egress_ip,
        vpn=HUB,
    ),
    BrowserPlace(
        "vpn-hub-other",
        BilingualText(
            "VPN（tokyo-hub）、申告と違う出口", "Through the VPN tokyo-hub, at an exit that isn't declared"
        ),
        BilingualText("登録されていないIPアドレスです", "This IP address isn't registered"),
        "203.0.113.31",
        vpn=HUB,
    ),
    BrowserPlace(
        "vpn-drift",
        BilingualText(
            "VPN（tokyo-main）、登録のない出口", "Through the VPN tokyo-main, at an unregistered exit"
        ),
        BilingualText("登録されていないIPアドレスです", "This IP address isn't registered"),
        "203.0.113.99",
        vpn=TOKYO,
    ),
    BrowserPlace(
        "vpn-private",
        BilingualText(
            "VPN（tokyo-main）、社内だけのアドレスで到着", "Through the VPN tokyo-main, by a private address"
        ),
        BilingualText("VPN接続の状態を確認できません", "We can't tell whether you're on the VPN"),
        "10.0.128.10",
        vpn=TOKYO,
    ),
    BrowserPlace(
        "elsewhere",
        BilingualText("よその会社のネットワーク", "Somebody else's network"),
        NOT_CONNECTED,
        "203.0.113.200",
    ),
)


def find_place(place_id: str) -> BrowserPlace | None:
    return next((candidate for candidate in PLACES if candidate.id == place_id), None)
