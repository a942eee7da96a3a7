"""The proxy of a request: entries of NO_PROXY that are no host with a port match nothing."""

from __future__ import annotations

import pytest

from lensconnect.interpreters.transports.direct.proxies import proxy_for
from lensconnect.results import Success, is_ok

PROXIES = {"https": "http://proxy:3128"}
DIGITS = "1" * 5000


@pytest.mark.parametrize(
    "entry", [f"a.example:{DIGITS}", f"[::1]:{DIGITS}", f"10.0.0.0/{DIGITS}", f"10.0.0.1:{DIGITS}"]
)
def test_an_entry_with_a_number_of_any_length_matches_nothing(entry: str) -> None:
    for url in ("https://a.example/", "https://10.0.0.1/"):
        found = proxy_for(url, {**PROXIES, "no": entry})
        assert is_ok(found)
        assert found.unwrap() is not None


def test_an_entry_after_a_bad_one_still_counts() -> None:
    assert proxy_for("https://a.example/", {**PROXIES, "no": f"b:{DIGITS},a.example:443"}) == Success(None)
