"""Answers to interactive messages, as AWS's chat interface sends them.

    choices_of(asked)           what can be chosen
    reply_to(asked, choice)     the message to send

Facts (observed in the source of amazon-connect-chat-interface 40df506):

    list picker, panel, quick reply   `text/plain`, the element's title; a link sends nothing
    an element with an action         the interactive response that asks for another page of the list
    time picker                       `text/plain`, the slot's date; with a `timeZoneOffset` other than 0 it is moved
                                      by these minutes and still written with `+00:00`
    carousel                          `text/plain`, JSON with the page's identifier and title, and the element's title
    view                              an interactive response with an action that is not empty

A response has the content type `...message.interactive.response`, which StartChatContact must have enabled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Sequence  # the annotation Json names it
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias, get_args

from lensconnect.arguments import wrong_type
from lensconnect.content.json import json_object
from lensconnect.content.members import OpenRecord, on_text
from lensconnect.content.templates import (
    Carousel,
    Interactive,
    ListPicker,
    Panel,
    QuickReply,
    Template,
    TemplateElement,
    TimePicker,
    ViewResource,
    template_of,
)
from lensconnect.content.types import CONTENT_INTERACTIVE_RESPONSE, CONTENT_TEXT_PLAIN
from lensconnect.errors import Fault, InvalidRequest
from lensconnect.jsontext import Json
from lensconnect.optics import Lens, Prism
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success

__all__ = [
    "Choice",
    "DraftMessage",
    "InteractiveAnswer",
    "choices_of",
    "draft_message_content",
    "draft_message_content_type",
    "interactive_answer",
    "interactive_answer_action",
    "interactive_answer_data",
    "interactive_answer_others",
    "interactive_answer_template_type",
    "interactive_answer_version",
    "reply_to",
]

Choice: TypeAlias = str | tuple[str, str]
"""A choice: an element's title, the date of a time slot as given, the name of a view's action; of a carousel the
page's title and the element's."""

_ACTIONS: Final = frozenset({"SHOW_MORE", "PREVIOUS_OPTIONS"})
_PLACE_IN_LIST: Final = ("preIndex", "nextIndex", "listId", "templateType", "referenceId")
_SHOWN_CHOICES: Final = 10
_SHOWN_CHARACTERS: Final = 40


class DraftMessage(Record, frozen=True):
    """A message that is not sent yet, for SendMessage."""

    content_type: str
    content: str


class InteractiveAnswer(OpenRecord, frozen=True, rename="camel"):
    """An interactive response: the action of a view with the form's `data`, or the request for a page of a list."""

    action: str | None = None
    data: Mapping[str, Json] | None = None
    template_type: str | None = None
    version: str | None = None


interactive_answer: Prism[str, InteractiveAnswer] = on_text(InteractiveAnswer, "interactive_answer")
"""A prism on the interactive response in a text: any JSON object.

A change keeps members that no field holds; a change that changes nothing keeps the text.
"""


def expect_interactive(name: str, asked: object) -> None:
    """Raise `TypeError` for a value that is no interactive message."""
    if not isinstance(asked, Interactive):
        is_template = isinstance(asked, get_args(Template))
        hint = "interactive_of(...) makes one of it" if is_template else "content_of(...) reads the one of an item"
        raise wrong_type(name, "an Interactive", asked, f": {hint}")


def choices_of(asked: Interactive) -> tuple[Choice, ...]:
    """Return the choices that an interactive message offers, in its order; none for an unknown template or a view.

    The actions of a view are in the reply to DescribeView.
    """
    return tuple(choice for choice, _ in _offers(asked))


def reply_to(asked: Interactive, choice: Choice) -> Result[DraftMessage, InvalidRequest]:
    """Return the message that answers an interactive message, as AWS's chat interface sends it.

    InvalidRequest if the message does not offer the choice; its fault names those that it offers, at most 10.  For a
    view any name of an action that is not empty will do, with no data of a form: to send these, construct the
    text with `interactive_answer`.

    >>> asked = Interactive("Panel", data={"content": {"title": "Good?", "elements": [{"title": "Yes"}]}})
    >>> reply_to(asked, "Yes").unwrap()
    DraftMessage(content_type='text/plain', content='Yes')
    >>> print(reply_to(asked, "Maybe").failure())
    invalid request: choice must be one of the choices offered (1): 'Yes'
    """
    expect_interactive("reply_to: asked", asked)
    if isinstance(template_of(asked), ViewResource) and isinstance(choice, str) and choice:
        answer = InteractiveAnswer(choice, {}, ViewResource.__name__, "1.0")
        return Success(DraftMessage(CONTENT_INTERACTIVE_RESPONSE, interactive_answer.construct(answer)))
    for offered, draft in _offers(asked):
        if offered == choice:
            return Success(draft)
    return Failure(InvalidRequest((_not_offered(asked),)))


