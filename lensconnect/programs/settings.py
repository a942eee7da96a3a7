"""What a program may ask its environment about, as a value."""

from __future__ import annotations

from typing import Final

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.results import Result
from lensconnect.wire.limits import MODEL, Limits

__all__ = [
    "Settings",
    "settings_endpoint",
    "settings_limits",
    "settings_timeout",
    "settings_user_agent",
]

DEFAULT_TIMEOUT: Final = 60.0
"""Seconds one attempt may take, as in botocore."""


class Settings(Record, frozen=True):
    """The part of an environment that is plain data.

    `endpoint` may be the error that every send will give; `timeout` is in seconds, for one attempt.
    """

    endpoint: Result[Endpoint, InvalidEndpoint]
    limits: Limits = MODEL
    timeout: float = DEFAULT_TIMEOUT
    user_agent: str | None = None


settings_endpoint: Lens[Settings, Result[Endpoint, InvalidEndpoint]] = Lens("endpoint")
settings_limits: Lens[Settings, Limits] = Lens("limits")
settings_timeout: Lens[Settings, float] = Lens("timeout")
settings_user_agent: Lens[Settings, str | None] = Lens("user_agent")
