"""Statements about people in an authorization policy: pure text."""

import pytest

from vpn.person_operations import cedar

CONDITION = "context.saml has email && context.saml.email == {username}"
DOCUMENT = "permit(principal, action, resource)\nwhen { context.jamf.diskEncryptionEnabled == true };\n"


def forbid(document: str, *names: str) -> str:
    for name in names:
        document = cedar.forbidding(document, name, condition=CONDITION)
    return document


def test_a_person_is_forbidden_beside_what_is_there() -> None:
    document = forbid(DOCUMENT, "m.tanaka@example.co.jp")
    assert document.startswith(DOCUMENT.rstrip())
    statement = 'when { context.saml has email && context.saml.email == "m.tanaka@example.co.jp" };'
    assert f"forbid(principal, action, resource) {statement}" in document
    assert cedar.forbids(document, "M.Tanaka@example.co.jp ")
    assert not cedar.forbids(document, "tanaka@example.co.jp")


def test_names_are_forbidden_as_they_are_compared_to_the_letter_and_nobody_else_s() -> None:
    """An e-mail address is one person's in any case; other NameIDs that differ in case are two people's."""
    document = forbid(DOCUMENT, "M.Tanaka@Example.co.jp")
    assert 'email == "M.Tanaka@Example.co.jp"' in document
    assert 'email == "m.tanaka@example.co.jp"' in document
    assert cedar.permitting(document, "m.tanaka@example.co.jp") == DOCUMENT

    document = forbid(DOCUMENT, "u-ABC")
    assert ('"u-ABC" }' in document, '"u-abc"' in document) == (True, False)
    assert (cedar.forbids(document, "u-ABC"), cedar.forbids(document, "u-abc")) == (True, False)
    assert cedar.permitting(document, "u-abc") == document


def test_forbidding_twice_is_forbidding_once() -> None:
    once = forbid(DOCUMENT, "a@example.co.jp")
    assert forbid(once, "a@example.co.jp") == once


def test_permitting_leaves_everything_else_as_it_was() -> None:
    both = forbid(DOCUMENT, "a@example.co.jp", "b@example.co.jp")
    assert cedar.permitting(both, "b@example.co.jp") == forbid(DOCUMENT, "a@example.co.jp")
    assert cedar.permitting(cedar.permitting(both, "a@example.co.jp"), "b@example.co.jp") == DOCUMENT
    assert cedar.permitting(DOCUMENT, "a@example.co.jp") == DOCUMENT


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('a" || true || "', '"a\\" || true || \\""'),
        ("a\\", '"a\\\\"'),
        ("a\n// genkan: end", '"a\\u{a}// genkan: end"'),
        ("佐藤 健", '"佐藤 健"'),
        ("a\u202eb", '"a\\u{202e}b"'),
    ],
)
def test_a_name_cannot_break_out_of_its_text(name: str, written: str) -> None:
    assert cedar.literal(name) == written
    document = forbid(DOCUMENT, name)
    assert document.count("forbid(") == 1
    assert cedar.permitting(document, name) == DOCUMENT
