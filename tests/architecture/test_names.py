"""Names that a reader can trust: one public class, one name."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_no_two_public_classes_share_a_name() -> None:
    modules = defaultdict(list)
    for folder in ("portal", "vpn"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            relative = path.relative_to(ROOT)
            # Django looks for a class of this very name in each migration and each command.
            if {"migrations", "commands"} & set(relative.parts):
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    modules[node.name].append(relative.as_posix())
    assert {name: paths for name, paths in modules.items() if len(paths) > 1} == {}
