"""Measure the time to read an item, and to merge items into a transcript.

msgspec       its typed decoder, of the frame and then of the content; no error, no contact, no `Result`
list          bisect and insert into a list of tuples, which changes the list in place
parsed JSON   the same items as boto3 returns them, in dictionaries and lists
"""

from __future__ import annotations

import gc
import time
from bisect import insort
from collections.abc import Callable, Iterator
from random import Random

import msgspec
import orjson

from benchmarks.decode import item as page_item
from benchmarks.harness import OURS, Case, Code, Sample, cheaper, within
from lensconnect import EMPTY_TRANSCRIPT, GetTranscript, HttpResponse, Item, decode, merge, or_raise
from lensconnect.live.frames import parse
from lensconnect.live.transcript import merge_item
from lensconnect.wire.items import decode_item

TITLE = "Items and transcripts"
MANY = 100_000
FEW = 10_000
CONTACT = "4f0e7b44-9c6a-4a53-8b7b-2f7d9b0f6a10"


class Frame(msgspec.Struct):
    """A frame of the topic aws/chat."""

    topic: str | None = None
    content: str | None = None


def time_at(second: float) -> str:
    return f"2026-11-22T{int(second) // 3600:02}:{int(second) // 60 % 60:02}:{second % 60:06.3f}Z"


def item(number: int) -> Item:
    return Item(
        id=f"0a6d3c1e-53c1-4a7e-9f1b-{number:012}", absolute_time=time_at(number / 2), content="Hello", type="MESSAGE"
    )  # type: ignore[arg-type]


def frame() -> tuple[str, str]:
    """Return a frame of 400 bytes, and its content."""
    content = orjson.dumps(
        {
            "AbsoluteTime": "2026-11-22T10:00:01.234Z",
            "Content": "Hello, this is a text of some size",
            "ContentType": "text/plain",
            "Id": "0a6d3c1e-53c1-4a7e-9f1b-000000000001",
            "Type": "MESSAGE",
            "ParticipantId": "7c2b8f0a-1111-4222-8333-000000000001",
            "DisplayName": "Customer",
            "ParticipantRole": "CUSTOMER",
            "InitialContactId": CONTACT,
            "ContactId": CONTACT,
        }
    ).decode()
    return orjson.dumps({"topic": "aws/chat", "contentType": "application/json", "content": content}).decode(), content


class Collection:
    """A full garbage collection beside the values that a function makes, and nothing else."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make

    def sampler(self, _seconds: float, /) -> Sample:
        return self.sample

    def sample(self) -> float:
        held = self.make()
        gc.collect()  # the collector finds out that it need not track a tuple when it first meets it
        started = time.process_time()
        gc.collect()
        taken = time.process_time() - started
        del held
        return taken


class Limit:
    """A side that takes the time of an aim: these seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def sampler(self, _seconds: float, /) -> Sample:
        return lambda: self.seconds


def collections() -> Iterator[Case]:
    """Yield the cases of a full garbage collection with 100,000 items alive."""
    page = orjson.dumps({"Transcript": [page_item(number) for number in range(100)]})
    response = HttpResponse(200, (), page)
    yield Case(
        "a full garbage collection with 100,000 items alive",
        {
            OURS: Collection(lambda: [or_raise(decode(GetTranscript, response)) for _ in range(MANY // 100)]),
            "15 ms": Limit(0.015),
            "parsed JSON": Collection(lambda: [orjson.loads(page) for _ in range(MANY // 100)]),
        },
        {"15 ms": within(1), "parsed JSON": cheaper()},
        share=0.1,
        unit="ms",
    )
    few = [item(number) for number in range(20)]
    yield Case(
        "a full garbage collection with 5,000 transcripts of 20 items",
        {
            OURS: Collection(lambda: [merge(EMPTY_TRANSCRIPT, few) for _ in range(MANY // 20)]),
            "15 ms": Limit(0.015),
        },
        {"15 ms": within(1)},
        share=0.1,
        unit="ms",
    )


class Many(Code):
    """A statement that takes so long that one is a sample."""

    repeats = 1


def cases() -> Iterator[Case]:
    text, content = frame()
    outer, inner = msgspec.json.Decoder(Frame).decode, msgspec.json.Decoder(Item).decode
    assert decode_item(content) == (inner(content), CONTACT)
    yield Case(
        "frame to item",
        {
            OURS: Code("parse(text)", parse=parse, text=text),
            "msgspec": Code("inner(outer(text).content)", inner=inner, outer=outer, text=text),
        },
        {"msgspec": within(1.4)},
        note=f"{len(text)} bytes of JSON",
    )
    yield Case(
        "content to item",
        {
            OURS: Code("decode_item(content)", decode_item=decode_item, content=content),
            "msgspec": Code("inner(content)", inner=inner, content=content),
        },
        {"msgspec": within()},
    )
    items = [item(number) for number in range(MANY)]
    shuffled = Random(1).sample(items, MANY)
    whole = merge(EMPTY_TRANSCRIPT, shuffled)
    ordered = [(each.absolute_time, each.id, each) for each in items]
    late = Item(id="late", absolute_time=time_at(MANY / 4 + 0.1), content="Hello")
    last = Item(id="last", absolute_time=time_at(MANY), content="Hello")
    entry = (late.absolute_time, late.id, late)
    yield Case(
        "a late item into 100,000",
        {
            OURS: Code("merge_item(whole, late)", merge_item=merge_item, whole=whole, late=late),
            "list": Code("insort(ordered, entry)", insort=insort, ordered=ordered, entry=entry),
        },
        {"list": within(2)},
        share=0.5,
    )
    yield Case(
        "an item at the end of 100,000",
        {
            OURS: Code("merge_item(whole, last)", merge_item=merge_item, whole=whole, last=last),
            "a late item": Code("merge_item(whole, late)", merge_item=merge_item, whole=whole, late=late),
        },
        {"a late item": within()},
        share=0.5,
    )
    few = shuffled[:FEW]
    yield Case(
        "100,000 items in any order",
        {
            OURS: Many("merge(empty, shuffled)", merge=merge, empty=EMPTY_TRANSCRIPT, shuffled=shuffled),
            "ten times 10,000": Many(
                "[merge(empty, few) for _ in range(10)]", merge=merge, empty=EMPTY_TRANSCRIPT, few=few
            ),
        },
        {"ten times 10,000": within(2)},
        share=0.1,
        unit="ms",
    )
    yield from collections()
