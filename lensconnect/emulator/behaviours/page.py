"""The page of markdown: `guide.md`, how to use it, then the table of what it does."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from lensconnect.emulator.behaviours.row import Area, Behaviour
from lensconnect.emulator.options import Options

__all__ = ["page"]

_GUIDE: Final = files("lensconnect.emulator.behaviours").joinpath("guide.md")

_HEAD: Final = """\
## What it does

and how sure it is that the service does the same:

- *documented*: AWS's documentation or service model says so;
- *observed*: it was captured, is relied on by clients that AWS ships, or was reported by users;
- *chosen*: nobody outside AWS knows, and something had to be done.

A switch is a field of `Options`, shown with its default. The last column names the test that shows it, under `tests/emulator`.

This page is written from `lensconnect.emulator.behaviours`: `python -m lensconnect.emulator.behaviours`.
"""

_FOOT: Final = """\
## What it does not do

Bots, routing, transfers and disconnect flows; message processing (`MessageProcessingStatus`) and the partial messages of
Lex; audio and video; writing to a topic of SNS. No chat is too crowded, as the service's is past six participants. These are never said: `participant.invited`,
`.active`, `.inactive` and `.displayname.updated`, `transfer.succeeded` and `.failed`, `authentication.expired`,
`workflow.cancelled`. It is one instance, keeps nothing on disk, and answers on this machine only.
"""


def page(areas: tuple[Area, ...]) -> str:
    """The guide, then all areas, each as a table."""
    return "\n".join((_GUIDE.read_text("utf-8"), _HEAD, *(line for area in areas for line in _table(area)), _FOOT))


def _table(area: Area) -> Iterator[str]:
    yield f"### {area.name}\n"
    yield "| behaviour | known | switch | test |"
    yield "|---|---|---|---|"
    yield from map(_row, area.rows)
    yield ""


def _row(row: Behaviour) -> str:
    switches = "<br>".join(f"`{name}={_default(name)}`" for name in row.switches)
    return f"| {row.what} | {row.mark} | {switches} | `{row.shown_by}` |"


def _default(switch: str) -> str:
    value = getattr(Options(), switch)
    if isinstance(value, tuple):
        return "(...)"
    return getattr(value, "name", "").upper() or repr(value)
