"""Both languages say everything, and say nothing that no page shows."""

import re
from pathlib import Path

from sandbox.company import PEOPLE
from sandbox.idp import words
from sandbox.idp.cases import Group, Verdict

FOLDER = Path(words.__file__).parent
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def test_every_text_is_in_both_languages() -> None:
    for key, text in {**words.TEXTS, **words.REFUSALS, **words.WHAT}.items():
        assert JAPANESE.search(text.ja), key
        assert text.en, key
        assert not JAPANESE.search(text.en), key


def test_every_person_is_introduced_in_both_languages() -> None:
    assert set(words.WHAT) == {person.what for person in PEOPLE}


def test_templates_say_nothing_else() -> None:
    templates = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("templates/*.html"))
    said = set(re.findall(r'"(\w+)"', templates))
    built = {*Verdict, *(f"group_{group}" for group in Group)}
    built |= {f"{verb}_{part}" for verb in ("start", "stop") for part in ("metadata", "sso")}
    built |= {"metadata_part", "sso_part", "publish", "sign", "drop"}
    assert set(words.TEXTS) == (said & set(words.TEXTS)) | built
    assert not [key for key in re.findall(r'say\("(\w+)"\)', templates) if key not in words.TEXTS]


def test_templates_hold_no_words_of_their_own() -> None:
    for file in FOLDER.glob("templates/*.html"):
        text = file.read_text(encoding="utf-8").replace(">日本語<", "><")
        assert not JAPANESE.search(text), file.name


def test_every_refusal_has_words() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py"))
    raised = set(re.findall(r'(?:RefusedRequest|refusal)\((?:request, )?"(\w+)"', code))
    assert raised <= set(words.REFUSALS)
    assert set(words.REFUSALS) - raised == {"not_found"}
