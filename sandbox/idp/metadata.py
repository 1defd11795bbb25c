"""The metadata that an identity provider publishes about itself."""

from typing import Final

from lxml import etree

from sandbox.idp.keyring import KeyRing
from sandbox.idp.messages import EMAIL

MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def render(base_url: str, entity_id: str, keys: KeyRing) -> bytes:
    """An EntityDescriptor with every certificate that ``keys`` publishes now."""
    entity = etree.Element(f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS}, entityID=entity_id)
    role = _add(
        entity, "IDPSSODescriptor", protocolSupportEnumeration=PROTOCOL, WantAuthnRequestsSigned="false"
    )
    # All of them, not only the one that signs: that is how services learn of a new key before it is used.
    for key in keys.published:
        _add_certificate(role, key.certificate_der_base64)
    _add(role, "SingleLogoutService", Binding=REDIRECT, Location=f"{base_url}/slo")
    _add(role, "NameIDFormat").text = EMAIL
    for binding in (REDIRECT, POST):
        _add(role, "SingleSignOnService", Binding=binding, Location=f"{base_url}/sso")
    return etree.tostring(entity, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_certificate(role: etree._Element, certificate: str) -> None:
    descriptor = _add(role, "KeyDescriptor", use="signing")
    data = etree.SubElement(etree.SubElement(descriptor, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = certificate


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{MD}}}{name}", attributes)
