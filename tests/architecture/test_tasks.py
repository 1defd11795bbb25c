"""Tasks are sent at the end of a transaction by one function, which a queue that is down can't break."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SENDER = "portal/tasks.py"


def test_one_module_registers_what_is_done_after_a_commit() -> None:
    """Anything else there would have to be robust too, and named: see ``send_after_commit``."""
    where = {
        path.relative_to(ROOT).as_posix()
        for folder in ("portal", "vpn")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name | ast.alias) and _name(node) in HOOKS
    }
    assert where == {SENDER}


# Celery's own ``delay_on_commit`` isn't robust: the exception would be the page's answer.
HOOKS = {"on_commit", "delay_on_commit", "apply_async_on_commit"}


def _name(node: ast.Attribute | ast.Name | ast.alias) -> str:
    match node:
        case ast.Attribute():
            return node.attr
        case ast.Name():
            return node.id
    return node.name


def test_what_pages_send_is_sent_after_the_commit() -> None:
    """Only tasks, and the sender, send at once: a task that begins before the commit doesn't find its row."""
    wrong = []
    for folder in ("portal", "vpn"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = path.relative_to(ROOT).as_posix()
            if path.name == "tasks.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in {"apply_async", "delay"}:
                    wrong.append(f"{where}:{node.lineno}")
    assert wrong == []


def test_the_worker_knows_the_tasks_of_every_package() -> None:
    """Celery throws a message away that names a task which it hasn't loaded."""
    tree = ast.parse((ROOT / "portal" / "celery.py").read_text(encoding="utf-8"))
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    packages = {
        ".".join(path.relative_to(ROOT).parent.parts)
        for folder in ("portal", "vpn")
        for path in (ROOT / folder).rglob("tasks.py")
        if path != ROOT / SENDER
    }
    assert packages - named == set()
