"""Mutation testing of the pure core: `poe mutate MODULE...` (needs `pip install cosmic-ray`).

A mutant is a module of the package with one change by an operator of cosmic-ray.  It is killed if a test fails; the
report has the numbers for each module and every mutant that survived.  `.ci/mutants.toml` has the survivors that are
accepted, with the reason: by module, a part of the changed line as the report shows it.

    poe mutate wire/decode live        modules and folders, below `lensconnect`; nothing means the whole pure core

Theory of operation: cosmic-ray starts pytest anew for each mutant, which takes seconds.  Here one process collects the
tests of the module's folder and notes which of them call which of its functions.  For each mutant it forks a child
that exchanges the code of the changed function and runs only those tests until one fails: those that killed others
first, then the module's own.  A mutant that survives and is not accepted, or that changes code which runs at the
import, gets a process that imports the mutated module.  A mutant is killed too if its tests take several times the CPU
time of an undisturbed run, or if they hang: they use no CPU time for IDLE seconds.  Those wait beside others.

Left out are changes that no test can notice: those of annotations, of the `*` before keywords, of `TYPE_CHECKING`, of a
`TypeVar`, of a cache and its size, and of `@overload`.
"""

from __future__ import annotations

import ast
import gc
import os
import pickle
import re
import resource
import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from importlib import import_module
from importlib.machinery import SourceFileLoader
from inspect import CO_NEWLOCALS
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from types import CodeType, FrameType, FunctionType
from typing import IO, Any, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lensconnect"
CORE = "arguments content errors http jsontext live marks operations optics programs record results types wire".split()
OPTIONS = ["-q", "-x", "--assert=plain", "--tb=native", "-p", "no:randomly", "-p", "no:cacheprovider"]
"""Plain assertions: pytest would load the modules whose doctests it runs by itself, unmutated.  Native tracebacks: for
its own pytest parses the source, which fails after some recursion errors (SystemError of CPython 3.11)."""
LIMITED = ("BinaryOperator", "ComparisonOperator", "VariableInserter", "VariableReplacer")
USED = (
    "Add_Sub Sub_Add Mul_Add Div_Mul FloorDiv_Mul Mod_Mul Pow_Mul LShift_RShift RShift_LShift "
    "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt In_NotIn NotIn_In Is_IsNot IsNot_Is"
).split()
"""The changes that are made of the limited operators: to a boundary and to the opposite; the others add little."""
ACCEPTED: dict[str, dict[str, str]] = tomllib.loads((ROOT / ".ci" / "mutants.toml").read_text())
LOCAL = ".<locals>."
COMPREHENSIONS = ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")
SECONDS = 5.0
"""The time of the tests that one mutant gets, in seconds of an undisturbed run."""
MOST_MEMORY = 4 << 30
AT_ONCE = 4
"""The mutants that are judged at a time: those that hang wait for nothing."""
IDLE = 10.0
"""The seconds that a test may wait; the limit is for tests on real sockets, which need hundredths of a second of CPU time."""


class Mutant(NamedTuple):
    """A change of one module: the operator, the first line of it, and the module's source with it."""

    operator: str
    line: int
    source: str

    def shown(self, original: str) -> str:
        """Return the changed line before and after."""
        before, after = original.splitlines(), self.source.splitlines()
        at = next(n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other)
        return f"{at + 1}: {self.operator.removeprefix('core/')}: {before[at].strip()}  =>  {after[at].strip()}"


