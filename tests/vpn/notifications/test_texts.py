"""Names that somebody typed somewhere can do nothing in a chat or a mail."""

import pytest

from vpn.notifications.texts import escape_for_chat, several_lines, single_line


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("tokyo\r\nBcc: all@example.com", "tokyo Bcc: all@example.com"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("\u202egnirts\u2066", "gnirts"),
        ("line\u2028separator", "line separator"),
        ("  wide   blanks ", "wide blanks"),
        ("田中 美咲", "田中 美咲"),
    ],
)
def test_a_subject_is_one_line_of_plain_text(typed: str, sent: str) -> None:
    assert single_line(typed) == sent


def test_a_subject_and_a_text_have_an_end() -> None:
    assert len(single_line("x" * 500)) == 200
    assert single_line("x" * 500).endswith("…")
    assert len(several_lines("line\n" * 5000)) == 3000


def test_a_text_keeps_its_lines_and_nothing_else_that_moves() -> None:
    assert several_lines("\n one\t \x07\n\ntwo \n\n") == " one\n\ntwo"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            "<!channel> & <https://evil.example|here>",
            "&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;",
        ),
        ("[your bank](https://evil.example)", "[your bank] (https://evil.example)"),
        ("@channel @Here @all @everyone", "@\u200bchannel @\u200bHere @\u200ball @\u200beveryone"),
        ("m.tanaka@example.co.jp", "m.tanaka@example.co.jp"),
    ],
)
def test_nothing_in_a_chat_calls_links_or_marks_up(typed: str, sent: str) -> None:
    assert escape_for_chat(typed) == sent
