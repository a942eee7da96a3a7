"""Mistakes in a program that uses a chat raise errors that say what is wrong; no chat runs wild with its options."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

import pytest

import lensconnect as lc
from lensconnect.testing.simulate import Simulation

ITEM = lc.Item(id="m1")
USES: dict[str, Callable[[Any], Any]] = {
    "receive": lc.receive,
    "receive_within": lambda chat: lc.receive_within(chat, 1.0),
    "replies": lc.replies,
    "notifications": lambda chat: lc.notifications(chat).take(1).fold(lambda count, _: count, 0),
    "position": lc.position,
    "transcript": lc.transcript,
    "say": lambda chat: lc.say(chat, "Hello!"),
    "show_typing": lc.show_typing,
    "mark_read": lambda chat: lc.mark_read(chat, ITEM),
    "mark_delivered": lambda chat: lc.mark_delivered(chat, ITEM),
    "leave": lc.leave,
    "close_chat": lc.close_chat,
    "connection_token": lc.connection_token,
    "attach": lambda chat: lc.attach(chat, b"x", name="x.txt"),
    "download_bytes": lambda chat: lc.download_bytes(chat, "a1"),
}


def opened(simulation: Simulation) -> Any:
    return lc.or_raise(lc.open_chat(simulation.service.start_chat().participant_token)(simulation.env))


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_what_is_no_chat_is_named(use: Callable[[Any], Any]) -> None:
    env = Simulation(1).env
    for mistake in (None, "a key", lc.chat_from(lc.ConnectionToken("t"))(env).unwrap()):
        with pytest.raises(TypeError, match="chat must be a Chat, as open_chat returns it, not"):
            use(mistake)(env)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda chat: lc.receive_within(chat, nan), "seconds must be a number, not nan"),
        (lambda chat: lc.receive_within(chat, None), "seconds must be a number, not None"),
        (lambda chat: lc.receive_within(chat, True), "seconds must be a number, not"),
        (lambda chat: lc.replies(chat, quiet=nan), "quiet must be a number from 0 up"),
        (lambda chat: lc.replies(chat, quiet="1"), "quiet must be a number from 0 up"),
        (lambda chat: lc.replies(chat, within=-1), "within must be a number from 0 up"),
        (lambda chat: lc.mark_read(chat, "m1"), "mark_read: item must be an Item"),
        (lambda chat: lc.mark_delivered(chat, None), "mark_delivered: item must be an Item"),
        (lambda chat: lc.answer(chat, None, "Yes"), "asked must be an Interactive, not None"),
    ],
)
def test_a_wrong_argument_is_named(use: Callable[[Any], Any], words: str) -> None:
    simulation = Simulation(1)
    with pytest.raises((TypeError, ValueError), match=words):
        use(opened(simulation))(simulation.env)


def test_less_than_no_seconds_look_once() -> None:
    simulation = Simulation(1)
    chat = opened(simulation)
    while lc.or_raise(lc.receive_within(chat, 1.0)(simulation.env)) is not None:
        pass
    assert lc.or_raise(lc.receive_within(chat, -1.0)(simulation.env)) is None


def test_the_body_of_a_conversation_is_checked_before_the_chat_is_opened() -> None:
    simulation = Simulation(1)
    with pytest.raises(TypeError, match="converse: body must be a function, not None"):
        lc.converse(simulation.service.start_chat().participant_token, None)(simulation.env)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *((name, nan) for name in lc.LiveOptions.__struct_fields__),
        *((name, "1") for name in lc.LiveOptions.__struct_fields__),
        *((name, -1) for name in lc.LiveOptions.__struct_fields__),
        *((name, 0) for name in ("heartbeat", "url_seconds", "reconcile", "socket_seconds", "open_timeout")),
        ("history", 1.0),
        ("keep", True),
        ("frame_bytes", 0),
        ("backoff", lc.Backoff(first=0.0)),
        ("backoff", lc.Backoff(factor=0.5)),
        ("backoff", lc.Backoff(longest=0.0)),
        ("backoff", lc.Backoff(jitter=1.5)),
    ],
)
def test_an_option_that_no_chat_can_live_with_is_named(option: str, value: object) -> None:
    simulation = Simulation(1)
    options = lc.LiveOptions(**{option: value})  # type: ignore[arg-type]
    program = lc.open_chat(simulation.service.start_chat().participant_token, options=options)
    with pytest.raises((TypeError, ValueError), match=rf"open_chat: options\.{option}.* must be "):
        program(simulation.env)


def test_the_participant_id_is_text() -> None:
    program = lc.open_chat(lc.ParticipantToken("t"), participant_id=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="participant_id must be text or None"):
        program(Simulation(1).env)
