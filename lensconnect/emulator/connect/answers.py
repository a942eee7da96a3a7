"""What every operation of the neighbouring service gets, and how it says no."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import State
from lensconnect.errors import ServiceError
from lensconnect.jsontext import JsonObject

__all__ = ["Answer", "Moment"]

Answer: TypeAlias = "JsonObject | ServiceError"


class Moment(NamedTuple):
    """The state, the time (milliseconds), and what is pushed meanwhile."""

    state: State
    time: int
    outbox: Outbox
