"""Support codes: read out on the telephone, they open the person's page with what the person chose to share."""

import re
import secrets
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.access.models import User
from portal.access.names import is_same_account
from portal.text import normalize
from vpn.help.models import SupportCode

# Neither look-alikes (0 O, 1 I, 2 Z, 5 S, 8 B, U V) nor what sounds alike in Japanese, such as the many that end in
# ビー, ディー, ジー, or キュー and 9. 18 characters: eight of them are 33 bits.
NAMES: Final = {
    "3": "サン",
    "4": "ヨン",
    "6": "ロク",
    "7": "ナナ",
    "8": "ハチ",
    "9": "キュウ",
    "C": "シー",
    "F": "エフ",
    "H": "エイチ",
    "J": "ジェー",
    "K": "ケー",
    "L": "エル",
    "R": "アール",
    "U": "ユー",
    "W": "ダブリュー",
    "X": "エックス",
    "Y": "ワイ",
    "Z": "ゼット",
}
ALPHABET: Final = "".join(NAMES)
LENGTH: Final = 8
SEPARATORS: Final = re.compile(r"[\s\-‐–ー・]+")
VALID_FOR: Final = timedelta(hours=24)
SALT: Final = "vpn.help.codes"


def make_code(user: User, shared: dict[str, Any]) -> str:
    """A new one; those that the person made before are void, so that only one is ever read out."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    now = timezone.now()
    with transaction.atomic():
        SupportCode.objects.filter(user=user).delete()
        SupportCode.objects.create(
            digest=_digest(code), user=user, shared=shared, created_at=now, expires_at=now + VALID_FOR
        )
    return f"{code[:4]}-{code[4:]}"


def spoken(code: str) -> str:
    """How it is read out in Japanese: サン・エフ・…"""
    return "・".join(NAMES[character] for character in code if character in NAMES)


def looks_like_code(text: str) -> bool:
    plain = _plain(text)
    return len(plain) == LENGTH and set(plain) <= set(ALPHABET)


def open_code(text: str, *, agent: User) -> SupportCode | None:
    """What the code opens for this agent. None: there is none, it is too old, it was used, or it is the agent's own."""
    with transaction.atomic():
        code = (
            SupportCode.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(digest=_digest(_plain(text)), expires_at__gt=timezone.now())
            .first()
        )
        if code is None or agent.username in code.opened_by:
            return None
        if is_same_account(code.user.username, agent.username):
            return None
        code.opened_by = [*code.opened_by, agent.username]
        code.save(update_fields=["opened_by"])
    return code


def delete_expired_codes() -> int:
    return SupportCode.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _plain(text: str) -> str:
    """Without what stands between the characters; a Japanese keyboard types ー for a hyphen."""
    return SEPARATORS.sub("", normalize(text).upper())


def _digest(code: str) -> str:
    return salted_hmac(SALT, code, algorithm="sha256").hexdigest()
