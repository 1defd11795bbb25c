"""From the bytes that anybody may post to an XML tree that is safe to hand to the cryptography.

The XML security library carries out whatever transforms a signature names before it looks at the key. So all that is
checked here is checked without any cryptography, and whatever is not expected is refused without being carried out.
"""

import base64
import binascii
import re
from collections import Counter
from typing import Final

from lxml import etree

from portal.access.saml.refusal import AssertionRefused

MAX_BYTES: Final = 256 * 1024  # AWS's own limit for a SAML response is 128 KB

SAMLP: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SAML: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"

CANONICALIZATIONS: Final = frozenset({EXCLUSIVE, f"{EXCLUSIVE}WithComments"})
TRANSFORMS: Final = CANONICALIZATIONS | {ENVELOPED}
SIGNATURES: Final = frozenset(
    f"{MORE}{key}-sha{bits}" for key in ("rsa", "ecdsa") for bits in (256, 384, 512)
)
DIGESTS: Final = frozenset(
    {"http://www.w3.org/2001/04/xmlenc#sha256", f"{MORE}sha384", "http://www.w3.org/2001/04/xmlenc#sha512"}
)
SIGNATURE_PARTS: Final = [f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo"]
KEY_PARTS: Final = frozenset({f"{DS}X509Data", f"{DS}KeyName", f"{DS}KeyValue"})

_DECLARATION = re.compile(rb"\A<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")


def decode(text: str) -> bytes:
    """The XML of a base64 form field; line breaks are allowed, nothing else is."""
    if len(text) > MAX_BYTES * 4 // 3 + 4096:
        raise AssertionRefused("too_large", f"{len(text)} characters")
    try:
        return base64.b64decode(re.sub(r"[\r\n\t ]", "", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise AssertionRefused("not_base64", str(error)) from error


def parse(raw: bytes) -> etree._Element:
    """One XML document in UTF-8, without a document type, entities, comments or processing instructions."""
    if len(raw) > MAX_BYTES:
        raise AssertionRefused("too_large", f"{len(raw)} bytes")
    _check_encoding(raw)
    # Whatever the parser would do with a document type, it doesn't get to see one.
    if re.search(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", raw, re.IGNORECASE):
        raise AssertionRefused("document_type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise AssertionRefused("not_xml", str(error)) from error
    if (
        any(not isinstance(node.tag, str) for node in root.getroottree().iter())
        or root.getprevious() is not None
    ):
        raise AssertionRefused("comment_or_instruction")
    return root


def _check_encoding(raw: bytes) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AssertionRefused("not_utf8", str(error)) from error
    declaration = _DECLARATION.match(raw.removeprefix(b"\xef\xbb\xbf"))
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    if b"\0" in raw or (encoding and encoding[1].lower() not in {b"utf-8", b"us-ascii"}):
        raise AssertionRefused("not_utf8", encoding[1].decode() if encoding else "NUL")


def check_response(root: etree._Element) -> etree._Element:
    """The one assertion of a ``samlp:Response`` whose shape and signatures are what SAML prescribes."""
    if root.tag != f"{SAMLP}Response":
        raise AssertionRefused("not_a_response", root.tag)
    if (
        next(root.iter(f"{SAML}EncryptedAssertion", f"{SAML}EncryptedID", f"{SAML}EncryptedAttribute"), None)
        is not None
    ):
        raise AssertionRefused("encrypted")
    _check_status(root)
    assertions = list(root.iter(f"{SAML}Assertion"))
    if len(assertions) != 1 or assertions[0].getparent() is not root:
        raise AssertionRefused("not_one_assertion", str(len(assertions)))
    _check_ids(root)
    for signature in root.iter(f"{DS}Signature"):
        if signature.getparent() not in (root, assertions[0]):
            raise AssertionRefused("signature_in_odd_place")
        check_signature(signature)
    if len(assertions[0].findall(f"{DS}Signature")) != 1:
        raise AssertionRefused("assertion_not_signed")
    if len(root.findall(f"{DS}Signature")) > 1:
        raise AssertionRefused("signature_in_odd_place")
    return assertions[0]


def _check_status(root: etree._Element) -> None:
    """Before the assertions are counted: a provider that turns somebody away sends none, and says so here."""
    codes = root.findall(f"{SAMLP}Status/{SAMLP}StatusCode")
    if [code.get("Value") for code in codes] != [SUCCESS]:
        values = [code.get("Value", "") for code in root.iter(f"{SAMLP}StatusCode")]
        raise AssertionRefused("status", " ".join(values))


def _check_ids(root: etree._Element) -> None:
    names = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id", "AssertionID")
    ids = Counter(value for node in root.iter() for name in names if (value := node.get(name)) is not None)
    if any(count > 1 for count in ids.values()):
        raise AssertionRefused("repeated_id")


def check_signature(signature: etree._Element) -> None:
    """One reference, to the element that the signature stands in; known transforms and algorithms only."""
    parts = [part.tag for part in signature]
    if parts not in (SIGNATURE_PARTS, SIGNATURE_PARTS[:2]):
        raise AssertionRefused("signature_shape", " ".join(map(str, parts)))
    if any(part.tag not in KEY_PARTS for part in signature.iterfind(f"{DS}KeyInfo/*")):
        raise AssertionRefused("signature_shape", "KeyInfo")
    info = signature[0]
    if [part.tag for part in info] != [
        f"{DS}CanonicalizationMethod",
        f"{DS}SignatureMethod",
        f"{DS}Reference",
    ]:
        raise AssertionRefused("not_one_reference")
    canonicalization, method, reference = info
    _check_algorithm(canonicalization, CANONICALIZATIONS)
    _check_algorithm(method, SIGNATURES)
    _check_reference(reference, signed=signature.getparent())


def _check_reference(reference: etree._Element, *, signed: etree._Element | None) -> None:
    signed_id = signed.get("ID") if signed is not None else None
    if not signed_id or reference.get("URI") != f"#{signed_id}":
        raise AssertionRefused("reference_elsewhere", reference.get("URI") or "")
    if [part.tag for part in reference] != [f"{DS}Transforms", f"{DS}DigestMethod", f"{DS}DigestValue"]:
        raise AssertionRefused("signature_shape", "Reference")
    transforms, digest, _value = reference
    if not 1 <= len(transforms) <= 2 or any(transform.tag != f"{DS}Transform" for transform in transforms):
        raise AssertionRefused("transforms")
    for transform in transforms:
        _check_algorithm(transform, TRANSFORMS)
    if (
        transforms[0].get("Algorithm") != ENVELOPED
        or transforms[-1].get("Algorithm") not in CANONICALIZATIONS
    ):
        raise AssertionRefused("transforms")
    _check_algorithm(digest, DIGESTS)


def _check_algorithm(element: etree._Element, allowed: frozenset[str]) -> None:
    algorithm = element.get("Algorithm", "")
    if algorithm not in allowed:
        raise AssertionRefused("algorithm", algorithm)
    parameters = [part.tag for part in element]
    if parameters and parameters != [f"{{{EXCLUSIVE}}}InclusiveNamespaces"]:
        raise AssertionRefused("algorithm", f"{algorithm} with {parameters}")
