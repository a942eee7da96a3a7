"""log_to: an observer that writes what it is told to the standard library's logging.  Only importer of `logging`.

    DEBUG     started, answered    every attempt, with its bytes and status
    INFO      failed, waiting      an attempt without a reply; how long until the next, and why
    WARNING   stopped              the call is over without success, and why

A program whose level is WARNING, as by default, hears of each call that failed, once.
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
}


def log_to(logger: logging.Logger | str = "lensconnect") -> Observer:
    """An observer for `observe=` or `observed`: each event is a record of this logger, or the one of this name.

    The event itself is the record's only argument, so that nothing is formatted unless it is written, and a
    handler of yours can read its fields from `record.args`.  An event holds names and numbers: no token,
    no URL, no chat text, nothing a server said.

    >>> with_logs = log_to("my.chat")
    """
    import logging  # here, since `import lensconnect` needs no log

    levels = logging.getLevelNamesMapping()
    target = logging.getLogger(logger) if isinstance(logger, str) else logger

    def tell(event: Event) -> None:
        target.log(levels[_LEVELS[event.name]], "%s", event)

    return tell