def mutants(source: str) -> Iterator[Mutant]:
    """Yield the mutants of a module that a test may notice."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    tree, skipped = get_ast(source), _annotations(source)
    for name in operator_names():
        if any(word in name for word in LIMITED) and not name.endswith(tuple(f"_{used}" for used in USED)):
            continue
        operator = get_operator(name)()
        places = [start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node)]
        for occurrence, start in enumerate(places):
            if not any(begin <= start < end for begin, end in skipped):
                try:
                    changed = mutate_code(source, operator, occurrence)
                except AttributeError:  # `except (a.b, c)`: cosmic-ray takes names only
                    continue
                if changed is not None and _may_be_noticed(source, changed):
                    yield Mutant(name, start[0], changed)


UNNOTICED = ("cache", "lru_cache", "overload")
"""The decorators that no test notices."""


def _may_be_noticed(source: str, changed: str) -> bool:
    """Return whether a change is Python, and about more than the way to pass arguments, type checkers or caches."""
    try:
        before, after = ast.parse(source), ast.parse(changed)
    except (SyntaxError, ValueError):
        return False
    lines = [old for old, new in zip(source.splitlines(), changed.splitlines(), strict=False) if old != new]
    return (
        _positional(before) == _positional(after)
        and bool(lines)
        and not re.search(r"TYPE_CHECKING|TypeVar\(", lines[0])
        and _undecorated(before) != _undecorated(after)
    )


def _undecorated(tree: ast.AST) -> str:
    """Return a module without the decorators that no test notices."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [ast.unparse(each).partition("(")[0] for each in node.decorator_list]
            kept = [each for each, name in zip(node.decorator_list, names, strict=True) if name not in UNNOTICED]
            node.decorator_list = kept
    return ast.dump(tree)


def _positional(tree: ast.AST) -> int:
    return sum(len(each.posonlyargs) for each in ast.walk(tree) if isinstance(each, ast.arguments))


def _annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the places of annotations, with lines from 1 and columns from 0."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.AnnAssign(annotation=each) | ast.arg(annotation=ast.expr() as each):
                found.append(each)
            case ast.FunctionDef(returns=ast.expr() as each):
                found.append(each)
            case _:
                pass
    return [((e.lineno, e.col_offset), (e.end_lineno or 0, e.end_col_offset or 0)) for e in found]


# -- the functions of a module ----------------------------------------------------------------------------------------


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _own(code: CodeType) -> tuple[object, ...]:
    """Return what a code object is, apart from the code objects in it."""
    consts = tuple("code" if isinstance(each, CodeType) else (type(each), repr(each)) for each in code.co_consts)
    return code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_exceptiontable


def changes(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """Return the functions that differ, before and after, and those within; None if code differs that runs at the import."""
    if _own(old) != _own(new) or len(_inner(old)) != len(_inner(new)):
        return None
    found: list[tuple[CodeType, CodeType]] = []
    for one, other in zip(_inner(old), _inner(new), strict=True):
        if one == other:
            continue
        if one.co_name in COMPREHENSIONS and LOCAL not in one.co_qualname:
            return None
        within = changes(one, other)
        if one.co_flags & CO_NEWLOCALS:  # without: the body of a class
            within = [(one, other), *(within or [])]
        if within is None:
            return None
        found += within
    return found


def functions_at(source: str, line: int) -> set[str]:
    """Return the qualified names of the functions that have a line of a module, perhaps as a decorator or a default."""

    def within(nodes: Iterable[ast.AST], prefix: str) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                yield from within(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                if first <= line <= (node.end_lineno or 0):
                    yield prefix + node.name

    return set(within(ast.parse(source).body, ""))


def functions_by_code() -> dict[CodeType, list[FunctionType]]:
    """Return the functions of this process."""
    gc.unfreeze()
    found: defaultdict[CodeType, list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            found[each.__code__].append(each)
    gc.freeze()  # so that a child does not copy the memory of all objects when it collects garbage
    return dict(found)


def exchange(pairs: Sequence[tuple[CodeType, CodeType]], functions: dict[CodeType, list[FunctionType]]) -> bool:
    """Give functions their new code; return False if a code has none."""
    for old, new in pairs:
        living = functions.get(old, [])
        if not living and LOCAL not in old.co_qualname:
            return False
        for each in living:
            try:
                each.__code__ = new
            except ValueError:  # it has other free variables
                return False
    return True


# -- tests ------------------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A test: its id, its seconds, and the functions of the package that it calls, as file and qualified name."""

    nodeid: str
    seconds: float
    called: frozenset[tuple[str, str]]


class Task(NamedTuple):
    """A function that runs in a forked child: what it returns is pickled, and None if it takes longer than its limit."""

    run: Callable[[], Any]
    seconds: float | None = None
    """The limit, in seconds of CPU time; a child with a limit that waits for IDLE seconds is ended too."""


def in_children(tasks: Iterable[Task]) -> Iterator[tuple[int, Any]]:
    """Run each task in a child, AT_ONCE at a time; yield its number and its result when it ends.  What it raises is raised."""
    waiting, running = enumerate(tasks), dict[int, tuple[int, IO[bytes]]]()
    while True:
        for number, task in islice(waiting, AT_ONCE - len(running)):
            output: IO[bytes] = TemporaryFile()  # noqa: SIM115 - `_outcome` closes it
            child = os.fork()
            if child == 0:
                _run_as_child(task, output)
            running[child] = number, output
        if not running:
            return
        child, _ = os.wait()
        if child in running:
            number, output = running.pop(child)
            yield number, _outcome(output)


def _run_as_child(task: Task, output: IO[bytes]) -> NoReturn:
    try:
        if task.seconds is not None:
            _limit(task.seconds)
        for descriptor in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
        try:
            outcome = True, task.run()
        except MemoryError:
            outcome = True, None
        except Exception as error:
            outcome = False, repr(error)
        pickle.dump(outcome, output)
        output.flush()
    finally:
        os._exit(0)


def _limit(seconds: float) -> None:
    """End this process when it has used its CPU time, too much memory, or next to no CPU time for IDLE seconds.

    A child that is slow because the machine is busy goes on: it gets a few hundredths of a core, a hanging one uses none.
    """
    used = time.process_time()

    def end_if_idle(*_: object) -> None:
        nonlocal used
        before, used = used, time.process_time()
        if used - before < IDLE / 100:
            os._exit(0)

    signal.signal(signal.SIGALRM, end_if_idle)
    signal.setitimer(signal.ITIMER_REAL, IDLE, IDLE)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _outcome(output: IO[bytes]) -> Any:
    with output:
        output.seek(0)
        data = output.read()
    has_ended, result = pickle.loads(data) if data else (True, None)  # noqa: S301 - written above
    if not has_ended:
        raise RuntimeError(result)
    return result


class Plugin:
    """Collects the tests, and runs a function in place of them."""

    def __init__(self, run: Callable[[Any], None], only: frozenset[str] | None = None) -> None:
        self.run, self.only = run, only

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep the chosen tests."""
        if self.only is not None:
            items[:] = [item for item in items if item.nodeid in self.only]

    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the function."""
        from hypothesis import settings

        settings.register_profile("mutants", max_examples=20, derandomize=True, database=None, deadline=None)
        settings.load_profile("mutants")
        self.run(session)
        return True


def killer(session: Any, items: Sequence[Any]) -> str:
    """Run tests until one fails; return its id, or the empty text if all have passed."""
    for item, following in zip(items, [*items, None][1:], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return str(item.nodeid)
    return ""


@cache
def observed(tests: tuple[str, ...]) -> list[Case]:
    """Run each test, and note its time and the functions that it calls; tests that fail are left out.

    What they import from other packages is imported here, once for all children.
    """
    import pytest

    def observing() -> tuple[list[Case], list[str]]:
        cases: list[Case] = []
        pytest.main([*OPTIONS, *tests], plugins=[Plugin(partial(_observe, cases))])
        files = {name: Path(getattr(module, "__file__", None) or sys.prefix) for name, module in sys.modules.items()}
        installed = sys.prefix, sys.base_prefix
        return cases, [name for name, file in files.items() if any(map(file.is_relative_to, installed))]

    ((_, outcome),) = in_children([Task(observing)])
    cases: list[Case]
    cases, imported = outcome or ([], [])
    if not cases:
        raise RuntimeError(f"the tests {tests} did not end, or none of them passed")
    for name in imported:
        import_module(name)
    if PACKAGE.name in sys.modules:
        raise RuntimeError("the package is imported: no mutant of what runs at its import can be noticed")
    return cases


def _observe(cases: list[Case], session: Any) -> None:
    for item in session.items:
        called: set[tuple[str, str]] = set()

        def profile(frame: FrameType, event: str, _: object, called: set[tuple[str, str]] = called) -> None:
            if event == "call" and (code := frame.f_code).co_filename.startswith(str(PACKAGE)):
                called.add((code.co_filename, code.co_qualname.partition(LOCAL)[0]))

        begun, failed = time.process_time(), session.testsfailed
        sys.setprofile(profile)
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        finally:
            sys.setprofile(None)
        if session.testsfailed == failed:
            cases.append(Case(item.nodeid, time.process_time() - begun, frozenset(called)))


def chosen(cases: Sequence[Case], names: frozenset[tuple[str, str]], own: str, *, has_more: bool) -> list[str]:
    """Return the tests that call one of the functions, the module's own and the fast ones first, up to the limit.

    The module's other tests come last: they may use what a cache kept from the call of an earlier test.  So do all
    others if `has_more`: the change is in code that runs at the import.
    """

    def calls(case: Case) -> bool:
        return bool(case.called & names)

    fitting = [case for case in cases if has_more or calls(case) or own in case.nodeid]
    found: list[str] = []
    total = 0.0
    for case in sorted(fitting, key=lambda case: (not calls(case), own not in case.nodeid, case.seconds)):
        total += case.seconds
        if total > SECONDS and found:
            break
        found.append(case.nodeid)
    return found


_TABLE = ["tests/test_record.py", "tests/parity/test_service_model.py"]
MORE_TESTS = {
    "types": _TABLE,
    "operations": _TABLE,
    "marks.py": [*_TABLE, "tests/wire"],
    "record.py": [*_TABLE, "tests/wire", "tests/laws"],
}
"""The tests of the modules that are read as a table."""


def tests_of(module: Path) -> tuple[str, ...]:
    """Return the tests of a module: its folder's, or its own file, those of records and arguments, and the doctests."""
    first = module.relative_to(PACKAGE).parts[0]
    folder = f"tests/{first}"
    own = folder if (ROOT / folder).is_dir() else f"tests/test_{module.stem}.py"
    more = MORE_TESTS.get(first, ["tests/test_record.py::TestEveryRecord", "tests/test_arguments.py"])
    found = [each for each in dict.fromkeys([own, *more]) if (ROOT / each.partition("::")[0]).exists()]
    return *found, f"lensconnect/{first}"


# -- one module -------------------------------------------------------------------------------------------------------


def judge(module: Path) -> tuple[int, int, list[str]]:
    """Return the number of mutants of a module, that of the accepted ones, and the others that survived."""
    import pytest

    source, path = module.read_text(), str(module)
    original = compile(source, path, "exec")
    every = list(mutants(source))
    accepted = ACCEPTED.get(str(module.relative_to(PACKAGE)), {})
    tests, own = tests_of(module), f"test_{module.stem}.py"
    cases = observed(tests)

    suspects: list[Suspect] = []
    killed = Counter[str]()

    def tasks(session: Any) -> Iterator[Task]:
        functions = functions_by_code()
        items, seconds = {item.nodeid: item for item in session.items}, {case.nodeid: case.seconds for case in cases}
        for mutant in every:
            pairs = changes(original, compile(mutant.source, path, "exec"))
            names = functions_at(source, mutant.line) if pairs is None else {old.co_qualname for old, _ in pairs}
            selected = chosen(cases, frozenset((path, name) for name in names), own, has_more=pairs is None)
            limit = 3.0 + 2 * min(SECONDS, sum(seconds[each] for each in selected))
            suspects.append(Suspect(mutant, selected, limit))
            ordered = sorted(selected, key=lambda each: killed[each] / -seconds[each])

            def attempt(pairs: Any = pairs, ordered: list[str] = ordered) -> str:
                if pairs and exchange(pairs, functions):
                    return killer(session, [items[each] for each in ordered])
                return ""

            yield Task(attempt, limit)

    def judge_all(session: Any) -> None:
        for number, result in in_children(tasks(session)):
            if result == "":
                left.append(suspects[number])
            elif result:
                killed[result] += 1

    left: list[Suspect] = []

    def first() -> list[Suspect]:
        pytest.main([*OPTIONS, *tests], plugins=[Plugin(judge_all)])
        return left

    ((_, left),) = in_children([Task(first)])
    new = [each for each in left if not any(part in each.mutant.shown(source) for part in accepted)]
    anew = in_children(Task(partial(passes_anew, module, each), each.limit + 10) for each in new)
    survivors = [new[number].mutant for number, has_passed in anew if has_passed]
    shown = [each.shown(source) for each in sorted(survivors, key=lambda each: each.line)]
    return len(every), len(left) - len(new), shown


class Suspect(NamedTuple):
    """A mutant with the tests that may kill it, and their limit in seconds of CPU time."""

    mutant: Mutant
    tests: list[str]
    limit: float


def passes_anew(module: Path, suspect: Suspect) -> bool:
    """Return whether the tests pass with a module that is mutated before its import; true if there is no test."""
    import pytest

    if not suspect.tests:
        return True
    get_code = SourceFileLoader.get_code

    def mutated(loader: SourceFileLoader, name: str) -> CodeType | None:
        is_it = loader.path == str(module)
        return compile(suspect.mutant.source, str(module), "exec") if is_it else get_code(loader, name)

    SourceFileLoader.get_code = mutated  # type: ignore[method-assign]
    passed: list[bool] = []
    plugin = Plugin(lambda session: passed.append(not killer(session, session.items)), frozenset(suspect.tests))
    files = dict.fromkeys(nodeid.partition("::")[0] for nodeid in suspect.tests)
    pytest.main([*OPTIONS, *files], plugins=[plugin])
    return passed == [True]


def main() -> None:
    """Judge the modules that are named, and print the report."""
    named = [PACKAGE / each for each in sys.argv[1:] or CORE]
    found = [sorted(each.rglob("*.py")) if each.is_dir() else [each.with_suffix(".py")] for each in named]
    killed = total = 0
    for module in (module for each in found for module in each):
        count, accepted, survivors = judge(module)
        dead = count - accepted - len(survivors)
        killed, total = killed + dead, total + count
        if count:
            counts = f"{dead} of {count} killed, {accepted} accepted"
            print(f"{module.relative_to(PACKAGE)}: {counts}", *survivors, sep="\n    ", flush=True)
    print(f"{killed} of {total} killed ({killed / max(1, total):.1%})")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    main()
