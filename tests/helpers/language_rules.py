"""Rules for the language of docstrings, comments and names, and for exported type names, read from the source."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping

HEADLESS = re.compile(r"(What|Who|Whose|Whom|Whoever|Where|Whether|How|When|Which|Why|As long as|From now on)\b")
"""Openings of a clause without subject and verb: a docstring says what a thing does or is."""

WORDS = re.compile(
    r"\b(afflict\w*|backstage|deeds?|doings?|ere|hush\w*|lest|nought|somebody|tidings|whence|whereof|whoever|whosoever"
    r"|slip of the pen)\b",
    re.IGNORECASE,
)
"""Archaic and cute words that have a plain one."""

NAMES = frozenset("deed doing hush mine said somebody tidings told what who whose wish".split())
"""Words that do not say what a variable, parameter or function holds."""

ERRORS = ("InvalidRequest", "InvalidEndpoint", "TransportError", "SerializeError", "ServiceError")
CONTAINERS = re.compile(r"\b(Result|IOResult|FutureResult|Program)\[")


def violations(module: str, source: str, *, is_test: bool = False) -> list[str]:
    """Return every violation of the rules in a module, with its line; a test need not name the errors it returns."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    found = [*_docstrings(nodes), *_comments(source), *_names(nodes), *(() if is_test else _unnamed_errors(tree))]
    return [f"{module}:{line} {problem}" for line, problem in sorted(found)]


def repeated_types(modules: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the public names of classes and type aliases that more than one module defines."""
    owners: dict[str, list[str]] = {}
    for module, source in modules.items():
        for name in sorted(set(_types(ast.parse(source)))):
            owners.setdefault(name, []).append(module)
    return {name: found for name, found in owners.items() if len(found) > 1}


def _types(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation):
            name = ast.unparse(node.target)
        elif isinstance(node, ast.Assign) and re.match(r"(NewType|Callable|TypeVar)\b", ast.unparse(node.value)):
            name = ast.unparse(node.targets[0])
        else:
            continue
        if not name.startswith("_") and "TypeVar(" not in ast.unparse(node):
            yield name


def _docstrings(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for line, text in _texts(nodes):
        if HEADLESS.match(text):
            yield line, f"begins with {text.split()[0]!r}"
        for word in WORDS.findall(text):
            yield line, f"says {word!r}"


def _texts(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield every string that is a statement: docstrings, and the strings below constants and aliases."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value.strip()


def _comments(source: str) -> Iterator[tuple[int, str]]:
    if not WORDS.search(source):
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from ((token.start[0], f"says {word!r}") for word in WORDS.findall(token.string))


def _names(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name
        else:
            continue
        if name.strip("_") in NAMES:
            yield node.lineno, f"names something {name!r}"


def _unnamed_errors(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each public function that returns errors which its docstring does not name."""
    for node in _public_functions(tree):
        returned = ast.unparse(node.returns) if node.returns is not None else ""
        if not CONTAINERS.search(returned):
            continue
        docstring = ast.get_docstring(node) or ""
        for error in ERRORS:
            if re.search(rf"\b{error}\b", returned) and error not in docstring:
                yield node.lineno, f"{node.name} returns {error}, and its docstring does not tell"
        if re.search(r"\bError\b", returned) and not re.search("Error|" + "|".join(ERRORS), docstring):
            yield node.lineno, f"{node.name} returns errors, and its docstring names none"


def _public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for node in (*tree.body, *(inner for outer in classes for inner in outer.body)):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
        if is_function and not any("overload" in ast.unparse(decorator) for decorator in node.decorator_list):
            yield node
