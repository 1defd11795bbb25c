"""Only vpn/operations/engine/state_machine.py writes the status of an operation."""

import ast
from collections.abc import Iterator
from pathlib import Path

from vpn.operations.engine import state_machine
from vpn.operations.engine.state_machine import Transition
from vpn.operations.states import TERMINAL, OperationStatus

ROOT = Path(__file__).resolve().parent.parent.parent
WRITER = "vpn/operations/engine/state_machine.py"
WRITING_CALLS = {"update", "create", "bulk_create", "update_or_create", "get_or_create", "Operation"}


def test_one_module_writes_the_status_of_an_operation() -> None:
    writers = set()
    for path in sorted((ROOT / "vpn").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if (
            "migrations" not in path.parts
            and {"Operation", "OperationStatus"} & _names(tree)
            and any(_writes(tree))
        ):
            writers.add(name)
    assert writers == {WRITER}


def test_no_module_saves_a_whole_operation() -> None:
    """``save()`` without ``update_fields`` writes the status too, as it was when the row was read."""
    for path in sorted((ROOT / "vpn").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name == WRITER:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "operation.save":
                fields = [ast.unparse(word.value) for word in node.keywords if word.arg == "update_fields"]
                assert fields, f"{name}:{node.lineno}"
                assert "status" not in fields[0], f"{name}:{node.lineno}"


def test_no_transition_leaves_a_status_in_which_an_operation_has_ended() -> None:
    declared = [value for value in vars(state_machine).values() if isinstance(value, Transition)]
    assert not {source for transition in declared for source in transition.sources} & TERMINAL
    assert {transition.target for transition in declared} | {OperationStatus.AWAITING_APPROVAL} == set(
        OperationStatus
    )


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def _writes(tree: ast.AST) -> Iterator[bool]:
    """Assignments to ``.status`` and calls that write ``status=``, but for steps, whose values are StepStatus."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets = [
                part
                for target in node.targets
                for part in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            yield any(
                isinstance(part, ast.Attribute) and part.attr == "status" for part in targets
            ) and "StepStatus" not in ast.unparse(node.value)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            yield called in WRITING_CALLS and any(
                word.arg == "status" and "StepStatus" not in ast.unparse(word.value) for word in node.keywords
            )
