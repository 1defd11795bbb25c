"""Answers that must be let in, though some of them look odd."""

import uuid
from datetime import timedelta
from typing import Any, Final

from xmlsec import constants

from sandbox.bilingual import BilingualText
from sandbox.company import EMPLOYEES
from sandbox.idp.cases.case import Case, CaseGroup, Verdict, changed_fields
from sandbox.idp.messages import ResponseSpec, Signing

MANY: Final = 200  # as many groups as AWS Client VPN reads of one person


def _good(identifier: str, ja: str, en: str, make: Any) -> Case:
    return Case(identifier, CaseGroup.GOOD, Verdict.ACCEPT, BilingualText(ja, en), make)


def _slow_clock(spec: ResponseSpec) -> dict[str, Any]:
    """Its answers live for 30 seconds only, so this one has ended before it is made."""
    slow = spec.now - timedelta(seconds=60)
    end = slow + timedelta(seconds=30)
    return {"now": slow, "not_on_or_after": end, "subject_not_on_or_after": end}


def with_attribute(spec: ResponseSpec, name: str, *values: str) -> dict[str, Any]:
    """The spec's attributes with these values for ``name``."""
    others = tuple(attribute for attribute in spec.attributes if attribute[0] != name)
    return {"attributes": (*others, (name, values))}


def _many_groups(spec: ResponseSpec) -> dict[str, Any]:
    invented = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"group {number}")) for number in range(MANY - 1)]
    return with_attribute(spec, "memberOf", EMPLOYEES.id, *invented)


def _unread_attributes(spec: ResponseSpec) -> dict[str, Any]:
    """What a directory holds beside: a postal address of two lines, a tab, a picture."""
    odd = (("street", ("1-2-3 Example\r\nChiyoda-ku",)), ("title", ("Engineer\tLevel 2",)))
    return {"attributes": (*odd, ("thumbnailPhoto", ("/9j/4AAQ" * 500,)), *spec.attributes)}


CASES: Final = (
    _good("good", "通常の応答", "A good response", changed_fields(lambda _: {})),
    _good(
        "assertion-signed-only",
        "署名はアサーションだけ",
        "Only the assertion is signed",
        changed_fields(lambda _: {"sign_response": False}),
    ),
    _good(
        "sha512",
        "SHA-512で署名",
        "Signed with SHA-512",
        changed_fields(
            lambda _: {
                "signing": Signing(method=constants.TransformRsaSha512, digest=constants.TransformSha512)
            }
        ),
    ),
    _good(
        "no-certificate-inside",
        "署名に証明書を含めない",
        "Signed without a certificate inside",
        changed_fields(lambda _: {"signing": Signing(certificate=False)}),
    ),
    _good(
        "clock-60s-behind",
        "IdPの時計が60秒遅れている（有効期間30秒）",
        "The clock is 60 seconds behind (valid for 30)",
        changed_fields(_slow_clock),
    ),
    _good(
        "clock-60s-ahead",
        "IdPの時計が60秒進んでいる",
        "The clock is 60 seconds ahead",
        changed_fields(lambda spec: {"now": spec.now + timedelta(seconds=60)}),
    ),
    _good(
        "two-audiences",
        "Audienceが2つあり、片方がポータル",
        "Two Audiences, one of them the portal",
        changed_fields(
            lambda spec: {"audiences": ("https://another-service.example/metadata", spec.audience)}
        ),
    ),
    _good(
        "two-hundred-groups", "200個のグループに所属", "A member of 200 groups", changed_fields(_many_groups)
    ),
    _good(
        "rare-kanji",
        "氏名に基本多言語面の外の漢字（𠮷）",
        "A name beyond the Basic Multilingual Plane (𠮷)",
        changed_fields(lambda spec: with_attribute(spec, "name", "𠮷田 太郎")),
    ),
    _good(
        "name-with-markup",
        "氏名にHTMLのタグ（文字として表示されること）",
        "A name with HTML tags (to be shown as text)",
        changed_fields(lambda spec: with_attribute(spec, "name", "<b>田中</b><script>alert(1)</script>")),
    ),
    _good(
        "name-with-joiner",
        "氏名に見えない結合文字（ZWNJ）",
        "A name with a joiner that can't be seen (ZWNJ)",
        changed_fields(lambda spec: with_attribute(spec, "name", "علی\u200cرضا محمدی")),
    ),
    _good(
        "unread-attributes",
        "ポータルが使わない属性に改行や画像",
        "Line breaks and a picture in attributes that the portal doesn't read",
        changed_fields(_unread_attributes),
    ),
)
