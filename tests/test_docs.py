"""What the documentation says exists does, and what exists is in it."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.utils import translation

from vpn.aws.errors import AwsError
from vpn.connection_log.reasons import REASONS as FAILURES
from vpn.egress.texts import VERDICT_TEXTS
from vpn.egress.verdict import EgressResult
from vpn.endpoints.egress import EgressReason
from vpn.endpoints.reasons import REASONS
from vpn.findings.rules import RULES

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
OURS, _, OTHERS = CONFIGURATION.partition("## Read by what the portal is built on")

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_blocks(path: Path) -> Iterator[str]:
    """Every code block and every piece of code in the text."""
    return (block or inline for block, inline in CODE.findall(read(path)))


def variables_of_settings() -> set[str]:
    """Each NAME of an ``env.text("NAME", …)`` and the like."""
    return {
        str(call.args[0].value)
        for call in ast.walk(ast.parse(read(ROOT / "portal" / "settings.py")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }


def values_of_example() -> dict[str, str]:
    """As a shell would read them; what is commented out is not set."""
    return dict(word.partition("=")[::2] for word in shlex.split(EXAMPLE, comments=True))


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", read(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def refusals() -> set[str]:
    """Each reason id of a sign-in or a logout that is refused."""
    ids = set()
    for path in (ROOT / "portal" / "access").rglob("*.py"):
        text = read(path)
        ids |= set(re.findall(r"""Refused\(\s*"(\w+)\"""", text))
        ids |= set(re.findall(r"""(?:sign_in_failed|record_refusal)\([^)]*?reason="(\w+)\"""", text))
    return ids


def test_every_variable_is_explained_and_no_unknown_one_is() -> None:
    assert variables_of_settings()
    assert set(re.findall(r"^\| `([A-Z0-9_]+)` \|", OURS, re.MULTILINE)) == variables_of_settings()


def test_every_variable_is_in_the_example_and_no_unknown_one_is() -> None:
    compose = {"COMPOSE_PROFILES", *re.findall(r"\$\{(GENKAN_\w+)", read(ROOT / "docker-compose.yml"))}
    expected = variables_of_settings() | compose
    assert set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)) == expected
    assert compose <= set(re.findall(r"`([A-Z][A-Z0-9_]+)`", OTHERS))


def test_variables_of_others_are_not_said_to_be_ours() -> None:
    others = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", OTHERS)) - {"NAME_FILE", "SITE_URL"}
    assert others
    assert not others & variables_of_settings()


def test_the_portal_starts_with_the_example_and_nothing_is_found_wrong_with_it() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    secret = "a-secret-key-of-this-test-alone-with-more-than-fifty-characters-0123456789"
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**values_of_example(), "SECRET_KEY": secret},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_example_keeps_no_secret() -> None:
    assert values_of_example()["SECRET_KEY"] == ""


def test_every_link_leads_somewhere() -> None:
    links = [(path, link) for path in DOCS for link in LINK.findall(CODE.sub("", read(path)))]
    assert links
    assert [(named(path), link) for path, link in links if not leads_somewhere(path, link)] == []


def leads_somewhere(path: Path, link: str) -> bool:
    """Links to other sites are not followed."""
    if link.startswith(("https://", "http://")):
        return True
    target, _, anchor = link.partition("#")
    file = (path.parent / target).resolve() if target else path
    return file.exists() and (not anchor or anchor in anchors(file))


def in_code(pattern: str, *, flags: int = re.NOFLAG) -> list[tuple[str, str]]:
    """Each match in the code of the documentation, after the name of its file."""
    matches = [
        (named(path), match)
        for path in DOCS
        for code in code_blocks(path)
        for match in re.findall(pattern, code, flags)
    ]
    assert matches, pattern
    return matches


def test_every_make_target_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE)
    asked = in_code(r"^(?:\$ )?make ([a-z-]+)\b", flags=re.MULTILINE)
    assert [(file, target) for file, target in asked if target not in targets] == []


def test_every_management_command_exists() -> None:
    commands = get_commands()
    asked = in_code(r"manage\.py ([a-z_]+)")
    assert [(file, command) for file, command in asked if command not in commands] == []


def test_every_program_exists() -> None:
    asked = in_code(r"python(?:3(?:\.\d+)?)? -m ((?:bench|sandbox|tests|portal)[\w.]*)")
    assert [(file, module) for file, module in asked if "NAME" not in module and not runs(module)] == []


def runs(module: str) -> bool:
    place = ROOT / module.replace(".", "/")
    return place.with_suffix(".py").exists() or (place / "__main__.py").exists()


def test_every_script_exists() -> None:
    asked = in_code(r"^\$ ((?:infra|sandbox|bench)/\S+)", flags=re.MULTILINE)
    assert [(file, script) for file, script in asked if not (ROOT / script).exists()] == []


