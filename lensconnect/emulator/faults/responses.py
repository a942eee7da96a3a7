"""Whether and how a response reaches who asked: whole and at once, unless a fault was planned."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from lensconnect.emulator.chat.fault_plan import HttpFault
from lensconnect.emulator.wire.errors import broken, denied, invalid, refused
from lensconnect.errors import THROTTLING, ServiceError
from lensconnect.operations import OPERATIONS
from lensconnect.record import Record

__all__ = ["WHOLE", "Delivery", "Manner", "delivered", "instead"]

Manner: TypeAlias = Literal["whole", "drop", "reset", "truncate"]
"""All of it; the connection closed without a byte; the connection reset; closed halfway through the body."""


class Delivery(Record, frozen=True):
    """How a response is to be delivered, and after how many seconds."""

    manner: Manner = "whole"
    seconds: float = 0.0


WHOLE: Final = Delivery()

_CODES: Final = {error.status: error.code for row in OPERATIONS for error in row.errors}
_KNOWN: Final = {one.status: one for one in (refused(THROTTLING, "Rate exceeded"), broken(), denied(), invalid())}


def delivered(fault: HttpFault | None) -> Delivery:
    """What a fault does to a response."""
    match fault:
        case HttpFault(kind="delay", seconds=seconds):
            return Delivery("whole", seconds)
        case HttpFault(kind="drop" | "reset" | "truncate" as manner):
            return Delivery(manner)
        case _:
            return WHOLE


def instead(fault: HttpFault) -> ServiceError:
    """What is answered in place of acting: the error the service's model has for the status."""
    status = THROTTLING.status if fault.kind == "throttle" else fault.status
    code = _CODES.get(status, "ServiceUnavailableException" if status >= 500 else "UnknownError")
    return _KNOWN.get(status) or ServiceError(status, code, "Error on demand")
