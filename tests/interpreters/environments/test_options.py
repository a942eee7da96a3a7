"""A wrong option raises, and the message names it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from lensconnect import NONE, STANDARD, EnvOptions, SystemClock, new_async_env, new_env, new_get_transcript, send
from lensconnect.interpreters.environments.options import OPTIONS
from lensconnect.record import ConnectionToken

MAKERS: list[Callable[..., Any]] = [new_env, new_async_env]
WRONG_TYPE: dict[str, tuple[object, ...]] = {
    "region": (5,),
    "endpoint_url": (b"https://x",),
    "profile": (1,),
    "fips": ("yes", 1),
    "dualstack": ("no",),
    "timeout": (None, "5", True),
    "deadline": ("x", False),
    "retry": (3, "standard"),
    "limits": (None, 5),
    "observe": (5,),
    "on_request": ([],),
    "ca_bundle": (5,),
    "proxies": ("https://user:secret@proxy",),
    "max_connections": (None, "64", 1.5, True),
    "user_agent": (5,),
    "allow_plain": ("no", None),
    "clock": (5, math),
    "tokens": (None, "token"),
    "jitter": (0.5,),
}
WRONG_VALUE = {
    "timeout": (0, -1, math.nan, -math.inf),
    "deadline": (0, -0.5, math.nan),
    "max_connections": (0, -1),
}
RIGHT: EnvOptions = {
    "region": None,
    "endpoint_url": "https://chat.invalid",
    "profile": None,
    "fips": None,
    "dualstack": False,
    "timeout": 1,
    "deadline": math.inf,
    "retry": STANDARD,
    "limits": NONE,
    "observe": print,
    "on_request": lambda request: request,
    "ca_bundle": None,
    "proxies": {},
    "max_connections": 1,
    "user_agent": "mine",
    "allow_plain": True,
    "clock": SystemClock(),
    "tokens": lambda: "token",
    "jitter": lambda: 0.5,
}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in WRONG_TYPE.items() for value in row])
def test_a_value_of_the_wrong_type_is_refused_by_name(make: Callable[..., Any], name: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be .*, not ") as refusal:
        make(**{name: value})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in WRONG_VALUE.items() for value in row])
def test_a_number_out_of_range_is_refused_by_name(make: Callable[..., Any], name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a .* above 0.*, not {value}$"):
        make(**{name: value})


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("bad", ["a\r\nX: secret", "a\nsecret", "\x00", "\x1b[1m", "\x7f", "\ud800"])
def test_a_user_agent_that_no_header_can_carry_is_refused(make: Callable[..., Any], bad: str) -> None:
    with pytest.raises(ValueError, match=r"^user_agent must be text without control characters") as refusal:
        make(user_agent=bad)
    assert "secret" not in str(refusal.value)
    make(user_agent="chat/1 (é 聊天)")


def test_every_option_has_a_rule_and_accepts_its_types() -> None:
    assert list(OPTIONS) == list(EnvOptions.__annotations__) == list(WRONG_TYPE) == list(RIGHT)
    new_env(**RIGHT).close()
    with new_env(endpoint_url="https://chat.invalid", deadline=None, ca_bundle=str(Path(__file__))) as env:
        assert "CA bundle" in str(send(new_get_transcript(ConnectionToken("t")))(env))


@pytest.mark.parametrize("make", MAKERS)
def test_the_error_of_an_unknown_option_lists_the_options(make: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=rf"^{make.__name__} has no option 'read_timeout': .*transport.*timeout"):
        make(read_timeout=1)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx2"])
def test_new_env_refuses_an_asynchronous_transport(transport: str) -> None:
    with pytest.raises(ValueError, match=f"'{transport}' runs on an event loop: use new_async_env"):
        new_env(transport=transport)


@pytest.mark.parametrize("transport", ["direct", "aiohttp"])
def test_on_trio_a_transport_for_asyncio_names_the_one_to_use(transport: str) -> None:
    async def use() -> None:
        async with new_async_env(endpoint_url="https://chat.invalid", transport=transport) as env:
            await send(new_get_transcript(ConnectionToken("t")))(env)

    with pytest.raises(RuntimeError, match="runs on asyncio: on trio use transport='httpx2'"):
        trio.run(use)
