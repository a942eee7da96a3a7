"""Times as text.  Inside the emulator, a time is whole milliseconds since 1970 in UTC.

Facts: the service writes ISO 8601 in UTC with milliseconds and `Z` (documented); the expiry of an upload URL
has no milliseconds (observed).  Years are limited to 1..9999, as in `datetime`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND


def milliseconds(now: float) -> int:
    """Return seconds since 1970 as whole milliseconds."""
    return int(now * 1000)


def written(time: int) -> str:
    """Return a time in ISO 8601 with milliseconds.

    >>> written(1_795_341_601_234), written(10**20)
    ('2026-11-22T10:00:01.234Z', '9999-12-31T23:59:59.999Z')
    """
    return _text(time, "milliseconds")


def to_the_second(time: int) -> str:
    """Return a time in ISO 8601 without milliseconds.

    >>> to_the_second(1_795_341_601_234)
    '2026-11-22T10:00:01Z'
    """
    return _text(time, "seconds")


def _text(time: int, precision: str) -> str:
    return (_EPOCH + min(max(time, _FIRST), _LAST) * _MILLISECOND).isoformat(timespec=precision).removesuffix(
        "+00:00"
    ) + "Z"


def parse(text: str) -> int | None:
    """Return the time of an ISO 8601 text, UTC unless it has an offset; `None` for any other text.

    >>> parse("2026-11-22T10:00:01.234Z"), parse("yesterday")
    (1795341601234, None)
    """
    try:
        time = datetime.fromisoformat(text)
        return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
