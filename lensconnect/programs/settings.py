"""Settings: the part of an environment that is plain data, which programs can read and change locally."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.operations import Reply, Request
from lensconnect.optics import Lens
from lensconnect.programs.observe import Observer
from lensconnect.programs.pace import Quotas
from lensconnect.programs.retry_policy import STANDARD, RetryPolicy
from lensconnect.record import Record
from lensconnect.results import Result
from lensconnect.wire.limits import MODEL, Limits

__all__ = [
    "OnRequest",
    "Settings",
    "settings_deadline",
    "settings_endpoint",
    "settings_limits",
    "settings_observers",
    "settings_on_request",
    "settings_quotas",
    "settings_retry",
    "settings_timeout",
    "settings_until",
    "settings_user_agent",
]

DEFAULT_TIMEOUT: Final = 60.0
"""Seconds that one attempt may take; botocore has the same default (documented: `read_timeout`)."""

OnRequest: TypeAlias = Callable[[Request[Reply]], Request[Reply]]
"""A pure function that changes a request before it is described; it must return a request of the same type."""


class Settings(Record, frozen=True):
    """The part of an environment that is plain data; times are in seconds.

    `endpoint` may be an error, with which every send then fails.  `timeout` limits one attempt, `deadline` one
    logical call with all its attempts and waits.  `until` is the time, by the environment's clock, at which
    every call must have ended.
    """

    endpoint: Result[Endpoint, InvalidEndpoint]
    limits: Limits = MODEL
    timeout: float = DEFAULT_TIMEOUT
    deadline: float | None = None
    until: float = math.inf
    retry: RetryPolicy = STANDARD
    quotas: Quotas | None = None
    on_request: tuple[OnRequest, ...] = ()
    observers: tuple[Observer, ...] = ()
    user_agent: str | None = None


settings_endpoint: Lens[Settings, Result[Endpoint, InvalidEndpoint]] = Lens(Settings, "endpoint")
settings_limits: Lens[Settings, Limits] = Lens(Settings, "limits")
settings_timeout: Lens[Settings, float] = Lens(Settings, "timeout")
settings_deadline: Lens[Settings, float | None] = Lens(Settings, "deadline")
settings_until: Lens[Settings, float] = Lens(Settings, "until")
settings_retry: Lens[Settings, RetryPolicy] = Lens(Settings, "retry")
settings_quotas: Lens[Settings, Quotas | None] = Lens(Settings, "quotas")
settings_on_request: Lens[Settings, tuple[OnRequest, ...]] = Lens(Settings, "on_request")
settings_observers: Lens[Settings, tuple[Observer, ...]] = Lens(Settings, "observers")
settings_user_agent: Lens[Settings, str | None] = Lens(Settings, "user_agent")
