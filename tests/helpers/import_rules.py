"""Rules for the imports of the package's modules, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import NamedTuple

PACKAGE = "lensconnect"

ORDER = (
    "arguments",
    "optics",
    "marks",
    "jsontext",
    "record",
    "http",
    "results",
    "errors",
    "types",
    "operations",
    "content",
    "wire",
    "live",
    "programs",
    "interpreters",
    "later",
    "",
    "emulator",
    "testing",
    "cli",
    "__main__",
)
"""The order of imports; "" is the package's `__init__`.

A module may import modules of entries before its own, and modules of its own folder.
"""

PURE_UP_TO = ORDER.index("interpreters")

IMPURE = frozenset(
    [
        "aiohttp",
        "anyio",
        "asyncio",
        "concurrent",
        "contextvars",
        "ctypes",
        "ftplib",
        "getpass",
        "glob",
        "http.client",
        "http.server",
        "httptools",
        "httpx",
        "httpx2",
        "importlib",
        "io",
        "locale",
        "logging",
        "mmap",
        "multiprocessing",
        "niquests",
        "os",
        "pathlib",
        "platform",
        "queue",
        "random",
        "requests",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "trio",
        "urllib.request",
        "urllib3",
        "uuid",
        "warnings",
        "websockets",
    ]
)
"""Modules with effects; no module before `interpreters` imports one."""

HARMLESS = frozenset({"sys.modules"})
"""Names of such modules that have no effect: which modules are loaded."""

IMPURE_NAMES = frozenset({"open", "print", "input", "breakpoint", "__import__"})
IMPURE_METHODS = frozenset({"now", "utcnow", "today"})

OWNERS: Mapping[str, tuple[str, ...]] = {
    "lenses": ("optics.raw",),
    "msgspec": ("record",),
    "orjson": ("jsontext",),
    "returns": ("results",),
    "httptools": ("interpreters.transports.direct.http11",),
    "trio": ("interpreters.sockets.trio_socket",),
    "websockets": ("interpreters.sockets.websocket",),
    "truststore": ("interpreters.transports.tls_context",),
    "aiohttp": ("interpreters.transports.adapters.aiohttp",),
    "httpx2": ("interpreters.transports.adapters.httpx2",),
    "starlette": ("emulator.server.asgi", "emulator.server.websocket"),
    "uvicorn": ("emulator.server.uvicorn_server",),
    "yarl": ("interpreters.transports.adapters.aiohttp",),
    "h11": ("interpreters.transports.adapters.httpx2",),
    "httpcore2": ("interpreters.transports.adapters.httpx2",),
    "anyio": ("interpreters.transports.adapters.httpx2", "testing.contract.drivers"),
    "typer": ("cli",),
    "rich": ("cli",),
    "jmespath": ("cli.output",),
    "textual": ("cli.chat_app", "cli.message_list"),
    "yaml": ("cli.output",),
    "hypothesis": ("testing",),
    "pytest": ("testing.fixtures",),
}
"""The modules that may import a dependency; a folder stands for every module in it."""

TYPES_ONLY = frozenset({"typing_extensions"})
"""Modules that only type checkers import."""


class Import(NamedTuple):
    """An import statement: the importing module, the line, the imported name; `typing` if only type checkers run it."""

    module: str
    line: int
    target: str
    typing: bool


def sources(package: Path) -> dict[str, str]:
    """Return the source of every module by name, such as `wire.plan`; `__init__` has the name of its folder."""
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return found


def violations(modules: Mapping[str, str], known: Iterable[str] = ()) -> list[str]:
    """Return every violation in the imports of these modules; they may import the `known` modules too."""
    found: list[str] = []
    names = frozenset(known).union(modules)
    for module, source in modules.items():
        tree = ast.parse(source)
        for imported in _imports(module, tree, names):
            found += _problems(imported, names)
        if _is_pure(module):
            found += [f"{module}:{line} uses {name}" for line, name in _effects(tree)]
    return list(dict.fromkeys(found))


def _imports(module: str, tree: ast.Module, names: Set[str]) -> Iterator[Import]:
    for_checkers = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        typing = id(node) in for_checkers
        if isinstance(node, ast.Import):
            yield from (Import(module, node.lineno, alias.name, typing) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                deeper = whole.removeprefix(f"{PACKAGE}.") in names if origin.startswith(PACKAGE) else True
                yield Import(module, node.lineno, whole if deeper and alias.name != "*" else origin, typing)


def _problems(imported: Import, names: Set[str]) -> Iterator[str]:
    module, line, target, typing = imported
    where = f"{module or '__init__'}:{line}"
    top = target.split(".")[0]
    if target.startswith("."):
        yield f"{where} imports relatively"
    elif top == PACKAGE:
        own = target.removeprefix(PACKAGE).removeprefix(".")
        if own not in names:
            yield f"{where} imports {target}, which is not there"
        elif _folder(module) != _folder(own) and _rank(own) >= _rank(module):
            yield f"{where} imports {target}, which does not stand above it"
        elif module.startswith(own + "."):
            yield f"{where} imports the folder it is in"
    elif top not in sys.stdlib_module_names and not (typing and top in TYPES_ONLY):
        owners = OWNERS.get(top, ())
        if not owners:
            yield f"{where} imports {top}, which has no owner"
        elif not any(module == owner or module.startswith(owner + ".") for owner in owners):
            yield f"{where} imports {top}, which belongs to {', '.join(owners)}"
    if (
        _is_pure(module)
        and target not in HARMLESS
        and any(target == name or target.startswith(name + ".") for name in IMPURE)
    ):
        yield f"{where} imports {target}, above the interpreters"


def _effects(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in IMPURE_NAMES:
            yield node.lineno, called.id
        if isinstance(called, ast.Attribute) and called.attr in IMPURE_METHODS:
            base = called.value.id if isinstance(called.value, ast.Name) else getattr(called.value, "attr", "")
            if base in ("datetime", "date"):
                yield node.lineno, f"{base}.{called.attr}"


def _folder(module: str) -> str:
    return module.split(".")[0]


def _rank(module: str) -> int:
    return ORDER.index(_folder(module))


def _is_pure(module: str) -> bool:
    return _folder(module) in ORDER and _rank(module) < PURE_UP_TO
