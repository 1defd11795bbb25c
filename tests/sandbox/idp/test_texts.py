"""Both languages say everything, and say nothing that no page shows."""

import re
from pathlib import Path

from sandbox.company import PEOPLE
from sandbox.idp import texts
from sandbox.idp.cases import CaseGroup, Verdict

FOLDER = Path(texts.__file__).parent
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def test_every_text_is_in_both_languages() -> None:
    for key, text in {**texts.TEXTS, **texts.REFUSALS, **texts.WHAT}.items():
        assert JAPANESE.search(text.ja), key
        assert text.en, key
        assert not JAPANESE.search(text.en), key


def test_every_person_is_introduced_in_both_languages() -> None:
    assert set(texts.WHAT) == {person.what for person in PEOPLE}


def test_templates_say_nothing_else() -> None:
    templates = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("templates/*.html"))
    names = set(re.findall(r'"(\w+)"', templates))
    built = {*Verdict, *(f"group_{group}" for group in CaseGroup)}
    built |= {f"{verb}_{part}" for verb in ("start", "stop") for part in ("metadata", "sso")}
    built |= {"metadata_part", "sso_part", "publish", "sign", "drop"}
    assert set(texts.TEXTS) == (names & set(texts.TEXTS)) | built
    assert not [key for key in re.findall(r'say\("(\w+)"\)', templates) if key not in texts.TEXTS]


def test_templates_hold_no_words_of_their_own() -> None:
    for file in FOLDER.glob("templates/*.html"):
        text = file.read_text(encoding="utf-8").replace(">日本語<", "><")
        assert not JAPANESE.search(text), file.name


def test_every_refusal_has_words() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py"))
    raised = set(re.findall(r'(?:RefusedRequest|refusal)\((?:request, )?"(\w+)"', code))
    assert raised <= set(texts.REFUSALS)
    assert set(texts.REFUSALS) - raised == {"not_found"}
