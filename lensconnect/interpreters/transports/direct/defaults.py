"""What both transports do unless told otherwise."""

from __future__ import annotations

import ssl
from typing import Final

__all__ = ["IDLE_SECONDS", "MAX_CONNECTIONS", "default_context"]

MAX_CONNECTIONS: Final = 64
"""Connections open at the same time, unless told otherwise; a further request waits for its turn."""
IDLE_SECONDS: Final = 55.0
"""How long a connection is kept without use: less than the minute after which AWS closes it."""


def default_context() -> ssl.SSLContext:
    """The system's certificates, TLS 1.2 or later, host names checked."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
