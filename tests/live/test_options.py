"""LiveOptions: the times that users are told, and the values that no chat can live with."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lensconnect import LIVE, Backoff, LiveOptions
from lensconnect.live.options import check_live_options

LEAST: dict[str, tuple[float, float]] = {
    "backoff.first": (0.01, 0.0099),
    "backoff.factor": (1, 0.99),
    "backoff.longest": (0.01, 0.0099),
    "backoff.jitter": (0, -0.01),
    "heartbeat": (0.01, 0.0099),
    "open_timeout": (0.01, 0.0099),
    "subscribe_timeout": (0.01, 0.0099),
    "url_seconds": (0.01, 0.0099),
    "socket_seconds": (0.01, 0.0099),
    "token_seconds": (0, -0.01),
    "settle": (0, -0.01),
    "reconcile": (0.01, 0.0099),
    "history": (0, -1),
    "keep": (0, -1),
    "frame_bytes": (1, 0),
    "receipt_seconds": (0.01, 0.0099),
    "typing_seconds": (0, -0.01),
    "give_up": (0, -0.01),
}
"""The least value of each option, and one below it."""
OR_NONE = {"reconcile", "history", "keep", "give_up"}
WHOLE = {"history", "keep", "frame_bytes"}


def with_option(name: str, value: Any) -> LiveOptions:
    first, _, field = name.partition(".")
    return msgspec.structs.replace(
        LIVE, **{first: msgspec.structs.replace(LIVE.backoff, **{field: value}) if field else value}
    )


def is_refused(name: str, value: Any) -> bool:
    """Return whether an option is refused, by its name."""
    try:
        check_live_options("options", with_option(name, value))
    except (TypeError, ValueError) as error:
        return str(error).startswith(f"options.{name} must be ")
    return False


def test_each_option_has_a_least_value() -> None:
    names = {*LiveOptions.__struct_fields__, *(f"backoff.{name}" for name in Backoff.__struct_fields__)}
    assert names - {"backoff"} == LEAST.keys()


@pytest.mark.parametrize("name", LEAST)
def test_an_option_is_a_number_from_its_least_value_up(name: str) -> None:
    least, below = LEAST[name]
    assert not is_refused(name, least)
    assert is_refused(name, below)
    assert is_refused(name, "1")
    assert is_refused(name, None) == (name not in OR_NONE)
    assert is_refused(name, least + 0.5) == (name in WHOLE)
    assert is_refused(name, least + 2) == (name == "backoff.jitter"), "the one that has a greatest value"


def test_a_wait_is_at_most_doubled_by_chance() -> None:
    assert not is_refused("backoff.jitter", 1)
    assert is_refused("backoff.jitter", 1.01)


def test_other_values_are_no_options() -> None:
    with pytest.raises(TypeError, match="options must be LiveOptions"):
        check_live_options("options", None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"options\.backoff must be a Backoff"):
        check_live_options("options", with_option("backoff", 1.0))


def test_the_times_are_those_of_the_client_of_aws_and_the_limits_those_of_the_page() -> None:
    assert (
        LiveOptions(
            heartbeat=10.0,
            open_timeout=10.0,
            subscribe_timeout=5.0,
            backoff=Backoff(first=1.0, factor=2.0, longest=30.0, jitter=0.3),
            url_seconds=85.0,
            socket_seconds=59 * 60.0,
            token_seconds=12 * 3600.0,
            settle=0.2,
            reconcile=300.0,
            history=100,
            keep=10_000,
            frame_bytes=1_048_576,
            receipt_seconds=5.0,
            typing_seconds=10.0,
            give_up=None,
        )
        == LIVE
    )
