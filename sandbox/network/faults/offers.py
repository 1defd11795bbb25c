"""What an offer to break something says: in words, and for AWS's answers as the sandbox AWS takes it."""

from dataclasses import dataclass

from sandbox.bilingual import BilingualText


@dataclass(frozen=True)
class AwsFaultFields:
    """Named as the fields of the sandbox AWS's control API."""

    kind: str
    code: str = ""
    action: str = "*"
    region: str = ""
    seconds: float = 0.0
    page: str = "any"


@dataclass(frozen=True)
class Offer:
    """``what`` happens, ``where`` it is seen, with ``path`` leading there. ``fault`` None: not one of AWS's answers."""

    id: str
    name: BilingualText
    what: BilingualText
    where: BilingualText
    path: str = "/endpoints/"
    fault: AwsFaultFields | None = None
