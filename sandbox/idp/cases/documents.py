"""Answers that are no decent XML document."""

import zlib
from typing import Any, Final

from lxml import etree

from sandbox.bilingual import BilingualText
from sandbox.idp.cases.case import Case, CaseGroup, Verdict, first
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec, encode, render

MEGABYTE: Final = 1024 * 1024


def _refused(identifier: str, ja: str, en: str, make: Any) -> Case:
    return Case(identifier, CaseGroup.DOCUMENT, Verdict.REFUSE, BilingualText(ja, en), make)


def _document_type(spec: ResponseSpec, key: SigningKey) -> bytes:
    return b"<!DOCTYPE Response>" + render(spec, key)


def _entity(spec: ResponseSpec, key: SigningKey) -> bytes:
    """The NameID comes from an entity, whose text is what was signed."""
    response = etree.fromstring(render(spec, key))
    first(response, "NameID").text = "ENTITY"
    declared = f'<!DOCTYPE Response [<!ENTITY who "{spec.name_id}">]>'
    return declared.encode() + etree.tostring(response).replace(b"ENTITY</", b"&who;</")


def _growing_entities(spec: ResponseSpec, key: SigningKey) -> bytes:
    """Ten times ten times … the same: a small document that would become 10 GB."""
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    declared = f'<!DOCTYPE Response [<!ENTITY e0 "0123456789">{levels}]>'
    response = etree.fromstring(render(spec, key))
    first(response, "NameID").text = "ENTITY"
    return declared.encode() + etree.tostring(response).replace(b"ENTITY</", b"&e9;</")


def _in(encoding: str, declared: str) -> Any:
    def make(spec: ResponseSpec, key: SigningKey) -> bytes:
        text = render(spec, key).decode("ascii")
        return f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)

    return make


def _utf7(spec: ResponseSpec, key: SigningKey) -> bytes:
    """``<`` as UTF-7 spells it, so that a filter for ASCII finds no tags."""
    text = render(spec, key).decode("ascii")
    return b'<?xml version="1.0" encoding="UTF-7"?>' + text.encode("utf-7").replace(b"<", b"+ADw-")


def _large(spec: ResponseSpec, key: SigningKey) -> bytes:
    return render(spec, key) + b" " * MEGABYTE


CASES: Final = (
    _refused("document-type", "DOCTYPE宣言がある", "With a document type", _document_type),
    _refused("entity", "NameIDがXMLの実体参照", "The NameID is an XML entity", _entity),
    _refused(
        "growing-entities",
        "膨れ上がる実体参照（Billion Laughs）",
        "Entities that grow without end (billion laughs)",
        _growing_entities,
    ),
    _refused("utf-16", "UTF-16で符号化", "In UTF-16", _in("utf-16", "UTF-16")),
    _refused("utf-32", "UTF-32で符号化", "In UTF-32", _in("utf-32", "UTF-32")),
    _refused("utf-7", "UTF-7で符号化", "In UTF-7", _utf7),
    _refused("one-megabyte", "1 MBの大きさ", "One megabyte large", _large),
    _refused("not-xml", "XMLではない", "Not XML", lambda *_: b"Hello, portal."),
    _refused("not-base64", "Base64ではない", "Not base64", lambda *_: "*** not base64 ***"),
    _refused(
        "compressed",
        "圧縮されている（Redirectバインディングの形式）",
        "Compressed, as in the redirect binding",
        lambda spec, key: encode(zlib.compress(render(spec, key), wbits=-zlib.MAX_WBITS)),
    ),
    _refused("empty", "空の応答", "An empty answer", lambda *_: ""),
)
