"""Reading from a response's headers how long to wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers.retry_strategies import FORMS, header_lists
from hypothesis import example, given
from hypothesis import strategies as st

from lensconnect.http import Headers
from lensconnect.programs.retry_after import MAX_WAIT, retry_after

NOW = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("x-amz-retry-after", "1500")], 1.5),
        ([("X-Amz-Retry-After", " 0 ")], 0.0),
        ([("Retry-After", "120")], 120.0),
        ([("retry-after", "0.25")], 0.25),
        ([("Retry-After", "0")], 0.0),
        ([("x-amz-retry-after", "250"), ("Retry-After", "60")], 0.25),
        ([("x-amz-retry-after", "soon"), ("Retry-After", "60")], 60.0),
        ([("Date", NOW), ("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT")], 60.0),
        ([("Date", NOW), ("Retry-After", "Sunday, 06-Nov-94 08:49:40 GMT")], 3.0),
        ([("Date", NOW), ("Retry-After", "Sun Nov  6 08:49:38 1994")], 1.0),
        ([("Date", "Sun Nov 06 08:49:37 1994"), ("Retry-After", NOW)], 0.0),
        ([("Date", "Sunday, 06-Nov-94 08:49:37 GMT"), ("Retry-After", "Sun, 06 Nov 1994 09:49:37 GMT")], 3600.0),
        ([("Date", "Fri, 31 Dec 1999 23:59:59 GMT"), ("Retry-After", "Saturday, 01-Jan-00 00:00:00 GMT")], 1.0),
        ([("Date", "Fri, 31 Dec 2099 23:59:59 GMT"), ("Retry-After", "Friday, 01-Jan-00 00:00:04 GMT")], 5.0),
        ([("Date", "Thursday, 31-Dec-70 23:59:59 GMT"), ("Retry-After", "Thu, 01 Jan 2071 00:00:01 GMT")], 2.0),
        ([("Date", "Friday, 01-Jan-71 00:00:00 GMT"), ("Retry-After", "Fri, 01 Jan 1971 00:00:03 GMT")], 3.0),
        ([("Date", "Wed, 28 Feb 2024 23:59:59 GMT"), ("Retry-After", "Thu, 29 Feb 2024 00:00:00 GMT")], 1.0),
        ([("Date", "Sat, 31 Dec 2016 23:59:59 GMT"), ("Retry-After", "Sat, 31 Dec 2016 23:59:60 GMT")], 1.0),
        ([("Date", NOW), ("Retry-After", "Sun, 06 Nov 2094 08:49:37 GMT")], MAX_WAIT),
        ([("Retry-After", "86399.5")], 86_399.5),
        ([("Retry-After", "86401")], 86_400.0),
        ([("Retry-After", "9" * 5000)], MAX_WAIT),
        ([("x-amz-retry-after", "9" * 5000)], MAX_WAIT),
    ],
)
def test_headers_that_ask_to_wait(headers: list[tuple[str, str]], seconds: float) -> None:
    assert retry_after(tuple(headers)) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "-1", "+1", "-0.5", "1e999", "1e3", "NaN", "nan", "inf", "Infinity", "0x10", "1_000", "1,5"),
        *(
            "1, 2",
            "[1]",
            "1;2",
            "1 2",
            "5s",
            ".5",
            "5.",
            "5\n",
            "5\x00",
            "\u0663",
            "\uff15",
            "\xb2",
            "\ud800",
            "1" + "\u0660",
        ),
        *("None", "true", "Sun, 06 Nov 1994 08:49:36 GMT"),  # the last is past
        *("Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1995 08:49:37 GMT"),
        *("Sun, 06 Foo 1995 08:49:37 GMT", "Sun, 06 Nov 1995 08:49:37 PST", "Sun, 06 Nov 1995 08:49:37 +0100"),
        *("Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Wed, 29 Feb 2023 00:00:00 GMT"),
        *("Mon, 06 Nov 1995 08:49:37 GMT, 5", "Mon Nov  6 08:49:37 19955"),
        *("1995-11-06T08:49:37Z", "Sun, \u0660\u0666 Nov 1995 08:49:37 GMT", "Sun Nov 6 08:49:37 1995"),
    ],
)
def test_values_that_are_ignored(value: str) -> None:
    for name in ("Retry-After", "x-amz-retry-after"):
        assert retry_after((("Date", NOW), (name, value))) is None


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("x-amz-retry-after", "1.5"),),
        (("Retry-After", "1"), ("retry-after", "1")),
        (("x-amz-retry-after", "1"), ("X-AMZ-RETRY-AFTER", "2")),
        (("Retry-After", NOW),),
        (("Date", "yesterday"), ("Retry-After", NOW)),
        (("Date", NOW), ("Date", NOW), ("Retry-After", NOW)),
        (("X-Retry-After", "1"),),
    ],
)
def test_headers_that_are_ignored(headers: Headers) -> None:
    assert retry_after(headers) is None


@given(
    st.datetimes(datetime(1972, 1, 1), datetime(2069, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 86_400),
    st.sampled_from(FORMS),
    st.sampled_from(FORMS),
)
def test_every_date_form_is_read_relative_to_the_date_header(
    moment: datetime, seconds: int, form: Any, own: Any
) -> None:
    later = moment + timedelta(seconds=seconds)
    assert retry_after((("Date", own(moment)), ("Retry-After", form(later)))) == float(seconds)


@given(header_lists)
@example((("Retry-After", "9" * 100_000),))
def test_any_headers_give_none_or_at_most_a_day(headers: Headers) -> None:
    hint = retry_after(headers)
    assert hint is None or 0 <= hint <= MAX_WAIT
