"""What an exported client configuration says. It is read here and never changed: people get AWS's bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vpn.endpoints.models import Endpoint

FEDERATED: Final = "federated-authentication"
# AWS writes it where device posture is on; clients before 6.2.0 refuse the profile (admin guide, device-posture-step4).
DEVICE_POSTURE: Final = "aws-auth-device-posture"
DEVICE_POSTURE_CLIENT: Final = "6.2.0"
# Opens the browser. Without it the client asks for a user name and a password (admin guide, troubleshooting).
FEDERATION: Final = "auth-federate"
# Each makes OpenVPN run a program on the person's computer.
RUNS_PROGRAMS: Final = frozenset(
    {
        "auth-user-pass-verify",
        "client-connect",
        "client-crresponse",
        "client-disconnect",
        "dns-updown",
        "down",
        "down-pre",
        "ipchange",
        "iproute",
        "learn-address",
        "plugin",
        "route-pre-down",
        "route-up",
        "script-security",
        "tls-crypt-v2-verify",
        "tls-verify",
        "up",
        "up-restart",
    }
)
# AWS VPN Client can't import a profile with one of these since 6.0 (user guide, release notes).
REFUSED_SINCE_6: Final = frozenset({"rcvbuf", "tap-sleep", "tun-mtu-extra"})
# User guide, "Connect using the AWS provided client": the directives that the client supports
SUPPORTED: Final = frozenset(
    {
        "auth-federate",
        "auth-nocache",
        "auth-retry",
        "auth-user-pass",
        "aws-auth-device-posture",
        "block-outside-dns",
        "ca",
        "cert",
        "cipher",
        "client",
        "connect-retry",
        "connect-retry-max",
        "cryptoapicert",
        "dev",
        "dev-type",
        "dhcp-option",
        "ifconfig-ipv6",
        "inactive",
        "keepalive",
        "key",
        "mssfix",
        "nobind",
        "persist-key",
        "persist-tun",
        "ping",
        "ping-exit",
        "ping-restart",
        "proto",
        "pull",
        "pull-filter",
        "rcvbuf",
        "remote",
        "remote-cert-tls",
        "remote-random-hostname",
        "reneg-sec",
        "resolv-retry",
        "route",
        "route-ipv6",
        "server-poll-timeout",
        "static-challenge",
        "tap-sleep",
        "tun-mtu",
        "tun-mtu-extra",
        "verb",
        "verify-x509-name",
    }
)


@dataclass(frozen=True)
class ConfigurationFaults:
    """What an administrator should know of a configuration. Each list has names of directives, sorted."""

    lacks_federation: bool
    runs_programs: list[str]
    unsupported: list[str]

    def __bool__(self) -> bool:
        return self.lacks_federation or bool(self.runs_programs) or bool(self.unsupported)


def needs_device_posture(endpoint: Endpoint) -> bool:
    """Whether only a client from ``DEVICE_POSTURE_CLIENT`` on takes the profile."""
    return DEVICE_POSTURE in _directives(endpoint.configuration)


def refused_by_client(endpoint: Endpoint) -> list[str]:
    """Directives that keep AWS VPN Client 6 from importing the profile, sorted."""
    return sorted(REFUSED_SINCE_6.intersection(_directives(endpoint.configuration)))


def configuration_faults(endpoint: Endpoint) -> ConfigurationFaults:
    """Nothing is wrong with a configuration that AWS hasn't given us yet."""
    directives = frozenset(_directives(endpoint.configuration))
    return ConfigurationFaults(
        lacks_federation=bool(directives)
        and FEDERATED in endpoint.authentication
        and FEDERATION not in directives,
        runs_programs=sorted(directives & RUNS_PROGRAMS),
        unsupported=sorted(directives - RUNS_PROGRAMS - SUPPORTED),
    )


def _directives(configuration: str) -> Iterator[str]:
    """The first word of each line, but for comments and what stands in inline files such as ``<ca>``."""
    inline = ""
    for line in configuration.lstrip("\ufeff").splitlines():
        words = line.split()
        if not words or words[0].startswith(("#", ";")):
            continue
        word = words[0]
        if inline:
            inline = "" if word == inline else inline
        elif word.startswith("<"):
            # <connection> would hold directives, but AWS writes none.
            inline = f"</{word[1:]}"
            yield word.strip("<>")
        else:
            yield word.lstrip("-")
