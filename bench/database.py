"""A PostgreSQL that stays, so that ten million rows are made once.

``python -m bench.database DIRECTORY`` runs one there until Ctrl-C, prints its DATABASE_URL, and where the data really
are: as root PostgreSQL runs as somebody else, in /var/tmp. Benchmarks then run as
``DATABASE_URL=… python -m tests.environment python -m bench.NAME``. Without it they make their rows in a throwaway.
"""

import signal
import sys
from pathlib import Path

from sandbox.services.postgresql import PostgreSQL


def main() -> None:
    with PostgreSQL(Path(sys.argv[1])) as database:
        print(database.url, flush=True)
        print(f"data in {database.place}", file=sys.stderr)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
