"""`python -m benchmarks [--quick] [question ...]`: measure, print a table, keep the results.

A full run writes `benchmarks/results`; a quick one only prints.  The exit code is 0 whatever is
measured: a slow machine breaks no build.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from typing import Any

from benchmarks.harness import FULL, QUICK, ROOT, Effort, machine, measure
from benchmarks.picture import draw

QUESTIONS = ("describe", "decode", "optics", "start", "send", "at_once", "adapter")
RESULTS = ROOT / "benchmarks" / "results"
LINE = "{:<34} {:<18} {:>8} {:>15}  {:<13} {}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="question", help=", ".join(QUESTIONS))
    parser.add_argument("--quick", action="store_true", help="under two minutes, nothing written")
    arguments = parser.parse_args()
    if unknown := set(arguments.questions) - set(QUESTIONS):
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    print(LINE.format("question", "rival", "ratio", "quartiles", "aim", "met"))
    for name in arguments.questions or QUESTIONS:
        try:
            result = ask(name, QUICK if arguments.quick else FULL)
        except ImportError as error:
            print(f"{name}: not measured: needs {error.name}")
            continue
        except Exception as error:  # a question that cannot be asked leaves the others standing
            print(f"{name}: not measured: {error!r}")
            continue
        if not arguments.quick:
            keep(name, result)


def ask(name: str, effort: Effort) -> dict[str, Any]:
    """Measure every case of a question, printing as it goes."""
    question = import_module(f"benchmarks.{name}")
    outcomes: list[dict[str, Any]] = []
    for case in question.cases():
        outcomes.append(measure(case, effort))
        show(name, outcomes[-1])
    return {"title": question.TITLE, "machine": machine(), "rounds": effort.rounds, "cases": outcomes}


def show(question: str, outcome: dict[str, Any]) -> None:
    for comparison in outcome["comparisons"]:
        ratio = comparison["ratio"]
        spread = f"{ratio['lower_quartile']:.2f}..{ratio['upper_quartile']:.2f}"
        met = {True: "yes", False: "NO", None: ""}[comparison["met"]]
        what = f"{question}: {outcome['case']}"
        row = LINE.format(what, comparison["rival"], f"{ratio['median']:.2f}", spread, comparison["aim"], met)
        print(row.rstrip(), flush=True)


def keep(name: str, result: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (RESULTS / f"{name}.svg").write_text(draw(result), encoding="utf-8")


if __name__ == "__main__":
    main()
