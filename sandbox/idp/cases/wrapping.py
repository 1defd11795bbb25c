"""Signature wrapping: what is signed stays in the document, and something else stands where it is looked for.

XSW 1 to 8 as Somorovsky et al. describe them in "On Breaking SAML: Be Whoever You Want to Be" (USENIX 2012).
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Final

from lxml import etree

from sandbox.bilingual import BilingualText
from sandbox.company import ADMINS
from sandbox.idp.cases.case import SAMLP, Case, CaseGroup, Verdict, the_assertion
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec, build, identifier, render
from sandbox.idp.signatures import DS

# Somebody who isn't in the company: whoever is let in under this name was let in by mistake.
INTRUDER: Final = "intruder@example.co.jp"


def forged(spec: ResponseSpec) -> ResponseSpec:
    """The same answer about an administrator whom nobody knows."""
    attributes = (("email", (INTRUDER,)), ("name", ("Intruder",)), ("memberOf", (ADMINS.id,)))
    return replace(
        spec,
        name_id=INTRUDER,
        attributes=attributes,
        response_id=identifier(),
        assertion_id=identifier(),
    )


def _wrapped_response(spec: ResponseSpec, key: SigningKey, *, inside: bool) -> bytes:
    """XSW 1 and 2: the signed Response inside or before its signature, which a forged Response has taken over."""
    original = etree.fromstring(render(replace(spec, sign_assertion=False), key))
    signature = _take_signature(original)
    forgery = build(forged(spec))
    # Behind the issuer, where a validator looks for the signature of the Response.
    forgery.insert(1, signature)
    if inside:
        signature.append(original)
    else:
        signature.addprevious(original)
    return etree.tostring(forgery)


def _with_forged_assertion(
    place: Callable[[etree._Element, etree._Element], None], *, same_id: bool = False
) -> Callable[[ResponseSpec, SigningKey], bytes]:
    """``place`` puts a forged assertion into the tree of the signed one."""

    def make(spec: ResponseSpec, key: SigningKey) -> bytes:
        response = etree.fromstring(render(replace(spec, sign_response=False), key))
        forgery = the_assertion(build(forged(spec)))
        if same_id:
            forgery.set("ID", spec.assertion_id)
        place(the_assertion(response), forgery)
        return etree.tostring(response)

    return make


def _before(original: etree._Element, forgery: etree._Element) -> None:
    original.addprevious(forgery)


def _around(original: etree._Element, forgery: etree._Element) -> None:
    original.addprevious(forgery)
    forgery.append(original)


def _signature_taken_over(original: etree._Element, forgery: etree._Element) -> None:
    original.addprevious(forgery)
    forgery.insert(1, _take_signature(original))


def _inside_signature(original: etree._Element, forgery: etree._Element) -> None:
    _signature_taken_over(original, forgery)
    forgery[1].append(original)


def _in_extensions(original: etree._Element, forgery: etree._Element) -> None:
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(forgery)
    next(original.itersiblings(f"{SAMLP}Status", preceding=True)).addprevious(extensions)


def _in_object(original: etree._Element, forgery: etree._Element) -> None:
    _signature_taken_over(original, forgery)
    etree.SubElement(forgery[1], f"{DS}Object").append(original)


def _two_assertions(spec: ResponseSpec, key: SigningKey) -> bytes:
    """Both are the identity provider's own, decently signed."""
    response = etree.fromstring(render(replace(spec, sign_response=False), key))
    other = etree.fromstring(render(replace(spec, assertion_id=identifier(), sign_response=False), key))
    response.append(deepcopy(the_assertion(other)))
    return etree.tostring(response)


def _take_signature(element: etree._Element) -> etree._Element:
    signature = next(element.iterchildren(f"{DS}Signature"))
    element.remove(signature)
    return signature


def _case(name: str, ja: str, en: str, make: Callable[[ResponseSpec, SigningKey], bytes]) -> Case:
    return Case(name, CaseGroup.WRAPPING, Verdict.REFUSE, BilingualText(ja, en), make)


CASES: Final = (
    _case(
        "xsw1",
        "XSW1: 偽のResponseの署名の中に本物",
        "XSW1: the real Response inside the signature of a forged one",
        lambda spec, key: _wrapped_response(spec, key, inside=True),
    ),
    _case(
        "xsw2",
        "XSW2: 偽のResponseの署名の前に本物",
        "XSW2: the real Response before the signature of a forged one",
        lambda spec, key: _wrapped_response(spec, key, inside=False),
    ),
    _case(
        "xsw3",
        "XSW3: 本物のアサーションの前に偽物",
        "XSW3: a forged assertion before the real one",
        _with_forged_assertion(_before),
    ),
    _case(
        "xsw4",
        "XSW4: 偽のアサーションの中に本物",
        "XSW4: the real assertion inside a forged one",
        _with_forged_assertion(_around),
    ),
    _case(
        "xsw5",
        "XSW5: 署名が偽のアサーションの中、本物は後ろ",
        "XSW5: the signature in a forged assertion, the real one behind it",
        _with_forged_assertion(_signature_taken_over),
    ),
    _case(
        "xsw6",
        "XSW6: 偽のアサーションの署名の中に本物",
        "XSW6: the real assertion inside the signature of a forged one",
        _with_forged_assertion(_inside_signature),
    ),
    _case(
        "xsw7",
        "XSW7: Extensionsの中に同じIDの偽のアサーション",
        "XSW7: a forged assertion with the same ID in Extensions",
        _with_forged_assertion(_in_extensions, same_id=True),
    ),
    _case(
        "xsw8",
        "XSW8: 同じIDの偽のアサーションの署名のObjectの中に本物",
        "XSW8: the real assertion in an Object in the signature of a forged one with the same ID",
        _with_forged_assertion(_in_object, same_id=True),
    ),
    _case("two-assertions", "署名付きのアサーションが2つ", "Two signed assertions", _two_assertions),
)
