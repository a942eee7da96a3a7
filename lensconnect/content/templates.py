"""The templates of interactive messages as records: list picker, panel, time picker, quick reply, carousel, view.

    asked = interactive.unpack(item.content)    Interactive, whatever its template
    picker = list_picker.unpack(asked)          ListPicker, or None if it is none

Facts: an interactive message has the content type `...message.interactive` and comes from the flow of a contact.  Its
JSON has a `templateType`, a `version` ("1.0"), and `data` with `content` and an optional `replyMessage` (the page
"interactive messages" of Amazon Connect's administrator guide).  Each record has the fields that the guide or AWS's
chat interface reads (amazon-connect-chat-interface 40df506); only those are required that each reader needs.
Every other member, at any level, is in `others`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Sequence  # the annotation Json names it
from functools import partial
from typing import Annotated, Final, Literal, TypeAlias, TypeVar, cast

from lensconnect.content.members import OpenRecord, members_in, names_of, on_text, read, take, write
from lensconnect.jsontext import Json, JsonObject
from lensconnect.marks import SECRET
from lensconnect.optics import Lens, Prism, snake

__all__ = [
    "Carousel",
    "Interactive",
    "ListPicker",
    "Panel",
    "QuickReply",
    "ReplyMessage",
    "Template",
    "TemplateElement",
    "TemplateLocation",
    "TimePicker",
    "TimeSlot",
    "ViewResource",
    "carousel",
    "carousel_elements",
    "carousel_others",
    "carousel_reply_message",
    "carousel_title",
    "carousel_version",
    "interactive",
    "interactive_data",
    "interactive_of",
    "interactive_others",
    "interactive_template_identifier",
    "interactive_template_type",
    "interactive_version",
    "list_picker",
    "list_picker_elements",
    "list_picker_image_data",
    "list_picker_image_description",
    "list_picker_image_type",
    "list_picker_others",
    "list_picker_reply_message",
    "list_picker_subtitle",
    "list_picker_title",
    "list_picker_version",
    "panel",
    "panel_elements",
    "panel_image_data",
    "panel_image_description",
    "panel_image_type",
    "panel_others",
    "panel_reply_message",
    "panel_subtitle",
    "panel_title",
    "panel_version",
    "quick_reply",
    "quick_reply_elements",
    "quick_reply_others",
    "quick_reply_reply_message",
    "quick_reply_title",
    "quick_reply_version",
    "reply_message_image_data",
    "reply_message_image_description",
    "reply_message_image_type",
    "reply_message_others",
    "reply_message_subtitle",
    "reply_message_title",
    "template_element_action_detail",
    "template_element_image_data",
    "template_element_image_description",
    "template_element_image_type",
    "template_element_others",
    "template_element_subtitle",
    "template_element_title",
    "template_element_type",
    "template_element_url",
    "template_location_latitude",
    "template_location_longitude",
    "template_location_others",
    "template_location_radius",
    "template_location_title",
    "template_of",
    "time_picker",
    "time_picker_location",
    "time_picker_others",
    "time_picker_reply_message",
    "time_picker_subtitle",
    "time_picker_time_zone_offset",
    "time_picker_timeslots",
    "time_picker_title",
    "time_picker_version",
    "time_slot_date",
    "time_slot_duration",
    "time_slot_others",
    "view_resource",
    "view_resource_others",
    "view_resource_reply_message",
    "view_resource_version",
    "view_resource_view_data",
    "view_resource_view_id",
    "view_resource_view_token",
]


class Interactive(OpenRecord, frozen=True, rename="camel"):
    """An interactive message of any template; `data` is its JSON, `template_of` gives it as a record.

    Messages of unknown templates and versions are values of this type too.  `template_identifier` names a page of a
    carousel.
    """

    template_type: str
    version: str | None = None
    template_identifier: str | None = None
    data: Mapping[str, Json] | None = None


class ReplyMessage(OpenRecord, frozen=True, rename="camel"):
    """The text that the interface shows after a choice; it is not sent."""

    title: str
    subtitle: str | None = None
    image_type: str | None = None
    image_data: str | None = None
    image_description: str | None = None


class TemplateElement(OpenRecord, frozen=True, rename="camel"):
    """A choice of a list picker, a panel or a quick reply.

    `type` "hyperlink" with a `url` is a link: to choose it sends nothing.  `action_detail` "SHOW_MORE" or
    "PREVIOUS_OPTIONS" asks the flow for another page of the list.  `image_data` is a URL (`image_type` "URL").
    """

    title: str
    subtitle: str | None = None
    image_type: str | None = None
    image_data: str | None = None
    image_description: str | None = None
    type: str | None = None
    url: str | None = None
    action_detail: str | None = None


class TemplateLocation(OpenRecord, frozen=True, rename="camel"):
    """The place of an appointment: degrees, a name, and a radius in a unit that AWS does not document."""

    latitude: float
    longitude: float
    title: str
    radius: float | None = None


class TimeSlot(OpenRecord, frozen=True, rename="camel"):
    """A start that can be chosen, such as "2020-10-31T17:00+00:00", and its duration (in seconds, as documented)."""

    date: str
    duration: int | None = None


class _Template(OpenRecord, frozen=True, kw_only=True, rename="camel"):
    """The parts of a message that stand beside its content; `others` is nested as the message is."""

    reply_message: ReplyMessage | None = None
    version: Literal["1.0"] | None = "1.0"


class ListPicker(_Template, frozen=True, rename="camel"):
    """A list of choices with subtitles and images.

    `others` of this and the other templates holds the further members of the message at their places:
    `{"data": {"content": {"listId": "l-1"}}}`.
    """

    title: str
    elements: tuple[TemplateElement, ...]
    subtitle: str | None = None
    image_type: str | None = None
    image_data: str | None = None
    image_description: str | None = None


class Panel(_Template, frozen=True, rename="camel"):
    """Buttons below one image and a title."""

    title: str
    elements: tuple[TemplateElement, ...]
    subtitle: str | None = None
    image_type: str | None = None
    image_data: str | None = None
    image_description: str | None = None


class TimePicker(_Template, frozen=True, rename="camel"):
    """Starts of an appointment; `time_zone_offset` is the distance of the local time from UTC in minutes."""

    title: str
    timeslots: tuple[TimeSlot, ...]
    subtitle: str | None = None
    time_zone_offset: int | None = None
    location: TemplateLocation | None = None


class QuickReply(_Template, frozen=True, rename="camel"):
    """A question with short answers."""

    title: str
    elements: tuple[TemplateElement, ...]


class Carousel(_Template, frozen=True, rename="camel"):
    """Pages, each a list picker or a panel with a `template_identifier`."""

    title: str
    elements: tuple[Interactive, ...]


class ViewResource(_Template, frozen=True, rename="camel"):
    """A view (form): DescribeView takes the token and returns the form and the names of its actions."""

    view_token: Annotated[str, SECRET]
    view_id: str | None = None
    view_data: Mapping[str, Json] | None = None


Template: TypeAlias = ListPicker | Panel | TimePicker | QuickReply | Carousel | ViewResource
"""The records of the known templates; the name of each is its `templateType`."""

X = TypeVar("X", bound=_Template)

_BESIDE: Final = names_of(_Template)
_REPLY_MESSAGE: Final = frozenset({"reply_message"})
_VERSION: Final = frozenset({"version"})


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _if_any(name: str, members: JsonObject) -> JsonObject:
    return {name: members} if members else {}


def _without(members: JsonObject, *names: str) -> dict[str, Json]:
    return {name: value for name, value in members.items() if name not in names}


def _unpack(kind: type[X], asked: Interactive) -> X | None:
    if asked.template_type != kind.__name__ or asked.version not in (None, "1.0") or "version" in asked.others:
        return None
    data = _object(asked.data)
    inside = take(kind, names_of(kind) - _BESIDE, data.get("content"))
    beside = take(kind, _REPLY_MESSAGE, _without(data, "content"))
    if inside is None or beside is None:
        return None
    (values, content), (reply_message, rest) = inside, beside
    version: Literal["1.0"] | None = None if asked.version is None else "1.0"
    around = _without(write(asked), "templateType", "version", "data")
    others = {**around, **_if_any("data", {**rest, **_if_any("content", content)})}
    return kind(**values, **reply_message, version=version, others=others)


def _construct(template: _Template) -> Interactive:
    kind = type(template)
    data = _object(template.others.get("data"))
    own = members_in(template, names_of(kind) - _BESIDE)
    message = {
        **template.others,
        "templateType": kind.__name__,
        **members_in(template, _VERSION),
        "data": {
            **data,
            "content": {**own, **_object(data.get("content")), **own},
            **members_in(template, _REPLY_MESSAGE),
        },
    }
    return cast("Interactive", read(Interactive, message))  # a message with a templateType can be read


def _prism_on(kind: type[X]) -> Prism[Interactive, X]:
    return Prism(partial(_unpack, kind), _construct, name=snake(kind.__name__))


interactive: Prism[str, Interactive] = on_text(Interactive, "interactive")
"""A prism on the interactive message in a text: a JSON object with a `templateType`.

