"""How long a server asks to be left alone, read from its headers; pure and total.

Facts: AWS sends `x-amz-retry-after`, a whole number of milliseconds; proxies and gateways send
`Retry-After` (RFC 9110, 10.2.3), seconds or a date, which some write with a fraction.  A date has one
of three forms (RFC 9110, 5.6.7) and is taken relative to the `Date` of the same response, never to a
clock of ours, so without a readable `Date` it says nothing.

What is not plainly one of these (a sign, an exponent, "NaN", another script's digits, a list, a header
given twice, a date that is past) is no hint.  An absurdly long one counts as `LONGEST`.
"""

from __future__ import annotations

import re
from calendar import monthrange, timegm
from typing import Final

from lensconnect.http import Headers

LONGEST: Final = 86_400.0
"""A day: no wait that anybody asks for is longer, in seconds."""

_WHOLE: Final = re.compile("[0-9]+")
_SECONDS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MONTHS: Final[tuple[str, ...]] = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_TIME: Final = r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9]|60)"
_DATES: Final = tuple(
    form.format(
        day="(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)",
        weekday="(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
        month=f"(?P<month>{'|'.join(_MONTHS)})",
        year="(?P<year>(?!0000)[0-9]{4})",
        time=_TIME,
    )
    for form in (
        "{day}, (?P<date>[0-9]{{2}}) {month} {year} {time} GMT",
        "{weekday}, (?P<date>[0-9]{{2}})-{month}-(?P<year>[0-9]{{2}}) {time} GMT",
        "{day} {month} (?P<date>[0-9]{{2}}| [0-9]) {time} {year}",
    )
)
_MIDDLE: Final = 2020
"""A two-digit year of a `Date` is the one nearest to this; of a `Retry-After`, to the `Date`."""


def server_hint(headers: Headers) -> float | None:
    """The seconds a response asks to wait, 0 to `LONGEST`; `None` where it does not say.

    >>> server_hint((("x-amz-retry-after", "1500"), ("Retry-After", "60")))
    1.5
    >>> now = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
    >>> server_hint((now, ("Retry-After", "Sunday, 06-Nov-94 08:49:40 GMT")))
    3.0
    >>> server_hint((("Retry-After", "-1"),)) is None
    True
    """
    milliseconds = _only(headers, "x-amz-retry-after")
    if _WHOLE.fullmatch(milliseconds):
        return min(float(milliseconds) / 1000, LONGEST)
    after = _only(headers, "retry-after")
    if _SECONDS.fullmatch(after):
        return min(float(after), LONGEST)
    return _until(after, _only(headers, "date"))


def _only(headers: Headers, name: str) -> str:
    """The one value of a header; "" where it is absent or given more than once."""
    values = [value for key, value in headers if key.lower() == name]
    return values[0].strip(" \t") if len(values) == 1 else ""


def _until(date: str, now: str) -> float | None:
    start = _seconds_of(now, _MIDDLE)
    if start is None:
        return None
    end = _seconds_of(date, _year_of(now, _MIDDLE))
    return None if end is None or end < start else min(float(end - start), LONGEST)


def _seconds_of(date: str, near: int) -> int | None:
    """An HTTP date in seconds since 1970; a two-digit year is taken near to the one given."""
    parts = _match(date)
    if parts is None:
        return None
    year, month, day = _year_of(date, near), _MONTHS.index(parts["month"]) + 1, int(parts["date"])
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    return timegm((year, month, day, int(parts["hour"]), int(parts["minute"]), int(parts["second"])))


def _match(date: str) -> re.Match[str] | None:
    return next(filter(None, (re.fullmatch(form, date) for form in _DATES)), None)


def _year_of(date: str, near: int) -> int:
    """The year; two digits mean the nearest such year, at most 50 on, as RFC 9110, 5.6.7 has it."""
    parts = _match(date)
    if parts is None:
        return near
    year = int(parts["year"])
    return year if len(parts["year"]) == 4 else near - 49 + (year - near + 49) % 100
