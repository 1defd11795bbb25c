"""The packages of the product: no circle between them, and each has its row on the map."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Modules that only bring together what their package's own sub-packages have: Django looks for it there.
REGISTRIES = {"models", "urls"}
NO_ROOM_OF_THEIR_OWN = {"management", "management.commands", "migrations", "templatetags"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def sources() -> dict[str, Path]:
    paths = [path for folder in ("portal", "vpn") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {module_name(path): path for path in paths if "migrations" not in path.parts}


def node(module: str) -> str:
    """The package of a module; those at the top of portal and vpn, which mount and configure, stand for themselves."""
    package = module.rpartition(".")[0]
    is_package = sources()[module].name == "__init__.py"
    return module if is_package or package in {"portal", "vpn", ""} else package


def registers(module: str, name: str) -> bool:
    package, _, last = module.rpartition(".")
    return last in REGISTRIES and name.startswith(f"{package}.") and name.count(".") > module.count(".")


def imported_by(module: str) -> Iterator[str]:
    for statement in ast.walk(ast.parse(sources()[module].read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names = [f"{statement.module}.{alias.name}" for alias in statement.names]
            names = [name if name in sources() else statement.module for name in names]
        else:
            continue
        yield from (name for name in names if name in sources())


def test_no_import_leads_around_in_a_circle_of_packages() -> None:
    graph: dict[str, set[str]] = {}
    for module in sources():
        graph.setdefault(node(module), set()).update(
            node(name)
            for name in imported_by(module)
            if node(name) != node(module) and not registers(module, name)
        )
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_the_map_has_a_row_for_every_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = {
        name for row in re.findall(r"^\| (`.*?) \|", text, re.M) for name in re.findall(r"`([\w/]+)`", row)
    }
    packages = {
        path.parent.relative_to(ROOT).as_posix()
        for path in sources().values()
        if path.name == "__init__.py" and path.read_text(encoding="utf-8").strip()
    }
    packages = {
        name for name in packages if name.partition("/")[2].replace("/", ".") not in NO_ROOM_OF_THEIR_OWN
    }
    assert packages - rows == set()
