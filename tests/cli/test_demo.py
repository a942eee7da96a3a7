"""`lensconnect demo` shows a chat on its first screen, no token, and code that can be run again."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from helpers.command_line import lensconnect

from lensconnect.cli.demo import FLOW, STEPS
from lensconnect.emulator import Emulator, running

SCREEN = (24, 80)


@cache
def output() -> str:
    """Return what one run of the demo shows; the tests look at the same run."""
    shown = lensconnect("demo", COLUMNS="80")
    assert (shown.returncode, shown.stderr) == (0, "")
    return shown.stdout


def test_the_demo_shows_a_chat_first_then_the_values_behind_it() -> None:
    lines = output().splitlines()
    chat = [line.split("  ", 2)[1:] for line in lines[: SCREEN[0]] if re.match(r"\d{4}-\d\d-\d\d ", line)]
    assert [[cell.strip() for cell in row] for row in chat][1:] == [
        ["SYSTEM", "Welcome!"],
        ["CUSTOMER", "Hello, is anybody there?"],
        ["SYSTEM", "Yes! How can I help you?"],
    ]
    assert len(lines) <= 60
    for expected in (
        "['ConnectionLost', 'ItemReceived', 'ConnectionRegained']",
        "ChatEnded(reason='left')",
        "connection_token='***'",
        "content='Yes.'",
        "X-Amz-Bearer: ***",
        "invalid request: content_type must be 1..100 characters",
        "lensconnect chat --demo",
    ):
        assert expected in output()
    assert max(map(len, lines)) <= SCREEN[1]


def test_the_demo_shows_no_token() -> None:
    assert "connection-" not in output().replace("connection-token", "")


def test_the_demo_has_no_colours() -> None:
    """It is readable on a light and on a dark terminal; only bold, dim and underlined text is used."""
    shown = lensconnect("demo", COLUMNS="80", NO_COLOR="", FORCE_COLOR="1").stdout
    assert set(re.findall(r"\x1b\[([0-9;]*)m", shown)) <= {"0", "1", "1;4", "2"}
    assert "\x1b[1;4m" in shown


def test_the_code_of_the_demo_runs_as_it_is_shown() -> None:
    """Every line at the width of a plain terminal, run from the output, with the same last value."""
    code = [line.rstrip() for line in re.findall(r"^(?:>>>|\.\.\.) (.*)$", output(), re.M)]
    assert code == [line for step in STEPS for line in step.code.splitlines()]
    with running(Emulator(flow=FLOW)) as service:
        names: dict[str, Any] = {"service": service}
        exec("\n".join(code), names)
        assert f">>> {code[-1]}\n{eval(code[-1], names)!r}" in output()
