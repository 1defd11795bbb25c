"""What may run side by side, as ranges of numbers that PostgreSQL compares without any extension.

Each endpoint owns 2^32 numbers. An operation that must be alone on its endpoint takes all of them, any other only the
one that its lane's name hashes to: two of the same name collide, and both collide with one that is alone. Two names
with the same hash only wait for each other needlessly.
"""

import hashlib

WIDTH = 1 << 32


def lane_of(endpoint_pk: int | None, name: str) -> tuple[int, int]:
    """From, and up to without. No name: alone on the endpoint. No endpoint: a space of its own, always by name."""
    first = (endpoint_pk or 0) * WIDTH
    if not name:
        if endpoint_pk is None:
            raise ValueError("an operation on no endpoint needs a lane")
        return first, first + WIDTH
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return first + number, first + number + 1
