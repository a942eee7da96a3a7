"""One chat under seeded faults: its program, its other side, and what must hold at its end.

    heard = run(conversation(started, script, env...))
    check(heard, service.items(started.contact_id))

The same program runs in simulation and on real sockets.  Faults end before the chat does, since nobody can read the
transcript of a chat that is over: what was lost in its last moment is lost for every client.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import lensconnect as lc
from lensconnect.emulator import HttpFault, SocketFault, StartedChat
from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.fault_plan import AnyFault
from lensconnect.live.transcript import place_of
from lensconnect.programs.primitives import now, sleep
from lensconnect.types.item import Item

__all__ = ["Heard", "OtherSide", "Pace", "check", "conversation", "missing", "random_faults"]

_SOCKET_KINDS = ("drop", "duplicate", "reorder", "silence", "expire", "refuse")
_HTTP_KINDS = ("throttle", "error", "reset", "delay", "drop", "truncate")


def random_faults(random: Random, *, delay: float) -> list[AnyFault]:
    """Return some faults of frames and of requests, with probabilities; every kind occurs among a few dozen seeds."""
    rare = {"silence", "expire", "refuse"}
    faults: list[AnyFault] = [
        SocketFault(kind, probability=random.uniform(0, 0.03 if kind in rare else 0.2))  # type: ignore[arg-type]
        for kind in random.sample(_SOCKET_KINDS, random.randint(1, 4))
    ]
    faults += [
        HttpFault(kind, probability=random.uniform(0, 0.15), status=503, seconds=random.uniform(0, delay))  # type: ignore[arg-type]
        for kind in random.sample(_HTTP_KINDS, random.randint(0, 3))
    ]
    return faults


class Pace(NamedTuple):
    """The times of a chat, in seconds: between two messages, without faults before its end, and at most until then."""

    gap: float
    calm: float
    limit: float


class Heard(NamedTuple):
    """The notifications that a reader was handed out, and its transcript."""

    notes: list[lc.Notification]
    items: tuple[Item, ...]

    @property
    def received(self) -> list[lc.ItemReceived]:
        return [note for note in self.notes if isinstance(note, lc.ItemReceived)]


class OtherSide:
    """The agent and the flow of a chat: bursts of messages, typing, and the end."""

    def __init__(self, service: AdminApi, started: StartedChat) -> None:
        self.service, self.started = service, started
        self.spoken = 0

    def say(self, count: int) -> None:
        """Say so many messages at once."""
        for _ in range(count):
            self.spoken += 1
            self.service.say(self.started.contact_id, f"Antwort {self.spoken} — 你好")

    def items(self) -> tuple[Item, ...]:
        """Return what the service has stored."""
        return self.service.items(self.started.contact_id)

    def end(self) -> None:
        """End the chat."""
        self.service.stop_chat(self.started.contact_id)


@lc.program
def conversation(
    other: OtherSide, texts: tuple[str, ...], pace: Pace, options: lc.LiveOptions, is_calm: Callable[[], bool]
) -> lc.Steps[Heard]:
    """Open a chat, say texts until each is sent, and receive until the chat has ended.

    The end comes when the faults are over and the transcript is complete, or `pace.limit` seconds later.
    """

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[Heard]:
        notes: list[lc.Notification] = []
        for text in texts:
            yield from _say_surely(chat, text, pace)
            yield from _receive_for(chat, pace.gap, notes)
        while not is_calm():
            yield from _receive_for(chat, pace.gap, notes)
        yield from _receive_for(chat, pace.calm, notes)
        limit = (yield from now()) + pace.limit
        while (yield from now()) < limit and missing((yield from _heard(chat, notes)), other.items()):
            yield from _receive_for(chat, pace.gap, notes)
        other.end()
        while not (notes and isinstance(notes[-1], lc.ChatEnded)):
            notes.append((yield from lc.receive(chat)))
        return (yield from _heard(chat, notes))

    return (yield from lc.converse(other.started.participant_token, body, options=options))


@lc.program
def _say_surely(chat: lc.Chat, text: str, pace: Pace) -> lc.Steps[None]:
    """Say a text until the service has confirmed it; it has one ClientToken."""
    while not lc.is_ok((yield from lc.say(chat, text, client_token=f"token of {text}").attempt())):
        yield from sleep(pace.gap)


@lc.program
def _receive_for(chat: lc.Chat, seconds: float, notes: list[lc.Notification]) -> lc.Steps[None]:
    until = (yield from now()) + seconds
    while (left := until - (yield from now())) > 0:
        note = yield from lc.receive_within(chat, left)
        if note is not None:
            notes.append(note)


@lc.program
def _heard(chat: lc.Chat, notes: list[lc.Notification]) -> lc.Steps[Heard]:
    return Heard(notes, lc.items_of((yield from lc.transcript(chat))))


def missing(heard: Heard, stored: tuple[Item, ...]) -> set[str | None]:
    """Return the ids of stored items that were not handed out."""
    return {item.id for item in stored} - {note.item.id for note in heard.received}


def _bare(items: tuple[Item, ...]) -> list[Item]:
    """Return items in order, without receipts."""
    return sorted((item & lc.item_message_metadata.set(None) for item in items), key=place_of)


_OF_THE_END = (lc.EVENT_PARTICIPANT_LEFT, lc.EVENT_CHAT_ENDED)


def check(heard: Heard, stored: tuple[Item, ...], texts: tuple[str, ...], *, may_be_denied: bool = False) -> None:
    """Assert what the library promises of a chat, whatever the network did.

    On a machine so busy that a heartbeat is late, `may_be_denied`: the chat ended while its connection was lost, and
    nobody can read its last items.
    """
    ends = [note.reason for note in heard.notes if isinstance(note, lc.ChatEnded)]
    if may_be_denied and ends == ["denied"]:
        heard = Heard(heard.notes, tuple(item for item in heard.items if item.content_type not in _OF_THE_END))
        stored = tuple(item for item in stored if item.content_type not in _OF_THE_END)
        links = [note for note in heard.notes if isinstance(note, lc.ConnectionLost | lc.ConnectionRegained)]
        assert isinstance(links[-1], lc.ConnectionLost)
    else:
        assert ends == ["ended"]
    assert missing(heard, stored) == set()
    assert _bare(heard.items) == _bare(stored)
    kept = [note for note in heard.received if lc.is_stored(note.item)]
    ids = [note.item.id for note in heard.received]
    assert len(ids) == len(set(ids)), "an item was handed out twice"
    newest = None
    for note in kept:
        place = place_of(note.item)
        assert note.late == (newest is not None and place < newest), (
            "late is true of what was overtaken, and only of that"
        )
        newest = place if newest is None else max(newest, place)
    contents = [item.content for item in stored]
    assert [contents.count(text) for text in texts] == [1] * len(texts), "each message was stored once"
    links = [type(note) for note in heard.notes if isinstance(note, lc.ConnectionLost | lc.ConnectionRegained)]
    assert links == ([lc.ConnectionLost, lc.ConnectionRegained] * len(links))[: len(links)]
