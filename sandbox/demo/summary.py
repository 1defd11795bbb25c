"""Where to go and whom to sign in as, once everything runs."""

from pathlib import Path

from sandbox.company import PEOPLE
from sandbox.demo.screen import padded

ROLES_JA = {
    "employee": "社員",
    "employee, engineer": "社員・エンジニア",
    "helpdesk": "ヘルプデスク",
    "auditor": "監査担当",
    "admin": "VPN管理者",
    "no group: is turned away": "グループなし（入れません）",
}


def summary(*, site: str, logs: Path, data: Path) -> str:
    """``data`` is where the database keeps them."""
    people = [
        f"    {padded(person.name, 14)} {padded(ROLES_JA.get(person.what, ''), 28)} {person.what}"
        for person in PEOPLE
    ]
    return "\n".join(
        [
            "",
            f"  Genkan: {site}",
            "",
            "  ログインする人を選べます（パスワードなし） / Sign in as one of (no password)",
            *people,
            "",
            f"  自宅・本社・VPNの切り替え / Home, office or VPN   {site}/sandbox/network/",
            f"  壊して確かめる / Break things and watch           {site}/sandbox/faults/",
            f"  記録とデータ / Logs and data                      {logs}, {data}",
            "  終了 / Stop                                       Ctrl-C",
            "",
        ]
    )
