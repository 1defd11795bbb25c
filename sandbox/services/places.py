"""Directories for PostgreSQL: it refuses root, so as root it runs as another user, in a directory of its own."""

import hashlib
import os
import pwd
import tempfile
from pathlib import Path
from typing import Final

from sandbox.services.programs import Account, ServiceError

# Any user may have a directory here, and no clean-up at boot looks in.
SHARED: Final = Path("/var/tmp")  # noqa: S108 - only directories with mode 0700, and their owner is checked


def unprivileged_account() -> Account | None:
    """Whom PostgreSQL runs as; None when we are not root and it may run as us."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServiceError(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody. Create one."
    )


def place_for(directory: Path | None, account: Account | None) -> Path:
    """Where the data of ``directory`` really are; without a directory, a new temporary one."""
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="genkan-postgresql-", dir=SHARED if account else None)).resolve()
    if account is None:
        return directory.resolve()
    # Above the directory may be one that only root may enter, like /root.
    return SHARED / f"genkan-{hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]}"


def make_private(place: Path, account: Account | None) -> None:
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = place.lstat()
    if account and status.st_uid == 0 and not place.is_symlink():
        os.chown(place, account.uid, account.gid)
    # Another user who prepared the directory in /var/tmp could read or exchange what is in it.
    elif place.is_symlink() or status.st_uid != (account.uid if account else os.geteuid()):
        raise ServiceError(f"{place} belongs to somebody else. Remove it and start again.")
    place.chmod(0o700)
