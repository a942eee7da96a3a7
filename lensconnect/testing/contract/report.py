"""What a run of the contract suite gives back: values, and a table to read."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Check", "Report"]


class Check(NamedTuple):
    """One rule of the contract, and whether it was kept; `why` says how it was not."""

    name: str
    passed: bool
    why: str = ""


class Report(NamedTuple):
    """Every check that was made, in order, and those that were not, with the reason given.

    >>> print(Report((Check("a plain reply", True), Check("a 103", False, "took it for the reply"))))
    1 of 2 checks passed
      ok    a plain reply
      FAIL  a 103: took it for the reply
    """

    checks: tuple[Check, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not."""
        return tuple(check for check in self.checks if not check.passed)

    def __str__(self) -> str:
        head = f"{len(self.checks) - len(self.failed)} of {len(self.checks)} checks passed"
        return "\n".join((head, *map(_line, self.checks), *(f"  skip  {name}: {why}" for name, why in self.skipped)))


def _line(check: Check) -> str:
    return f"  ok    {check.name}" if check.passed else f"  FAIL  {check.name}: {check.why}"
