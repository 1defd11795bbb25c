"""Metadata says where to go and which certificates count, now and during a rollover."""

import pytest

from sandbox.company import PEOPLE
from sandbox.idp.keyring import RolloverError
from sandbox.idp.messages import encode, render
from sandbox.idp.server import IdpServer
from tests.sandbox.idp.http import get
from tests.sandbox.idp.service import Service


def _certificates(idp: IdpServer) -> list[str]:
    """As the library reads them."""
    provider = Service(idp).provider
    if "x509certMulti" in provider:
        signing: list[str] = provider["x509certMulti"]["signing"]
        return signing
    return [provider["x509cert"]]


def _is_let_in(idp: IdpServer, service: Service) -> bool:
    request = service.ask()
    fields = {"SAMLResponse": encode(render(idp.spec(request, PEOPLE[0]), idp.key))}
    return not service.judge(fields, request.id).error


def test_the_library_reads_it(idp: IdpServer) -> None:
    provider = Service(idp).provider
    assert provider["entityId"] == idp.entity_id
    assert provider["singleSignOnService"]["url"] == f"{idp.url}/sso"
    assert provider["singleLogoutService"]["url"] == f"{idp.url}/slo"
    assert provider["x509cert"] == idp.key.certificate_der_base64


def test_it_is_served_as_metadata(idp: IdpServer) -> None:
    answer = get(idp.metadata_url)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/samlmetadata+xml"
    assert answer.text.encode() == idp.metadata()
    assert answer.text.count("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST") == 1


def test_a_rollover_in_three_steps_never_locks_anybody_out(own_idp: IdpServer) -> None:
    old = own_idp.key.certificate_der_base64
    before = Service(own_idp)
    new = own_idp.publish_new_certificate().certificate_der_base64
    assert _certificates(own_idp) == [old, new]
    assert _is_let_in(own_idp, before), "the old key still signs"
    between = Service(own_idp)
    own_idp.sign_with_new_certificate()
    assert own_idp.key.certificate_der_base64 == new
    assert _certificates(own_idp) == [old, new]
    assert not _is_let_in(own_idp, before), "who has not read the metadata since"
    assert _is_let_in(own_idp, between)
    own_idp.drop_old_certificate()
    assert _certificates(own_idp) == [new]
    assert _is_let_in(own_idp, between)


def test_steps_out_of_turn_are_refused(own_idp: IdpServer) -> None:
    with pytest.raises(RolloverError):
        own_idp.sign_with_new_certificate()
    with pytest.raises(RolloverError):
        own_idp.drop_old_certificate()
    own_idp.publish_new_certificate()
    with pytest.raises(RolloverError):
        own_idp.publish_new_certificate()
    with pytest.raises(RolloverError):
        own_idp.drop_old_certificate()


def test_after_a_rollover_there_can_be_another(own_idp: IdpServer) -> None:
    first = own_idp.key
    for _ in range(2):
        own_idp.publish_new_certificate()
        own_idp.sign_with_new_certificate()
        own_idp.drop_old_certificate()
    assert own_idp.key != first
    assert len(_certificates(own_idp)) == 1
