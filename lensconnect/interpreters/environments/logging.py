"""log_to: an observer that writes events to the standard library's logging.  It imports `logging` at the first event.

    DEBUG     started, answered    every attempt, with its bytes and status
    INFO      failed, waiting      an attempt without a reply; the wait until the next, and its reason
    WARNING   stopped              the call has failed, and why

At the default level, WARNING, each failed call is logged once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lensconnect.programs.observe import Event, EventName, Observer

if TYPE_CHECKING:
    import logging

__all__ = ["log_to"]

_LEVELS: Final[dict[EventName, str]] = {
    "started": "DEBUG",
    "answered": "DEBUG",
    "failed": "INFO",
    "waiting": "INFO",
    "stopped": "WARNING",
    "opened": "DEBUG",
    "renewed": "DEBUG",
    "lost": "INFO",
    "regained": "INFO",
    "skipped": "INFO",
    "unhealthy": "INFO",
    "ended": "INFO",
    "abandoned": "WARNING",
}


def log_to(logger: logging.Logger | str = "lensconnect") -> Observer:
    """Return an observer, for `observe=` or `observed`, that logs each event to this logger or the one so named.

    The event is the record's only argument, so that it is formatted only when it is written, and a handler can
    read its fields from `record.args`.  An event holds names and numbers: no token, no URL, no chat text, no text
    of a server.

    >>> with_logs = log_to("my.chat")
    """
    import logging  # here, since `import lensconnect` does not need it

    levels = logging.getLevelNamesMapping()
    target = logging.getLogger(logger) if isinstance(logger, str) else logger

    def log(event: Event) -> None:
        target.log(levels[_LEVELS[event.name]], "%s", event)

    return log
