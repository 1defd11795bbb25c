"""Who calls the sandbox: as CloudTrail's ``userIdentity`` says it.

CloudTrail user guide, "userIdentity element".
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from zlib import crc32

USER, ROLE, ROOT, SERVICE = "user", "role", "root", "service"
KINDS: Final = (USER, ROLE, ROOT, SERVICE)
# Whoever calls with a key that belongs to nobody
SANDBOX_USER: Final = "sandbox"


@dataclass(frozen=True)
class Principal:
    """``name``: of the user, the role or the service. ``session``: of a role. ``account``: the principal's own.

    ``source_ip``, ``user_agent``, ``invoked_by``: what events say of it instead of what the request says; empty: that.
    """

    kind: str
    name: str
    account: str
    session: str = ""
    access_key: str = ""
    source_ip: str = ""
    user_agent: str = ""
    invoked_by: str = ""
    since: float = field(default=0.0)

    @property
    def username(self) -> str:
        """What LookupEvents calls it: of a role the session's name."""
        return {USER: self.name, ROLE: self.session, ROOT: "root", SERVICE: self.name}[self.kind]

    def identity(self) -> dict[str, Any]:
        """``userIdentity``."""
        if self.kind == SERVICE:
            return {"type": "AWSService", "invokedBy": self.name}
        identity = {"accountId": self.account, "accessKeyId": self.access_key} | self._named()
        return identity | ({"invokedBy": self.invoked_by} if self.invoked_by else {})

    def _named(self) -> dict[str, Any]:
        if self.kind == ROOT:
            return {
                "type": "Root",
                "principalId": self.account,
                "arn": f"arn:aws:iam::{self.account}:root",
            }
        number = f"{crc32(f'{self.account}/{self.kind}/{self.name}'.encode()):016d}"
        if self.kind == USER:
            return {
                "type": "IAMUser",
                "principalId": f"AIDA{number}",
                "arn": f"arn:aws:iam::{self.account}:user/{self.name}",
                "userName": self.name,
            }
        created = f"{datetime.fromtimestamp(self.since, UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "type": "AssumedRole",
            "principalId": f"AROA{number}:{self.session}",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{self.session}",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": f"AROA{number}",
                    "arn": f"arn:aws:iam::{self.account}:role/{self.name}",
                    "accountId": self.account,
                    "userName": self.name,
                },
                "webIdFederationData": {},
                "attributes": {"creationDate": created, "mfaAuthenticated": "false"},
            },
        }
