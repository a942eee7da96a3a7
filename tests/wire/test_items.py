"""Items are read from frames, notifications and stored transcripts, and no text makes a function raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    Item,
    MessageMetadata,
    Receipt,
    SerializeError,
    is_err,
    is_ok,
    item_from_json,
    items_from_sns,
    items_from_transcript_file,
)
from lensconnect.record import NotDecodable, to_members
from lensconnect.testing.strategies import records_of
from lensconnect.wire.items import decode_item

ITEM = Item(absolute_time="2026-11-22T10:00:01.234Z", content="Hello 😀", id="m-7", type="MESSAGE", contact_id="c-2")
TEXT = json.dumps({**to_members(ITEM), "InitialContactId": "c-1"})


def refused(outcome: Any) -> str:
    assert is_err(outcome), outcome
    error = outcome.failure()
    assert isinstance(error, SerializeError)
    assert error.status is None
    return error.message


# -- one item ---------------------------------------------------------------------------------------------------------


@given(records_of(Item).filter(lambda item: item != Item()), st.booleans())
def test_an_item_comes_back_from_text_and_from_bytes(item: Item, ascii_only: bool) -> None:
    text = json.dumps({**to_members(item), "InitialContactId": "c-1", "Unknown": [1]}, ensure_ascii=ascii_only)
    assert decode_item(text) == decode_item(text.encode()) == (item, "c-1")
    assert item_from_json(text).unwrap() == item


def test_the_chunk_of_a_streamed_answer_is_read() -> None:
    text = '{"Id":"m","Content":"Hel","MessageMetadata":{"MessageCompleted":false,"ChunkNumber":1}}'
    metadata = MessageMetadata(message_completed=False, chunk_number=1)
    assert item_from_json(text).unwrap() == Item(id="m", content="Hel", message_metadata=metadata)


def test_null_and_unknown_members_are_absent() -> None:
    assert decode_item('{"Id":"m","Content":null,"ContentType":null,"X":{}}') == (Item(id="m"), None)


def test_members_that_do_not_fit_are_left_out() -> None:
    members = {
        "Id": "m",
        "Type": 7,
        "InitialContactId": 5,
        "MessageMetadata": {"Receipts": [3, {"ReadTimestamp": "t"}]},
    }
    assert decode_item(json.dumps(members)) == (
        Item(id="m", message_metadata=MessageMetadata(receipts=(Receipt(read_timestamp="t"),))),
        None,
    )


def test_a_long_text_is_an_item_and_too_many_values_are_none() -> None:
    assert decode_item(json.dumps({"Content": "a" * 70_000}))[0] == Item(content="a" * 70_000)
    for text in (too_many := json.dumps({"Id": "m", "Unknown": [10_000] * 10_000}), too_many.encode()):
        with pytest.raises(NotDecodable, match="more than 10000 JSON values"):
            decode_item(text)


def test_the_values_of_an_item_are_counted_above_65536_characters() -> None:
    text = json.dumps({"Id": "m", "Unknown": [0] * 20_000}, separators=(",", ":"))
    assert decode_item(text.ljust(65_536)) == (Item(id="m"), None)
    with pytest.raises(NotDecodable, match="more than 10000 JSON values"):
        decode_item(text.ljust(65_537))


def test_a_long_item_may_have_exactly_10000_values() -> None:
    text = '{"Id":"m","Unknown":[' + ",".join("0" * 9_997)
    assert decode_item(text.ljust(70_000) + "]}") == (Item(id="m"), None)
    with pytest.raises(NotDecodable, match="more than 10000 JSON values"):
        decode_item(text.ljust(70_000) + ",0]}")


@pytest.mark.parametrize("text", ["\ud800", "a\udfff😀"])
def test_a_lone_surrogate_loses_no_item(text: str) -> None:
    for written in (json.dumps({"Content": text}), f'{{"Content":"{text}"}}', json.dumps({"Content": text}).encode()):
        assert item_from_json(written).unwrap().content == text
    assert item_from_json(f'{{"Id":3,"Content":"{text}"}}').unwrap().content == text


NO_ITEMS: list[str | bytes] = [
    "",
    "{",
    "[]",
    "null",
    '"m"',
    "{}",
    '{"id":"m"}',
    '{"Id":7}',
    '{"InitialContactId":"c"}',
    b'{"Id":"\xff"}',
    '{"Id":' + "[" * 100_000,
    '{"Id":NaN}',
    '{"Id":"m","Attachments":[' + "{}," * 50_000 + "{}]}",
]


@pytest.mark.parametrize("text", NO_ITEMS, ids=lambda text: text[:20])
def test_a_text_without_an_item_is_refused(text: str | bytes) -> None:
    assert refused(item_from_json(text))
    with pytest.raises(NotDecodable):
        decode_item(text)


@settings(max_examples=300)
@given(st.text(st.characters(exclude_categories=())) | st.binary())
def test_no_text_makes_a_reader_raise(text: str | bytes) -> None:
    for outcome in (item_from_json(text), items_from_sns(text)):
        assert is_ok(outcome) or is_err(outcome)
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    assert is_err(items_from_transcript_file(raw))


def test_an_error_quotes_no_value() -> None:
    for text in ('{"Id":["my secret"]}', '{"my secret', '{"Id":"my secret'):
        assert "my secret" not in refused(item_from_json(text))


@pytest.mark.parametrize("value", [None, 3, {"Id": "m"}, ITEM])
def test_another_value_is_a_mistake(value: Any) -> None:
    with pytest.raises(TypeError, match="item_from_json: text must be JSON text"):
        item_from_json(value)


# -- message streaming ------------------------------------------------------------------------------------------------

NOTIFICATION = {
    "Type": "Notification",
    "Message": TEXT,
    "MessageAttributes": {"MessageVisibility": {"Type": "String", "Value": "ALL"}},
}
EVENTS: dict[str, Any] = {
    "a notification": NOTIFICATION,
    "an item, as raw delivery by HTTPS has it": json.loads(TEXT),
    "a record of SNS": {"EventSource": "aws:sns", "Sns": NOTIFICATION},
    "a record of SQS": {"eventSource": "aws:sqs", "body": json.dumps(NOTIFICATION)},
    "a record of SQS with raw delivery": {"eventSource": "aws:sqs", "body": TEXT},
    "a message of boto3's receive_message": {"Body": json.dumps(NOTIFICATION)},
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_read_parsed_as_text_and_among_records(name: str) -> None:
    event = EVENTS[name]
    text = json.dumps(event)
    for given_ in (event, text, text.encode()):
        assert items_from_sns(given_).unwrap() == (ITEM,)
    assert items_from_sns({"Records": [event, *EVENTS.values()]}).unwrap() == (ITEM,) * 7


def test_an_event_without_records_has_no_items() -> None:
    assert items_from_sns({"Records": []}).unwrap() == ()


BROKEN: dict[str, tuple[Any, str]] = {
    "a list": ("[]", "at `$`"),
    "an object of something else": ({"a": 1}, "at `$`"),
    "a confirmation": ({"Type": "SubscriptionConfirmation", "Message": "You have chosen"}, "at `$.Message`"),
    "a message that is no text": ({"Message": {"Id": "m"}}, "at `$.Message`"),
    "a record that is no object": ({"Records": [3]}, "at `$.Records[0]`"),
    "a body that is no JSON": ({"Records": [{"Sns": NOTIFICATION}, {"body": "Hello"}]}, "at `$.Records[1].body`"),
    "a notification that is none": ({"Records": [{"Sns": None}]}, "at `$.Records[0].Sns`"),
    "a record of something else": ({"Records": [{"s3": {}}]}, "at `$.Records[0]`"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_place_of_what_is_no_item_is_named(name: str) -> None:
    event, place = BROKEN[name]
    assert refused(items_from_sns(event)).endswith(place)


def test_a_number_is_no_event() -> None:
    with pytest.raises(TypeError, match="items_from_sns: event must be an event or its JSON text"):
        items_from_sns(3)  # type: ignore[arg-type]


# -- stored transcripts -----------------------------------------------------------------------------------------------

FILE: dict[str, Any] = {
    "Version": "2019-08-26",
    "AWSAccountId": "123456789012",
    "InstanceId": "i-1",
    "InitialContactId": "c-1",
    "ContactId": "c-2",
    "Participants": [{"ParticipantId": "p-1"}],
    "Transcript": [json.loads(TEXT), {"Id": "m-8", "Unknown": 1}],
}


def test_a_stored_transcript_is_read_in_its_order() -> None:
    items = (ITEM, Item(id="m-8"))
    assert items_from_transcript_file(json.dumps(FILE).encode()).unwrap() == items
    assert items_from_transcript_file(b"\xef\xbb\xbf" + json.dumps(FILE, indent=1).encode()).unwrap() == items
    assert items_from_transcript_file(b'{"Transcript":[]}').unwrap() == ()


def test_an_entry_that_does_not_fit_loses_no_other() -> None:
    entries = [{"Id": 3, "Content": "a"}, "b", {"Id": "c"}]
    found = items_from_transcript_file(json.dumps({**FILE, "Transcript": entries}).encode())
    assert found.unwrap() == (Item(content="a"), Item(id="c"))


REFUSED_FILES = {
    b"": "truncated",
    b"[]": "Expected `object`",
    b"{}": "it has no list Transcript",
    b'{"Transcript":null}': "it has no list Transcript",
    b'{"Transcript":7}': "Expected `array",
    b'{"Transcript":[7]}': "Expected `object",
    b'{"Transcript":[{"Id":"1"}],"ConversationCharacteristics":{}}': "a file of Contact Lens",
    b'{"Transcript":[{"Id":1,"Content":"a"}],"ConversationCharacteristics":{}}': "a file of Contact Lens",
}


@pytest.mark.parametrize("text", REFUSED_FILES)
def test_another_file_is_refused(text: bytes) -> None:
    assert REFUSED_FILES[text] in refused(items_from_transcript_file(text))


def test_a_file_is_given_as_bytes() -> None:
    with pytest.raises(TypeError, match="items_from_transcript_file: text must be the bytes of a file"):
        items_from_transcript_file("{}")  # type: ignore[arg-type]
