"""Compare this tree with another: `python -m benchmarks.compare TREE [question ...]` prints what ours costs in both.

Each tree has a worker, a process of its own with its own copy of the questions; the interpreter and the
dependencies are the same.  The workers take one sample each in turn, the first of a round alternates, and a
ratio is taken within a round, so what disturbs the machine disturbs both sides.  Fresh workers are started
several times, since the layout of one process may favour one side.  Nothing is written.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, TypeAlias

from benchmarks.__main__ import QUESTIONS
from benchmarks.harness import ROOT

WORKER: Final = """
import json, sys
from importlib import import_module

from benchmarks.__main__ import QUESTIONS
from benchmarks.harness import QUICK, SCALE, frozen

seconds = float(sys.argv[2])
try:
    question = import_module("benchmarks." + QUESTIONS[sys.argv[1]])
except ImportError as missing:
    sys.exit(f"{sys.argv[1]}: needs {missing.name}")


def serve(sample):
    for _ in iter(sys.stdin.readline, "next\\n"):
        print(json.dumps(sample()), flush=True)


def whole_question():
    outcomes = question.outcomes(QUICK)
    return {each["case"]: [each["costs"][each["ours"]]["median"], each["unit"]] for each in outcomes}


if hasattr(question, "cases"):
    for number, case in enumerate(question.cases()):
        sample = case.sides[case.ours].sampler(seconds)
        with frozen():
            serve(lambda: {number: [sample() * SCALE[case.unit], case.unit, case.name]})
else:
    serve(whole_question)
serve(lambda: None)
"""
"""Answers "sample" with the costs of a case by its number or name, goes to the next case at "next"; `null` after the last."""

LINE: Final = "{:<58} {:>12} {:>12} {:>8} {:>13}"
WHOLE_QUESTIONS: Final = 3
"""Rounds for a question that cannot be sampled case by case."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("tree", type=Path, help="the folder of the other tree: the state before")
    parser.add_argument("questions", nargs="*", metavar="question", help=", ".join(QUESTIONS))
    parser.add_argument("--rounds", type=int, default=30, help="samples of each side with one pair of workers")
    parser.add_argument("--restarts", type=int, default=3, help="pairs of workers")
    parser.add_argument("--seconds", type=float, default=0.01, help="CPU time of one sample of a statement")
    arguments = parser.parse_args()
    if unknown := set(arguments.questions) - set(QUESTIONS):
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    print(LINE.format("question", "before", "after", "ratio", "quartiles"), flush=True)
    for name in arguments.questions or QUESTIONS:
        try:
            compare(name, arguments)
        except RuntimeError as error:
            print(f"{name}: not compared: {error}", flush=True)


def compare(question: str, arguments: argparse.Namespace) -> None:
    """Print one line for each case of a question."""
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    units: dict[str, str] = {}
    for _ in range(arguments.restarts):
        with ExitStack() as stack:
            before, after = (
                stack.enter_context(worker(tree, question, arguments.seconds)) for tree in (arguments.tree, ROOT)
            )
            for case, unit, costs in rounds(before, after, arguments.rounds):
                pairs[case].append(costs)
                units[case] = unit
    for case, costs in pairs.items():
        ratios = [after / before for before, after in costs]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        shown = (f"{median(side):.4g} {units[case]}" for side in zip(*costs, strict=True))
        print(LINE.format(f"{question}: {case}", *shown, f"{median(ratios):.3f}", f"{low:.3f}..{high:.3f}"), flush=True)


Worker: TypeAlias = "subprocess.Popen[str]"
Costs: TypeAlias = dict[str, list[Any]]


@contextmanager
def worker(tree: Path, question: str, seconds: float) -> Iterator[Worker]:
    """A process that answers with samples of one question in one tree."""
    command = [sys.executable, "-c", WORKER, question, str(seconds)]
    with subprocess.Popen(command, cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def rounds(before: Worker, after: Worker, count: int) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """Yield each case's name, its unit, and the costs of one round, before and after."""
    while True:
        for turn in range(count):
            order = (before, after) if turn % 2 else (after, before)
            costs = {process: sample(process) for process in order}
            old, new = costs[before], costs[after]
            if old is None or new is None:
                return
            for key, (cost, unit, *name) in new.items():
                yield (*name, key)[0], unit, (old[key][0], cost)
            if question_is_whole(new) and turn + 1 >= WHOLE_QUESTIONS:
                break
        for process in (before, after):
            tell(process, "next")
        if question_is_whole(new):
            return


def question_is_whole(costs: Costs) -> bool:
    """Return True if these are all cases of a question, by name; a single case comes with its name."""
    return all(len(cost) == 2 for cost in costs.values())


def sample(process: Worker) -> Costs | None:
    """Return one sample of the worker's case; None after the last case."""
    tell(process, "sample")
    assert process.stdout is not None
    if not (line := process.stdout.readline()):
        raise RuntimeError("a worker ended; its error is above")
    costs: Costs | None = json.loads(line)
    return costs


def tell(process: Worker, word: str) -> None:
    try:
        print(word, file=process.stdin, flush=True)
    except BrokenPipeError:
        raise RuntimeError("a worker ended; its error is above") from None


if __name__ == "__main__":
    main()
