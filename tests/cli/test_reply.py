"""`lensconnect reply`: what a shell script that tests a flow reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.chat_commands import Started

from lensconnect import ListPicker, TemplateElement, leave
from lensconnect.emulator import Emulator, running, scripted

PICKER = ListPicker(
    title="Which pizza?", elements=(TemplateElement(title="Margherita"), TemplateElement(title="Funghi"))
)
FLOW = scripted(
    {"pizza": PICKER, "two": "One.\nAnd two.\x1b[2J", "bye": leave, "nothing": ""},
    greeting="Welcome!",
    otherwise="What?",
)
QUICK = ("--quiet", "0.3")


@pytest.fixture
def flow_chat() -> Iterator[Started]:
    with running(Emulator(flow=FLOW)) as service:
        yield Started(service)


def test_each_message_is_a_line_and_a_position_keeps_what_was_printed(flow_chat: Started, tmp_path: Path) -> None:
    position = ("--position", str(tmp_path / "position"), *QUICK)
    assert flow_chat.run("reply", *position).stdout == "Welcome!\n"
    assert flow_chat.run("reply", "pizza", *position).stdout == "Which pizza? [Margherita] [Funghi]\n"
    assert flow_chat.run("reply", "two", *position).stdout == "One. And two.?[2J\n"
    flow_chat.service.say(flow_chat.contact_id, "Between two commands")
    shown = flow_chat.run("reply", "hello", "--json", *position)
    assert [json.loads(line)["Content"] for line in shown.stdout.splitlines()] == ["Between two commands", "What?"]
    assert (shown.returncode, shown.stderr) == (0, "")


@pytest.mark.slow
def test_without_a_position_only_the_answer_is_printed(flow_chat: Started, tmp_path: Path) -> None:
    flow_chat.run("reply", *QUICK)
    text = tmp_path / "text"
    text.write_text("pizza")
    assert flow_chat.run("reply", f"file://{text}", *QUICK).stdout == "Which pizza? [Margherita] [Funghi]\n"


def test_no_answer_in_time_has_an_exit_code_of_its_own(chat: Started) -> None:
    shown = chat.run("reply", "Hello", "--within", "0.2")
    assert (shown.returncode, shown.stdout, shown.stderr) == (
        5,
        "",
        "reply: no answer in 0.2 s; the message was sent\n",
    )
    assert [item.content for item in chat.service.items(chat.contact_id)][-1] == "Hello"


def test_the_end_of_the_chat_is_told_at_once(flow_chat: Started) -> None:
    flow_chat.run("reply", *QUICK)
    shown = flow_chat.run("reply", "bye", "--within", "600")
    assert (shown.returncode, shown.stdout) == (5, "")
    assert shown.stderr == "reply: the chat is over (ended); the message was sent\n"


@pytest.mark.parametrize("option", ["--within", "--quiet"])
@pytest.mark.parametrize("seconds", ["nan", "inf", "-1"])
def test_a_wait_that_is_no_number_of_seconds_is_refused_before_anything_is_sent(
    chat: Started, option: str, seconds: str
) -> None:
    shown = chat.run("reply", "Hello", option, seconds)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"{option}: a number of seconds from 0" in shown.stderr
    assert chat.service.items(chat.contact_id) == ()


def test_a_file_of_an_unknown_user_is_a_file_that_is_missing(chat: Started) -> None:
    shown = chat.run("reply", "file://~nobody-of-this-name/x")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "No such file or directory" in shown.stderr


def test_a_wrong_message_is_not_sent(chat: Started) -> None:
    shown = chat.run("reply", "")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "--content must be 1..16384 characters (size 0)" in shown.stderr
