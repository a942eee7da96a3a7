"""Measure the time that one frame of a live chat takes, without the socket.

frame to item     the parser of frames
hand-out          the same frame through the state machine, until `receive` has its notification; nothing is held back
msgspec           its bare decoders of the same types, for the frame and for the item in it; no other frame is known
orjson            the frame and the item in it as dictionaries
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import orjson

from benchmarks.decode import item
from benchmarks.harness import OURS, Case, Code, within
from lensconnect import LIVE, Item, ItemReceived, ParticipantToken, live_options_settle
from lensconnect.live import frames, orders
from lensconnect.live.machine import advance
from lensconnect.live.state import ChatState
from lensconnect.results import Result, Success

TITLE = "One frame of a live chat"
CONFIRMED = '{"topic":"aws/subscribe","content":{"status":"success"}}'


def frame(index: int) -> str:
    content = orjson.dumps({**item(index * 10), "InitialContactId": "c-1"}).decode()  # a message
    return orjson.dumps({"topic": "aws/chat", "contentType": "application/json", "content": content}).decode()


def parse_twice(text: str) -> object:
    return orjson.loads(orjson.loads(text)["content"])


class Frame(msgspec.Struct):
    topic: str
    content: str


class ItemInFrame(Item, frozen=True, kw_only=True, gc=False):
    initial_contact_id: str | None = None


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
    read_frame, read_item = msgspec.json.Decoder(Frame).decode, msgspec.json.Decoder(ItemInFrame).decode
    typed = Code("read_item(read_frame(text).content)", read_item=read_item, read_frame=read_frame, text=text)
    plain = Code("parse_twice(text)", parse_twice=parse_twice, text=text)
    parsed = frames.parse(text)
    assert isinstance(parsed, frames.ChatFrame)
    handed_out = receive()
    assert isinstance(handed_out, orders.HandOut)
    assert isinstance(handed_out.notification, ItemReceived)
    assert handed_out.notification.item == parsed.item
    rivals = {"msgspec": typed, "orjson": plain}
    note = f"{len(text)} characters"
    parse = Code("parse(text)", parse=frames.parse, text=text)
    yield Case("frame to item", {OURS: parse, **rivals}, {"msgspec": within(1.4), "orjson": within()}, note=note)
    hand_out = Code("receive()", receive=receive)
    yield Case("hand-out", {OURS: hand_out, **rivals}, {"msgspec": within(), "orjson": within()}, note=note)
