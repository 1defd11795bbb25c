"""What AWS would refuse of an authorization policy, and what would refuse everybody: found before it is sent. Pure.

The policy is read by Cedar's own parser. AWS's rules: administrator guide, "How Client VPN uses Cedar" and
"Considerations when writing policies"; quotas (10,000 bytes).
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import cedarpy
from django.utils.translation import gettext as _

DOCUMENT_BYTES: Final = 10_000
# As Cedar divides a text, so that a text cut off between two of them is unfinished and not wrong.
TOKENS: Final = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|::|==|!=|<=|>=|&&|\|\||[?\w]\w*|[^\w\s]', re.DOTALL)
UNFINISHED: Final = "unexpected end of input"
NAMESPACE: Final = re.compile(
    r'\bcontext\s*(?:\.\s*(?P<name>\w+)|\[\s*"(?P<quoted>[^"]+)"\s*\])'
    r'|\bcontext\s+has\s+(?:(?P<has>\w+)|"(?P<has_quoted>[^"]+)")'
)
# Admin guide, "Step 2: Author an authorization policy": which namespaces there are, and what brings each.
PROVIDERS: Final = ("crowdstrike", "jamf", "jumpcloud")
IDENTITIES: Final = {
    "saml": "federated-authentication",
    "active-directory": "directory-service-authentication",
    "mutual-authentication": "certificate-authentication",
}
HYPHEN: Final = re.compile(r"\bcontext\s*\.\s*(active-directory|mutual-authentication)\b")
CONNECTION: Final = "connection"


@dataclass(frozen=True)
class PolicyProblem:
    """``line``: from 1; 0 for the whole document. ``fatal``: AWS refuses it."""

    line: int
    text: str
    fatal: bool = True

    def __str__(self) -> str:
        return (
            _("Line %(line)s: %(text)s") % {"line": self.line, "text": self.text} if self.line else self.text
        )


@dataclass(frozen=True)
class _Statement:
    """``line``: of its first word."""

    text: str
    line: int


def find_problems(
    document: str, *, providers: Collection[str], authentication: Collection[str]
) -> list[PolicyProblem]:
    """The fatal ones first. ``providers``: types of the endpoint's trust providers; ``authentication``: AWS's types."""
    size = len(document.encode())
    if size > DOCUMENT_BYTES:
        text = _("AWS takes at most 10,000 bytes; these are %(count)s. A Japanese character is three.")
        return [PolicyProblem(0, text % {"count": f"{size:,}"})]
    statements = list(_statements(document))
    if not statements:
        return [PolicyProblem(0, _("There is no statement in it. To have no policy, delete it."))]
    wrong = [problem for statement in statements for problem in _syntax_problems(statement)]
    if wrong:
        return wrong
    return [*_effect_problems(statements), *_namespace_problems(document, providers, authentication)]


def _statements(document: str) -> Iterator[_Statement]:
    """Parted at semicolons that are neither in a string nor in a comment."""
    begin: int | None = None
    end = 0
    for token in TOKENS.finditer(document):
        if token.group().startswith("//"):
            continue
        begin = token.start() if begin is None else begin
        end = token.end()
        if token.group() == ";":
            yield _Statement(document[begin:end], _line(document, begin))
            begin = None
    if begin is not None:
        yield _Statement(document[begin:end], _line(document, begin))


def _line(document: str, position: int) -> int:
    return document.count("\n", 0, position) + 1


def _syntax_problems(statement: _Statement) -> list[PolicyProblem]:
    error = _parse_error(statement.text)
    if error:
        place = _error_position(statement.text, error)
        # The parser's own words, which are English: they name what it found.
        text = _("This is not Cedar: %(error)s.") % {"error": error}
        if hyphen := HYPHEN.search(statement.text):
            # AWS's guide writes the names of these namespaces so, but to Cedar the hyphen is a minus.
            place = hyphen.start()
            text = _("To Cedar a hyphen is a minus. Write %(name)s.") % {"name": f'context["{hyphen[1]}"]'}
        elif error == UNFINISHED:
            text = _("The statement has no end. A semicolon, a bracket or a quotation mark is missing.")
        return [PolicyProblem(statement.line + statement.text.count("\n", 0, place), text)]
    if json.loads(cedarpy.policies_to_json_str(statement.text))["templates"]:
        return [
            PolicyProblem(statement.line, _("It has a gap (?principal or ?resource) that nobody fills in."))
        ]
    return []


def _parse_error(text: str) -> str:
    """Empty: it is Cedar. Else what its parser says."""
    try:
        cedarpy.policies_to_json_str(text)
    except ValueError as error:
        return str(error)
    return ""


def _error_position(text: str, error: str) -> int:
    """The parser names no place: it is at the end of the shortest beginning that no more text could make right."""
    tokens = list(TOKENS.finditer(text))
    # From the front: the parser passes over some errors, so a longer text may look unfinished again.
    if error.startswith("unexpected"):
        for token in tokens[:-1]:
            if _parse_error(text[: token.end()]) not in {"", UNFINISHED}:
                return token.start()
    # Well formed, but with a word that means nothing to Cedar: the first place where that stands.
    for quoted, last in re.findall(r"[`']([^`']+)[`']|: (\w+)$", error):
        word = TOKENS.match(quoted or last)
        for token in tokens:
            if word and token.group() == word.group():
                return token.start()
    return tokens[-1].start()


def _effect_problems(statements: list[_Statement]) -> list[PolicyProblem]:
    if any(re.search(r"\bpermit\s*\(", statement.text) for statement in statements):
        return []
    return [PolicyProblem(0, _("No statement permits anybody: enforced, it refuses everybody."), fatal=False)]


def _namespace_problems(
    document: str, providers: Collection[str], authentication: Collection[str]
) -> Iterator[PolicyProblem]:
    """A name that the context lacks makes the statement fail, and then it permits nobody."""
    # Blanks of the same length, so that positions stay.
    code = re.sub(r"//[^\n]*", lambda comment: " " * len(comment.group()), document)
    seen: set[str] = set()
    for match in NAMESPACE.finditer(code):
        name = next(group for group in match.groups() if group)
        if name in seen:
            continue
        seen.add(name)
        if text := _why_missing(name, providers, authentication):
            yield PolicyProblem(_line(code, match.start()), text % {"name": name}, fatal=False)


def _why_missing(name: str, providers: Collection[str], authentication: Collection[str]) -> str:
    if name in PROVIDERS and name not in providers:
        return _(
            "The endpoint has no trust provider %(name)s, so context.%(name)s is missing and the statement fails."
        )
    if name in IDENTITIES and IDENTITIES[name] not in authentication:
        return _("Nobody signs in to this endpoint in the way of context.%(name)s, so the statement fails.")
    if name not in {*PROVIDERS, *IDENTITIES, CONNECTION}:
        return _("AWS documents no context.%(name)s.")
    return ""
