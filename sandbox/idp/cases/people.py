"""Answers about nobody in particular, about somebody in disguise, or none at all."""

from typing import Any, Final

from lxml import etree

from sandbox.bilingual import BilingualText
from sandbox.company import ADMINS, EMPLOYEES
from sandbox.idp.cases.case import SAML, Case, CaseGroup, Verdict, changed_fields, edited, first
from sandbox.idp.cases.good import with_attribute
from sandbox.idp.messages import ResponseSpec

TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
RESPONDER: Final = "urn:oasis:names:tc:SAML:2.0:status:Responder"
AUTHN_FAILED: Final = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
ABSURD: Final = 10_000


def _refused(identifier: str, ja: str, en: str, make: Any) -> Case:
    return Case(identifier, CaseGroup.PERSON, Verdict.REFUSE, BilingualText(ja, en), make)


def _says(identifier: str, ja: str, en: str, **fields: Any) -> Case:
    return _refused(identifier, ja, en, changed_fields(lambda _: fields))


def _split_by_comment(element: etree._Element) -> None:
    """``s.takahashi<!-- -->@…``: a reader that stops at the comment sees somebody else."""
    text = element.text or ""
    element.text = text[:3]
    comment = etree.Comment("comment")
    comment.tail = text[3:]
    element.append(comment)


def _comment_in_name_id(assertion: etree._Element, _spec: ResponseSpec) -> None:
    _split_by_comment(first(assertion, "NameID"))


def _comment_in_attribute(assertion: etree._Element, _spec: ResponseSpec) -> None:
    _split_by_comment(first(assertion, "AttributeValue"))


def _two_name_ids(assertion: etree._Element, _spec: ResponseSpec) -> None:
    name_id = first(assertion, "NameID")
    other = etree.Element(f"{SAML}NameID")
    other.text = "intruder@example.co.jp"
    name_id.addnext(other)


def _attribute_twice(spec: ResponseSpec) -> dict[str, Any]:
    return {"attributes": (*spec.attributes, *(("memberOf", (group.id,)) for group in (EMPLOYEES, ADMINS)))}


def _without_groups(spec: ResponseSpec) -> dict[str, Any]:
    return {"attributes": tuple(attribute for attribute in spec.attributes if attribute[0] != "memberOf")}


CASES: Final = (
    _says(
        "refused-by-provider",
        "IdPがサインインを拒否（AuthnFailed）",
        "The provider turns the person away (AuthnFailed)",
        status_code=RESPONDER,
        status_detail=AUTHN_FAILED,
        with_assertion=False,
    ),
    _says("empty-status", "StatusCodeが空", "An empty StatusCode", status_code=""),
    _refused("no-groups", "グループが1つもない", "No groups at all", changed_fields(_without_groups)),
    _says("transient-name-id", "NameIDが一時的な形式", "A transient NameID", name_id_format=TRANSIENT),
    _says("no-name-id", "NameIDがない", "No NameID", name_id=None),
    _says("empty-name-id", "NameIDが空", "An empty NameID", name_id=""),
    _says("blank-name-id", "NameIDが空白だけ", "A NameID of spaces only", name_id="   "),
    _refused("two-name-ids", "NameIDが2つ", "Two NameIDs", edited(_two_name_ids)),
    _refused(
        "comment-in-name-id",
        "NameIDの途中にXMLのコメント",
        "An XML comment in the NameID",
        edited(_comment_in_name_id),
    ),
    _refused(
        "control-character-in-name-id",
        "NameIDに書字方向を変える制御文字",
        "A NameID with a character that turns the text around",
        changed_fields(lambda spec: {"name_id": f"\u202e{spec.name_id}"}),
    ),
    _refused(
        "line-break-in-name-id",
        "NameIDの途中に改行",
        "A line break in the NameID",
        changed_fields(lambda spec: {"name_id": f"{spec.name_id}\nadmin@example.co.jp"}),
    ),
    _says(
        "long-name-id",
        "NameIDが1万文字",
        "A NameID of 10,000 characters",
        name_id=f"{'a' * ABSURD}@example.co.jp",
    ),
    _refused(
        "comment-in-attribute",
        "属性の途中にXMLのコメント",
        "An XML comment in an attribute",
        edited(_comment_in_attribute),
    ),
    _refused(
        "control-character-in-attribute",
        "氏名に制御文字",
        "A control character in the name",
        changed_fields(lambda spec: with_attribute(spec, "name", "田中\u009b31m 美咲")),
    ),
    _refused(
        "long-attribute",
        "氏名が1万文字",
        "A name of 10,000 characters",
        changed_fields(lambda spec: with_attribute(spec, "name", "田" * ABSURD)),
    ),
    _refused(
        "attribute-twice",
        "同じ属性が2回（2回目は管理者グループ）",
        "The same attribute twice (the second time with the administrators' group)",
        changed_fields(_attribute_twice),
    ),
)
