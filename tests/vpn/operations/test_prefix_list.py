"""A managed prefix list gets the published addresses, and nobody else's change is lost."""

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from portal.access.models import User
from sandbox.aws.seed import Architecture
from tests.vpn.operations.asking import ask_as, finish, plan
from vpn.endpoints.models import Endpoint
from vpn.endpoints.services import sync_all
from vpn.operation_kinds import get_undo
from vpn.operations.engine import worker
from vpn.operations.states import OperationStatus
from vpn.partners.services import publish

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

pytestmark = pytest.mark.django_db

NAME = "vpn-egress"
SLUG = "sync-prefix-list"


@pytest.fixture
def endpoint(synced: Architecture) -> Endpoint:
    publish(timezone.now())
    return Endpoint.objects.get(label="tokyo-main")


def entries(ec2: "EC2Client", name: str = NAME) -> list[str]:
    (prefix_list,) = ec2.describe_managed_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [name]}]
    )["PrefixLists"]
    found = ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list["PrefixListId"])["Entries"]
    return sorted(entry["Cidr"] for entry in found)


def make(ec2: "EC2Client", *cidrs: str, max_entries: int = 10, name: str = NAME) -> str:
    answer = ec2.create_managed_prefix_list(
        PrefixListName=name,
        AddressFamily="IPv4",
        MaxEntries=max_entries,
        Entries=[{"Cidr": cidr} for cidr in cidrs],
    )
    return answer["PrefixList"]["PrefixListId"]


def test_it_is_made_with_the_published_addresses_and_a_second_time_nothing_happens(
    endpoint: Endpoint, takahashi: User, ec2: "EC2Client"
) -> None:
    data = {"name": NAME, "max_entries": "10"}
    address = f"{endpoint.egress_ips[0]}/32"
    operation = finish(ask_as(takahashi)(SLUG, endpoint, **data))
    assert operation.status == OperationStatus.SUCCEEDED, operation.error_message
    assert entries(ec2) == [address]
    sync_all()
    endpoint.refresh_from_db()
    again = finish(ask_as(takahashi)(SLUG, endpoint, **data))
    assert not again.steps.exclude(acted_at=None).exists()
    # A list that was made stays.
    assert get_undo(again) is None


def test_other_entries_go_and_undoing_brings_them_back(
    endpoint: Endpoint, takahashi: User, ec2: "EC2Client"
) -> None:
    make(ec2, "198.51.100.1/32")
    operation = finish(ask_as(takahashi)(SLUG, endpoint, name=NAME, max_entries="10"))
    assert entries(ec2) == [f"{endpoint.egress_ips[0]}/32"]
    sync_all()
    endpoint.refresh_from_db()
    undo = get_undo(operation)
    assert undo is not None
    finish(ask_as(takahashi)(undo.kind, endpoint, **undo.data))
    assert entries(ec2) == ["198.51.100.1/32"]


def test_a_change_of_somebody_else_in_between_is_read_before_it_acts_again(
    endpoint: Endpoint, takahashi: User, ec2: "EC2Client"
) -> None:
    id_ = make(ec2, "198.51.100.1/32")
    operation = ask_as(takahashi)(SLUG, endpoint, name=NAME, max_entries="10")
    version = ec2.describe_managed_prefix_lists(PrefixListIds=[id_])["PrefixLists"][0]["Version"]
    ec2.modify_managed_prefix_list(
        PrefixListId=id_, CurrentVersion=version, AddEntries=[{"Cidr": "198.51.100.2/32"}]
    )
    with pytest.raises(ec2.exceptions.ClientError, match="PrefixListVersionMismatch"):
        ec2.modify_managed_prefix_list(
            PrefixListId=id_, CurrentVersion=version, AddEntries=[{"Cidr": "198.51.100.3/32"}]
        )
    worker.run(operation.pk)
    assert finish(operation).status == OperationStatus.SUCCEEDED
    assert entries(ec2) == [f"{endpoint.egress_ips[0]}/32"]


@pytest.mark.parametrize("case", ["full", "twice"])
def test_it_changes_nothing_where_there_is_no_room_or_the_name_is_unclear(
    case: str, endpoint: Endpoint, takahashi: User, ec2: "EC2Client"
) -> None:
    make(ec2, "198.51.100.1/32", max_entries=1)
    if case == "twice":
        make(ec2, "198.51.100.9/32")
    given = "203.0.113.1/32\n203.0.113.2/32"
    operation = finish(ask_as(takahashi)(SLUG, endpoint, name=NAME, max_entries="10", entries=given))
    assert operation.status == OperationStatus.FAILED
    assert operation.error_id == f"operation-prefix-list-{'full' if case == 'full' else 'unclear'}"
    assert not operation.steps.exclude(acted_at=None).exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "com.amazonaws.x"}, "name"),
        ({"entries": "2001:db8::/32"}, "entries"),
        ({"max_entries": "0"}, "max_entries"),
        ({"max_entries": "1", "entries": "203.0.113.1/32\n203.0.113.2/32"}, "max_entries"),
    ],
)
def test_what_aws_would_not_take_is_refused_before(
    data: dict[str, str], field: str, endpoint: Endpoint
) -> None:
    draft = plan(SLUG, endpoint, **({"name": NAME, "max_entries": "10"} | data))
    assert field in draft.form.errors


def test_an_endpoint_without_a_known_address_never_empties_a_list(endpoint: Endpoint) -> None:
    endpoint.published_addresses.all().delete()
    draft = plan(SLUG, endpoint, name=NAME, max_entries="10")
    assert "entries" in draft.form.errors


def test_who_types_no_entries_gets_those_of_the_list_when_it_runs(
    endpoint: Endpoint, takahashi: User, ec2: "EC2Client"
) -> None:
    make(ec2, "198.51.100.1/32")
    first, second, third = (
        ask_as(takahashi)(SLUG, endpoint, name=NAME, max_entries="10"),
        ask_as(takahashi)(SLUG, endpoint, name="another", max_entries="10"),
        ask_as(takahashi)(SLUG, endpoint, name="typed", max_entries="10", entries="203.0.113.7/32"),
    )
    # After it was asked for, the list becomes another one.
    endpoint.published_addresses.update(address="203.0.113.50")
    assert finish(first).status == OperationStatus.SUCCEEDED
    assert entries(ec2) == ["203.0.113.50/32"]
    endpoint.published_addresses.all().delete()
    assert finish(second).error_id == "operation-prefix-list-empty"
    assert finish(third).status == OperationStatus.SUCCEEDED
    assert entries(ec2, "typed") == ["203.0.113.7/32"]


def test_the_plan_says_what_is_left_out_and_what_is_not_on_the_list(endpoint: Endpoint) -> None:
    address = str(endpoint.egress_ips[0])

    def warned(given: str) -> list[str]:
        draft = plan(SLUG, endpoint, name=NAME, max_entries="10", entries=given)
        assert draft.plan is not None, draft.form.errors
        return [str(check.text) for check in draft.plan.checks if check.tone == "warn"]

    assert warned("") == warned(f"{address}/32") == []
    left_out, other = warned("198.51.100.0/24")
    assert f"{address}/32" in left_out
    assert "198.51.100.0/24" in other
