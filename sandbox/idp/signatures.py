"""XML signatures: those that a decent identity provider makes, and any other that one can describe."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import xmlsec
from lxml import etree
from xmlsec import constants, template, tree

if TYPE_CHECKING:
    from xmlsec.constants import __Transform as Transform

DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
ISSUER: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}Issuer"


class Key(Protocol):
    def for_xmlsec(self) -> xmlsec.Key: ...


@dataclass(frozen=True)
class Step:
    """One transform of a Reference, with what goes into it as XML (a stylesheet, an XPath expression)."""

    transform: "Transform"
    inside: str = ""


ENVELOPED: Final = Step(constants.TransformEnveloped)
EXCLUSIVE_C14N: Final = Step(constants.TransformExclC14N)


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How to sign. ``uri`` is referenced instead of the element, the ids in ``also`` besides it.

    ``certificate`` puts the key's certificate into KeyInfo.
    """

    method: "Transform" = constants.TransformRsaSha256
    digest: "Transform" = constants.TransformSha256
    steps: tuple[Step, ...] = (ENVELOPED, EXCLUSIVE_C14N)
    uri: str | None = None
    also: tuple[str, ...] = ()
    certificate: bool = True


DECENT: Final = Signing()


def sign(element: etree._Element, key: Key, *, signing: Signing = DECENT) -> None:
    """Sign ``element`` by its ``ID``, in place; the signature goes behind its Issuer."""
    signature = add_template(element, signing)
    # xmlsec finds what a reference names only if the attribute is known to be an id.
    tree.add_ids(element.getroottree().getroot(), ["ID"])
    context = xmlsec.SignatureContext()
    context.key = key.for_xmlsec()
    context.sign(signature)


def add_template(element: etree._Element, signing: Signing) -> etree._Element:
    """Put a Signature into ``element`` whose digests and value are still empty, and return it."""
    signature = template.create(element, constants.TransformExclC14N, signing.method, ns="ds")
    issuer = element.find(ISSUER)
    # The SAML schema wants the signature right behind the issuer.
    element.insert(0 if issuer is None else element.index(issuer) + 1, signature)
    own_uri = f"#{element.get('ID')}" if signing.uri is None else signing.uri
    for uri in (own_uri, *(f"#{identifier}" for identifier in signing.also)):
        _refer(signature, uri, signing)
    if signing.certificate:
        template.add_x509_data(template.ensure_key_info(signature))
    return signature


def _refer(signature: etree._Element, uri: str, signing: Signing) -> None:
    reference = template.add_reference(signature, signing.digest, uri=uri)
    for step in signing.steps:
        node = template.add_transform(reference, step.transform)
        if step.inside:
            node.append(etree.fromstring(step.inside))