def test_every_variable_that_is_set_is_known() -> None:
    known = variables_of_settings() | set(re.findall(r"`([A-Z][A-Z0-9_]+)`", OTHERS))
    # make's own, and those that only the example needs
    known |= {
        "PORT",
        "DATA",
        "PYTHON",
        "UPGRADE",
        "BENCH",
        "ARGS",
        "MIRROR",
        "CHROMIUM",
        "NEW_DATABASE_URL",
        "AWS_CONTRACT_REGION",
    }
    assigned = in_code(r"^(?:\$ )?(?:export )?([A-Z][A-Z0-9_]{3,})=", flags=re.MULTILINE)
    assert [(file, name) for file, name in assigned if name.removesuffix("_FILE") not in known] == []


def test_every_service_of_compose_exists() -> None:
    services = set(yaml.safe_load(read(ROOT / "docker-compose.yml"))["services"])
    asked = in_code(r"docker compose (?:exec|run|logs|cp|restart|up|ps)\b([^\n#|>;)]*)")
    assert [(file, command) for file, command in asked if not first_service(command) <= services] == []


def first_service(command: str) -> set[str]:
    """Empty for a command that names none."""
    words = [word.partition(":")[0] for word in command.split() if "=" not in word]
    return set([word for word in words if not word.startswith("-")][:1])


def test_every_reason_for_refusing_a_sign_in_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", read(ROOT / "docs" / "sso.md"), re.MULTILINE))
    assert len(refusals()) > 30
    assert refusals() == explained


def test_everything_that_operators_meet_by_its_id_is_explained() -> None:
    explained = set(re.findall(r"^\| `([\w.-]+)` \|", read(ROOT / "docs" / "operate.md"), re.MULTILINE))
    findings = set(re.findall(r"genkan\.[EW]\d+", read(ROOT / "portal" / "checks.py")))
    errors = {AwsError.id, *(kind.id for kind in AwsError.__subclasses__())}
    assert explained >= findings | errors | {reason.value for reason in EgressReason}


def test_the_verdicts_are_explained_in_the_order_in_which_they_are_tried() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", read(ROOT / "docs" / "egress.md"), re.MULTILINE)
    assert list(dict.fromkeys(explained)) == ["unknown", "vpn", "office", "outside", *_refinements()]


def _refinements() -> list[str]:
    return [
        result.value for result in EgressResult if result.value not in {"vpn", "office", "outside", "unknown"}
    ]


def test_the_helpdesk_finds_each_verdict_in_the_words_of_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", read(ROOT / "docs" / "ja" / "helpdesk.md"), re.MULTILINE)
    with translation.override("ja"):
        shown = {
            result.value: str(words.heading) % {"via": "拠点名"} for result, words in VERDICT_TEXTS.items()
        }
    assert dict(rows) == shown


def test_the_helpdesk_finds_each_broken_chain_in_the_words_of_the_page() -> None:
    text = read(ROOT / "docs" / "ja" / "helpdesk.md")
    with translation.override("ja"):
        assert [str(words) for words in REASONS.values() if f"| {words} |" not in text] == []


def test_the_helpdesk_finds_each_failed_connection_in_the_words_of_the_page() -> None:
    text = read(ROOT / "docs" / "ja" / "helpdesk.md")
    for reason, words in FAILURES.items():
        with translation.override("ja"):
            assert f"| `{reason}` | {words.text} |" in text


def test_each_kind_of_finding_is_explained_in_the_words_of_the_page() -> None:
    text = read(ROOT / "docs" / "ja" / "connections.md")
    with translation.override("ja"):
        assert [rule.kind for rule in RULES.values() if f"| {rule.label} |" not in text] == []


def test_each_reason_in_the_set_up_of_sign_in_is_explained_in_japanese_too() -> None:
    set_up = read(ROOT / "docs" / "sso.md").split("### Something")[1]
    expected = set(re.findall(r"^\| `(\w+)` \|", set_up, re.MULTILINE))
    rows = re.findall(r"^\| (`\w+`(?:、`\w+`)*) \|", read(ROOT / "docs" / "ja" / "sso.md"), re.MULTILINE)
    explained = {word for row in rows for word in re.findall(r"`([a-z_]+)`", row)}
    assert explained == expected


def test_what_people_see_is_quoted_as_pages_say_it() -> None:
    """In the first column of docs/troubleshooting.md; what is in code there is a program's word, not a page's."""
    pages = [*(ROOT / "templates").glob("*.html"), ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"]
    words = "".join(read(path) for path in pages)
    symptoms = re.findall(r"^\| ([^|]+) \|", read(ROOT / "docs" / "troubleshooting.md"), re.MULTILINE)
    quoted = re.findall(r'"([^"]+)"', CODE.sub("", "\n".join(symptoms)))
    assert len(quoted) > 10
    assert [text for text in quoted if text not in words] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "images").iterdir()), ids=named)
def test_every_picture_is_small_and_shown(path: Path) -> None:
    assert path.stat().st_size < 80_000
    assert f"(docs/images/{path.name})" in read(ROOT / "README.md")
