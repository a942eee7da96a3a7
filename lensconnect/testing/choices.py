"""Choices: the decisions of a simulation, drawn from a seed and recorded, so that a failing run can be shrunk.

A choice is a whole number from 0; 0 is the quiet one: no fault, no delay, no further step, steps at one time in order.  `shrunk` looks for the fewest
and smallest choices with which a run still fails: it sets ever smaller parts of the recording to 0 (delta debugging), makes
choices earlier, and lowers those that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from lensconnect.arguments import expect_number

__all__ = ["Choices"]


class Choices:
    """Whole numbers drawn from a seed; with `replay`, those of a recording, and 0 beyond its end.

    >>> choices = Choices(7)
    >>> drawn = [choices.draw(9) for _ in range(5)]
    >>> replayed = Choices(7, choices.made)
    >>> [replayed.draw(9) for _ in range(5)] == drawn
    True
    """

    def __init__(self, seed: int, replay: Sequence[int] | None = None) -> None:
        self.seed = seed
        self.made: list[int] = []
        self._replay = replay
        self._random = Random(seed)  # nosec B311 # noqa: S311 - a simulation needs no secure random numbers

    def draw(self, most: int, chance: float = 1.0) -> int:
        """Return 0 to `most`, or with a `chance` below 1.0 something else than 0 with this probability only."""
        expect_number("draw: most", most, 0, whole=True)
        at = len(self.made)
        if self._replay is not None:
            made = min(self._replay[at], most) if at < len(self._replay) else 0
        elif chance < 1.0:
            made = self._random.randint(1, most) if self._random.random() < chance else 0
        else:
            made = self._random.randint(0, most)
        self.made.append(made)
        return made


def shrunk(recording: Sequence[int], fails: Callable[[list[int]], bool]) -> list[int]:
    """Return a recording with fewer and smaller choices with which `fails` is still true."""
    best, before = list(recording), None
    while best != before:
        before = best
        for candidates in (_quieter, _quieter_and_earlier, _lower):
            best = _improved(best, candidates, fails)
    return best


def _improved(
    best: list[int], candidates: Callable[[list[int]], Iterator[list[int]]], fails: Callable[[list[int]], bool]
) -> list[int]:
    """Go on from the first candidate that fails, until none does."""
    while (better := next(filter(fails, candidates(best)), None)) is not None:
        best = better
    while best and best[-1] == 0:
        best = best[:-1]
    return best


def _quieter(best: list[int]) -> Iterator[list[int]]:
    """Set a part to 0: half of it, then smaller ones."""
    size = len(best)
    while size > 0:
        for start in range(0, len(best), size):
            end = start + size
            if any(best[start:end]):
                yield [*best[:start], *[0] * len(best[start:end]), *best[end:]]
        size //= 2


def _quieter_and_earlier(best: list[int]) -> Iterator[list[int]]:
    """Set one choice to 0, such as a number of steps, and make a later one earlier, as its step may be gone."""
    for at, made in enumerate(best):
        for later in range(at + 1, len(best)) if made else ():
            for earlier in range(at + 1, later) if best[later] else ():
                if best[earlier] == 0:
                    moved = list(best)
                    moved[at], moved[earlier], moved[later] = 0, best[later], 0
                    yield moved


def _lower(best: list[int]) -> Iterator[list[int]]:
    """Lower one choice, but not to 0."""
    for at, made in enumerate(best):
        for lower in range(1, made):
            yield [*best[:at], lower, *best[at + 1 :]]
