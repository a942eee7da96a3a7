"""What every operation of the neighbouring service gets, and how it says no."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import State
from lensconnect.errors import ServiceError
from lensconnect.jsontext import JsonObject

__all__ = ["Answer", "Moment", "gone", "not_found", "not_requested", "too_many", "too_often", "wrong_parameter"]

Answer: TypeAlias = "JsonObject | ServiceError"


class Moment(NamedTuple):
    """The state, the time (milliseconds), and what is pushed meanwhile."""

    state: State
    time: int
    outbox: Outbox


def not_requested(message: str) -> ServiceError:
    """A request that is not what the operation takes."""
    return ServiceError(400, "InvalidRequestException", message)


def wrong_parameter(message: str) -> ServiceError:
    """A value that is not one the operation takes."""
    return ServiceError(400, "InvalidParameterException", message)


def not_found(message: str) -> ServiceError:
    """Something that was named, and is not there."""
    return ServiceError(404, "ResourceNotFoundException", message)


def gone(message: str) -> ServiceError:
    """A contact that is over already."""
    return ServiceError(410, "ContactNotFoundException", message)


def too_often() -> ServiceError:
    """More requests than the quota has."""
    return ServiceError(429, "TooManyRequestsException", "Rate exceeded")


def too_many() -> ServiceError:
    """More chats at once than the quota has."""
    return ServiceError(429, "LimitExceededException", "Concurrent active chats exceeded")
