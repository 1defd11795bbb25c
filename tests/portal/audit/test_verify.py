"""``manage.py verify_audit`` finds whatever was done to the record behind the triggers' back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from portal.audit import chain, targets
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.audit.services import record
from portal.audit.tags import Tag

pytestmark = pytest.mark.django_db
TABLE = "audit_auditevent"


@pytest.fixture
def written() -> list[AuditEvent]:
    return [
        record(Tag.SIGN_OUT, target=targets.person(f"person-{number}"), details={"n": number})
        for number in range(1, 7)
    ]


@pytest.fixture
def behind_the_triggers(written: list[AuditEvent]) -> Callable[..., None]:
    def execute(*statements: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")

    return execute


def verify(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit status, and what was printed."""
    try:
        call_command("verify_audit", *arguments)
    except SystemExit as ended:
        return int(ended.code or 0), capsys.readouterr().err
    return 0, capsys.readouterr().out


def test_a_record_that_nobody_touched_is_whole(
    written: list[AuditEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    status, output = verify(capsys)
    assert (status, output) == (
        0,
        f"6 events are as they were written. The last hash is {written[-1].hash}.\n",
    )


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'somebody'",
        "actor_name = '別人'",
        "target = 'another'",
        "tag = 'sign-in:succeeded'",
        "at = at + interval '1 microsecond'",
        "address = '198.51.100.1'",
        "reference = 'X'",
        "details = '{\"n\": 3.0}'",
        'details = \'{"n": 3, "m": null}\'',
        "hash = repeat('0', 64)",
        "previous_hash = repeat('0', 64)",
    ],
)
def test_an_altered_row_is_found(
    behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str], change: str
) -> None:
    behind_the_triggers(f"UPDATE {TABLE} SET {change} WHERE sequence = 3")
    status, output = verify(capsys)
    assert status == 1
    assert "event 3" in output


def test_an_altered_row_with_a_hash_that_fits_breaks_the_next_one(
    behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    event = AuditEvent.objects.get(sequence=3)
    event.actor = "somebody"
    behind_the_triggers(
        f"UPDATE {TABLE} SET actor = 'somebody', hash = '{chain.digest(as_mapping(event))}' WHERE sequence = 3"
    )
    status, output = verify(capsys)
    assert (status, output) == (1, "event 4 does not follow the one before it\n")


@pytest.mark.parametrize("sequence", [1, 4])
def test_a_removed_row_is_found(
    behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str], sequence: int
) -> None:
    behind_the_triggers(f"DELETE FROM {TABLE} WHERE sequence = {sequence}")
    assert verify(capsys) == (1, f"event {sequence} is missing: the next one is {sequence + 1}\n")


def test_a_removed_row_is_found_also_if_the_others_were_numbered_anew(
    behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    behind_the_triggers(
        f"DELETE FROM {TABLE} WHERE sequence = 4",
        f"UPDATE {TABLE} SET sequence = sequence - 1 WHERE sequence = 5",
        f"UPDATE {TABLE} SET sequence = sequence - 1 WHERE sequence = 6",
    )
    status, output = verify(capsys)
    assert (status, output) == (1, "event 4 does not follow the one before it\n")


def test_reordered_rows_are_found(
    behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    behind_the_triggers(
        f"UPDATE {TABLE} SET sequence = 99 WHERE sequence = 3",
        f"UPDATE {TABLE} SET sequence = 3 WHERE sequence = 4",
        f"UPDATE {TABLE} SET sequence = 4 WHERE sequence = 99",
    )
    assert verify(capsys)[0] == 1


def test_an_inserted_row_is_found(
    behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    columns = (
        "at, tag, actor, actor_name, target, target_kind, target_id, people, address, reference, details"
    )
    behind_the_triggers(
        f"UPDATE {TABLE} SET sequence = 7 WHERE sequence = 6",
        f"INSERT INTO {TABLE} (sequence, {columns}, previous_hash, hash)"
        f" SELECT 6, {columns}, hash, repeat('a', 64) FROM {TABLE} WHERE sequence = 5",
    )
    assert verify(capsys)[0] == 1


def test_a_record_that_was_cut_short_is_found_by_a_hash_from_the_log(
    written: list[AuditEvent], behind_the_triggers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    behind_the_triggers(f"DELETE FROM {TABLE} WHERE sequence > 4")
    assert verify(capsys)[0] == 0, "by itself it looks whole"
    status, output = verify(capsys, "--head", written[-1].hash)
    assert status == 1
    assert "is not in the chain" in output
    assert verify(capsys, "--head", written[3].hash)[0] == 0


def test_an_export_is_verified_without_the_database(
    written: list[AuditEvent], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.ndjson"
    rows = [as_mapping(event) for event in AuditEvent.objects.order_by("sequence")]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    assert verify(capsys, "--file", str(file))[0] == 0
    file.write_text("\n".join(json.dumps(row) for row in [*rows[:2], rows[3], rows[2], *rows[4:]]))
    assert verify(capsys, "--file", str(file)) == (1, "event 3 is missing: the next one is 4\n")


def test_a_script_gets_json(written: list[AuditEvent], capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(verify(capsys, "--json")[1]) == {
        "ok": True,
        "events": 6,
        "head": written[-1].hash,
        "problem": "",
    }
