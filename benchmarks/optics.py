"""Measure the time to read and to change a field through a lens.

function      the same access, or `msgspec.structs.replace`, in a function written by hand
in place      the bare expression without a function call, which no lens can match
lenses        the `lenses` library, with its hook for setting a field of a frozen record
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import lenses
import msgspec
from lenses import hooks

from benchmarks.harness import OURS, Aim, Case, Code, cheaper, within
from lensconnect import (
    ConnectionToken,
    SendEvent,
    StartPosition,
    get_transcript_start_position,
    new_get_transcript,
    new_send_event,
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


def _case(name: str, ours: str, rivals: dict[str, tuple[str, Aim]], code: Callable[[str], Code]) -> Case:
    sides = {OURS: code(ours), **{rival: code(statement) for rival, (statement, _) in rivals.items()}}
    return Case(name, sides, {rival: aim for rival, (_, aim) in rivals.items()}, unit="ns")
