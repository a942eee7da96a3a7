"""Adapter: what both transports over another library's client share.

    Adapter            checks a request, runs it through its client, closes the client it has opened
    ClientAttempt(...) `sent` is set by phase, as the client reports it; `fail` makes the error of it

Facts: a client repairs some faults, so the head it returns does not show all of them (h11 makes one
Content-Length of two equal ones, which RFC 9110, 8.6, allows).  What shows is judged by the rules of the direct
transport (`framing`); what the client itself refuses is an exception of the client.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from asyncio import CancelledError
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, Self, TypeAlias, TypedDict, Unpack

from lensconnect.errors import Kind, Sent, TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.framing import MAX_BODY, refuse_reply, too_large
from lensconnect.interpreters.transports.direct.pool import MAX_CONNECTIONS
from lensconnect.interpreters.transports.direct.proxies import Proxies
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request
from lensconnect.results import Failure, Result, Success

RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]

_PHASES: Final[dict[Sent, str]] = {
    "no": "before sending",
    "maybe": "sending, or waiting for the reply",
    "yes": "reading the body of the reply",
}


class ClientAttempt:
    """One request on its way through a client."""

    __slots__ = ("authority", "headers", "sent")

    def __init__(self, authority: str, sent: Sent, headers: Headers = ()) -> None:
        self.authority: str = authority
        self.headers = headers
        self.sent: Sent = sent

    def fail(self, kind: Kind, message: str) -> Result[HttpResponse, TransportError]:
        """Return the TransportError of this attempt, as a failure."""
        return Failure(TransportError(kind, f"{self.authority}: {message}", self.sent))

    def time_out(self) -> Result[HttpResponse, TransportError]:
        """Return the TransportError of an attempt that ran out of time, as a failure."""
        return self.fail("timeout", f"out of time {_PHASES[self.sent]}")


class ClientOptions(TypedDict, total=False):
    """The options of the client that an adapter opens; `max_body` holds for a given client too."""

    ssl_context: ssl.SSLContext | None
    max_connections: int
    max_body: int
    proxies: Mapping[str, str] | None


class Adapter(ABC):
    """A transport over a client: the one given, or one of its own that it opens at the first request."""

    _classes: ClassVar[tuple[tuple[type[BaseException], Kind, str], ...]]
    """Classes of exceptions with the kind and message to report; the first row that fits counts.

    The client's trace functions may raise anything, so the last row is `Exception`.
    """

    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        self._context = options.get("ssl_context")
        self._max_connections = options.get("max_connections", MAX_CONNECTIONS)
        self._max_body = options.get("max_body", MAX_BODY)
        self._proxies = Proxies(options.get("proxies") or {})
        self._closed = False

    async def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once, within `seconds`.  Raises nothing for what the network does."""
        encoded = encode_request(request, self._proxies)
        if isinstance(encoded, TransportError):
            return Failure(encoded)
        attempt = ClientAttempt(encoded.origin.authority, "no")
        if self._is_given_elsewhere():
            return attempt.fail("closed", "the client belongs to another event loop")
        if self._is_closed():
            return attempt.fail("closed", "the transport was closed")
        if not seconds > 0:
            return attempt.time_out()
        self._require_loop()
        try:
            return await self._outcome(seconds, request, encoded, attempt)
        except BaseException as error:
            escaped = _without_frames(error)
        raise escaped  # here, since an exception that is raised inside `except` keeps the one that is handled there

    async def _outcome(
        self, seconds: float, request: HttpRequest, encoded: EncodedRequest, attempt: ClientAttempt
    ) -> Result[HttpResponse, TransportError]:
        try:
            return Success(await self._perform_within(seconds, request, encoded, attempt))
        except TimeoutError:
            return attempt.time_out()
        except AttemptFailed as failure:
            return attempt.fail(failure.kind, failure.message)
        except Exception as error:
            return attempt.fail(*self._classify(error))

    def _is_closed(self) -> bool:
        return self._closed or self._is_given_closed()

    def _require_loop(self) -> None:  # noqa: B027 - most run on any loop
        """Raise `RuntimeError` on an event loop that the client does not run on."""

    @abstractmethod
    def _is_given_closed(self) -> bool:
        """Return whether the given client, if any, was closed by its owner."""

    @abstractmethod
    def _is_given_elsewhere(self) -> bool:
        """Return whether the given client, if any, belongs to another event loop than the running one."""

    @abstractmethod
    async def _perform_within(
        self, seconds: float, request: HttpRequest, encoded: EncodedRequest, attempt: ClientAttempt
    ) -> HttpResponse:
        """Perform the request; raises `TimeoutError`, `AttemptFailed` or what the client raises."""

    def _classify(self, *errors: BaseException) -> tuple[Kind, str]:
        """Return the kind and message of the first row of `_classes` that fits one of the errors.

        The text of an error is never shown, since it may hold a URL.
        """
        fitting = (row[1:] for row in self._classes if any(isinstance(error, row[0]) for error in errors))
        return next(fitting)

    @abstractmethod
    async def _close_own(self) -> None:
        """Close the client that the adapter has opened."""

    def _check_head(self, status: int, version: str, raw: RawHeaders, *, expects_body: bool) -> Headers:
        """Return the received headers as text (RFC 9110, 5.5); raise `AttemptFailed` if the reply does not count."""
        headers: Headers = tuple([(str(name, "latin-1"), str(value, "latin-1")) for name, value in raw])
        refusal = refuse_reply(status, version, headers, self._max_body, expects_body=expects_body)
        if refusal:
            raise AttemptFailed(*refusal)
        return headers

    def _body_too_large(self) -> AttemptFailed:
        return AttemptFailed(*too_large(self._max_body))

    async def close(self) -> None:
        """Refuse later requests; close the client that the transport has opened, if any."""
        self._closed = True
        await self._close_own()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _without_frames(error: BaseException) -> BaseException:
    """Return the exception to raise to the caller: without the client's frames, whose locals show the token.

    asyncio's cancellation is a new exception with the same arguments, by which anyio knows its own; any other, such
    as trio's, is the same one.
    """
    if type(error) is CancelledError:
        return CancelledError(*error.args)
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def headers_to_send(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the given headers, and `Accept-Encoding: identity` unless one is given."""
    given = list(request.headers)
    return given if request.header("accept-encoding") is not None else [*given, ("Accept-Encoding", "identity")]
