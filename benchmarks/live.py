"""Measure the time that one frame of a live chat takes, without the socket.

frame to item     the parser of frames
hand-out          the same frame through the state machine, until `receive` has its notification; nothing is held back
orjson            the frame and the item in it as dictionaries, which any client has to do
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from benchmarks.decode import item
from benchmarks.harness import OURS, Case, Code, within
from lensconnect import LIVE, ItemReceived, ParticipantToken, live_options_settle
from lensconnect.live import frames, orders
from lensconnect.live.machine import advance
from lensconnect.live.state import ChatState
from lensconnect.results import Result, Success

TITLE = "One frame of a live chat"
CONFIRMED = '{"topic":"aws/subscribe","content":{"status":"success"}}'


def frame(index: int) -> str:
    content = orjson.dumps(item(index * 10)).decode()  # a message
    return orjson.dumps({"topic": "aws/chat", "contentType": "application/json", "content": content}).decode()


def parse_twice(text: str) -> object:
    return orjson.loads(orjson.loads(text)["content"])


class Chat:
    """A chat that is online; each call takes the next of its frames and hands an item out."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.open()

    def open(self) -> None:
        self.state = ChatState(ParticipantToken("p"), LIVE & live_options_settle.set(0.0), 0.0)
        self.left = iter(self.texts)
        order = self.advance(None, None)
        while not (isinstance(order, orders.Listen) and order.seconds > 0 and self.state.phase == "online"):
            order = self.advance(order, Success(self.outcome(order)))
        self.listen = order

    def outcome(self, order: orders.Order) -> object:
        match order:
            case orders.FetchConnection():
                return orders.ConnectionFound("wss://localhost", "token")
            case orders.Open():
                return 1
            case orders.AskPage():
                return orders.PageFound((), None, None)
            case orders.Listen():
                return None if self.state.phase == "catching up" else CONFIRMED
            case _:
                return None

    def advance(self, order: orders.Order | None, outcome: Result[object, object] | None) -> orders.Order:
        return advance(self.state, order, outcome, 0.0, 0.5, 1e9)  # type: ignore[arg-type]

    def receive(self) -> orders.Order:
        """Hand an item out, and listen again."""
        text = next(self.left, None)
        if text is None:
            self.open()
            text = next(self.left)
        handed_out = self.advance(self.listen, Success(text))
        self.listen = self.advance(None, None)
        return handed_out


def cases() -> Iterator[Case]:
    texts = [frame(index) for index in range(1000)]
    text, receive = texts[0], Chat(texts).receive
    rival: Callable[[str], object] = parse_twice
    parsed = frames.parse(text)
    assert isinstance(parsed, frames.ChatFrame)
    handed_out = receive()
    assert isinstance(handed_out, orders.HandOut)
    assert isinstance(handed_out.notification, ItemReceived)
    assert handed_out.notification.item == parsed.item
    floor = Code("rival(text)", rival=rival, text=text)
    note = f"{len(text)} characters"
    yield Case(
        "frame to item",
        {OURS: Code("parse(text)", parse=frames.parse, text=text), "orjson": floor},
        {"orjson": within()},
        note=note,
    )
    yield Case("hand-out", {OURS: Code("receive()", receive=receive), "orjson": floor}, {"orjson": within()}, note=note)
