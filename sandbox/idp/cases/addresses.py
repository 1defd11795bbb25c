"""Answers that are meant for somebody else, or come from somebody else."""

from typing import Any, Final

from lxml import etree

from sandbox.bilingual import BilingualText
from sandbox.idp.cases.case import SAML, Case, CaseGroup, Verdict, changed_fields, edited, first
from sandbox.idp.messages import ResponseSpec

ANOTHER: Final = "https://another-service.example"


def _refused(identifier: str, ja: str, en: str, make: Any) -> Case:
    return Case(identifier, CaseGroup.ADDRESS, Verdict.REFUSE, BilingualText(ja, en), make)


def _says(identifier: str, ja: str, en: str, **fields: Any) -> Case:
    return _refused(identifier, ja, en, changed_fields(lambda _: fields))


def _empty_restriction(assertion: etree._Element, _spec: ResponseSpec) -> None:
    restriction = first(assertion, "AudienceRestriction")
    restriction.remove(first(restriction, "Audience"))
    # The schema wants at least one.
    etree.SubElement(restriction, f"{SAML}Audience")


def _second_restriction(assertion: etree._Element, _spec: ResponseSpec) -> None:
    restriction = etree.SubElement(first(assertion, "Conditions"), f"{SAML}AudienceRestriction")
    etree.SubElement(restriction, f"{SAML}Audience").text = f"{ANOTHER}/metadata"


CASES: Final = (
    _says("wrong-audience", "Audienceが別のサービス", "Another Audience", audiences=(f"{ANOTHER}/metadata",)),
    _says("no-audience", "AudienceRestrictionがない", "No AudienceRestriction", audiences=()),
    _refused("empty-audience", "Audienceが空", "An empty Audience", edited(_empty_restriction)),
    _refused(
        "second-restriction",
        "2つ目のAudienceRestrictionが別のサービス",
        "A second AudienceRestriction names another service",
        edited(_second_restriction),
    ),
    _says("wrong-recipient", "Recipientが別のURL", "Another Recipient", recipient=f"{ANOTHER}/acs"),
    _says("no-recipient", "Recipientがない", "No Recipient", recipient=None),
    _says("empty-recipient", "Recipientが空", "An empty Recipient", recipient=""),
    _refused(
        "recipient-contains-ours",
        "RecipientがポータルのURLを含む別のURL",
        "A Recipient that only contains the portal's URL",
        changed_fields(lambda spec: {"recipient": f"{ANOTHER}/?to={spec.acs_url}"}),
    ),
    _says("wrong-destination", "Destinationが別のURL", "Another Destination", destination=f"{ANOTHER}/acs"),
    _says("no-destination", "Destinationがない", "No Destination", destination=None),
    _says("empty-destination", "Destinationが空", "An empty Destination", destination=""),
    _refused(
        "destination-with-path",
        "DestinationがポータルのURLより長い",
        "A Destination with more path behind the portal's URL",
        changed_fields(lambda spec: {"destination": f"{spec.acs_url}more/"}),
    ),
    _refused(
        "destination-with-query",
        "DestinationにポータルのURLにないクエリーがある",
        "A Destination with a query behind the portal's URL",
        changed_fields(lambda spec: {"destination": f"{spec.acs_url}?more=1"}),
    ),
    _says(
        "wrong-issuer", "発行者（Issuer）が別のIdP", "Another Issuer", issuer="https://another-idp.example"
    ),
    _says(
        "wrong-assertion-issuer",
        "アサーションのIssuerだけが別のIdP",
        "Another Issuer in the assertion only",
        assertion_issuer="https://another-idp.example",
    ),
    _says(
        "empty-assertion-issuer",
        "アサーションのIssuerが空",
        "An empty Issuer in the assertion",
        assertion_issuer="",
    ),
)
