"""Processor time in this process and in its PostgreSQL backend: other work on the machine changes it little.

PostgreSQL has to run on the same machine.
"""

import os
import time
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")


def seconds() -> float:
    """Until now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    # proc(5): utime and stime, counted after the program's name, which ends with the last parenthesis.
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / TICKS
