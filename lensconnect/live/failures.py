"""Failures of a chat's attempts: whether trying again can help, when to try, and how observers are told of them."""

from __future__ import annotations

from math import inf
from typing import Final

from lensconnect.errors import Error, InvalidEndpoint, InvalidRequest, ServiceError, TransportError
from lensconnect.live.options import Backoff

_HOPELESS_STATUSES: Final = frozenset({400, 404})


def backoff_seconds(backoff: Backoff, attempt: int, chance: float) -> float:
    """Return the wait after so many failed attempts, from 1."""
    try:
        wait = backoff.first * float(backoff.factor) ** (attempt - 1)
    except OverflowError:
        wait = inf
    return min(backoff.longest, wait) * (1 + backoff.jitter * (2 * chance - 1))


def is_unreachable(error: Error | None) -> bool:
    """Return whether nothing answered where the request went: no host, no connection, or no trust in it."""
    return isinstance(error, TransportError) and error.kind in ("name", "connect", "tls", "proxy")


def is_hopeless(error: Error) -> bool:
    """Return whether the same attempt, made again, must fail again."""
    match error:
        case InvalidRequest() | InvalidEndpoint():
            return True
        case TransportError():
            return error.kind in ("closed", "unsupported")
        case ServiceError():
            return error.status in _HOPELESS_STATUSES
        case _:
            return False


def is_close(error: Error) -> bool:
    """Return whether the other side ended the connection."""
    return isinstance(error, TransportError) and error.kind in ("incomplete", "reset")


def is_closed_here(error: Error) -> bool:
    """Return whether this side closed the socket, with its environment, or left it to the parent of a fork."""
    return isinstance(error, TransportError) and error.kind == "closed"


def detail_of(error: Error) -> str:
    """Return the detail of a lost connection, such as its close code."""
    return error.message if isinstance(error, TransportError) else kind_of(error)


def kind_of(error: Error) -> str:
    """Return a word or two for observers, without any text that the service sent."""
    match error:
        case TransportError():
            return error.kind
        case ServiceError():
            return f"status {error.status}"
        case _:
            return type(error).__name__
