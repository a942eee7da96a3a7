"""The page on live chats has the phases, the notifications and the options of the code."""

from __future__ import annotations

from typing import get_args

from lensconnect import LIVE, Notification
from lensconnect.live.state import Phase
from lensconnect.record import fields

from .live_phases import with_phases
from .pages import PAGES, section


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the rows of the table under a heading, without its header."""
    lines = [line for line in section("live", heading).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_diagram_shows_the_transitions() -> None:
    page = PAGES["live"]
    assert page == with_phases(page), "draw it again: PYTHONPATH=tests python -m docs.live_phases"


def test_every_phase_is_described() -> None:
    described = [phase for phase, _ in rows("The phases")]
    assert described == [phase for phase in get_args(Phase) if phase not in ("closed", "joined")]


def test_every_notification_is_described() -> None:
    page = section("live", "`receive`")
    assert [name for name in (each.__name__ for each in get_args(Notification)) if f"| `{name}(" not in page] == []


def test_the_options_have_their_defaults() -> None:
    listed = {name.strip("`"): default for name, default, _ in rows("Options")}
    defaults = {field.name: str(getattr(LIVE, field.name)) for field in fields(type(LIVE))}
    assert listed.pop("backoff") == "1, 2, 4 ... 30, ± 30 %"
    assert defaults.pop("backoff")
    assert listed == defaults
