"""validate: all faults of a request, and both sides of every limit."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader

from lensconnect import (
    CLASSIC,
    DOCUMENTED_2026,
    MODEL,
    NONE,
    CompleteAttachmentUpload,
    ConnectionToken,
    CreateParticipantConnection,
    DescribeView,
    Endpoint,
    Fault,
    GetAttachment,
    GetTranscript,
    InvalidRequest,
    Limits,
    ParticipantToken,
    SendEvent,
    SendMessage,
    StartAttachmentUpload,
    StartPosition,
    describe,
    is_ok,
    new_send_event,
    new_send_message,
    validate,
)
from lensconnect.content.types import (
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE_RESPONSE,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_TEXT_PLAIN,
    EVENT_CHAT_ENDED,
    EVENT_TYPING,
)
from lensconnect.operations import OPERATIONS, Reply, Request
from lensconnect.record import Field, FieldType, Record, fields

HOME = Endpoint("https://h")
TOKEN = ConnectionToken("t")
EVERY_LIMITS = (MODEL, DOCUMENTED_2026, CLASSIC, NONE)
every_limits = pytest.mark.parametrize("limits", EVERY_LIMITS, ids=lambda limits: limits.name)


def faults_of(request: Request[Reply], limits: Limits = MODEL) -> list[str]:
    """Return the faults as text, after checking that `validate` and `describe` agree."""
    faults = validate(request, limits)
    outcome = describe(request, HOME, limits)
    assert is_ok(outcome) if not faults else outcome.failure() == InvalidRequest(faults)
    return [str(fault) for fault in faults]


# -- every bound of the model, from the table -------------------------------------------------------------------------


def of_size(field_type: FieldType, size: int) -> Any:
    """Return a value of this size; text consists of characters of four bytes."""
    if field_type.python_type is int:
        return size
    if field_type.entry is not None:
        return tuple(example(field_type.entry) for _ in range(size))
    return "😀" * size


def example(field_type: FieldType) -> Any:
    if issubclass(field_type.python_type, Record):
        inner = fields(field_type.python_type)
        return field_type.python_type(**{field.name: example(field.type) for field in inner if field.required})
    if field_type.python_type is bool:
        return True
    low = field_type.bound.minimum if field_type.bound is not None else 1
    return of_size(field_type, max(low or 1, 1))


def bounded() -> list[Any]:
    """Return every bounded field of every request and of its records: request type, required fields, field, inner field."""
    found = []
    for row in OPERATIONS:
        base = {f.name: example(f.type) if f.location == "body" else "t" for f in row.members if f.required}
        for field in row.members:
            if field.location == "header":
                continue
            if issubclass(field.type.python_type, Record):
                found += [
                    pytest.param(row.request, base, field, inner, id=f"{row.name}.{field.name}.{inner.name}")
                    for inner in fields(field.type.python_type)
                    if inner.type.bound is not None
                ]
            elif field.type.bound is not None:
                found.append(pytest.param(row.request, base, field, None, id=f"{row.name}.{field.name}"))
    return found


BOUNDED = bounded()


def test_there_are_as_many_bounds_as_the_model_has() -> None:
    model = Loader().load_service_model("connectparticipant", "service-2")
    shapes = model["shapes"]

    def bounds(shape: dict[str, Any]) -> int:
        members = [member for member in shape["members"].values() if member.get("location") != "header"]
        inner = [shapes[member["shape"]] for member in members]
        return sum(
            bounds(each) if each["type"] == "structure" else bool({"min", "max"} & each.keys()) for each in inner
        )

    requests = [shapes[operation["input"]["shape"]] for operation in model["operations"].values()]
    assert len(BOUNDED) == sum(map(bounds, requests)) > 20


@pytest.mark.parametrize(("request_type", "base", "field", "inner"), BOUNDED)
def test_the_limit_passes_and_one_more_fails(
    request_type: type[Request[Reply]], base: dict[str, Any], field: Field, inner: Field | None
) -> None:
    aim = inner or field
    path = field.name if inner is None else f"{field.name}.{inner.name}"
    bound = aim.type.bound
    assert bound is not None

    def having(size: int) -> Request[Reply]:
        value = of_size(aim.type, size)
        whole = value if inner is None else field.type.python_type(**{inner.name: value})
        return request_type(**{**base, field.name: whole})

    for edge, beyond in ((bound.minimum, -1), (bound.maximum, +1)):
        if edge is None or (edge == 0 and bound.unit):
            continue
        assert faults_of(having(edge)) == []
        faults = validate(having(edge + beyond))
        if not (field.location == "path" and edge + beyond == 0):
            assert faults == (Fault(path, str(bound), edge + beyond),)
        assert faults_of(having(edge + beyond)) == [f"{path} must be {bound} (size {edge + beyond})"]
        if field.location != "path":
            assert faults_of(having(edge + beyond), NONE) == []


@pytest.mark.parametrize("size", [1, 1000])
def test_the_bearer_to_its_limit(size: int) -> None:
    assert faults_of(new_send_event("a", ConnectionToken("~" * size))) == []
    assert faults_of(new_send_event("a", ConnectionToken("~" * 1001))) == [
        "connection_token must be 1..1000 characters (size 1001)"
    ]
    assert faults_of(new_send_event("a", ConnectionToken(""))) == [
        "connection_token must be 1..1000 characters (size 0)"
    ]


# -- every fault at once ----------------------------------------------------------------------------------------------


def test_every_fault_at_once() -> None:
    upload = StartAttachmentUpload(
        content_type="",
        attachment_size_in_bytes=0,
        attachment_name="n" * 257,
        client_token="",
        connection_token=ConnectionToken("a b"),
    )
    assert faults_of(upload) == [
        "content_type must be 1..255 characters (size 0)",
        "attachment_size_in_bytes must be at least 1 (size 0)",
        "attachment_name must be 1..256 characters (size 257)",
        "client_token must be 1..500 characters (size 0)",
        "connection_token must be visible ASCII characters (0x21 to 0x7E) only (size 3)",
    ]
    transcript = GetTranscript(
        connection_token=TOKEN,
        max_results=101,
        start_position=StartPosition(id="", absolute_time="x" * 101, most_recent=-1),
    )
    assert faults_of(transcript) == [
        "max_results must be 0..100 (size 101)",
        "start_position.id must be 1..256 characters (size 0)",
        "start_position.absolute_time must be 1..100 characters (size 101)",
        "start_position.most_recent must be 0..100 (size -1)",
    ]


def test_entries_are_named_by_their_index() -> None:
    complete: Any = CompleteAttachmentUpload
    assert faults_of(complete(attachment_ids=("", 7), client_token="c", connection_token=TOKEN)) == [
        "attachment_ids must be exactly 1 entry (size 2)",
        "attachment_ids[0] must be 1..256 characters (size 0)",
        "attachment_ids[1] must be str",
    ]


bearer: dict[str, Any] = {"connection_token": TOKEN}
participant: dict[str, Any] = {"participant_token": ParticipantToken("t")}
WRONG_TYPES: list[tuple[Any, dict[str, Any], list[str]]] = [
    (
        SendMessage,
        {"content_type": None, "content": None, "connection_token": None},
        ["content_type", "content", "connection_token"],
    ),
    (SendMessage, {"content_type": b"a", "content": ["a"], **bearer}, ["content_type", "content"]),
    (GetTranscript, {"max_results": True, **bearer}, ["max_results"]),
    (GetTranscript, {"max_results": 1.0, **bearer}, ["max_results"]),
    (GetTranscript, {"max_results": "1", **bearer}, ["max_results"]),
    (GetTranscript, {"start_position": {"Id": "a"}, **bearer}, ["start_position"]),
    (GetTranscript, {"start_position": StartPosition(most_recent=False), **bearer}, ["start_position.most_recent"]),
    (CreateParticipantConnection, {"connect_participant": 1, **participant}, ["connect_participant"]),
    (CreateParticipantConnection, {"type": ["WEBSOCKET"], **participant}, ["type"]),
    (CreateParticipantConnection, {"type": "WEBSOCKET", **participant}, ["type"]),
    (CompleteAttachmentUpload, {"attachment_ids": ["a"], "client_token": "c", **bearer}, ["attachment_ids"]),
    (
        GetAttachment,
        {"attachment_id": 7, "url_expiry_in_seconds": 5.0, **bearer},
        ["attachment_id", "url_expiry_in_seconds"],
    ),
    (DescribeView, {"view_token": None, "connection_token": 7}, ["view_token", "connection_token"]),
]


@pytest.mark.parametrize(("request_type", "given", "paths"), WRONG_TYPES)
@every_limits
def test_wrong_python_types_are_faults_under_all_limits(
    request_type: Any, given: dict[str, Any], paths: list[str], limits: Limits
) -> None:
    wrong = request_type(**given)
    faults = [fault for fault in validate(wrong, limits) if fault.path in paths]
    assert {(fault.path, fault.size) for fault in faults if fault.size is None} == {(path, None) for path in paths}
    assert describe(wrong, HOME, limits).failure() == InvalidRequest(validate(wrong, limits))


def test_unhashable_content_types_are_faults_too() -> None:
    for limits in EVERY_LIMITS:
        wrong: Any = [], {}, set()
        for content_type in wrong:
            assert validate(SendMessage(content_type=content_type, content="a", connection_token=TOKEN), limits)
            assert validate(SendEvent(content_type=content_type, connection_token=TOKEN), limits)


def test_integers_past_the_digit_limit_are_faults() -> None:
    def upload(size: int) -> StartAttachmentUpload:
        return StartAttachmentUpload(
            content_type="a",
            attachment_size_in_bytes=size,
            attachment_name="a",
            client_token="c",
            connection_token=TOKEN,
        )

    for limits in (MODEL, NONE):
        assert faults_of(upload(2**63), limits) == faults_of(upload(2**2048 - 1), limits) == []
        assert faults_of(upload(10**5000), limits) == [
            "attachment_size_in_bytes must be an integer of at most 2048 bits (size 16610)"
        ]


# -- what cannot travel safely is refused under all limits ------------------------------------------------------------

BAD_TOKENS = ("a b", " a", "a\r\nX: 1", "a\n", "\x00", "\t", "\x7f", "é", "ÿ", "漢", "\ud800", "a\u2028")
BAD_LABELS = {".": 1, "..": 2, "\ud800": 1, "a\udfff": 2}


@every_limits
@pytest.mark.parametrize("token", BAD_TOKENS)
def test_an_unsafe_token_is_refused(token: str, limits: Limits) -> None:
    words = "visible ASCII characters (0x21 to 0x7E) only"
    event = new_send_event(EVENT_TYPING, ConnectionToken(token))
    connection = CreateParticipantConnection(participant_token=ParticipantToken(token))
    assert validate(event, limits) == (Fault("connection_token", words, len(token)),)
    assert validate(connection, limits) == (Fault("participant_token", words, len(token)),)
    assert not is_ok(describe(event, HOME, limits))
    assert not is_ok(describe(connection, HOME, limits))


def test_every_visible_character_of_ascii_is_safe_in_a_token() -> None:
    tokens = {chr(number): ConnectionToken(f"a{chr(number)}") for number in range(0x180)}
    safe = [character for character, token in tokens.items() if not faults_of(new_send_event("a", token))]
    assert safe == [chr(number) for number in range(0x21, 0x7F)]


@every_limits
@pytest.mark.parametrize("label", BAD_LABELS)
def test_an_unsafe_view_token_is_refused(label: str, limits: Limits) -> None:
    view = DescribeView(view_token=label, connection_token=TOKEN)
    words = 'a path segment: not "", "." or "..", no lone surrogate'
    assert validate(view, limits) == (Fault("view_token", words, BAD_LABELS[label]),)
    assert not is_ok(describe(view, HOME, limits))


@every_limits
def test_an_empty_view_token_is_refused(limits: Limits) -> None:
    view = DescribeView(view_token="", connection_token=TOKEN)
    assert [fault.path for fault in validate(view, limits)] == ["view_token"]
    assert not is_ok(describe(view, HOME, limits))


@every_limits
def test_dots_and_slashes_are_safe_inside_longer_text(limits: Limits) -> None:
    for label in ("...", "./", "/", "a/../b", "%2e%2e", "?", "#", " ", "\x00"):
        assert is_ok(describe(DescribeView(view_token=label, connection_token=TOKEN), HOME, limits))


# -- the named sets of limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("letter", "width"), [("a", 1), ("é", 2), ("漢", 3), ("😀", 4)])
def test_documented_2026_counts_utf_8_bytes(letter: str, width: int) -> None:
    most = 16384 // width
    rest = "a" * (16384 - most * width)
    message = new_send_message("text/plain", letter * most + rest, TOKEN)
    assert faults_of(message, DOCUMENTED_2026) == []
    over = new_send_message("text/plain", letter * most + rest + "a", TOKEN)
    event = SendEvent(content_type=EVENT_TYPING, content=over.content, connection_token=TOKEN)
    words = "content must be at most 16384 UTF-8 bytes (size 16385)"
    assert words in faults_of(over, DOCUMENTED_2026)
    assert words in faults_of(event, DOCUMENTED_2026)
    if width > 1:
        assert faults_of(over, MODEL) == []


def test_documented_2026_allows_the_event_types_of_a_client() -> None:
    prefix = "application/vnd.amazonaws.connect.event."
    for name in ("typing", "connection.acknowledged", "message.delivered", "message.read"):
        assert faults_of(new_send_event(prefix + name, TOKEN), DOCUMENTED_2026) == []
    for name in (EVENT_CHAT_ENDED, "text/plain", prefix + "Typing"):
        assert [f.path for f in validate(new_send_event(name, TOKEN), DOCUMENTED_2026)] == ["content_type"]
        assert faults_of(new_send_event(name, TOKEN), MODEL) == []
    assert faults_of(new_send_message(EVENT_CHAT_ENDED, "a", TOKEN), DOCUMENTED_2026) == []


@pytest.mark.parametrize(
    ("content_type", "most"),
    [
        (CONTENT_TEXT_PLAIN, 1024),
        (CONTENT_TEXT_MARKDOWN, 1024),
        (CONTENT_APPLICATION_JSON, 12000),
        (CONTENT_INTERACTIVE_RESPONSE, 12288),
        ("application/new", 16384),
    ],
)
def test_classic_counts_characters_by_content_type(content_type: str, most: int) -> None:
    assert faults_of(new_send_message(content_type, "😀" * most, TOKEN), CLASSIC) == []
    over = faults_of(new_send_message(content_type, "😀" * (most + 1), TOKEN), CLASSIC)
    kind = "" if most == 16384 else f" for {content_type}"
    assert over == [f"content must be 1..{most} characters{kind} (size {most + 1})"]


@every_limits
def test_enums_are_open(limits: Limits) -> None:
    connection: Any = CreateParticipantConnection(participant_token=ParticipantToken("t"), type=("TELEPATHY",))  # type: ignore[arg-type]
    transcript: Any = GetTranscript(connection_token=TOKEN, sort_order="SIDEWAYS", scan_direction="")  # type: ignore[arg-type]
    assert validate(connection, limits) == validate(transcript, limits) == ()


def test_a_rule_can_be_added_to_limits() -> None:
    def no_shouting(request: Request[Reply]) -> tuple[Fault, ...]:
        shouting = isinstance(request, SendMessage) and request.content.isupper()
        return (Fault("content", "in lower case"),) if shouting else ()

    polite = MODEL.__replace__(name="polite", rules=(no_shouting,))
    assert faults_of(new_send_message("text/plain", "HI", TOKEN), polite) == ["content must be in lower case"]
    assert faults_of(new_send_message("text/plain", "hi", TOKEN), polite) == []
    assert faults_of(new_send_message("", "HI", TOKEN), polite) == [
        "content_type must be 1..100 characters (size 0)",
        "content must be in lower case",
    ]


def test_no_fault_holds_a_value() -> None:
    secret = "secret-secret é"
    wrong: Any = SendMessage(
        content_type=secret * 99, content=[secret], connection_token=secret, client_token=secret * 99
    )  # type: ignore[arg-type]
    text = f"{validate(wrong)!r} {describe(wrong, HOME)!r} {validate(wrong, CLASSIC)!r}"
    assert "secret" not in text


def test_an_error_inside_a_value_is_not_taken_for_a_wrong_argument() -> None:
    class Odd(str):
        __slots__ = ()

        def __len__(self) -> int:
            raise TypeError("this text has no length")

    with pytest.raises(TypeError, match="this text has no length"):
        validate(SendMessage(content_type="text/plain", content=Odd("x"), connection_token=TOKEN))
