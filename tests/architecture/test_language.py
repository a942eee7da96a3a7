"""The language of the source, and one owner for each exported type name."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.import_rules import sources
from helpers.introspection import PACKAGE, ROOT
from helpers.language_rules import repeated_types, violations

SOURCES = sources(PACKAGE)
TESTS = {
    f"tests.{module}": source
    for module, source in sources(ROOT / "tests").items()
    if module != "helpers.language_rules"
}


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_of_the_package(module: str) -> None:
    assert not violations(module, SOURCES[module])


@pytest.mark.parametrize("module", TESTS)
def test_a_module_of_the_tests(module: str) -> None:
    assert not violations(module, TESTS[module], is_test=True)


@pytest.mark.parametrize("path", [*ROOT.glob("benchmarks/*.py"), *ROOT.glob(".ci/*.py")], ids=lambda path: path.name)
def test_a_module_of_the_tools(path: Path) -> None:
    assert not violations(path.stem, path.read_text())


def test_each_exported_type_has_one_owner() -> None:
    assert not repeated_types(SOURCES)


PLANTED = {
    "begins with 'What'": '"""What an optic is."""',
    "begins with 'Whether'": 'def f():\n    """Whether it is over."""',
    "begins with 'Who'": 'LIMIT = 1\n"""Who is asking."""',
    "says 'deed'": '"""A fault.  It has one time for a deed."""',
    "says 'Whoever'": "x = 1  # Whoever waits",
    "says 'slip of the pen'": '"""A slip of the pen builds a setter."""',
    "names something 'told'": "told = 1",
    "names something '_mine'": "def f():\n    for _mine in ():\n        pass",
    "names something 'who'": "def f(who):\n    pass",
    "names something 'said'": "def said():\n    pass",
    "f returns InvalidRequest, and its": 'def f() -> Result[int, InvalidRequest]:\n    """Return a number."""',
    "g returns SerializeError, and its": 'class C:\n    async def g(self) -> Result[int, SerializeError]:\n        """Do."""',
    "h returns errors, and its": 'def h() -> Program[int, Error]:\n    """Return a number."""',
}


@pytest.mark.parametrize(("problem", "source"), PLANTED.items(), ids=PLANTED)
def test_the_rules_find(problem: str, source: str) -> None:
    (found,) = violations("m", source)
    assert problem in found


ALLOWED = [
    '"""Whatever the body holds."""',
    'x = "What a text says"',
    'def f() -> Result[int, InvalidRequest]:\n    """Return a number; InvalidRequest if there is none."""',
    "def _f() -> Result[int, InvalidRequest]: ...",
    "def f() -> int: ...",
]


@pytest.mark.parametrize("source", ALLOWED)
def test_the_rules_allow(source: str) -> None:
    assert not violations("m", source)


def test_a_type_with_two_owners_is_found() -> None:
    one = "class Answer: ...\n_T = TypeVar('_T')\nKind: TypeAlias = int\nToken = NewType('Token', str)"
    assert repeated_types({"a": one, "b": one, "c": "class _Answer: ..."}) == {
        "Answer": ["a", "b"],
        "Kind": ["a", "b"],
        "Token": ["a", "b"],
    }
