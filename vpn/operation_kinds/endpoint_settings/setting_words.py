"""What a change of a setting is called, and what the endpoint is like then."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.operation_plans.plan import Text


@dataclass(frozen=True)
class SettingWords:
    """``heading``: what an operation that sets it is called; ``meaning``: what it is like then."""

    heading: Text
    meaning: Text = ""


def setting_texts(name: str, value: Any) -> SettingWords:
    known = WORDS.get(name, {})
    return known.get(value if isinstance(value, bool) else bool(value)) or SettingWords(
        _("Modify the endpoint")
    )


WORDS: dict[str, dict[bool, SettingWords]] = {
    "split_tunnel": {
        True: SettingWords(_("Turn split tunnel on"), _("Only the company's traffic goes through the VPN")),
        False: SettingWords(
            _("Turn split tunnel off"),
            _("All traffic goes through the VPN, and leaves from the fixed IP address"),
        ),
    },
    "dns_servers": {
        True: SettingWords(_("Set the DNS servers"), _("People use these DNS servers")),
        False: SettingWords(_("Remove the DNS servers"), _("AWS gives people no DNS server")),
    },
    "session_timeout_hours": {True: SettingWords(_("Change the longest session"))},
    "disconnect_on_session_timeout": {
        True: SettingWords(_("Disconnect when the session ends"), _("People must sign in again")),
        False: SettingWords(
            _("Don't disconnect when the session ends"), _("The client signs in again by itself")
        ),
    },
    "login_banner": {
        True: SettingWords(_("Set the login banner")),
        False: SettingWords(_("Remove the login banner"), _("No banner is shown")),
    },
    "security_groups": {True: SettingWords(_("Change the security groups"))},
    "log_group": {
        True: SettingWords(_("Set the connection log"), _("Connections are recorded")),
        False: SettingWords(_("Turn the connection log off"), _("Connections are not recorded")),
    },
    "log_stream": {
        True: SettingWords(_("Set the log stream")),
        False: SettingWords(_("Let AWS name the log stream")),
    },
    "log_policy_context": {
        True: SettingWords(_("Log what the authorization policy looked at")),
        False: SettingWords(_("Log only the result of the authorization policy")),
    },
    "vpn_port": {True: SettingWords(_("Change the port"))},
    "self_service_portal": {
        True: SettingWords(_("Turn AWS's self-service portal on")),
        False: SettingWords(_("Turn AWS's self-service portal off")),
    },
    "client_route_enforcement": {
        True: SettingWords(_("Enforce routes on the clients"), _("Routes that people add are removed")),
        False: SettingWords(_("Don't enforce routes on the clients"), _("Routes that people add stay")),
    },
    "client_connect_handler": {
        True: SettingWords(_("Set the client connect handler"), _("The function decides who may connect")),
        False: SettingWords(_("Remove the client connect handler"), _("No function is asked")),
    },
    "server_certificate_arn": {True: SettingWords(_("Change the server certificate"))},
    "trust_providers": {
        True: SettingWords(_("Set the device posture"), _("The client brings a token about the device")),
        False: SettingWords(_("Turn device posture off"), _("Nothing is told about the device")),
    },
    "description": {
        True: SettingWords(_("Change the description")),
        False: SettingWords(_("Remove the description")),
    },
}
