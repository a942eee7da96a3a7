"""The packages use nothing of lensconnect but the package itself, its test kit and its emulator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(path for path in HERE.rglob("*.py") if path.parent != HERE)
PUBLIC = {"lensconnect", "lensconnect.emulator"}


def private_uses(source: str) -> Iterator[str]:
    """Yield each import of a private module or name, and each attribute whose name begins with one underscore."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules, names = [alias.name for alias in node.names], list[str]()
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules, names = [node.module or ""], [alias.name for alias in node.names]
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_") and not is_own(node):
            yield node.attr
            continue
        else:
            continue
        yield from (name for name in names if name.startswith("_") and modules != ["__future__"])
        for module in modules:
            is_kit = module.startswith("lensconnect.testing.") and module.count(".") == 2 and "._" not in module
            if module.partition(".")[0] == "lensconnect" and module not in PUBLIC and not is_kit:
                yield module


def is_own(node: ast.Attribute) -> bool:
    """Return True for `self._x`, and for a named tuple's `_replace`."""
    return (isinstance(node.value, ast.Name) and node.value.id == "self") or node.attr == "_replace"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_no_private_name_is_used(path: Path) -> None:
    assert list(private_uses(path.read_text())) == []


def test_private_uses_are_found() -> None:
    lines = {
        "from lensconnect.programs.send import send": "lensconnect.programs.send",
        "import lensconnect.record": "lensconnect.record",
        "from lensconnect.testing.cassette.scrub import x": "lensconnect.testing.cassette.scrub",
        "from lensconnect.testing.stub import _of": "_of",
        "import lensconnect as lc\nlc._x": "_x",
        "env._handle": "_handle",
    }
    assert {line: list(private_uses(line)) for line in lines} == {line: [name] for line, name in lines.items()}


def test_each_package_has_a_test() -> None:
    packages = {path.parent.name for path in FILES}
    assert {path.parent.name for path in FILES if path.name.startswith("test_")} == packages
    assert {"parcel_bot", "sns_bridge", "flow_tester"} <= packages
