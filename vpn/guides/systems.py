"""The operating systems that have a guide, and the one command that differs between them."""

from enum import StrEnum

from vpn.egress.user_agent import operating_system


class System(StrEnum):
    WINDOWS = "windows"
    MACOS = "macos"
    UBUNTU = "ubuntu"

    @property
    def label(self) -> str:
        """Its name, the same in every language."""
        return _LABELS[self]


_LABELS = {System.WINDOWS: "Windows", System.MACOS: "macOS", System.UBUNTU: "Ubuntu"}
_FAMILIES = {"Windows": System.WINDOWS, "macOS": System.MACOS, "Linux": System.UBUNTU}
# Windows: for PowerShell. Ubuntu: the folder's name depends on the desktop's language.
_DOWNLOADS = {
    System.WINDOWS: '"$HOME\\Downloads\\{filename}"',
    System.MACOS: "~/Downloads/{filename}",
    System.UBUNTU: '"$(xdg-user-dir DOWNLOAD)/{filename}"',
}


def detect_system(user_agent: str) -> System:
    """What a browser says it runs on; Windows, which most people have, if there is no guide for it."""
    return _FAMILIES.get(operating_system(user_agent), System.WINDOWS)


def import_command(system: System, filename: str) -> str:
    """Imports a file from where browsers save it. Profile file names need no quotes in any shell."""
    name, path = filename.removesuffix(".ovpn"), _DOWNLOADS[system].format(filename=filename)
    return f"aws-vpn-client import-profile --profile-name {name} --config-path {path}"
