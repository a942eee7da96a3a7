"""A row of the table: one behaviour, how sure it is that the service does the same, and what shows it."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Area", "Behaviour", "Mark", "chosen", "documented", "observed"]

Mark: TypeAlias = Literal["documented", "observed", "chosen"]
"""By AWS's documentation or service model; by captures, shipped clients or users' reports; by nobody but us."""


class Behaviour(NamedTuple):
    """What the emulator does; `shown_by` is a test, `switches` are fields of `Options`."""

    what: str
    mark: Mark
    shown_by: str
    switches: tuple[str, ...] = ()


class Area(NamedTuple):
    """Behaviours that belong together."""

    name: str
    rows: tuple[Behaviour, ...]


def documented(what: str, shown_by: str, *switches: str) -> Behaviour:
    """AWS says so."""
    return Behaviour(what, "documented", shown_by, switches)


def observed(what: str, shown_by: str, *switches: str) -> Behaviour:
    """It was seen."""
    return Behaviour(what, "observed", shown_by, switches)


def chosen(what: str, shown_by: str, *switches: str) -> Behaviour:
    """Nobody outside AWS knows."""
    return Behaviour(what, "chosen", shown_by, switches)
