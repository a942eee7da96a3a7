"""The choice of checks for one run: tiers, names and reasons, and the options of every function of the suite."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, TypedDict, get_args

from lensconnect.arguments import expect, wrong_type
from lensconnect.testing.contract.checks import Tolerances

Tier: TypeAlias = Literal["safe", "careful", "complete"]
"""A set of checks; each holds those of the one before.  `TIERS` describes them."""

TIERS: Final[Mapping[Tier, str]] = {
    "safe": "no message is lost, sent twice or mixed up: enough for scripts and tests",
    "careful": "also time limits, kept connections and cancellation: enough for one chat at a time",
    "complete": "also crowds, and calls inside calls: enough for a server of many chats",
}
"""The use that each tier is enough for; the page `testing.md` has the time that each takes."""

_TIERS_OF: Final[Mapping[str, Tier]] = {
    "time:": "careful",
    "kept:": "careful",
    "stray:": "careful",
    "cancelled:": "careful",
    "cancelled: among others": "complete",
    "cancelled: a crowd": "complete",
    "concurrent:": "complete",
    "interrupted:": "complete",
    "large": "complete",
}
"""The tier of checks whose names begin so, the longest beginning counts; all others are safe."""


class SocketCheckOptions(TypedDict, total=False):
    """The options of the checks of socket drivers.

    A name in `skip` or `only` is the name of a check, or the beginning of several: "cut" means all checks
    whose names begin with it.  An unknown or empty name, an empty `only`, `only` beside `tier`, and a choice that leaves
    no check to make are a `ValueError`, one name as text in `only`, and a `skip` without reasons, a `TypeError`.
    """

    skip: Mapping[str, str]
    """Checks to leave out, each with the reason, which the report repeats."""
    only: Collection[str] | None
    """The checks to make; `None`, the default, means all of the tier."""
    tier: Tier | None
    """The set of checks to make, described in `TIERS`; "complete" by default."""
    seconds: float
    """The time limit of an attempt that has to run out of time; 0.25 by default."""
    slack: float
    """Seconds that such an attempt may end late; 0.5 by default.  Allow more on a busy machine."""


class CheckOptions(SocketCheckOptions, total=False):
    """The options of the checks of transports."""

    max_body: int
    """The largest body in bytes that the transport accepts; 32 MiB by default, as the transports here."""


class Plan(NamedTuple):
    """The names of the checks to make, the skipped ones with their reasons, and the limits."""

    names: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    tolerances: Tolerances


def plan(
    known: tuple[str, ...],
    *,
    skip: Mapping[str, str] = MappingProxyType({}),
    only: Collection[str] | None = None,
    tier: Tier | None = None,
    seconds: float = 0.25,
    slack: float = 0.5,
    max_body: int = 32 * 2**20,
) -> Plan:
    """Choose from the names of all checks.  Raises `TypeError` and `ValueError` as `SocketCheckOptions` tells."""
    expect("skip", skip, Mapping, "a mapping from names to reasons")
    if isinstance(only, str):
        raise wrong_type("only", "a collection of names", only, ": put the name into a list")
    if only is not None and not only:
        raise ValueError("only names no check: leave it out to make all of a tier")
    unknown = sorted(prefix for prefix in (*skip, *(only or ())) if not (prefix and _matching(known, prefix)))
    if unknown:
        raise ValueError(f"no such checks: {unknown}")
    if only is not None and tier is not None:
        raise ValueError("choose checks by `only` or by `tier`, not by both")
    if tier not in (None, *get_args(Tier)):
        raise ValueError(f"there is no tier {tier!r}: use {', '.join(TIERS)}")
    skipped = {name: why for prefix, why in skip.items() for name in _matching(known, prefix)}
    wanted = (
        in_tier(known, tier or "complete")
        if only is None
        else {name for prefix in only for name in _matching(known, prefix)}
    )
    names = tuple(name for name in known if name in wanted and name not in skipped)
    if not names:
        raise ValueError("skip leaves no check to make")
    reasons = tuple((name, skipped[name]) for name in known if name in skipped)
    return Plan(names, reasons, Tolerances(seconds, slack, max_body))


def in_tier(known: tuple[str, ...], tier: Tier) -> tuple[str, ...]:
    """Return the checks of a tier."""
    order: tuple[Tier, ...] = get_args(Tier)
    return tuple(name for name in known if order.index(_tier_of(name)) <= order.index(tier))


def _tier_of(name: str) -> Tier:
    beginnings = [beginning for beginning in _TIERS_OF if name.startswith(beginning)]
    return _TIERS_OF[max(beginnings, key=len)] if beginnings else "safe"


def _matching(known: tuple[str, ...], prefix: str) -> tuple[str, ...]:
    """Return the check of this name, or else all whose names begin with it."""
    return (prefix,) if prefix in known else tuple(name for name in known if name.startswith(prefix))
