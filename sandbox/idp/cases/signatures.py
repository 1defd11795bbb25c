"""Answers whose signatures are missing, somebody else's, weak, or less than they seem."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import xmlsec
from lxml import etree
from xmlsec import constants

from sandbox.bilingual import BilingualText
from sandbox.company import ADMINS
from sandbox.idp.cases.case import (
    SAML,
    Case,
    CaseGroup,
    Verdict,
    changed_fields,
    first,
    tampered,
    the_assertion,
)
from sandbox.idp.keyring import COMMON_NAME
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec, Signing, build, render
from sandbox.idp.signatures import DS, ENVELOPED, EXCLUSIVE_C14N, Step, add_template, sign

NOWHERE: Final = "http://127.0.0.1:9/genkan-sandbox"

XSL: Final = 'version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'
STYLESHEET: Final = f'<xsl:stylesheet {XSL}><xsl:template match="/"><signed/></xsl:template></xsl:stylesheet>'
# Every node for every node, five times over: most of a minute of computing, for one post of 4 KB.
SLOW_STYLESHEET: Final = (
    f'<xsl:stylesheet {XSL}><xsl:template match="/"><signed>'
    + '<xsl:for-each select="//node()">' * 5
    + '<xsl:value-of select="count(//node())"/>'
    + "</xsl:for-each>" * 5
    + "</signed></xsl:template></xsl:stylesheet>"
)
XPATH: Final = (
    f'<XPath xmlns="{DS[1:-1]}" xmlns:saml="{SAML[1:-1]}">not(ancestor-or-self::saml:NameID)</XPath>'
)
SIGNING_NOTHING: Final = Signing(steps=(ENVELOPED, Step(constants.TransformXslt, STYLESHEET), EXCLUSIVE_C14N))
SLOW: Final = Signing(steps=(ENVELOPED, Step(constants.TransformXslt, SLOW_STYLESHEET)), certificate=False)
LEAVING_OUT_NAME_ID: Final = Signing(steps=(ENVELOPED, Step(constants.TransformXPath, XPATH), EXCLUSIVE_C14N))


class PublicKeyAsSecret:
    """HMAC with the certificate, which everybody knows, in place of a secret."""

    def __init__(self, key: SigningKey) -> None:
        self._secret = key.certificate_pem.encode()

    def for_xmlsec(self) -> xmlsec.Key:
        return xmlsec.Key.from_binary_data(constants.KeyDataHmac, self._secret)


def _refused(identifier: str, ja: str, en: str, make: Any) -> Case:
    return Case(identifier, CaseGroup.SIGNATURE, Verdict.REFUSE, BilingualText(ja, en), make)


def _signed(identifier: str, ja: str, en: str, **how: Any) -> Case:
    return _refused(
        identifier, ja, en, changed_fields(lambda _: {"signing": Signing(**how), "sign_response": False})
    )


def _name_somebody_else(response: etree._Element) -> None:
    first(response, "NameID").text = "intruder@example.co.jp"


def _join_the_administrators(response: etree._Element) -> None:
    attribute = etree.SubElement(first(response, "AttributeStatement"), f"{SAML}Attribute", Name="memberOf")
    etree.SubElement(attribute, f"{SAML}AttributeValue").text = ADMINS.id


def _strip_signatures(response: etree._Element) -> None:
    for value in response.iter(f"{DS}SignatureValue"):
        value.text = ""


def _hmac(spec: ResponseSpec, key: SigningKey) -> bytes:
    response = build(spec)
    how = Signing(method=constants.TransformHmacSha256, certificate=False)
    sign(the_assertion(response), PublicKeyAsSecret(key), signing=how)
    return etree.tostring(response)


def _two_references(spec: ResponseSpec, key: SigningKey) -> bytes:
    how = Signing(also=(spec.assertion_id,))
    return render(replace(spec, signing=how, sign_response=False), key)


def _encrypted(spec: ResponseSpec, _key: SigningKey) -> bytes:
    """For somebody's key, but not the portal's; what is inside is not even an assertion."""
    response = build(replace(spec, with_assertion=False))
    holder = etree.SubElement(response, f"{SAML}EncryptedAssertion")
    template = xmlsec.template.encrypted_data_create(
        holder, constants.TransformAes256Gcm, type=constants.TypeEncElement, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    holder.append(template)
    context = xmlsec.EncryptionContext()
    context.key = xmlsec.Key.generate(constants.KeyDataAes, 256, constants.KeyDataTypeSession)
    context.encrypt_binary(template, b"<nothing/>")
    return etree.tostring(response)


def made_up(
    signing: Signing, edit: Callable[[etree._Element], None] = lambda _: None
) -> Callable[[ResponseSpec, SigningKey], bytes]:
    """What anybody can send without any key: invented digests and values, and what they like around them."""

    def make(spec: ResponseSpec, _key: SigningKey) -> bytes:
        built = build(spec)
        add_template(the_assertion(built), signing)
        # Parsed anew, because lxml doesn't find elements by name that the XML security library has made.
        response = etree.fromstring(etree.tostring(built))
        signature = next(response.iter(f"{DS}Signature"))
        for empty in signature.iter(f"{DS}DigestValue", f"{DS}SignatureValue"):
            empty.text = base64.b64encode(b"invented").decode()
        edit(signature)
        return etree.tostring(response)

    return make


def _fetch_the_key(signature: etree._Element) -> None:
    key_info = etree.SubElement(signature, f"{DS}KeyInfo")
    etree.SubElement(key_info, f"{DS}RetrievalMethod", URI=NOWHERE, Type=constants.KeyDataRawX509Cert.href)


CASES: Final = (
    _refused(
        "unsigned",
        "署名がない",
        "Not signed at all",
        changed_fields(lambda _: {"sign_assertion": False, "sign_response": False}),
    ),
    _refused(
        "response-signed-only",
        "アサーションに署名がない（Responseだけ署名）",
        "Only the Response is signed, not the assertion",
        changed_fields(lambda _: {"sign_assertion": False}),
    ),
    _refused("empty-signature", "署名の値が空", "Signatures without a value", tampered(_strip_signatures)),
    _refused(
        "other-key",
        "別の鍵で署名（証明書の名前は同じ）",
        "Signed by another key, whose certificate has the same name",
        lambda spec, _key: render(spec, SigningKey.create(COMMON_NAME)),
    ),
    _refused(
        "hmac-with-public-key",
        "公開されている証明書を秘密鍵としたHMAC",
        "HMAC with the public certificate as its secret",
        _hmac,
    ),
    _signed("sha1", "SHA-1で署名", "Signed with SHA-1", method=constants.TransformRsaSha1),
    _signed("sha1-digest", "ダイジェストがSHA-1", "Digests by SHA-1", digest=constants.TransformSha1),
    _refused(
        "tampered-name-id",
        "署名の後にNameIDを変更",
        "The NameID changed after signing",
        tampered(_name_somebody_else),
    ),
    _refused(
        "tampered-groups",
        "署名の後に管理者グループを追加",
        "The administrators' group added after signing",
        tampered(_join_the_administrators, sign_response=False),
    ),
    _refused("two-references", "署名のReferenceが2つ", "Two References in a signature", _two_references),
    _signed(
        "inclusive-c14n",
        "排他的でない正規化",
        "Canonicalization that is not exclusive",
        steps=(ENVELOPED, Step(constants.TransformInclC14N)),
    ),
    _refused(
        "xpath-transform",
        "NameIDを署名から外すXPath変換",
        "An XPath transform that leaves the NameID out of the signature",
        tampered(_name_somebody_else, sign_response=False, signing=LEAVING_OUT_NAME_ID),
    ),
    _refused(
        "xslt-transform",
        "内容を署名から外すXSLT変換",
        "An XSLT transform that leaves all out of the signature",
        tampered(_name_somebody_else, sign_response=False, signing=SIGNING_NOTHING),
    ),
    _refused(
        "slow-xslt",
        "実行に時間のかかるXSLT変換（鍵がなくても送信できる）",
        "An XSLT transform that takes long (anybody can send it)",
        made_up(SLOW),
    ),
    _signed(
        "reference-to-document",
        "署名の対象が文書全体（URIが空）",
        "A Reference to the whole document (an empty URI)",
        uri="",
    ),
    _refused(
        "reference-to-url",
        "署名の対象が外部のURL",
        "A Reference to a URL elsewhere",
        made_up(Signing(uri=NOWHERE, certificate=False)),
    ),
    _refused(
        "key-from-url",
        "鍵を外部のURLから取得させる",
        "A key that is to be fetched from a URL",
        made_up(Signing(certificate=False), _fetch_the_key),
    ),
    _refused("encrypted", "暗号化されたアサーション", "An encrypted assertion", _encrypted),
)
