"""What is written for a spreadsheet stays text there, and says what it said."""

import csv
import io
import random
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from portal.spreadsheets import (
    csv_line,
    csv_response,
    ranged_name,
    safe_text,
    safe_text_sql,
    without_formulas_sql,
)

FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", '"=1', "''=1", "=cmd|' /C calc'!A0"),
    *("＝1", "＋1", "－1", "＠x", "﹦1", "\u22121", "\u3000＝1", "\u00a0=1", "\u200b=1", "\ufeff=1"),
    *(";=1+1", ',"=1', "|@x", "\v=1", "\x85=1", "\u2028=1"),
]
LATER_FORMULAS = ["a;=1", 'a;"=1', "a;\t =1", "a\t+1", "a\n@x", "a\r-x", "a,＝1", "a|=cmd", "a;;=1;=2"]
NUMBERS = [
    *(
        "0012345",
        "12345",
        "1e5",
        "1E+5",
        "１２３",
        "１e５",
        "1.5",
        "1,234",
        "100%",
        "¥100",
        "$5",
        "(5)",
        "1.",
        " 7",
    ),
    *(
        "1-2",
        "1/2",
        "1 1/2",
        "2026-11-30",
        "2026年11月30日",
        "3月5日",
        "10:30",
        "3 pm",
        "12am",
        "1.2.3",
        "10.8.0.2",
    ),
    *(
        "mar 2",
        "2 mar",
        "dec1",
        "sept2",
        "SEPT2",
        "1-Jan-26",
        "May 5, 2026",
        "R8.1.1",
        "令和8年1月1日",
        "true",
        "False",
    ),
]
TEXTS = [
    *(
        "tanaka",
        "m.tanaka@example.co.jp",
        "0x",
        "田中",
        "a=1",
        "a - b",
        "Zoë",
        "x,y",
        'a"b',
        "a\nb",
        "_x",
        "{x}",
        "'x",
    ),
    *(
        " x",
        "5th",
        "e5",
        "m1",
        "am",
        "日",
        "平成の人",
        "December",
        "東京;大阪",
        "a%b",
        "a\\b",
        "\\1",
        "2001:db8::1x",
        "",
        ";",
    ),
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    assert safe_text(text).startswith("'")


@pytest.mark.parametrize("text", FORMULAS + LATER_FORMULAS)
def test_no_text_becomes_a_formula_whatever_separates_the_cells(text: str) -> None:
    for cell in re.split(r"[,;|\t\r\n\v\f]", safe_text(text)):
        assert re.match(r"""[\s\u200b\ufeff"]*[=+@＝＋－＠﹦\u2212-]""", cell) is None, cell


@pytest.mark.parametrize("text", NUMBERS)
def test_no_text_is_a_number_a_time_or_a_truth_value(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", TEXTS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, *LATER_FORMULAS, *NUMBERS, *TEXTS, "a;=0012", "%s", "a%(b)s;=1"])
def test_postgresql_and_python_follow_the_same_rules(text: str, db: None) -> None:
    query = f"SELECT {safe_text_sql('given')}, {without_formulas_sql('given')} FROM (SELECT %s::text AS given) AS row"
    with connection.cursor() as cursor:
        cursor.execute(query, [text])
        safe, without_formulas = cursor.fetchone() or ("", "")
    assert safe == safe_text(text)
    assert without_formulas == (text if text in NUMBERS else safe_text(text))


def test_postgresql_and_python_agree_on_whatever_people_may_write(db: None) -> None:
    """Texts of separators, blanks, signs, digits and names of months, as a seed mixes them."""
    pieces = [
        *",;|\t\r\n\v\f \u3000\u200b\"'=+@-＝－\u2212",
        *"019５.:/()%¥年e",
        "Ｅ",
        "sep",
        "ſep",
        "pm",
        "令和",
        "x",
    ]
    draw = random.Random(26)
    texts = ["".join(draw.choices(pieces, k=draw.randint(1, 7))) for _ in range(20_000)]
    texts += ["1,-2", "1,=2", "0012;+1", "１Ｅ５", "ſep 2"]
    query = (
        f"SELECT {safe_text_sql('given')}, {without_formulas_sql('given')} FROM unnest(%s::text[]) AS given"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [texts])
        rows = cursor.fetchall()
    assert [safe for safe, _without in rows] == [safe_text(text) for text in texts]
    # They differ only in the apostrophe of what would be a number.
    assert [row for row in rows if row[0] not in {row[1], f"'{row[1]}"}] == []


def test_null_stays_null(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {safe_text_sql('given')} FROM (SELECT NULL::text AS given) AS row", [])
        assert cursor.fetchone() == (None,)


def test_a_cell_is_a_local_time_a_number_or_safe_text() -> None:
    moment = datetime(2026, 11, 30, 2, 24, 29, 999, tzinfo=UTC)
    line = csv_line([moment, date(2026, 11, 30), 5, None, "=1", "a,b"])
    assert line == '2026-11-30 11:24:29,2026-11-30,5,,\'=1,"a,b"\n'


def test_a_file_is_utf_8_that_excel_recognizes_with_a_japanese_name() -> None:
    response: Any = csv_response("監査ログ_2026-11-01.csv", ["日時"], [["x"], [";=1"]])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "filename*=utf-8''%E7%9B%A3" in response["Content-Disposition"]
    body = b"".join(response.streaming_content)
    assert body.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig")))) == [["日時"], ["x"], ["';'=1"]]


@pytest.mark.parametrize(
    ("since", "until", "name"),
    [
        ("2026-10-31T15:00", "2026-11-30T15:00", "x_2026-11-01_2026-11-30.csv"),
        ("2026-11-29T15:00", "2026-11-30T15:00", "x_2026-11-30.csv"),
        ("2026-11-30T01:00", "2026-11-30T03:30", "x_2026-11-30T1000_2026-11-30T1230.csv"),
        ("", "", "x.csv"),
    ],
)
def test_a_files_name_holds_its_range_in_the_portals_days(since: str, until: str, name: str) -> None:
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None for text in (since, until)]
    assert ranged_name("x", moments[0], moments[1], "csv") == name
