"""Playing a script: what answers requests in order, and says by lens path where one is not what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Any, NamedTuple, Self, TypeAlias

from lensconnect.http import HttpRequest
from lensconnect.operations import Reply, Request
from lensconnect.programs.send import lacks_client_token, with_client_token
from lensconnect.record import MASK, Record, fields, values
from lensconnect.testing.pseudonyms import is_pseudonym, lens_name
from lensconnect.testing.trace import Outcome
from lensconnect.wire.describe import undescribe

__all__ = [
    "ReceivedRequest",
    "MissingRequestError",
    "ScriptedTransport",
    "Expectations",
    "Expectation",
    "UnexpectedRequestError",
    "differences",
    "read",
]

ReceivedRequest: TypeAlias = Request[Reply] | HttpRequest
"""A request as its record, or as it is where no operation has it."""


class UnexpectedRequestError(AssertionError):
    """A request that is not what comes next."""


class MissingRequestError(AssertionError):
    """The end, and something was not asked for."""


def read(http_request: HttpRequest) -> ReceivedRequest:
    """What a description asks."""
    return undescribe(http_request).value_or(http_request)


def differences(asked: Record, expected: Record) -> Iterator[str]:
    """Where two records of a type differ: the optic that shows it, and both values, secrets masked.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> one, other = (new_send_event(kind, ConnectionToken(kind)) for kind in "ab")
    >>> print(*differences(one, other), sep="\\n")
    send_event_content_type: 'a' != 'b'
    send_event_connection_token: *** != ***
    """
    for field in fields(type(asked)):
        mine, other = getattr(asked, field.name), getattr(expected, field.name)
        lens = lens_name(type(asked), field.name)
        if isinstance(mine, Record) and isinstance(other, Record):
            through = lens if field.required else f"{lens}.Some()"
            yield from (f"{through} & {inner}" for inner in differences(mine, other))
        elif mine != other:
            yield f"{lens}: {_shown(field.name, asked)} != {_shown(field.name, expected)}"


def _shown(name: str, record: Record) -> str:
    """A field's value as the record renders it, or the name of a secret."""
    value, shown = getattr(record, name), dict(record.__rich_repr__()).get(name)
    if shown == MASK:
        return repr(value) if isinstance(value, str) and is_pseudonym(value) else MASK
    return repr(shown)


class Expectation(NamedTuple):
    """A request that is expected, or any of its type, and what then comes of it."""

    number: int
    expected: ReceivedRequest | type[Request[Reply]]
    outcome: Outcome

    @property
    def type(self) -> type[Any]:
        """What kind of request."""
        return self.expected if isinstance(self.expected, type) else type(self.expected)

    def differences(self, asked: ReceivedRequest) -> tuple[str, ...]:
        """What stands between this step and that request; its ClientToken counts only where one is expected."""
        expected = self.expected
        if type(asked) is not self.type:
            return (f"it is no {self.type.__name__}",)
        if isinstance(expected, type):
            return ()
        if isinstance(expected, Request) and lacks_client_token(expected):
            expected = with_client_token(values(asked)["client_token"], expected)
        return tuple(differences(asked, expected))

    def __str__(self) -> str:
        return f"number {self.number}, {self.type.__name__}"


class Expectations:
    """Steps to be played, all of them in order or those of each operation among themselves."""

    def __init__(self, steps: Iterable[Expectation], *, in_each_operation: bool) -> None:
        self.remaining = list(steps)
        self.in_each_operation = in_each_operation

    def play(self, asked: ReceivedRequest) -> Outcome:
        """The outcome of the step that comes next, if that is what was asked."""
        coming = [step for step in self.remaining if not self.in_each_operation or step.type is type(asked)]
        if not coming or coming[0].differences(asked):
            raise UnexpectedRequestError(_unexpected(asked, coming))
        self.remaining.remove(coming[0])
        return coming[0].outcome


def _unexpected(asked: ReceivedRequest, coming: list[Expectation]) -> str:
    name = type(asked).__name__
    if not coming:
        return f"{name} is not expected, or not once more"
    nearest = min(coming, key=lambda step: (step.type is not type(asked), len(step.differences(asked))))
    apart = nearest.differences(asked)
    if not apart:
        return f"{name} is asked too early: it is {nearest}, and {coming[0]} comes first"
    return "\n  ".join([f"{name} is not what comes next; the nearest is {nearest}, where", *apart])


class ScriptedTransport:
    """A transport and its asynchronous twin that play; as a context manager, to the end.

    Leaving the `with` raises `MissingRequestError` where something is left, unless an exception is on its way.
    """

    def __init__(self, answer: Callable[[HttpRequest], Outcome], script: Expectations | None = None) -> None:
        self._answer = answer
        self._script = script
        self._lock = Lock()

    @property
    def remaining(self) -> tuple[str, ...]:
        """What has not been asked for yet."""
        return () if self._script is None else tuple(map(str, self._script.remaining))

    def transport(self, request: HttpRequest, _seconds: float, /) -> Outcome:
        """A `Transport`; it takes no time."""
        with self._lock:
            return self._answer(request)

    async def async_transport(self, request: HttpRequest, seconds: float, /) -> Outcome:
        """The same as an `AsyncTransport`."""
        return self.transport(request, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        if raised is None and self.remaining:
            raise MissingRequestError("not asked for: " + "; ".join(self.remaining))
