"""What a run of the contract suite gives back: values, and a table to read, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["RISKS", "Check", "Report", "Risk"]

Risk: TypeAlias = Literal["message", "reply", "time", "name"]
"""What a transport puts at stake that does not keep a rule."""

RISKS: Final[Mapping[Risk, str]] = {
    "message": "could lose, double or mix up a message, or show a secret",
    "reply": "takes for a reply what is none",
    "time": "is late, or gives up too soon",
    "name": "only calls it something else",
}
"""In words, the worst first."""


class Check(NamedTuple):
    """One rule of the contract, and whether it was kept; `why` says how it was not, `risk` what that costs."""

    name: str
    passed: bool
    why: str = ""
    risk: Risk = "message"


class Report(NamedTuple):
    """Every check that was made, in order, and those that were not, with the reason given.

    >>> print(Report((Check("a plain reply", True), Check("a 103", False, "succeeded with status 103", "reply"))))
    1 of 2 checks passed
    takes for a reply what is none:
      FAIL  a 103: succeeded with status 103
    keeps:
      ok    a plain reply
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
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        kept = [check for check in self.checks if check.passed]
        yield f"{len(kept)} of {len(self.checks)} checks passed"
        for risk, words in RISKS.items():
            broken = [check for check in self.failed if check.risk == risk]
            if broken:
                yield f"{words}:"
            yield from (f"  FAIL  {check.name}: {check.why}" for check in broken)
        if kept and not self.passed:
            yield "keeps:"
        yield from (f"  ok    {check.name}" for check in kept)
        yield from (f"  skip  {name}: {why}" for name, why in self.skipped)
