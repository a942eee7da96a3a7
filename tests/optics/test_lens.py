"""A lens knows its record: it shows its name, and refuses the value of another record."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from helpers.introspection import optics
from hypothesis import given
from hypothesis import strategies as st

import lensconnect as lc
from lensconnect.record import Record

TOKEN = lc.ConnectionToken("t")
EVENT = lc.new_send_event("text/plain", TOKEN)
MESSAGE = lc.new_send_message("text/plain", "hi", TOKEN)
LENSES = [found for found in optics() if isinstance(found.optic, lc.Lens)]


class _OwnRecord(Record, frozen=True):
    """Has no field of any lens."""


COMPOSED = {found.name for found in LENSES if len(found.optic.path) > 1}
"""The lenses through the settings of an environment, which show the two that they are made of."""


def test_an_optic_shows_its_name() -> None:
    for found in [found for found in optics() if found.name not in COMPOSED]:
        assert repr(found.optic) == found.name
        assert repr(pickle.loads(pickle.dumps(found.optic))) == found.name


def test_a_lens_refuses_another_record() -> None:
    for found in LENSES:
        lens: Any = found.optic
        name = repr(lens).partition(" & ")[0]
        attempts = [lens.get(), lens.set("x"), lens.modify(str), lens.collect(), lens.preview()]
        for wrong in (_OwnRecord(), None, "text"):
            for attempt in attempts:
                with pytest.raises(TypeError, match=rf"^{name} is a lens of \w+, not of {type(wrong).__name__}$"):
                    wrong & attempt


@pytest.mark.parametrize(
    "attempt",
    [
        lc.send_message_content.set("x"),
        lc.send_message_content.modify(str.upper),
        lc.send_message_content.get(),
        lc.send_message_content.collect(),
        (lc.send_message_content & lc.Lens[Any, Any]("x")).set("x"),
    ],
    ids=repr,
)
def test_the_error_names_both_records(attempt: Any) -> None:
    with pytest.raises(TypeError, match=r"^send_message_content is a lens of SendMessage, not of SendEvent$"):
        EVENT & attempt


def test_an_inner_lens_checks_too() -> None:
    through: Any = lc.send_event_content & lc.item_content  # type: ignore[operator]
    for attempt in (through.get(), through.set("x"), through.modify(str)):
        with pytest.raises(TypeError, match=r"^item_content is a lens of Item, not of str$"):
            EVENT & lc.send_event_content.set("text") & attempt
    through = lc.get_transcript_start_position & lc.start_position_id  # type: ignore[operator]
    with pytest.raises(TypeError, match=r"^start_position_id is a lens of StartPosition, not of NoneType$"):
        lc.new_get_transcript(TOKEN) & through.get()


def test_a_subclass_of_the_record_has_its_lenses() -> None:
    class Noted(lc.StartPosition, frozen=True, kw_only=True):
        note: str

    noted = Noted(id="a", note="n")
    assert noted & lc.start_position_id.get() == "a"
    assert noted & lc.start_position_id.set("b") == Noted(id="b", note="n")
    assert noted & lc.start_position_id.modify(str.upper) == Noted(id="A", note="n")


def test_a_lens_without_a_record_takes_each() -> None:
    content: lc.Lens[Any, str | None] = lc.Lens("content")
    assert (EVENT & content.set("x")).content == (MESSAGE & content.set("x")).content == "x"
    assert repr(content) == "Lens('content')"


def test_a_composition_shows_its_parts() -> None:
    assert repr(lc.env_timeout) == "env_settings & settings_timeout"
    path: Any = lc.get_transcript_start_position & lc.start_position_id  # type: ignore[operator]
    assert repr(path) == "get_transcript_start_position & start_position_id"
    assert repr(pickle.loads(pickle.dumps(path))) == repr(path)
    assert repr(path.set("x")) == "(get_transcript_start_position & start_position_id).set(...)"
    items = lc.get_transcript_response_transcript.Some().Each()
    assert (
        repr(items & lc.item_content.Some()) == "get_transcript_response_transcript.Some().Each() & item_content.Some()"
    )
    assert repr(lc.Lens("a", "b") & lc.Lens("c")) == "Lens('a', 'b', 'c')"
    own: Any = lc.Lens(lc.GetTranscript, "start_position", "id")
    assert repr(own) == "get_transcript_start_position & Lens('id')"


def test_prisms_and_traversals_show_their_arguments() -> None:
    assert repr(lc.has_status(429)) == "has_status(429)"
    assert repr(lc.has_code("SlowDown")) == "has_code('SlowDown')"
    assert repr(lc.key("messageId")) == "key('messageId')"
    assert repr(lc.described_at(lc.Endpoint("https://h"))) == "described_at(Endpoint(url='https://h'))"
    assert repr(lc.Prism(str.strip, str.upper)) == "Prism(str.strip, str.upper)"
    assert repr(lc.Traversal(list, sorted)) == "Traversal(list, sorted)"


def test_a_path_or_a_record_alone_is_no_lens() -> None:
    nothing: Any = ()
    for arguments in (nothing, (lc.SendEvent,), ("a.b",), (lc.SendEvent, "a b"), (lc.SendEvent, "a", 1), (EVENT, "a")):
        with pytest.raises(ValueError, match="not a path of field names"):
            lc.Lens(*arguments)


@given(st.text(max_size=5))
def test_what_was_set_is_read_through_any_depth(text: str) -> None:
    request = lc.new_get_transcript(TOKEN) & lc.get_transcript_start_position.set(lc.StartPosition())
    path: Any = lc.get_transcript_start_position & lc.start_position_id  # type: ignore[operator]
    assert request & path.set(text) & path.get() == text
    assert request & path.set(text) & path.modify(str.upper) & path.get() == text.upper()
