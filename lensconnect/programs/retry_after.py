"""Read from a response's headers how long the server asks the client to wait.  Never raises.

Facts:
- AWS sends `x-amz-retry-after`, a whole number of milliseconds (documented: read by botocore 1.44).
- Proxies and gateways send `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3); assumed: some write
  the seconds with a fraction.
- A date has one of three forms (RFC 9110 §5.6.7).  It is compared with the `Date` of the same response, never
  with a clock of the client, so without a readable `Date` it is ignored.

Anything else is ignored: a sign, an exponent, "NaN", digits of another script, a list, a header that occurs
twice, a date in the past.  A wait above `MAX_WAIT` counts as `MAX_WAIT`.
"""

from __future__ import annotations

import re
from typing import Final

from lensconnect.http import Headers

MAX_WAIT: Final = 86_400.0
"""The longest wait in seconds that any header or policy can ask for: a day."""

_INTEGER: Final = re.compile("[0-9]+")
_DECIMAL: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME: Final = r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9]|60)"
_DATE_FORMS: Final = tuple(
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
_REFERENCE_YEAR: Final = 2020
"""A two-digit year of `Date` is taken as the year nearest to this one; of `Retry-After`, nearest to `Date`."""


def retry_after(headers: Headers) -> float | None:
    """Return the seconds, 0 to `MAX_WAIT`, that a response asks to wait; `None` where it asks for nothing.

    >>> retry_after((("x-amz-retry-after", "1500"), ("Retry-After", "60")))
    1.5
    >>> date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
    >>> retry_after((date, ("Retry-After", "Sunday, 06-Nov-94 08:49:40 GMT")))
    3.0
    >>> retry_after((("Retry-After", "-1"),)) is None
    True
    """
    milliseconds = _single_value(headers, "x-amz-retry-after")
    if _INTEGER.fullmatch(milliseconds):
        return min(float(milliseconds) / 1000, MAX_WAIT)
    seconds_or_date = _single_value(headers, "retry-after")
    if _DECIMAL.fullmatch(seconds_or_date):
        return min(float(seconds_or_date), MAX_WAIT)
    return _seconds_between(_single_value(headers, "date"), seconds_or_date) if seconds_or_date else None


def _single_value(headers: Headers, name: str) -> str:
    """Return the value of a header; "" where the header is absent or occurs more than once."""
    values = [value for key, value in headers if key.lower() == name]
    return values[0].strip(" \t") if len(values) == 1 else ""


def _seconds_between(start_date: str, end_date: str) -> float | None:
    from calendar import timegm  # here, since dates are rare and `calendar` loads `locale`

    start = _parse(start_date, _REFERENCE_YEAR)
    end = None if start is None else _parse(end_date, start[0])
    if start is None or end is None:
        return None
    seconds = timegm(end) - timegm(start)
    return min(float(seconds), MAX_WAIT) if seconds >= 0 else None


def _parse(date: str, reference_year: int) -> tuple[int, ...] | None:
    """Return year, month, day, hour, minute and second of an HTTP date; `None` for any other text.

    A two-digit year is at most 50 years after the reference year (RFC 9110 §5.6.7).
    """
    from calendar import monthrange  # as above

    parts = next(filter(None, (re.fullmatch(form, date) for form in _DATE_FORMS)), None)
    if parts is None:
        return None
    year, month, day = int(parts["year"]), _MONTHS.index(parts["month"]) + 1, int(parts["date"])
    if len(parts["year"]) == 2:
        year = reference_year - 49 + (year - reference_year + 49) % 100
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    return (year, month, day, int(parts["hour"]), int(parts["minute"]), int(parts["second"]))
