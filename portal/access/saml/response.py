"""A posted SAMLResponse, from text to a verified assertion."""

from django.conf import settings
from django.utils import timezone
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from portal.access.saml import assertion as rules
from portal.access.saml import document, metadata
from portal.access.saml.document import DS
from portal.access.saml.refusal import AssertionRefused, SignatureRefused

SCHEMA = "saml-schema-protocol-2.0.xsd"


def verify(text: str, *, acs_url: str) -> rules.VerifiedAssertion:
    """The assertion in a base64 ``SAMLResponse``. Raises AssertionRefused or MetadataError.

    It isn't used up: a form that is sent twice must still sign in, and only later is known which browser sent it.
    """
    response = document.parse(document.decode(text))
    element = document.check_response(response)
    try:
        provider = metadata.current()
        _check_signatures(response, provider)
    except SignatureRefused:
        # The identity provider may have a new key since the metadata was read.
        if not metadata.refresh_after_unknown_key():
            raise
        provider = metadata.current()
        _check_signatures(response, provider)
    # After the signatures: only what the identity provider sent is worth the time.
    if isinstance(OneLogin_Saml2_XML.validate_xml(response, SCHEMA, False), str):  # noqa: FBT003 - the library's signature
        raise AssertionRefused("schema")
    return rules.read(
        response,
        element,
        rules.ExpectedAssertion(
            acs_url=acs_url,
            sp_entity_id=settings.SAML_SP_ENTITY_ID,
            idp_entity_id=provider.entity_id,
            now=timezone.now(),
            attributes=frozenset(
                (settings.SAML_ATTRIBUTE_EMAIL, *settings.SAML_ATTRIBUTE_NAME, settings.SAML_ATTRIBUTE_GROUPS)
            ),
            unsolicited_allowed=settings.SAML_ALLOW_IDP_INITIATED,
        ),
    )


def _check_signatures(response: etree._Element, provider: metadata.IdentityProvider) -> None:
    """The assertion's signature, which document.check_response() found, and the response's if there is one."""
    _check_signature(response, provider, OneLogin_Saml2_Utils.ASSERTION_SIGNATURE_XPATH)
    if response.find(f"{DS}Signature") is not None:
        _check_signature(response, provider, OneLogin_Saml2_Utils.RESPONSE_SIGNATURE_XPATH)
    elif settings.SAML_WANT_RESPONSE_SIGNED:
        raise AssertionRefused("response_not_signed")


def _check_signature(response: etree._Element, provider: metadata.IdentityProvider, xpath: str) -> None:
    certificates = [OneLogin_Saml2_Utils.format_cert(certificate) for certificate in provider.certificates]
    if not OneLogin_Saml2_Utils.validate_sign(response, xpath=xpath, multicerts=certificates):
        raise SignatureRefused("signature", xpath)
