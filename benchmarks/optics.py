"""Measure the time to read and to change a field through a lens.

function      the same access, or `msgspec.structs.replace`, in a function written by hand
in place      the bare expression without a function call, which no lens can match
lenses        the `lenses` library, with its hook for setting a field of a frozen record
by hand       a comprehension over 100,000 foci that does the same as a path, without any check
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import lenses
import msgspec
from lenses import hooks

from benchmarks.harness import OURS, Aim, Case, Code, cheaper, within
from lensconnect import (
    ConnectionToken,
    GetTranscriptResponse,
    Item,
    MessageMetadata,
    Receipt,
    SendEvent,
    StartPosition,
    get_transcript_response_transcript,
    get_transcript_start_position,
    item_content,
    item_message_metadata,
    message_metadata_receipts,
    new_get_transcript,
    new_send_event,
    receipt_read_timestamp,
    send_event_content,
    start_position_id,
)

TITLE = "Reading and changing through lenses"
EVENT = new_send_event("text/plain", ConnectionToken("t"))
NESTED = new_get_transcript(ConnectionToken("t")) & get_transcript_start_position.set(StartPosition(id="i-1"))
DEEP: Any = get_transcript_start_position & start_position_id  # type: ignore[operator]


@hooks.setattr.register(SendEvent)  # type: ignore[untyped-decorator]
def _(self: SendEvent, name: str, value: object) -> SendEvent:
    return msgspec.structs.replace(self, **{name: value})


def content_of(event: SendEvent) -> str | None:
    return event.content


def with_content(value: str, event: SendEvent) -> SendEvent:
    return msgspec.structs.replace(event, content=value)


def deep_of(request: Any) -> Any:
    return request.start_position.id


def with_deep(value: str, request: Any) -> Any:
    replace = msgspec.structs.replace
    return replace(request, start_position=replace(request.start_position, id=value))


T = TypeVar("T")
MANY = 100_000
ITEMS = get_transcript_response_transcript.Some().Each()


def page_of(items: Iterator[Item]) -> GetTranscriptResponse:
    return GetTranscriptResponse(http_status=200, transcript=tuple(items))


def is_whole(item: Item) -> bool:
    return item.content is not None


def same(value: T) -> T:
    return value


def contents(page: Any) -> list[str]:
    return [item.content for item in page.transcript if item.content is not None]


def first_content(page: Any) -> str | None:
    return next((item.content for item in page.transcript if item.content is not None), None)


def with_contents(function: Any, page: Any) -> Any:
    replace = msgspec.structs.replace
    return replace(
        page,
        transcript=tuple(
            [
                replace(item, content=None if item.content is None else function(item.content))
                for item in page.transcript
            ]
        ),
    )


def whole(page: Any) -> list[Item]:
    return [item for item in page.transcript if is_whole(item)]


def with_whole(function: Any, page: Any) -> Any:
    items = tuple([function(item) if is_whole(item) else item for item in page.transcript])
    return msgspec.structs.replace(page, transcript=items)


def read_times(page: Any) -> list[str]:
    return [receipt.read_timestamp for item in page.transcript for receipt in item.message_metadata.receipts]


def with_read_times(function: Any, page: Any) -> Any:
    replace = msgspec.structs.replace
    items = [
        replace(
            item,
            message_metadata=replace(
                item.message_metadata,
                receipts=tuple(
                    [
                        replace(receipt, read_timestamp=function(receipt.read_timestamp))
                        for receipt in item.message_metadata.receipts
                    ]
                ),
            ),
        )
        for item in page.transcript
    ]
    return replace(page, transcript=tuple(items))


class Once(Code):
    """A statement that takes so long that one is a sample."""

    repeats = 1


def over_many() -> Iterator[Case]:
    """Yield the cases of paths with 100,000 foci."""
    page = page_of(Item(id=str(number), content=f"text {number}") for number in range(MANY))
    receipts = tuple(Receipt(read_timestamp=f"t{number}") for number in range(10))
    nested = page_of(
        Item(id=str(number), message_metadata=MessageMetadata(receipts=receipts)) for number in range(MANY // 10)
    )
    receipt = item_message_metadata.Some() & message_metadata_receipts.Some().Each()
    paths: list[tuple[str, Any, Any, Any, Any]] = [
        ("contents", ITEMS & item_content.Some(), page, contents, with_contents),
        ("items on a condition", ITEMS.filtered(is_whole), page, whole, with_whole),
        ("receipts of items", ITEMS & receipt & receipt_read_timestamp, nested, read_times, with_read_times),
    ]
    for name, path, state, hand, hand_with in paths:
        collect, modify = path.collect(), path.modify(same)
        assert collect(state) == hand(state)
        assert len(hand(state)) == MANY
        assert modify(state) == hand_with(same, state)
        yield Case(
            f"collect, {name}",
            {
                OURS: Once("collect(state)", collect=collect, state=state),
                "by hand": Once("hand(state)", hand=hand, state=state),
            },
            {"by hand": within(1.3)},
            share=0.5,
            unit="ms",
        )
        yield Case(
            f"modify, {name}",
            {
                OURS: Once("modify(state)", modify=modify, state=state),
                "by hand": Once("hand_with(same, state)", hand_with=hand_with, same=same, state=state),
            },
            {"by hand": within(1.2)},
            share=0.5,
            unit="ms",
        )
    _, path, *_ = paths[0]
    yield Case(
        "preview, contents",
        {
            OURS: Code("preview(state)", preview=path.preview(), state=page),
            "by hand": Code("first(state)", first=first_content, state=page),
        },
        {"by hand": within(3)},
        unit="ns",
    )


def cases() -> Iterator[Case]:
    names: dict[str, Any] = {
        "event": EVENT,
        "nested": NESTED,
        "lens": lenses.lens,
        "plain": lenses.lens.content,
        "ours": send_event_content,
        "view": send_event_content.view,
        "put": send_event_content.put,
        "deep_view": DEEP.view,
        "deep_put": DEEP.put,
        "replace": msgspec.structs.replace,
    }
    names |= {function.__name__: function for function in (content_of, with_content, deep_of, with_deep)}

    def case(name: str, ours: str, rivals: dict[str, tuple[str, Aim]]) -> Case:
        return _case(name, ours, rivals, lambda statement: Code(statement, **names))

    assert lenses.lens.content.set("x")(EVENT) == send_event_content.set("x")(EVENT) == with_content("x", EVENT)
    assert DEEP.put("x", NESTED) == with_deep("x", NESTED)
    yield case(
        "view", "view(event)", {"function": ("content_of(event)", within(2)), "in place": ("event.content", within())}
    )
    yield case(
        "put",
        "put('x', event)",
        {
            "function": ("with_content('x', event)", within(2)),
            "in place": ("replace(event, content='x')", within(2)),
        },
    )
    yield case("view, two deep", "deep_view(nested)", {"function": ("deep_of(nested)", within(2))})
    yield case("put, two deep", "deep_put('x', nested)", {"function": ("with_deep('x', nested)", within(2))})
    yield case(
        "set",
        "ours.set('x')(event)",
        {
            "lenses": ("lens.content.set('x')(event)", cheaper(8)),
            "lenses, lens kept": ("plain.set('x')(event)", cheaper(8)),
        },
    )
    yield case("get", "ours.get()(event)", {"lenses, lens kept": ("plain.get()(event)", cheaper())})
    yield from over_many()


def _case(name: str, ours: str, rivals: dict[str, tuple[str, Aim]], code: Callable[[str], Code]) -> Case:
    sides = {OURS: code(ours), **{rival: code(statement) for rival, (statement, _) in rivals.items()}}
    return Case(name, sides, {rival: aim for rival, (_, aim) in rivals.items()}, unit="ns")
