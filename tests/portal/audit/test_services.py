"""The record can be appended to and verified, and nothing else."""

import threading
from ipaddress import ip_address

import pytest
from django.db import DatabaseError, connection, transaction

from portal.access.models import User
from portal.audit import chain, queries, targets
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind

pytestmark = pytest.mark.django_db


def verified() -> chain.Verification:
    return chain.verify(map(as_mapping, queries.chain()))


def test_an_event_copies_names_and_says_where_from(tanaka: User) -> None:
    event = record(Tag.SIGN_OUT, actor=tanaka, address=ip_address("198.51.100.27"), reference="K7QW-2MRTA9")
    event.refresh_from_db()
    assert (event.actor, event.actor_name) == ("m.tanaka@example.co.jp", "田中 美咲")
    assert (event.address, event.reference) == ("198.51.100.27", "K7QW-2MRTA9")


def test_a_target_has_a_kind_and_an_id_and_what_people_read(tanaka: User) -> None:
    event = record(
        Tag.SIGN_OUT, target=AuditTarget(TargetKind.FINDING, "7", "tokyo-main"), people=["b", "", "a"]
    )
    event.refresh_from_db()
    assert (event.target_kind, event.target_id, event.target) == ("finding", "7", "tokyo-main")
    assert event.people == ["a", "b"]
    about_tanaka = record(Tag.SIGN_OUT, target=targets.person(tanaka.username))
    assert (about_tanaka.target, about_tanaka.people) == (tanaka.username, [tanaka.username])


@pytest.mark.parametrize("column", ["target_kind = 'page'", "target_id = 'z'", "people = '{nobody}'"])
def test_a_changed_kind_id_or_person_is_found_out(column: str) -> None:
    for _ in range(2):
        record(Tag.SIGN_OUT, target=targets.person("x"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE audit_auditevent SET {column} WHERE sequence = 2")
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
    assert verified().broken_at == 2


def test_an_event_of_an_older_version_goes_on_verifying() -> None:
    event = as_mapping(record(Tag.SIGN_OUT))
    older = {name: value for name, value in event.items() if name not in chain.LATER_FIELDS}
    assert chain.verify([older]).problem == ""
    assert chain.verify([event]).problem == ""


def test_an_event_outlives_its_actor(tanaka: User) -> None:
    record(Tag.SIGN_OUT, actor=tanaka)
    tanaka.delete()
    assert AuditEvent.objects.get().actor_name == "田中 美咲"


def test_the_chain_holds_after_any_number_of_events(tanaka: User) -> None:
    for number in range(5):
        record(Tag.SIGN_OUT, actor=tanaka, details={"number": number, "日本語": ["あ", None, 1.5]})
    result = verified()
    assert (result.events, result.problem) == (5, "")
    assert result.head == AuditEvent.objects.get(sequence=5).hash


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_auditevent SET actor = 'nobody'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_the_database_refuses_to_change_what_was_recorded(change: str) -> None:
    record(Tag.SIGN_OUT)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER audit_no_truncate")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert AuditEvent.objects.count() == 1


def test_somebody_who_gets_around_the_triggers_is_found_out() -> None:
    for _ in range(3):
        record(Tag.SIGN_OUT, target=targets.page("x"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_auditevent SET target = 'y' WHERE sequence = 2")
    assert verified().broken_at == 2
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditevent WHERE sequence = 2")
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
    assert "missing" in verified().problem


def test_an_event_of_a_change_that_is_rolled_back_was_never_there() -> None:
    with transaction.atomic():
        record(Tag.SIGN_OUT)
        transaction.set_rollback(True)
    record(Tag.SIGN_OUT)
    assert verified().events == 1


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain() -> None:
    def write() -> None:
        try:
            for _ in range(5):
                record(Tag.SIGN_OUT)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (verified().events, verified().problem) == (20, "")


def test_what_is_read_back_has_the_hash_that_was_written(tanaka: User) -> None:
    details = {"previous_hash": '"sequence":', "日本語": ["あ", None, 1.5, True], "text": '\\"\n\u2028'}
    event = record(Tag.SIGN_OUT, actor=tanaka, target=targets.page('a"b'), details=details)
    mapping = as_mapping(AuditEvent.objects.get())
    assert event.hash == chain.digest(mapping)
    assert as_mapping(event) == mapping


@pytest.mark.django_db(transaction=True)
def test_writers_whose_changes_take_long_make_one_chain_without_waiting_for_each_other() -> None:
    """Whoever appends last waits for nobody who has not appended yet."""
    changed, appended = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                User.objects.create(username="slow@example.co.jp")
                changed.set()
                assert appended.wait(timeout=10)
                record(Tag.SIGN_OUT, target=targets.page("slow"))
        finally:
            connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert changed.wait(timeout=10)
    record(Tag.SIGN_OUT, target=targets.page("quick"))
    appended.set()
    slow.join()
    assert list(AuditEvent.objects.order_by("sequence").values_list("target", flat=True)) == ["quick", "slow"]
    assert (verified().events, verified().problem) == (2, "")


@pytest.mark.django_db(transaction=True)
def test_it_is_a_transaction_by_itself() -> None:
    record(Tag.SIGN_OUT)
    connection.close()
    assert verified().events == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_that_cannot_be_written_undoes_the_change_with_it(tanaka: User) -> None:
    def change_and_record() -> None:
        User.objects.filter(pk=tanaka.pk).update(name="changed")
        # Longer than the column
        record(Tag.SIGN_OUT, reference="x" * 17)

    with pytest.raises(DatabaseError):
        transaction.atomic(change_and_record)()
    tanaka.refresh_from_db()
    assert tanaka.name != "changed"
    assert verified().events == 0
