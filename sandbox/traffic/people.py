"""The company's people as users of a VPN: their devices, homes and habits, the same for the same seed."""

from dataclasses import dataclass
from random import Random
from typing import Final

from sandbox.company import EMPLOYEES, ENGINEERING, HOME_ADDRESS, OSAKA, PEOPLE, TOKYO

GIVEN: Final = "aaiueohmkstnyrcjdgwz"
FAMILY: Final = (
    *("abe", "aoki", "endo", "fujita", "fukuda", "goto", "hara", "hasegawa", "hayashi", "ikeda", "inoue"),
    *("ishii", "ito", "kato", "kimura", "kobayashi", "kondo", "maeda", "matsumoto", "miura", "mori"),
    *("murakami", "nakajima", "nakamura", "nakano", "nishimura", "ogawa", "ota", "saito", "sakamoto"),
    *("sasaki", "shimizu", "takeda", "tamura", "ueda", "watanabe", "yamada", "yamaguchi", "yamamoto"),
    *("yoshida", "chen", "garcia", "kim", "nguyen", "patel", "schmidt", "smith"),
)
DEVICES: Final = (
    ("win",),
    ("win",),
    ("mac",),
    ("win", "mac"),
    ("mac", "linux"),
    ("linux",),
    ("win", "win", "mac"),
)
# RFC 5737: homes, and what people find on the way (phones, hotels, cafés).
HOMES: Final = "198.51.100."
ON_THE_WAY: Final = "192.0.2."


@dataclass(frozen=True)
class Habits:
    """Rates are chances per day or, where the name says so, per hour; hours are of Asia/Tokyo."""

    begins: float
    hours: float
    weekdays: float
    weekends: float
    evenings: float
    sittings: int
    drops_per_hour: float
    second_device: float
    forgets: float
    bytes_per_second: float


@dataclass(frozen=True)
class User:
    """``labels``: the endpoints that this person has a profile of, the usual one first. ``groups`` are ids."""

    username: str
    devices: tuple[str, ...]
    home: str
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    habits: Habits


def people(count: int, seed: int) -> tuple[User, ...]:
    """``count`` people, those of ``sandbox.company`` who may use the VPN first."""
    known = [person for person in PEOPLE if EMPLOYEES in person.groups][:count]
    named = [(person.email, ENGINEERING in person.groups) for person in known]
    used = {email for email, _ in named}
    random = Random(f"{seed}/names")  # noqa: S311  # a game that must be the same for the same seed
    while len(named) < count:
        email = f"{random.choice(GIVEN)}.{random.choice(FAMILY)}"
        while f"{email}@example.co.jp" in used:
            email += str(random.randint(2, 9))
        used.add(f"{email}@example.co.jp")
        named.append((f"{email}@example.co.jp", random.random() < 0.4))
    return tuple(
        _user(email, engineer=engineer, number=n, seed=seed) for n, (email, engineer) in enumerate(named)
    )


def _user(email: str, *, engineer: bool, number: int, seed: int) -> User:
    random = Random(f"{seed}/{email}")  # noqa: S311  # as above
    return User(
        username=email,
        devices=random.choice(DEVICES),
        # The first person shares the address with the browser, who plays that person by default.
        home=HOME_ADDRESS if number == 0 else f"{HOMES}{28 + number % 220}",
        labels=(TOKYO.label, OSAKA.label) if engineer else (TOKYO.label,),
        groups=(EMPLOYEES.id, ENGINEERING.id) if engineer else (EMPLOYEES.id,),
        habits=_habits(random, engineer=engineer),
    )


def _habits(random: Random, *, engineer: bool) -> Habits:
    return Habits(
        begins=random.gauss(9.3, 0.7),
        hours=min(max(random.gauss(8.4, 1.0), 5), 12),
        weekdays=random.uniform(0.5, 0.97),
        weekends=random.uniform(0.02, 0.2),
        evenings=random.uniform(0.0, 0.35 if engineer else 0.12),
        sittings=random.choice((1, 2, 2, 3, 5)),
        drops_per_hour=random.choice((0.02, 0.05, 0.1, 0.4)),
        second_device=random.uniform(0.0, 0.4),
        forgets=random.choice((0.0, 0.0, 0.0, 0.02, 0.05)),
        bytes_per_second=random.lognormvariate(9.6, 0.9),
    )


def on_the_way(random: Random) -> str:
    return f"{ON_THE_WAY}{random.randint(128, 250)}"