def _offers(asked: Interactive) -> Iterator[tuple[Choice, DraftMessage]]:
    """Yield each choice with its answer."""
    match template_of(asked):
        case ListPicker(elements=elements) | Panel(elements=elements):
            yield from ((element.title, _of_element(asked, element)) for element in elements if not _is_link(element))
        case QuickReply(elements=elements):
            yield from ((element.title, DraftMessage(CONTENT_TEXT_PLAIN, element.title)) for element in elements)
        case TimePicker(timeslots=slots, time_zone_offset=minutes):
            yield from ((slot.date, DraftMessage(CONTENT_TEXT_PLAIN, _moved(slot.date, minutes))) for slot in slots)
        case Carousel(elements=pages):
            for page in pages:
                yield from _of_page(page)
        case _:
            pass


def _is_link(element: TemplateElement) -> bool:
    return element.type == "hyperlink" and bool(element.url)


def _of_element(asked: Interactive, element: TemplateElement) -> DraftMessage:
    action = element.action_detail
    if action not in _ACTIONS:
        return DraftMessage(CONTENT_TEXT_PLAIN, element.title)
    content = (asked.data or {}).get("content")
    known = {**(content if isinstance(content, Mapping) else {}), "templateType": asked.template_type}
    data: dict[str, Json] = {"actionName": action, **{name: known[name] for name in _PLACE_IN_LIST if name in known}}
    answer = InteractiveAnswer(action, data, version="1.0")
    return DraftMessage(CONTENT_INTERACTIVE_RESPONSE, interactive_answer.construct(answer))


def _of_page(page: Interactive) -> Iterator[tuple[Choice, DraftMessage]]:
    match template_of(page):
        case ListPicker(title=title, elements=elements) | Panel(title=title, elements=elements):
            identifier = {} if page.template_identifier is None else {"templateIdentifier": page.template_identifier}
            for element in elements:
                if not _is_link(element):
                    content = json_object.construct({**identifier, "listTitle": title, "selectionText": element.title})
                    yield (title, element.title), DraftMessage(CONTENT_TEXT_PLAIN, content)
        case _:
            pass


def _moved(date: str, minutes: int | None) -> str:
    """Return the date as the chat interface writes it: moved by the offset, with two digits of a second's fraction."""
    if not minutes:
        return date
    try:
        start = datetime.fromisoformat(date)
        moved = start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)
        moved += timedelta(minutes=minutes)
    except (ValueError, OverflowError):
        return date
    return moved.replace(tzinfo=None).isoformat(timespec="milliseconds")[:-1] + "+00:00"


def _not_offered(asked: Interactive) -> Fault:
    if isinstance(template_of(asked), ViewResource):
        return Fault("choice", "the name of an action of the view (DescribeView), at least 1 character")
    choices = choices_of(asked)
    if not choices:
        return Fault("asked", "an interactive message of a known template that offers a choice")
    more = ", ..." if len(choices) > _SHOWN_CHOICES else ""
    names = ", ".join(map(_shown, choices[:_SHOWN_CHOICES]))
    return Fault("choice", f"one of the choices offered ({len(choices)}): {names}{more}")


def _shown(choice: Choice) -> str:
    if isinstance(choice, tuple):
        return f"({', '.join(map(_shown, choice))})"
    return repr(choice[:_SHOWN_CHARACTERS])  # `repr` escapes what is not printable


draft_message_content_type: Lens[DraftMessage, str] = Lens(DraftMessage, "content_type")
draft_message_content: Lens[DraftMessage, str] = Lens(DraftMessage, "content")
interactive_answer_action: Lens[InteractiveAnswer, str | None] = Lens(InteractiveAnswer, "action")
interactive_answer_data: Lens[InteractiveAnswer, Mapping[str, Json] | None] = Lens(InteractiveAnswer, "data")
interactive_answer_template_type: Lens[InteractiveAnswer, str | None] = Lens(InteractiveAnswer, "template_type")
interactive_answer_version: Lens[InteractiveAnswer, str | None] = Lens(InteractiveAnswer, "version")
interactive_answer_others: Lens[InteractiveAnswer, Mapping[str, Json]] = Lens(InteractiveAnswer, "others")
