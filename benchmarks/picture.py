"""Draw the results of a question as plain SVG: one bar for each side, with a separate scale for each case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.harness import OURS

WIDTH, LEFT, RIGHT, ROW, GAP = 920, 150, 370, 22, 34
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}.head{font-weight:600}.title{font-size:17px;font-weight:600}"
    ".faint{fill:#777}rect{fill:#b8bec6}rect.ours{fill:#2f6f9f}.paper{fill:#fff}"
)


def draw(result: dict[str, Any]) -> str:
    """Return the SVG text of one result."""
    body: list[str] = []
    y = 34
    for case in result["cases"]:
        y += GAP
        body.append(_text(16, y, case["case"] + (f" ({case['note']})" if case["note"] else ""), "head"))
        for line in _bars(case, y + 8):
            body.append(line)
        y += 8 + ROW * len(case["costs"])
    machine = result["machine"]
    y += GAP
    body.append(
        _text(
            16,
            y,
            f"{machine['cpu']}, {machine['python']}, {machine['date']}; medians, CPU time unless the case names another",
            "faint",
        )
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 14}" role="img">'
    paper = f'<rect class="paper" width="{WIDTH}" height="{y + 14}"/>'
    return "\n".join(
        [head, f"<style>{STYLE}</style>", paper, _text(16, 30, result["title"], "title"), *body, "</svg>\n"]
    )


def _bars(case: dict[str, Any], top: float) -> Iterator[str]:
    most = max(cost["median"] for cost in case["costs"].values())
    comparisons = {comparison["rival"]: comparison for comparison in case["comparisons"]}
    for index, (name, cost) in enumerate(case["costs"].items()):
        y = top + ROW * index
        width = (WIDTH - LEFT - RIGHT) * cost["median"] / most
        kind = ' class="ours"' if name == case["ours"] else ""
        yield _text(LEFT - 10, y + 14, name, "", "end")
        yield f'<rect{kind} x="{LEFT}" y="{y + 2}" width="{max(width, 1):.1f}" height="{ROW - 6}"/>'
        label = f"{cost['median']:.4g} {case['unit']}" + _tail(cost) + _verdict(case["ours"], comparisons.get(name))
        yield _text(LEFT + width + 8, y + 14, label)


def _tail(cost: dict[str, float]) -> str:
    return f", p95 {cost['p95']:.4g}, p99 {cost['p99']:.4g}" if "p95" in cost else ""


def _verdict(ours: str, comparison: dict[str, Any] | None) -> str:
    if comparison is None:
        return ""
    name = "ours" if ours == OURS else ours
    ratio = f"{comparison['ratio']['median']:.3g}"
    words = f", {name} {ratio}x" if comparison["kind"] == "at most" else f", {ratio}x {name}"
    verdict = {True: "met", False: "missed"}.get(comparison["met"])
    return words + (f" (aim {comparison['aim']}: {verdict})" if verdict else "")


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
