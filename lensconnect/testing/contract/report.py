"""The report of a run of the contract suite: values, and a text that lists the worst violations first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

Risk: TypeAlias = Literal["message", "reply", "time", "name"]
"""The risk of a transport that breaks a rule; `RISKS` describes each."""

RISKS: Final[Mapping[Risk, str]] = {
    "message": "can lose, duplicate or mix up a message, or show a secret",
    "reply": "accepts an incomplete or invalid reply",
    "time": "exceeds its time limit, or gives up too early",
    "name": "only reports a wrong kind, word or type",
}
"""A description of each risk, the worst first."""


class CheckResult(NamedTuple):
    """The result of one check; for a failure `why` gives the reason and `risk` what it can cost."""

    name: str
    passed: bool
    why: str = ""
    risk: Risk = "message"


class Report(NamedTuple):
    """The results of all checks in order, and the name and reason of each check that was skipped.

    >>> failure = CheckResult("a 103", False, "succeeded with status 103", "reply")
    >>> print(Report((CheckResult("a plain reply", True), failure)))
    1 of 2 checks passed
    accepts an incomplete or invalid reply:
      FAIL  a 103: succeeded with status 103
    passed:
      ok    a plain reply
    """

    checks: tuple[CheckResult, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether checks were made and every one passed."""
        return bool(self.checks) and not self.failed

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed, in order."""
        return tuple(check for check in self.checks if not check.passed)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        passed = [check for check in self.checks if check.passed]
        yield f"{len(passed)} of {len(self.checks)} checks passed"
        for risk, description in RISKS.items():
            failed = [check for check in self.failed if check.risk == risk]
            if failed:
                yield f"{description}:"
            yield from (f"  FAIL  {check.name}: {check.why}" for check in failed)
        if passed and not self.passed:
            yield "passed:"
        yield from (f"  ok    {check.name}" for check in passed)
        yield from (f"  skip  {name}: {why}" for name, why in self.skipped)
