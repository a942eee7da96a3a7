"""items: read transcript items from texts that are no reply of an operation.  Pure; no data makes them raise.

    item_from_json               the content of a WebSocket frame, an entry of a stored transcript
    items_from_sns               message streaming: a notification of Amazon SNS, an event of AWS Lambda
    items_from_transcript_file   the transcript that Amazon Connect stores after a chat

Facts: message streaming publishes each item as JSON text, the `Message` of an SNS notification (Amazon Connect
administrator guide, "Enable real-time chat message streaming").  AWS Lambda gets `{"Records": [...]}`: a record of SNS
has the notification in `Sns`, a record of SQS has it as text in `body`; with raw message delivery that text is the
item itself (AWS Lambda developer guide, "Using AWS Lambda with Amazon SNS" and "with Amazon SQS").  The stored
transcript is an object with the list `Transcript`, whose entries have the members of GetTranscript's items.  A file of
Contact Lens has such a list too; its entries are other records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

from lensconnect.arguments import expect
from lensconnect.errors import SerializeError
from lensconnect.jsontext import has_more_values, loads, loads_leniently
from lensconnect.operations import GetTranscriptResponse
from lensconnect.record import Mismatch, NotDecodable, Salvage, builder, decoder, fields, part_of
from lensconnect.results import Failure, Result, Success
from lensconnect.types.item import Item

T = TypeVar("T")

__all__ = ["item_from_json", "items_from_sns", "items_from_transcript_file"]

_COUNTED_FROM: Final = 65_536
"""Bytes of an item above which its values are counted before it is parsed."""
_MOST_VALUES: Final = 10_000
"""JSON values that an item may have."""
_NOTHING: Final = Item()
_FIRST, *_OTHERS = (field.name for field in fields(Item))
_ITEM_IN_FRAME: Final = part_of(Item, frozenset({_FIRST, *_OTHERS}), {"initial_contact_id": "InitialContactId"})
_read_item: Final[Callable[[bytes | str], Any]] = decoder(_ITEM_IN_FRAME)
_build_item: Final[Callable[[Any, Any], Item]] = builder(Item, _FIRST, tuple(_OTHERS))
_FILE: Final = part_of(
    GetTranscriptResponse, frozenset({"transcript"}), {"contact_lens": "ConversationCharacteristics"}
)
_read_file: Final[Callable[[bytes | str], Any]] = decoder(_FILE)


def decode_item(text: str | bytes) -> tuple[Item, str | None]:
    """Return the item that a JSON text holds, and its InitialContactId, which only frames and notifications have.

    Unknown members are ignored and members that do not fit the model left out, as `decode` does.  Raises
    `NotDecodable` for any other text.
    """
    if len(text) > _COUNTED_FROM:
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        if has_more_values(raw, _MOST_VALUES):
            raise NotDecodable(f"the item has more than {_MOST_VALUES} JSON values")
    try:
        part = _read_item(text)
    except Mismatch as error:
        return _fitting(_object(text, loads_leniently, error), error)
    item = _build_item(part.absolute_time, part)
    if item.id is None and item == _NOTHING:
        raise NotDecodable("not an item")
    contact_id = part.initial_contact_id
    return item, contact_id if contact_id.__class__ is str else None


def item_from_json(text: str | bytes) -> Result[Item, SerializeError]:
    """Return the item that a JSON text holds: the content of a WebSocket frame, an entry of a stored transcript.

    Unknown members are ignored and members that do not fit the model left out.  Any other text is a `SerializeError`;
    its message holds no value of the text.

    >>> item_from_json('{"Id":"m-1","Type":"MESSAGE","Content":"Hello"}')
    <Success: Item(content='Hello', id='m-1', type='MESSAGE')>
    """
    expect("item_from_json: text", text, (str, bytes), "JSON text")
    return _reading(lambda: decode_item(text)[0])


def items_from_sns(event: Mapping[str, object] | str | bytes) -> Result[tuple[Item, ...], SerializeError]:
    """Return the items of message streaming, in the order of the event's records.

    `event` is an event of AWS Lambda, from SNS or from SQS; one of its records; an SNS notification, as HTTPS and SQS
    deliver it; or the item alone, as raw message delivery does.  It may be parsed or JSON text.

    A record that holds no item makes the whole event a `SerializeError` that names its place; call this with one
    record at a time to go on past it.  SNS delivers at least once and in any order: `merge` puts that right.

    >>> items_from_sns({"Records": [{"Sns": {"Type": "Notification", "Message": '{"Id":"m-1"}'}}]})
    <Success: (Item(id='m-1'),)>
    """
    expect("items_from_sns: event", event, (Mapping, str, bytes), "an event or its JSON text")
    return _reading(lambda: tuple(_items_in(event)))


def items_from_transcript_file(text: bytes) -> Result[tuple[Item, ...], SerializeError]:
    """Return the items of the transcript that Amazon Connect stores in S3 after a chat, oldest first.

    Members of entries that do not fit the model are left out, as `decode` does.  A file of Contact Lens and every
    other text is a `SerializeError`.

    >>> items_from_transcript_file(b'{"Version":"2019-08-26","Transcript":[{"Id":"m-1","Content":"Hello"}]}')
    <Success: (Item(content='Hello', id='m-1'),)>
    """
    expect("items_from_transcript_file: text", text, bytes, "the bytes of a file")
    return _reading(lambda: _items_of_file(text))


def _reading(read: Callable[[], T]) -> Result[T, SerializeError]:
    try:
        return Success(read())
    except NotDecodable as error:
        return Failure(SerializeError(None, str(error)))


def _items_of_file(text: bytes) -> tuple[Item, ...]:
    raw = text.removeprefix(b"\xef\xbb\xbf")  # a file may begin with a byte order mark
    try:
        part = _read_file(raw)
        items: tuple[Item, ...] | None = part.transcript
        is_contact_lens = part.contact_lens is not None
    except Mismatch as error:
        whole = _object(raw, loads_leniently, error)
        salvage = Salvage()
        items = salvage.members(GetTranscriptResponse, whole).get("transcript")
        is_contact_lens = "ConversationCharacteristics" in whole
        if not salvage.read:
            raise
    if is_contact_lens:
        raise NotDecodable("a file of Contact Lens, not the transcript of a chat")
    if items is None:
        raise NotDecodable("not a stored transcript: it has no list Transcript")
    return items


def _items_in(event: object) -> Iterator[Item]:
    members = _members(event, "$")
    records = members.get("Records")
    if not isinstance(records, list):
        yield _item_in(members, "$")
        return
    for index, record in enumerate(cast("list[object]", records)):
        path = f"$.Records[{index}]"
        yield _item_in(_members(record, path), path)


def _item_in(record: Mapping[str, Any], path: str) -> Item:
    """Return the item of a record, which may be a notification, hold one, or be the item itself."""
    for name in ("Sns", "body", "Body"):
        if name in record:
            path = f"{path}.{name}"
            record = _members(record[name], path)
    if "Message" not in record:
        return _fitting(record, NotDecodable(f"not an item - at `{path}`"))[0]
    message = record["Message"]
    try:
        return decode_item(message if isinstance(message, str) else b"")[0]
    except NotDecodable as error:
        raise NotDecodable(f"{error} - at `{path}.Message`") from None


def _members(value: object, path: str) -> Mapping[str, Any]:
    """Return a JSON object, parsed or as text."""
    error = NotDecodable(f"not a JSON object - at `{path}`")
    if isinstance(value, (str, bytes)):
        return _object(value, loads, error)
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    raise error


def _object(text: str | bytes, read: Callable[[Any], object], error: NotDecodable) -> Mapping[str, Any]:
    """Return the JSON object that a text holds; raise `error` for any other text."""
    try:
        value = read(text)
    except ValueError:
        raise error from None
    if not isinstance(value, Mapping):
        raise error
    return cast("Mapping[str, Any]", value)


def _fitting(members: Mapping[str, Any], error: NotDecodable) -> tuple[Item, str | None]:
    """Return the item of the members that fit the model; raise `error` if none does."""
    salvage = Salvage()
    item = Item(**salvage.members(Item, members))
    if not salvage.read:
        raise error
    contact_id = members.get("InitialContactId")
    return item, contact_id if isinstance(contact_id, str) else None