A change keeps members that no field holds; a change that changes nothing keeps the text.
"""

list_picker: Prism[Interactive, ListPicker] = _prism_on(ListPicker)
panel: Prism[Interactive, Panel] = _prism_on(Panel)
time_picker: Prism[Interactive, TimePicker] = _prism_on(TimePicker)
quick_reply: Prism[Interactive, QuickReply] = _prism_on(QuickReply)
carousel: Prism[Interactive, Carousel] = _prism_on(Carousel)
view_resource: Prism[Interactive, ViewResource] = _prism_on(ViewResource)

_TEMPLATES: Final[Mapping[str, type[Template]]] = {
    kind.__name__: kind for kind in (ListPicker, Panel, TimePicker, QuickReply, Carousel, ViewResource)
}


def template_of(asked: Interactive) -> Template | None:
    """Return the record of the message's template; `None` if type or version is unknown, or a required member misses.

    >>> found = template_of(Interactive("Panel", data={"content": {"title": "Good?", "elements": [{"title": "Yes"}]}}))
    >>> [element.title for element in found.elements] if isinstance(found, Panel) else found
    ['Yes']
    """
    kind = _TEMPLATES.get(asked.template_type)
    return None if kind is None else _unpack(kind, asked)


def interactive_of(template: Template) -> Interactive:
    """Return the message of a template: the inverse of `template_of`.

    >>> template_of(interactive_of(QuickReply("Good?", (TemplateElement("Yes"),)))).title
    'Good?'
    """
    return _construct(template)


interactive_template_type: Lens[Interactive, str] = Lens(Interactive, "template_type")
interactive_version: Lens[Interactive, str | None] = Lens(Interactive, "version")
interactive_template_identifier: Lens[Interactive, str | None] = Lens(Interactive, "template_identifier")
interactive_data: Lens[Interactive, Mapping[str, Json] | None] = Lens(Interactive, "data")
interactive_others: Lens[Interactive, Mapping[str, Json]] = Lens(Interactive, "others")
reply_message_title: Lens[ReplyMessage, str] = Lens(ReplyMessage, "title")
reply_message_subtitle: Lens[ReplyMessage, str | None] = Lens(ReplyMessage, "subtitle")
reply_message_image_type: Lens[ReplyMessage, str | None] = Lens(ReplyMessage, "image_type")
reply_message_image_data: Lens[ReplyMessage, str | None] = Lens(ReplyMessage, "image_data")
reply_message_image_description: Lens[ReplyMessage, str | None] = Lens(ReplyMessage, "image_description")
reply_message_others: Lens[ReplyMessage, Mapping[str, Json]] = Lens(ReplyMessage, "others")
template_element_title: Lens[TemplateElement, str] = Lens(TemplateElement, "title")
template_element_subtitle: Lens[TemplateElement, str | None] = Lens(TemplateElement, "subtitle")
template_element_image_type: Lens[TemplateElement, str | None] = Lens(TemplateElement, "image_type")
template_element_image_data: Lens[TemplateElement, str | None] = Lens(TemplateElement, "image_data")
template_element_image_description: Lens[TemplateElement, str | None] = Lens(TemplateElement, "image_description")
template_element_type: Lens[TemplateElement, str | None] = Lens(TemplateElement, "type")
template_element_url: Lens[TemplateElement, str | None] = Lens(TemplateElement, "url")
template_element_action_detail: Lens[TemplateElement, str | None] = Lens(TemplateElement, "action_detail")
template_element_others: Lens[TemplateElement, Mapping[str, Json]] = Lens(TemplateElement, "others")
template_location_latitude: Lens[TemplateLocation, float] = Lens(TemplateLocation, "latitude")
template_location_longitude: Lens[TemplateLocation, float] = Lens(TemplateLocation, "longitude")
template_location_title: Lens[TemplateLocation, str] = Lens(TemplateLocation, "title")
template_location_radius: Lens[TemplateLocation, float | None] = Lens(TemplateLocation, "radius")
template_location_others: Lens[TemplateLocation, Mapping[str, Json]] = Lens(TemplateLocation, "others")
time_slot_date: Lens[TimeSlot, str] = Lens(TimeSlot, "date")
time_slot_duration: Lens[TimeSlot, int | None] = Lens(TimeSlot, "duration")
time_slot_others: Lens[TimeSlot, Mapping[str, Json]] = Lens(TimeSlot, "others")
list_picker_title: Lens[ListPicker, str] = Lens(ListPicker, "title")
list_picker_elements: Lens[ListPicker, tuple[TemplateElement, ...]] = Lens(ListPicker, "elements")
list_picker_subtitle: Lens[ListPicker, str | None] = Lens(ListPicker, "subtitle")
list_picker_image_type: Lens[ListPicker, str | None] = Lens(ListPicker, "image_type")
list_picker_image_data: Lens[ListPicker, str | None] = Lens(ListPicker, "image_data")
list_picker_image_description: Lens[ListPicker, str | None] = Lens(ListPicker, "image_description")
list_picker_reply_message: Lens[ListPicker, ReplyMessage | None] = Lens(ListPicker, "reply_message")
list_picker_version: Lens[ListPicker, Literal["1.0"] | None] = Lens(ListPicker, "version")
list_picker_others: Lens[ListPicker, Mapping[str, Json]] = Lens(ListPicker, "others")
panel_title: Lens[Panel, str] = Lens(Panel, "title")
panel_elements: Lens[Panel, tuple[TemplateElement, ...]] = Lens(Panel, "elements")
panel_subtitle: Lens[Panel, str | None] = Lens(Panel, "subtitle")
panel_image_type: Lens[Panel, str | None] = Lens(Panel, "image_type")
panel_image_data: Lens[Panel, str | None] = Lens(Panel, "image_data")
panel_image_description: Lens[Panel, str | None] = Lens(Panel, "image_description")
panel_reply_message: Lens[Panel, ReplyMessage | None] = Lens(Panel, "reply_message")
panel_version: Lens[Panel, Literal["1.0"] | None] = Lens(Panel, "version")
panel_others: Lens[Panel, Mapping[str, Json]] = Lens(Panel, "others")
time_picker_title: Lens[TimePicker, str] = Lens(TimePicker, "title")
time_picker_timeslots: Lens[TimePicker, tuple[TimeSlot, ...]] = Lens(TimePicker, "timeslots")
time_picker_subtitle: Lens[TimePicker, str | None] = Lens(TimePicker, "subtitle")
time_picker_time_zone_offset: Lens[TimePicker, int | None] = Lens(TimePicker, "time_zone_offset")
time_picker_location: Lens[TimePicker, TemplateLocation | None] = Lens(TimePicker, "location")
time_picker_reply_message: Lens[TimePicker, ReplyMessage | None] = Lens(TimePicker, "reply_message")
time_picker_version: Lens[TimePicker, Literal["1.0"] | None] = Lens(TimePicker, "version")
time_picker_others: Lens[TimePicker, Mapping[str, Json]] = Lens(TimePicker, "others")
quick_reply_title: Lens[QuickReply, str] = Lens(QuickReply, "title")
quick_reply_elements: Lens[QuickReply, tuple[TemplateElement, ...]] = Lens(QuickReply, "elements")
quick_reply_reply_message: Lens[QuickReply, ReplyMessage | None] = Lens(QuickReply, "reply_message")
quick_reply_version: Lens[QuickReply, Literal["1.0"] | None] = Lens(QuickReply, "version")
quick_reply_others: Lens[QuickReply, Mapping[str, Json]] = Lens(QuickReply, "others")
carousel_title: Lens[Carousel, str] = Lens(Carousel, "title")
carousel_elements: Lens[Carousel, tuple[Interactive, ...]] = Lens(Carousel, "elements")
carousel_reply_message: Lens[Carousel, ReplyMessage | None] = Lens(Carousel, "reply_message")
carousel_version: Lens[Carousel, Literal["1.0"] | None] = Lens(Carousel, "version")
carousel_others: Lens[Carousel, Mapping[str, Json]] = Lens(Carousel, "others")
view_resource_view_token: Lens[ViewResource, str] = Lens(ViewResource, "view_token")
view_resource_view_id: Lens[ViewResource, str | None] = Lens(ViewResource, "view_id")
view_resource_view_data: Lens[ViewResource, Mapping[str, Json] | None] = Lens(ViewResource, "view_data")
view_resource_reply_message: Lens[ViewResource, ReplyMessage | None] = Lens(ViewResource, "reply_message")
view_resource_version: Lens[ViewResource, Literal["1.0"] | None] = Lens(ViewResource, "version")
view_resource_others: Lens[ViewResource, Mapping[str, Json]] = Lens(ViewResource, "others")
