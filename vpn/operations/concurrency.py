"""Which operations exclude each other, as ranges of integers that PostgreSQL compares without any extension.

Each endpoint owns 2^32 integers. An operation that tolerates no other on its endpoint locks all of them; any other
locks the one integer that its lock name hashes to. Operations whose ranges overlap exclude each other: the exclusion
constraint of the operation table refuses the second one. Two lock names with the same hash (1 in 4 billion) exclude
each other without need, which only costs time.
"""

import hashlib

RANGE_SIZE = 1 << 32


def compute_lock_range(endpoint_pk: int | None, lock_name: str) -> tuple[int, int]:
    """The range as (first, end), end excluded. An empty ``lock_name`` locks the whole endpoint.

    Operations without an endpoint share the range from 0. Raises ValueError if they have no lock name either, because
    that would lock out all others without an endpoint.
    """
    first = (endpoint_pk or 0) * RANGE_SIZE
    if not lock_name:
        if endpoint_pk is None:
            raise ValueError("an operation without an endpoint needs a lock name")
        return first, first + RANGE_SIZE
    number = int.from_bytes(hashlib.sha256(lock_name.encode()).digest()[:4], "big")
    return first + number, first + number + 1
