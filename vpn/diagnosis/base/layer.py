"""What a layer of the diagnosis answers: holds, fails or unknown, with its evidence, and the cause where it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.text import join_sentences

if TYPE_CHECKING:
    from vpn.diagnosis.base.facts import PersonFacts


class LayerId(TextChoices):
    """From the outside in: what is further on can work only where everything before it does."""

    SERVICE = "service", _("The VPN service")
    ACCOUNT = "account", _("The account")
    PROFILE = "profile", _("The profile")
    CLIENT = "client", _("The app (AWS VPN Client)")
    NETWORK = "network", _("The person's own network")
    SIGN_IN = "sign-in", _("Signing in")
    ADMISSION = "admission", _("Admission by AWS")
    TUNNEL = "tunnel", _("Inside the tunnel")
    DESTINATION = "destination", _("The destination")
    EGRESS = "egress", _("The fixed IP address")


class LayerState(StrEnum):
    """UNTESTED: a layer before this one fails, so that nothing can be said of it."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    UNTESTED = "untested"


@dataclass(frozen=True)
class EvidenceLine:
    """One line that a person can check: in the reader's language, with where it stands and how old it is."""

    text: str
    url: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True)
class CauseText:
    """What is said of a cause. ``%(name)s`` stands for a parameter of the Cause.

    ``sentence``: the cause, for the agent. ``tell``: at most two sentences that can be read out on the telephone.
    ``agent``: what the helpdesk can do; ``administrator``: what only an administrator can; empty: nothing.
    ``operation``: the kind of the operation that mends it.
    """

    sentence: Promise
    tell: Sequence[Promise]
    agent: Promise | None = None
    administrator: Promise | None = None
    operation: str = ""


@dataclass(frozen=True)
class Cause:
    """``id`` is stable: statistics and scripts use it. ``operation_query`` fills the form of the operation."""

    id: str
    text: CauseText
    parameters: Mapping[str, object] = field(default_factory=dict)
    operation_query: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return self._filled(self.text.sentence)

    @property
    def agent(self) -> str:
        return self._filled(self.text.agent)

    @property
    def administrator(self) -> str:
        return self._filled(self.text.administrator)

    @property
    def own(self) -> str:
        """For the person who reads it alone: what is so, without what an agent would do about it."""
        sentences = self.text.tell[:1] if self.text.administrator else self.text.tell
        return join_sentences(*(self._filled(sentence) for sentence in sentences))

    def tell(self, language: str) -> str:
        """What to say to the person, in the person's language, whichever the agent's is."""
        with translation.override(language):
            return join_sentences(*(self._filled(sentence) for sentence in self.text.tell))

    def _filled(self, text: Promise | None) -> str:
        return str(text) % self.parameters if text else ""


@dataclass(frozen=True)
class LayerResult:
    """``cause`` only where it fails; ``ask``: what to ask the person next, where AWS can't tell the rest."""

    layer: LayerId
    state: LayerState
    evidence: Sequence[EvidenceLine] = ()
    cause: Cause | None = None
    ask: str = ""


Layer = Callable[["PersonFacts"], LayerResult]


def holds(layer: LayerId, *evidence: EvidenceLine) -> LayerResult:
    return LayerResult(layer, LayerState.HOLDS, evidence)


def fails(layer: LayerId, cause: Cause, *evidence: EvidenceLine) -> LayerResult:
    return LayerResult(layer, LayerState.FAILS, evidence, cause)


def unknown(layer: LayerId, *evidence: EvidenceLine, ask: str = "") -> LayerResult:
    """``evidence`` says why it can't be told."""
    return LayerResult(layer, LayerState.UNKNOWN, evidence, ask=ask)
