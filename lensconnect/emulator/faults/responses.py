"""The effect of a fault on a response: an error in its place, or another delivery."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from lensconnect.emulator.chat.fault_plan import HttpFault
from lensconnect.emulator.wire.errors import access_denied, internal_error, modelled_error, validation_error
from lensconnect.errors import THROTTLING, ServiceError
from lensconnect.operations import OPERATIONS
from lensconnect.record import Record

DeliveryMode: TypeAlias = Literal["whole", "drop", "reset", "truncate"]
"""`whole` sends every byte; `drop` closes the connection before the first byte, `truncate` within the
body; `reset` resets the connection."""


class Delivery(Record, frozen=True):
    """The mode in which a response is sent, and the delay before it in seconds."""

    mode: DeliveryMode = "whole"
    seconds: float = 0.0


WHOLE: Final = Delivery()

_CODES: Final = {error.status: error.code for row in OPERATIONS for error in row.errors}
_ERRORS: Final = {
    error.status: error
    for error in (modelled_error(THROTTLING, "Rate exceeded"), internal_error(), access_denied(), validation_error())
}


def delivery_for(fault: HttpFault | None) -> Delivery:
    """Return the delivery of a response under a fault; `WHOLE` for no fault."""
    match fault:
        case HttpFault(kind="delay", seconds=seconds):
            return Delivery("whole", seconds)
        case HttpFault(kind="drop" | "reset" | "truncate" as mode):
            return Delivery(mode)
        case _:
            return WHOLE


def fault_error(fault: HttpFault) -> ServiceError:
    """Return the error of a `throttle` or `error` fault: the one that the service model has for its status."""
    status = THROTTLING.status if fault.kind == "throttle" else fault.status
    code = _CODES.get(status, "ServiceUnavailableException" if status >= 500 else "UnknownError")
    return _ERRORS.get(status) or ServiceError(status, code, "Planned fault")
