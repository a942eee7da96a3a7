"""`python -m benchmarks [--quick] [question ...]`: measure, print a table, save the results.

A full run writes `benchmarks/results`; a quick run only prints.  The exit code is 0 whatever the
figures: a slow machine breaks no build.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from benchmarks.harness import FULL, OURS, QUICK, ROOT, Effort, machine, measure
from benchmarks.picture import draw

QUESTIONS: Final = {
    "describe": "describe",
    "decode": "decode",
    "live": "live",
    "receive": "receive",
    "sockets": "sockets",
    "optics": "optics",
    "transcript": "transcript",
    "start": "start",
    "send": "send",
    "at_once": "at_once",
    "connections": "connections",
    "adapter": "adapter",
    "length": "emulator_length",
    "load": "emulator_load",
    "page": "page",
}
"""Question to module; a module is imported only when it is measured, since not every environment has every rival."""
RESULTS = ROOT / "benchmarks" / "results"
LINE = "{:<52} {:<18} {:>10} {:>19}  {:<13} {}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="question", help=", ".join(QUESTIONS))
    parser.add_argument("--quick", action="store_true", help="under two minutes, nothing written")
    arguments = parser.parse_args()
    if unknown := set(arguments.questions) - set(QUESTIONS):
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    print(LINE.format("question", "side", "figure", "quartiles", "aim", "met"))
    for name in arguments.questions or QUESTIONS:
        try:
            result = measure_question(name, QUICK if arguments.quick else FULL)
        except ImportError as error:
            print(f"{name}: not measured: needs {error.name}")
            continue
        except Exception as error:  # one question that fails does not stop the others
            print(f"{name}: not measured: {error!r}")
            continue
        if not arguments.quick:
            save(name, result)


def measure_question(name: str, effort: Effort) -> dict[str, Any]:
    """Measure every case of a question and print each one when it is done."""
    question = import_module(f"benchmarks.{QUESTIONS[name]}")
    outcomes: list[dict[str, Any]] = []
    for outcome in outcomes_of(question, effort):
        outcomes.append(outcome)
        show(name, outcome)
    return {"title": question.TITLE, "machine": machine(), "rounds": effort.rounds, "cases": outcomes}


def outcomes_of(question: ModuleType, effort: Effort) -> Iterator[dict[str, Any]]:
    """Yield the outcomes of a question: its own, or those of its cases, measured one after the other."""
    if hasattr(question, "outcomes"):
        yield from question.outcomes(effort)
    else:
        yield from (measure(case, effort) for case in question.cases())


def show(question: str, outcome: dict[str, Any]) -> None:
    """Print the ratios of a case; its figures too, if no library is compared with."""
    label = f"{question}: {outcome['case']}"
    if outcome["ours"] != OURS:
        for side, cost in outcome["costs"].items():
            spread = "p95 {p95:.4g} p99 {p99:.4g}" if "p95" in cost else "{lower_quartile:.4g}..{upper_quartile:.4g}"
            print(LINE.format(label, side, f"{cost['median']:.4g} {outcome['unit']}", spread.format(**cost), "", ""))
    for comparison in outcome["comparisons"]:
        ratio = comparison["ratio"]
        spread = f"{ratio['lower_quartile']:.2f}..{ratio['upper_quartile']:.2f}"
        met = {True: "yes", False: "NO", None: ""}[comparison["met"]]
        row = LINE.format(label, comparison["rival"], f"{ratio['median']:.2f} x", spread, comparison["aim"], met)
        print(row.rstrip(), flush=True)


def save(name: str, result: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (RESULTS / f"{name}.svg").write_text(draw(result), encoding="utf-8")


if __name__ == "__main__":
    main()
