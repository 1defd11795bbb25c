"""Revocation lists: an expired one would block everybody, so it never gets as far as AWS."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import serialization
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask, finish, plan
from tests.vpn.operations.certificates import (
    long_list,
    mutual_endpoint,
    revocation_list,
    revoked_certificate,
    signed,
)
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.revocation_lists.revocation_list import read_facts
from vpn.operation_kinds.revocation_lists.steps import EXPORTED, REPLACED
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def mutual(ec2: "EC2Client", architecture: Architecture, endpoint: Endpoint, resync: Look) -> Endpoint:
    """An endpoint whose people sign in by certificate."""
    made = mutual_endpoint(ec2, architecture)
    resync()
    return Endpoint.objects.get(endpoint_id=made)


def in_aws(ec2: "EC2Client", endpoint: Endpoint) -> str:
    answer = ec2.export_client_vpn_client_certificate_revocation_list(
        ClientVpnEndpointId=endpoint.endpoint_id
    )
    return answer["CertificateRevocationList"]


def test_a_list_is_imported_and_the_one_before_comes_back(
    ask: Ask, mutual: Endpoint, ec2: "EC2Client", resync: Look
) -> None:
    first, second = revocation_list(1), revocation_list(1, 2, number=2)
    imported = finish(ask("import-revocation-list", mutual, text=first))
    assert imported.status == OperationStatus.SUCCEEDED
    # There was none before, and AWS can't be without one again.
    assert get_kind("import-revocation-list").undo(imported) is None
    resync()
    mutual.refresh_from_db()
    two = finish(ask("import-revocation-list", mutual, text=second))
    assert read_facts(in_aws(ec2, mutual)).entries == 2
    assert two.files.get(name=REPLACED).content.strip() == first.strip()
    undo = get_kind("import-revocation-list").undo(two)
    assert undo is not None
    resync()
    mutual.refresh_from_db()
    assert finish(ask(undo.kind, mutual, **undo.data)).status == OperationStatus.SUCCEEDED
    assert read_facts(in_aws(ec2, mutual)).number == 1


def test_the_plan_of_undoing_says_how_many_certificates_are_valid_again(
    ask: Ask, mutual: Endpoint, resync: Look, english: None
) -> None:
    finish(ask("import-revocation-list", mutual, text=revocation_list(1)))
    resync()
    mutual.refresh_from_db()
    two = finish(ask("import-revocation-list", mutual, text=revocation_list(1, 2, 3, 4, number=2)))
    undo = get_kind("import-revocation-list").undo(two)
    assert undo is not None
    planned = plan(undo.kind, mutual, **undo.data).plan
    assert planned is not None
    said = [str(check.text) for check in planned.checks]
    assert "3 certificates are valid again: whoever has one can connect again." in said
    assert "No certificate is newly revoked." in said
    # What is replaced is known, because the portal has imported it.
    assert f"#{two.number}" in str(planned.changes[0].before)


def test_what_a_list_makes_valid_again_is_unknown_where_the_one_before_was_never_seen(
    mutual: Endpoint, english: None
) -> None:
    planned = plan("import-revocation-list", mutual, text=revocation_list(1, 2)).plan
    assert planned is not None
    assert (planned.changes[0].before, planned.gravest[0].text) == (
        "?",
        "2 certificates are newly revoked: whoever has one can't connect any more.",
    )
    assert any(
        check.tone == "unknown" and "has not seen the list" in str(check.text) for check in planned.checks
    )


def test_the_list_that_aws_has_is_exported(ask: Ask, mutual: Endpoint) -> None:
    text = revocation_list(7)
    finish(ask("import-revocation-list", mutual, text=text))
    operation = finish(ask("export-revocation-list", mutual))
    assert operation.status == OperationStatus.SUCCEEDED
    assert operation.files.get(name=EXPORTED).content.strip() == text.strip()
    step = operation.steps.get(key="export-revocation-list")
    assert step.after["entries"] == 1


@pytest.mark.parametrize(
    ("code", "error_id"),
    [
        ("InvalidClientVpnCertificateRevocationListNotFound", "operation-no-revocation-list"),
        ("SomethingThatNobodyKnows", "aws-failed"),
        ("UnauthorizedOperation", "aws-access-denied"),
    ],
)
def test_that_there_is_no_list_is_said_only_where_aws_says_so(
    code: str, error_id: str, ask: Ask, mutual: Endpoint, control: Control
) -> None:
    control.fail("ExportClientVpnClientCertificateRevocationList", code)
    operation = finish(ask("export-revocation-list", mutual))
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, error_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a list",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
        revocation_list(1) + revocation_list(2),
        revocation_list(1, days=-0.5),
        revocation_list(1, begins=0.5),
    ],
    ids=["empty", "text", "broken", "two lists", "expired", "not yet valid"],
)
def test_a_list_that_would_block_everybody_is_refused(mutual: Endpoint, text: str) -> None:
    draft = plan("import-revocation-list", mutual, text=text)
    assert draft.plan is None
    assert set(draft.form.errors) == {"text"}


def test_the_plan_says_until_when_it_is_valid(mutual: Endpoint) -> None:
    for days, tone in ((30, "ok"), (3, "warn")):
        planned = plan("import-revocation-list", mutual, text=revocation_list(1, days=days)).plan
        assert planned is not None
        assert planned.destructive
        assert planned.checks[-1].tone == tone


def test_an_endpoint_without_certificates_takes_no_list(endpoint: Endpoint) -> None:
    assert endpoint.label == TOKYO.label
    draft = plan("import-revocation-list", endpoint, text=revocation_list(1))
    assert set(draft.form.errors) == {"__all__"}
    assert plan("export-revocation-list", endpoint).plan is None


def test_a_list_of_aws_s_20000_entries_is_imported_from_a_file(
    mutual: Endpoint, ec2: "EC2Client", signed_in: SignedIn, takahashi: User
) -> None:
    """From the file to AWS, through the page that confirms it, which holds all of it: a browser sends the file once."""
    text, admin = long_list(20_000), signed_in(takahashi)
    data = {"endpoint": mutual.endpoint_id, "stage": "plan"}
    url = "/operations/new/import-revocation-list/"
    sent = SimpleUploadedFile("list.crl", text.encode())
    page = admin.post(url, {**data, "text": "", "text_file": sent}).content.decode()
    assert "20,000 certificates are newly revoked" in page
    digest = page.partition('name="digest" value="')[2][:64]
    carried = hidden_fields(page)
    assert carried["text"].strip() == text.strip()
    confirmed = {**data, **carried, "stage": "run", "digest": digest, "reason": "Lost computers"}
    answer = admin.post(url, urlencode({**confirmed, "typed_name": mutual.label}), content_type=FORM)
    assert answer.status_code == 302
    operation = finish(Operation.objects.get())
    assert (operation.status, operation.error_message) == (OperationStatus.SUCCEEDED, "")
    assert read_facts(in_aws(ec2, mutual)).entries == 20_000
    # Lists of operations and the record have what it says of itself, not the two megabytes.
    assert operation.parameters["entries"] == 20_000
    recorded = AuditEvent.objects.get(tag="operation:requested")
    assert len(str(recorded.details)) < 2_000


def test_one_entry_more_is_refused_and_stays_on_the_page(plain_endpoint: Endpoint) -> None:
    draft = plan("import-revocation-list", by_certificate(plain_endpoint), text=long_list(20_001))
    assert "20,000" in str(draft.form.errors["text"])


def test_a_file_may_be_der_as_authorities_publish_it(
    plain_endpoint: Endpoint, signed_in: SignedIn, takahashi: User
) -> None:
    der = signed([revoked_certificate(7).build()], encoding=serialization.Encoding.DER)
    data = {"endpoint": by_certificate(plain_endpoint).endpoint_id, "stage": "plan"}
    answer = signed_in(takahashi).post(
        "/operations/new/import-revocation-list/", {**data, "text_file": SimpleUploadedFile("a.crl", der)}
    )
    assert "1 certificate is newly revoked" in answer.content.decode()
    carried = hidden_fields(answer.content.decode())["text"]
    assert read_facts(carried).entries == 1


@pytest.mark.parametrize("content", [b"\x00\xff not a list", b"A" * 3_100_000], ids=["binary", "too long"])
def test_a_file_that_is_no_list_is_refused_in_words(
    plain_endpoint: Endpoint, signed_in: SignedIn, takahashi: User, content: bytes
) -> None:
    data = {"endpoint": by_certificate(plain_endpoint).endpoint_id, "stage": "plan"}
    answer = signed_in(takahashi).post(
        "/operations/new/import-revocation-list/", {**data, "text_file": SimpleUploadedFile("a", content)}
    )
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode()


def hidden_fields(page: str) -> dict[str, str]:
    """What the page sends back without anybody typing it."""
    fields: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input" and given.get("type") == "hidden" and given.get("name"):
                fields[str(given["name"])] = given.get("value") or ""

    Reader().feed(page)
    return fields


def by_certificate(endpoint: Endpoint) -> Endpoint:
    endpoint.authentication = ["certificate-authentication"]
    endpoint.save()
    return endpoint
