"""The identity provider itself, without HTTP: who it is, what it signs with, what it says about people."""

from dataclasses import dataclass

from sandbox.company import Person
from sandbox.idp import metadata
from sandbox.idp.authn_request import AuthnRequest
from sandbox.idp.keyring import KeyRing
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec


@dataclass(frozen=True)
class Claims:
    """What is said about somebody: the NameID, and attributes as IAM Identity Center sends them."""

    name_id: str
    attributes: tuple[tuple[str, tuple[str, ...]], ...]


def claims_for(person: Person) -> Claims:
    attributes = (
        ("email", (person.email,)),
        ("name", (person.name,)),
        ("FirstName", (person.given_name,)),
        ("LastName", (person.family_name,)),
        ("memberOf", tuple(group.id for group in person.groups)),
    )
    return Claims(person.email, tuple(attribute for attribute in attributes if attribute[1]))


def claims_typed(name_id: str, name: str, groups: tuple[str, ...]) -> Claims:
    attributes = (("email", (name_id,)), ("name", (name,) if name else ()), ("memberOf", groups))
    return Claims(name_id, tuple(attribute for attribute in attributes if attribute[1]))


class IdentityProvider:
    """``metadata_down`` and ``sso_down`` make that part answer 503."""

    def __init__(self, base_url: str, keys: KeyRing) -> None:
        self.base_url = base_url.rstrip("/")
        self.keys = keys
        self.metadata_down = False
        self.sso_down = False

    @property
    def metadata_url(self) -> str:
        return f"{self.base_url}/metadata"

    @property
    def entity_id(self) -> str:
        return self.metadata_url

    @property
    def key(self) -> SigningKey:
        """The key that signs now."""
        return self.keys.signing

    def metadata(self) -> bytes:
        return metadata.render(self.base_url, self.entity_id, self.keys)

    def spec(self, request: AuthnRequest, who: Person | Claims) -> ResponseSpec:
        """The good Response that answers ``request``."""
        claims = claims_for(who) if isinstance(who, Person) else who
        return ResponseSpec(
            acs_url=request.acs_url,
            audience=request.issuer,
            issuer=self.entity_id,
            in_response_to=request.id,
            name_id=claims.name_id,
            attributes=claims.attributes,
        )
