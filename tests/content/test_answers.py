"""Answers to interactive messages, as AWS's chat interface sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helpers.law_strategies import values_of
from hypothesis import given, settings
from hypothesis import strategies as st

import lensconnect as lc
from content.samples import (
    APPLE_FORM,
    CAROUSEL,
    KNOWN,
    LIST_PICKER,
    PANEL,
    QUICK_REPLY,
    TIME_PICKER,
    VIEW_RESOURCE,
    text_of,
)


def read(message: Any) -> lc.Interactive:
    found = lc.interactive.unpack(text_of(message))
    assert found is not None
    return found


def answer(message: Any, choice: lc.Choice) -> lc.DraftMessage:
    return lc.reply_to(read(message), choice).unwrap()


def refusal(message: Any, choice: Any) -> str:
    return str(lc.reply_to(read(message), choice).failure())


@pytest.mark.parametrize(
    ("message", "title"),
    [(LIST_PICKER, "Funghi"), (PANEL, "Refund"), (QUICK_REPLY, "No")],
    ids=["list", "panel", "quick"],
)
def test_an_element_is_answered_with_its_title(message: Any, title: str) -> None:
    assert answer(message, title) == lc.DraftMessage("text/plain", title)


@pytest.mark.parametrize(("title", "action"), [("More", "SHOW_MORE"), ("Back", "PREVIOUS_OPTIONS")])
def test_an_action_of_a_list_is_answered_with_a_response(title: str, action: str) -> None:
    draft = answer(LIST_PICKER, title)
    assert draft.content_type == lc.CONTENT_INTERACTIVE_RESPONSE
    assert json.loads(draft.content) == {
        "version": "1.0",
        "data": {
            "actionName": action,
            "preIndex": 0,
            "nextIndex": 4,
            "listId": "l-1",
            "templateType": "ListPicker",
            "referenceId": "r-1",
        },
        "action": action,
    }


def test_an_action_without_a_place_in_a_list_leaves_it_out() -> None:
    panel = {**PANEL, "data": {"content": {"title": "T", "elements": [{"title": "More", "actionDetail": "SHOW_MORE"}]}}}
    data = json.loads(answer(panel, "More").content)["data"]
    assert data == {"actionName": "SHOW_MORE", "templateType": "Panel"}


def test_an_unknown_action_is_answered_with_the_title() -> None:
    panel = {**PANEL, "data": {"content": {"title": "T", "elements": [{"title": "More", "actionDetail": "NEW"}]}}}
    assert answer(panel, "More") == lc.DraftMessage("text/plain", "More")


def test_a_link_needs_a_url_to_be_no_choice() -> None:
    elements = [
        {"title": "Here", "type": "hyperlink"},
        {"title": "There", "type": "hyperlink", "url": "https://a.example"},
    ]
    panel = {**PANEL, "data": {"content": {"title": "T", "elements": elements}}}
    assert lc.choices_of(read(panel)) == ("Here",)
    assert lc.choices_of(read({**CAROUSEL, "data": {"content": {"title": "C", "elements": [panel]}}})) == (
        ("T", "Here"),
    )


def time_picker(**content: Any) -> Any:
    slot = {"date": "2020-10-31T17:00+00:00", "duration": 60}
    return {**TIME_PICKER, "data": {"content": {"title": "When?", "timeslots": [slot], **content}}}


@pytest.mark.parametrize("offset", [{}, {"timeZoneOffset": 0}, {"timeZoneOffset": "60"}, {"timeZoneOffset": 10**20}])
def test_a_time_slot_is_answered_with_its_date(offset: dict[str, Any]) -> None:
    date = "2020-10-31T17:00+00:00"
    assert answer(time_picker(**offset), date) == lc.DraftMessage("text/plain", date)


@pytest.mark.parametrize(
    ("offset", "sent"), [(60, "2020-10-31T18:00:00.00+00:00"), (-1050, "2020-10-30T23:30:00.00+00:00")]
)
def test_a_time_slot_is_moved_by_the_offset_of_its_time_zone(offset: int, sent: str) -> None:
    """Observed: `new Date(date + offset).toISOString().slice(0, -2) + "+00:00"`."""
    assert answer(time_picker(timeZoneOffset=offset), "2020-10-31T17:00+00:00").content == sent


@pytest.mark.parametrize("date", ["2020-10-31T19:00+02:00", "2020-10-31T17:00", "2020-10-31T17:00:00Z"])
def test_a_date_in_another_form_is_moved_too(date: str) -> None:
    slots = {"timeslots": [{"date": date, "duration": 1}], "timeZoneOffset": 1}
    assert answer(time_picker(**slots), date).content == "2020-10-31T17:01:00.00+00:00"


@pytest.mark.parametrize("date", ["soon", "", "9999-12-31T23:59+00:00", "0001-01-01T00:00+10:00"])
def test_a_date_that_cannot_be_moved_is_sent_as_it_is(date: str) -> None:
    slots = {"timeslots": [{"date": date}], "timeZoneOffset": 90 if date.startswith("9") else -90}
    assert answer(time_picker(**slots), date) == lc.DraftMessage("text/plain", date)


def test_an_element_of_a_carousel_is_answered_with_page_and_title() -> None:
    draft = answer(CAROUSEL, ("How can I help?", "Order"))
    assert draft.content_type == lc.CONTENT_TEXT_PLAIN
    expected = {"templateIdentifier": "menu-2", "listTitle": "How can I help?", "selectionText": "Order"}
    assert json.loads(draft.content) == expected
    more = json.loads(answer(CAROUSEL, ("Which pizza?", "More")).content)
    assert more == {"templateIdentifier": "menu-1", "listTitle": "Which pizza?", "selectionText": "More"}


def test_a_page_without_an_identifier_is_answered_without_one() -> None:
    message = {**CAROUSEL, "data": {"content": {"title": "C", "elements": [PANEL]}}}
    expected = {"listTitle": "How can I help?", "selectionText": "Order"}
    assert json.loads(answer(message, ("How can I help?", "Order")).content) == expected


def test_an_action_of_a_view_is_answered_with_a_response() -> None:
    draft = answer(VIEW_RESOURCE, "ActionSelected")
    assert draft.content_type == lc.CONTENT_INTERACTIVE_RESPONSE
    expected = {"action": "ActionSelected", "data": {}, "templateType": "ViewResource", "version": "1.0"}
    assert json.loads(draft.content) == expected


def test_a_form_is_answered_with_the_prism() -> None:
    answer = lc.InteractiveAnswer("Confirm", {"Size": "L"}, "ViewResource", "1.0")
    text = lc.interactive_answer.construct(answer)
    assert json.loads(text)["data"] == {"Size": "L"}
    assert lc.interactive_answer.unpack(text) == answer


def test_the_choices_are_those_that_can_be_answered() -> None:
    assert lc.choices_of(read(LIST_PICKER)) == ("Margherita", "Funghi", "More", "Back")
    assert lc.choices_of(read(TIME_PICKER)) == ("2030-01-07T09:00+00:00", "2030-01-08T03:30+00:00")
    assert lc.choices_of(read(CAROUSEL))[-2:] == (("How can I help?", "Order"), ("How can I help?", "Refund"))
    assert lc.choices_of(read(VIEW_RESOURCE)) == lc.choices_of(read(APPLE_FORM)) == ()
    for message in KNOWN.values():
        for choice in lc.choices_of(read(message)):
            assert lc.is_ok(lc.reply_to(read(message), choice))


@pytest.mark.parametrize("choice", ["Our site", "funghi", "", ("Which pizza?", "Funghi"), None, 3, ["Funghi"], {}])
def test_a_choice_that_is_not_offered_is_refused(choice: Any) -> None:
    expected = "choice must be one of the choices offered (4): 'Margherita', 'Funghi', 'More', 'Back'"
    assert refusal(LIST_PICKER, choice) == f"invalid request: {expected}"


def test_a_refusal_of_a_carousel_names_pairs() -> None:
    assert refusal(CAROUSEL, "Order").endswith("('How can I help?', 'Order'), ('How can I help?', 'Refund')")


def test_a_refusal_is_short_and_printable() -> None:
    titles = [{"title": f"\x1b[2J{number}" + "x" * 1000} for number in range(500)]
    text = refusal({**PANEL, "data": {"content": {"title": "T", "elements": titles}}}, "y")
    assert len(text) < 600
    assert "(500)" in text
    assert text.isprintable()
    assert text.endswith(", ...")


@pytest.mark.parametrize("choice", ["", ("a", "b"), None])
def test_a_view_wants_an_action(choice: Any) -> None:
    assert "the name of an action of the view (DescribeView)" in refusal(VIEW_RESOURCE, choice)


@pytest.mark.parametrize(
    "message",
    [APPLE_FORM, {**LIST_PICKER, "version": "2.0"}, {**PANEL, "data": {"content": {"title": "T", "elements": []}}}],
    ids=["unknown", "version", "empty"],
)
def test_a_message_without_choices_cannot_be_answered(message: Any) -> None:
    assert refusal(message, "Funghi") == (
        "invalid request: asked must be an interactive message of a known template that offers a choice"
    )


@settings(max_examples=50)
@given(
    template=st.one_of([values_of(kind) for kind in (lc.ListPicker, lc.TimePicker, lc.QuickReply, lc.ViewResource)]),
    choice=values_of(lc.Choice),
)
def test_no_choice_raises(template: Any, choice: lc.Choice) -> None:
    prism: Any = getattr(lc, lc.optics.snake(type(template).__name__))
    asked = prism.construct(template)
    lc.reply_to(asked, choice)
    for offered in lc.choices_of(asked):
        assert lc.is_ok(lc.reply_to(asked, offered))


def test_a_page_of_a_carousel_that_is_no_list_offers_nothing() -> None:
    asked = lc.Interactive("Carousel", data={"content": {"title": "Pages", "elements": [QUICK_REPLY]}})
    assert isinstance(lc.template_of(asked), lc.Carousel)
    assert lc.choices_of(asked) == ()


def test_a_refusal_names_ten_choices_of_forty_characters() -> None:
    def asked(*titles: str) -> Any:
        elements = [{"title": title} for title in titles]
        return {
            "templateType": "QuickReply",
            "version": "1.0",
            "data": {"content": {"title": "?", "elements": elements}},
        }

    ten = [f"choice {number}" for number in range(10)]
    assert refusal(asked(*ten), "none").endswith("(10): " + ", ".join(map(repr, ten)))
    assert refusal(asked(*ten, "eleventh"), "none").endswith("(11): " + ", ".join(map(repr, ten)) + ", ...")
    assert refusal(asked("x" * 41), "none").endswith(f"(1): '{'x' * 40}'")
