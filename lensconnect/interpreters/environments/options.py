"""What each option of `new_env` has to be: one that is not is a mistake in the program, and raises.

What only looks right, such as a region that does not exist, is the `InvalidEndpoint` of every send instead.
No message quotes text, since a proxy's URL may hold a password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from types import NoneType
from typing import Final, NamedTuple

from lensconnect.interpreters.environments.base import Clock
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.wire.limits import Limits

__all__ = ["OPTIONS", "check_options"]


class _Rule(NamedTuple):
    """What an option must be, in words; its types; and, for a number, the one it must be above."""

    words: str
    types: tuple[type, ...]
    above: float | None = None

    def admits(self, value: object) -> bool:
        """Whether its type is one of these; a bool is no number here."""
        return isinstance(value, self.types) and (not isinstance(value, bool) or bool in self.types)


_TEXT: Final = _Rule("text or None", (str, NoneType))
_FLAG: Final = _Rule("True, False or None", (bool, NoneType))
_SECONDS: Final = "a number of seconds above 0"
_FUNCTION: Final = _Rule("a function", (Callable,))  # type: ignore[arg-type]
_FUNCTION_OR_NONE: Final = _Rule("a function or None", (Callable, NoneType))  # type: ignore[arg-type]

OPTIONS: Final[Mapping[str, _Rule]] = {
    "region": _TEXT,
    "endpoint_url": _TEXT,
    "profile": _TEXT,
    "fips": _FLAG,
    "dualstack": _FLAG,
    "timeout": _Rule(_SECONDS, (int, float), above=0),
    "deadline": _Rule(f"{_SECONDS}, or None", (int, float, NoneType), above=0),
    "retry": _Rule("a RetryPolicy or None", (RetryPolicy, NoneType)),
    "limits": _Rule("a Limits", (Limits,)),
    "observe": _FUNCTION_OR_NONE,
    "on_request": _FUNCTION_OR_NONE,
    "ca_bundle": _Rule("the path of a file, or None", (str, PathLike, NoneType)),
    "proxies": _Rule("a mapping from scheme to URL, or None", (Mapping, NoneType)),
    "max_connections": _Rule("a whole number above 0", (int,), above=0),
    "user_agent": _TEXT,
    "allow_plain": _Rule("True or False", (bool,)),
    "clock": _Rule("a Clock or None", (Clock, NoneType)),
    "tokens": _FUNCTION,
    "jitter": _FUNCTION,
}
"""By the names of `EnvOptions`."""


def check_options(maker: str, given: Mapping[str, object]) -> None:
    """Raise `TypeError` or `ValueError` with the name of the first option that is a mistake."""
    for name, value in given.items():
        rule = OPTIONS.get(name)
        if rule is None:
            raise TypeError(f"{maker} has no option {name!r}: there are transport, {', '.join(OPTIONS)}")
        if not rule.admits(value):
            what = "None" if value is None else f"a value of type {type(value).__name__}"
            raise TypeError(f"{name} must be {rule.words}, not {what}")
        if isinstance(value, int | float) and rule.above is not None and not value > rule.above:
            raise ValueError(f"{name} must be {rule.words}, not {value}")
