"""Interactive messages: each template as a record, every member kept, nothing raises."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from helpers.law_strategies import json_texts, json_values
from hypothesis import given, settings
from hypothesis import strategies as st

import lensconnect as lc
from content.samples import APPLE_FORM, CAROUSEL, KNOWN, LIST_PICKER, PANEL, TIME_PICKER, VIEW_RESOURCE, text_of
from lensconnect.content.templates import Template
from lensconnect.testing.laws import check_prism

PRISMS: dict[str, lc.Prism[lc.Interactive, Any]] = {
    "ListPicker": lc.list_picker,
    "Panel": lc.panel,
    "TimePicker": lc.time_picker,
    "QuickReply": lc.quick_reply,
    "Carousel": lc.carousel,
    "ViewResource": lc.view_resource,
}
each_template = pytest.mark.parametrize("name", KNOWN)


def read(message: Any) -> lc.Interactive:
    found = lc.interactive.unpack(text_of(message))
    assert found is not None
    return found


def test_each_known_template_has_a_sample_and_a_prism() -> None:
    assert {kind.__name__ for kind in get_args(Template)} == set(KNOWN) == set(PRISMS)


@each_template
def test_a_template_is_read_and_written_back(name: str) -> None:
    asked = read(KNOWN[name])
    found = PRISMS[name].unpack(asked)
    assert type(found).__name__ == name
    assert found == lc.template_of(asked)
    assert PRISMS[name].construct(found) == asked
    assert json.loads(lc.interactive.construct(asked)) == KNOWN[name]
    assert [other for other, prism in PRISMS.items() if prism.unpack(asked) is not None] == [name]


def test_the_fields_of_a_list_picker() -> None:
    picker = lc.list_picker.unpack(read(LIST_PICKER))
    assert picker is not None
    assert (picker.title, picker.subtitle, picker.image_type) == ("Which pizza?", "Tap one", "URL")
    assert (picker.image_data, picker.image_description) == ("https://images.example/menu.png", "The menu")
    assert picker.reply_message == lc.ReplyMessage("Thanks for choosing!", "One moment", "URL")
    first, second, link, more, _ = picker.elements
    assert first == lc.TemplateElement("Margherita", "Tomato", "URL", "https://i.example/m")
    assert second == lc.TemplateElement("Funghi")
    assert (link.type, link.url, more.action_detail) == ("hyperlink", "https://pizza.example", "SHOW_MORE")
    assert picker.others == {
        "data": {"content": {"listId": "l-1", "referenceId": "r-1", "preIndex": 0, "nextIndex": 4}}
    }


def test_the_fields_of_a_time_picker() -> None:
    picker = lc.time_picker.unpack(read(TIME_PICKER))
    assert picker is not None
    assert picker.time_zone_offset == -450
    assert picker.location == lc.TemplateLocation(47.37, 8, "Zürich", 1)
    assert picker.timeslots[0] == lc.TimeSlot("2030-01-07T09:00+00:00", 3600)


@pytest.mark.parametrize("duration", [True, 1.5, "60", None])
def test_a_duration_that_is_no_integer_is_kept_beside(duration: Any) -> None:
    slot = {"date": "2030-01-07T09:00+00:00", "duration": duration}
    picker = lc.time_picker.unpack(read({**TIME_PICKER, "data": {"content": {"title": "T", "timeslots": [slot]}}}))
    assert picker is not None
    assert picker.timeslots == (lc.TimeSlot("2030-01-07T09:00+00:00", others={"duration": duration}),)


def test_the_pages_of_a_carousel_are_interactive_messages() -> None:
    carousel = lc.carousel.unpack(read(CAROUSEL))
    assert carousel is not None
    assert [page.template_identifier for page in carousel.elements] == ["menu-1", "menu-2"]
    assert isinstance(lc.template_of(carousel.elements[0]), lc.ListPicker)
    assert isinstance(lc.template_of(carousel.elements[1]), lc.Panel)


def test_the_token_of_a_view_is_masked() -> None:
    asked = read(VIEW_RESOURCE)
    view = lc.view_resource.unpack(asked)
    assert view is not None
    assert (view.view_id, view.view_token, view.view_data) == ("v-1", "secret-view-token", {"Heading": "Your order"})
    nested = read(
        {**CAROUSEL, "data": {"content": {"title": "T", "elements": [VIEW_RESOURCE]}}, "beside": VIEW_RESOURCE}
    )
    for value in (asked, view, nested, lc.carousel.unpack(nested), lc.JsonValue(1)):
        assert "secret-view-token" not in f"{value!r} {value}"
    assert "Your order" in repr(asked)


@pytest.mark.parametrize(
    "change",
    [{"version": "2.0"}, {"version": 1.0}, {"version": None}, {"templateType": "WhatsAppList"}, {"data": []}],
    ids=str,
)
def test_an_unknown_type_or_version_passes_through(change: dict[str, Any]) -> None:
    message = {**LIST_PICKER, **change}
    asked = read(message)
    assert lc.template_of(asked) is None
    assert json.loads(lc.interactive.construct(asked)) == message


def test_a_message_of_an_unknown_template_is_kept() -> None:
    asked = read(APPLE_FORM)
    assert (asked.template_type, asked.version) == ("AppleForm", "1.0")
    assert asked.data == APPLE_FORM["data"]
    assert lc.template_of(asked) is None


def test_a_message_without_a_version_is_read() -> None:
    message = {name: value for name, value in PANEL.items() if name != "version"}
    panel = lc.panel.unpack(read(message))
    assert panel is not None
    assert panel.version is None
    assert json.loads(lc.interactive.construct(lc.panel.construct(panel))) == message


def test_a_constructed_message_has_type_and_version() -> None:
    asked = lc.quick_reply.construct(lc.QuickReply("Good?", (lc.TemplateElement("Yes"), lc.TemplateElement("No"))))
    assert lc.interactive.construct(asked) == (
        '{"templateType":"QuickReply","version":"1.0",'
        '"data":{"content":{"title":"Good?","elements":[{"title":"Yes"},{"title":"No"}]}}}'
    )


def test_a_change_keeps_every_other_member_and_no_change_the_text() -> None:
    message = copy.deepcopy(LIST_PICKER)
    message["new"] = message["data"]["new"] = message["data"]["content"]["new"] = {"a": [None, 1.5]}
    message["data"]["replyMessage"]["new"] = message["data"]["content"]["elements"][1]["new"] = 2**80
    text = json.dumps(message, indent=1)
    titles = lc.interactive & lc.list_picker & lc.list_picker_elements.Each() & lc.template_element_title
    assert text & titles.modify(lambda title: title) == text
    for element in message["data"]["content"]["elements"]:
        element["title"] = element["title"].upper()
    assert json.loads(text & titles.modify(str.upper)) == message


def test_a_change_of_a_number_to_an_equal_one_is_a_change() -> None:
    text = '{"templateType":"X","data":{"a":true}}'
    assert text & (lc.interactive & lc.interactive_data).set({"a": 1}) == '{"templateType":"X","data":{"a":1}}'


def broken(value: Any) -> Iterator[Any]:
    """Yield the value with each member or entry in it replaced by one of another type, or left out."""
    wrong = (None, 7, True, "text", [], {}, [None])
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {key: kept for key, kept in value.items() if key != name}
            yield from ({**value, name: other} for other in (*wrong, *broken(inner)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in (*wrong, *broken(inner)))


@each_template
def test_a_member_of_a_wrong_type_loses_nothing(name: str) -> None:
    tried = 0
    for message in broken(KNOWN[name]):
        asked = lc.interactive.unpack(text_of(message))
        if asked is None:
            assert not isinstance(message.get("templateType"), str)
            continue
        found = lc.template_of(asked)
        if found is not None:
            tried += 1
            assert json.loads(lc.interactive.construct(PRISMS[name].construct(found))) == message
        assert json.loads(lc.interactive.construct(asked)) == message
        repr((asked, found))
    assert tried >= 3


HOSTILE = [
    "",
    "{}",
    "null",
    "[]",
    '"ListPicker"',
    "{" * 100_000,
    '{"templateType":' * 300 + '"x"' + "}" * 300,
    '{"templateType":"X","data":' + "[" * 100_000 + "]" * 100_000 + "}",
    '{"templateType":"X","data":{"n":1e999}}',
    '{"templateType":"X","data":{"n":1e999,"m":12345678901234567890}}',
    '{"templateType":"X","data":{"n":' + "9" * 10_000 + "}}",
    '{"templateType":NaN}',
    '{"templateType":5}',
    '{"templateType":"X"',
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_that_is_no_template_has_no_focus(text: str) -> None:
    assert lc.interactive.unpack(text) is None
    assert text & (lc.interactive & lc.interactive_version).set("9") == text
    item = lc.Item(content_type=lc.CONTENT_INTERACTIVE, content=text)
    assert lc.content_of(item) == lc.UnknownContent(lc.CONTENT_INTERACTIVE, text)


@pytest.mark.parametrize(
    "text",
    [
        '{"templateType":"\\ud800","data":{"\\udfff":"\\ud83d"}}',
        '{"templateType":"X","data":{"n":123456789012345678901234567890}}',
        '{"templateType":"X","data":{"n":-1e308,"m":1e-400}}',
        '{"templateType":"X","data":{"n":' + "[" * 240 + "]" * 240 + "}}",
        '{"templateType":"Carousel","version":"1.0","data":{"content":{"title":"","elements":[]}}}',
    ],
    ids=["surrogates", "long integer", "floats", "deep", "empty"],
)
def test_odd_text_is_read_and_written_back(text: str) -> None:
    asked = lc.interactive.unpack(text)
    assert asked is not None
    assert json.loads(lc.interactive.construct(asked)) == json.loads(text)
    lc.template_of(asked)
    lc.choices_of(asked)
    repr(asked)


def test_carousels_within_carousels_end() -> None:
    message: Any = PANEL
    for _ in range(60):
        message = {**CAROUSEL, "data": {"content": {"title": "T", "elements": [message]}}}
    asked = read(message)
    assert isinstance(lc.template_of(asked), lc.Carousel)
    assert json.loads(lc.interactive.construct(asked)) == message


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Draw a message of a known template of which some members, at any level, are another value or further ones."""
    message = copy.deepcopy(draw(st.sampled_from([*KNOWN.values()])))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = message
        while True:
            inner = (
                [name for name in place if isinstance(place[name], dict | list) and place[name]]
                if isinstance(place, dict)
                else [index for index, entry in enumerate(place) if isinstance(entry, dict | list) and entry]
            )
            if not inner or draw(st.booleans()):
                break
            place = place[draw(st.sampled_from(inner))]
        if isinstance(place, dict):
            place[draw(st.sampled_from([*place, "new", "title", "version"]))] = draw(json_values)
        else:
            place[draw(st.integers(0, len(place) - 1))] = draw(json_values)
    return message


@settings(max_examples=150)
@given(message=messages(), spelling=st.sampled_from([{}, {"indent": 1}, {"ensure_ascii": False}]))
def test_the_laws_for_messages_with_any_members(message: Any, spelling: dict[str, Any]) -> None:
    text = json.dumps(message, **spelling)
    asked = lc.interactive.unpack(text)
    check_prism(lc.interactive, [text], [] if asked is None else [asked], exact=False)
    if asked is not None:
        assert json.loads(lc.interactive.construct(asked)) == message
        for prism in PRISMS.values():
            found = prism.unpack(asked)
            check_prism(prism, [asked], [] if found is None else [found])


@given(json_texts())
def test_no_text_raises(text: str) -> None:
    for content_type in (lc.CONTENT_INTERACTIVE, lc.CONTENT_INTERACTIVE_RESPONSE, lc.CONTENT_APPLICATION_JSON):
        lc.content_of(lc.Item(content_type=content_type, content=text))
