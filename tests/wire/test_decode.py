"""decode is total: a body that is incomplete or of the wrong form gives an error value and no exception."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from botocore.loaders import Loader
from helpers.introspection import records
from helpers.lanes import searched
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensconnect import (
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionToken,
    CreateParticipantConnection,
    DescribeView,
    DescribeViewResponse,
    DisconnectParticipant,
    Failure,
    GetAttachment,
    GetTranscript,
    GetTranscriptResponse,
    HttpResponse,
    ParticipantToken,
    SendEvent,
    SendEventResponse,
    SerializeError,
    ServiceError,
    StartAttachmentUpload,
    StartAttachmentUploadResponse,
    Success,
    access_denied_exception,
    create_participant_connection_type,
    decode,
    has_code,
    is_chat_over,
    new_create_participant_connection,
    new_send_event,
)
from lensconnect.operations import OPERATIONS, Reply, Request, Row, operation_of
from lensconnect.record import fields, to_members
from lensconnect.testing.strategies import replies_of, reply_objects_of
from lensconnect.wire.decode import decode_for

MEMBERLESS = [row for row in OPERATIONS if all(field.location != "body" for field in fields(row.reply))]
WITH_MEMBERS = [row for row in OPERATIONS if row not in MEMBERLESS]
every = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
every_with_members = pytest.mark.parametrize("row", WITH_MEMBERS, ids=lambda row: row.name)


def answer(request_type: type[Request[Reply]], body: bytes | str, status: int = 200) -> object:
    raw = body.encode() if isinstance(body, str) else body
    outcome = decode(request_type, HttpResponse(status, (), raw))
    return outcome.unwrap() if isinstance(outcome, Success) else outcome.failure()


# -- whole replies ----------------------------------------------------------------------------------------------------


@every
def test_a_reply_round_trips(row: Row) -> None:
    @settings(max_examples=30)
    @given(replies_of(row.request))
    def comes_back(reply: Reply) -> None:
        assert answer(row.request, json.dumps(to_members(reply)), reply.http_status) == reply

    comes_back()


def test_a_reply_is_empty_only_where_the_service_may_send_it_so() -> None:
    model = Loader().load_service_model("connectparticipant", "service-2")
    outputs = {name: model["shapes"][operation["output"]["shape"]] for name, operation in model["operations"].items()}
    assert sorted(row.name for row in MEMBERLESS) == sorted(name for name in outputs if not outputs[name]["members"])
    assert MEMBERLESS
    for row in OPERATIONS:
        reply = row.reply(http_status=200)
        assert_reply_or_none(row, b"", reply, row in MEMBERLESS)
        assert_reply_or_none(row, b"{}", reply, row in MEMBERLESS or row.request is CreateParticipantConnection)
        assert_reply_or_none(row, b' { "New" : [ ] } \n', reply, row in MEMBERLESS)


def assert_reply_or_none(row: Row, body: bytes, reply: Reply, is_reply: bool) -> None:
    outcome = answer(row.request, body)
    assert outcome == reply if is_reply else isinstance(outcome, SerializeError), (row.name, body)


NO_REPLY = "not a reply of this operation"
FOREIGN = {
    "a gateway": b'{"message":"Forbidden"}',
    "a gateway, other spellings": b'{"Message":null,"errorMessage":"Forbidden"}',
    "a captive portal": b'{"login":"https://portal.example/","session":"s"}',
    "a health check": b'{"status":"UP"}',
    "nested": b'{"data":{"Id":"m-1","Transcript":[]}}',
    "lower case": b'{"id":"m-1","absolutetime":"t","transcript":[],"view":{},"url":"u"}',
}


@pytest.mark.parametrize("name", FOREIGN)
@every_with_members
def test_an_object_without_a_member_of_the_reply_is_no_reply(row: Row, name: str) -> None:
    assert answer(row.request, FOREIGN[name]) == SerializeError(200, NO_REPLY)


SAMPLES: list[dict[str, Any]] = [
    {"Id": "m-1", "AbsoluteTime": "t"},
    {"InitialContactId": "c", "Transcript": []},
    {"Url": "u", "UrlExpiry": "t", "AttachmentSizeInBytes": 1},
    {"View": {"Id": "v"}},
    {"AttachmentId": "a", "UploadMetadata": {"Url": "u"}},
    {"AuthenticationUrl": "u"},
    {"Websocket": {"Url": "u"}, "ConnectionCredentials": {"ConnectionToken": "t"}},
]
"""A reply of each operation that has members."""


@every
def test_the_reply_of_another_operation_is_no_reply(row: Row) -> None:
    own = {field.member for field in fields(row.reply)}
    others = [reply for reply in SAMPLES if own.isdisjoint(reply)]
    assert len(others) >= 6
    for other in others:
        assert_reply_or_none(row, json.dumps(other).encode(), row.reply(http_status=200), row in MEMBERLESS)


@pytest.mark.parametrize("row", MEMBERLESS, ids=lambda row: row.name)
@pytest.mark.parametrize("key", ["message", "Message", "errorMessage"])
def test_an_object_like_an_error_is_no_reply_without_members(row: Row, key: str) -> None:
    assert answer(row.request, json.dumps({key: "Forbidden"})) == SerializeError(200, NO_REPLY)
    assert answer(row.request, json.dumps({key: None})) == row.reply(http_status=200)


@pytest.mark.parametrize("status", [200, 202, 299, 302, 400, 403])
@every
def test_a_response_that_names_an_error_is_that_error(row: Row, status: int) -> None:
    members = {field.member: None for field in fields(row.reply)}
    expected = ServiceError(status, "AccessDeniedException", "no", operation=row.name)
    for key in ("code", "Code", "__type"):
        named = {**members, key: "aws.connect#AccessDeniedException", "message": "no"}
        assert answer(row.request, json.dumps(named), status) == expected
    for body in (b'{"message":"no"}', json.dumps({**members, "message": "no"}).encode(), b"", b"no", b'{"Id":"m-1"}'):
        response = HttpResponse(status, (("X-Amzn-ErrorType", "AccessDeniedException:http://h/"),), body)
        error = decode(row.request, response).failure()
        assert isinstance(error, ServiceError)
        assert (error.status, error.code, error.operation) == (status, "AccessDeniedException", row.name)


@pytest.mark.parametrize("nothing", [None, 7, "", " ", [], {"a": 1}])
@every
def test_an_error_name_that_is_no_text_names_no_error(row: Row, nothing: object) -> None:
    members = {field.member: None for field in fields(row.reply)}
    body = json.dumps({**members, "code": nothing, "Code": nothing, "__type": nothing})
    assert answer(row.request, body) == row.reply(http_status=200)


def test_a_reply_to_a_request_with_type_has_a_part() -> None:
    request = new_create_participant_connection(ParticipantToken("t"))
    typed = request & create_participant_connection_type.set((CONNECTION_TYPE_WEBSOCKET,))
    empty = HttpResponse(200, (), b"{}")
    assert decode_for(request, empty) == decode(CreateParticipantConnection, empty)
    assert isinstance(decode_for(request, empty), Success)
    for body in (b"{}", b'{"Websocket":null}'):
        error = decode_for(typed, HttpResponse(200, (), body)).failure()
        assert error == SerializeError(200, f"{NO_REPLY}: it has no part that Type asks for")
    assert isinstance(decode_for(typed, HttpResponse(200, (), b'{"Websocket":{}}')), Success)


@every
def test_null_becomes_none(row: Row) -> None:
    nulls = {field.member: None for field in fields(row.reply)}
    assert answer(row.request, json.dumps(nulls)) == row.reply(http_status=200)


def test_unknown_members_are_ignored_and_unknown_values_of_enums_kept() -> None:
    body = '{"Transcript":[{"Type":"TELEPATHY","ParticipantRole":"CAT","Mood":{"a":[1]}}],"Next":1}'
    reply = answer(GetTranscript, body)
    assert [(item.type, item.participant_role) for item in reply.transcript] == [("TELEPATHY", "CAT")]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name", ["HttpStatus", "http_status", "httpStatus", "$httpStatus", "$http_status", "HTTPStatus"]
)
@every
def test_the_wire_cannot_set_the_status(row: Row, name: str) -> None:
    members = {field.member: None for field in fields(row.reply)}
    for value in (500, "500", None):
        assert answer(row.request, json.dumps({**members, name: value}), 201) == row.reply(http_status=201)


# -- bad replies ------------------------------------------------------------------------------------------------------


@searched("examples", fast=5, slow=25)
@every
def test_no_proper_prefix_is_a_success(row: Row, examples: int) -> None:
    @settings(max_examples=examples)
    @given(reply_objects_of(row.request), st.booleans())
    def no_success(members: dict[str, Any], ensure_ascii: bool) -> None:
        whole = json.dumps(members, ensure_ascii=ensure_ascii).encode()
        cuts = (
            range(len(whole)) if len(whole) < 2000 else [*range(0, len(whole), 97), *range(len(whole) - 99, len(whole))]
        )
        for cut in cuts:
            if cut or row not in MEMBERLESS:
                assert isinstance(answer(row.request, whole[:cut]), SerializeError), cut

    no_success()


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield every path into a JSON value, its root included."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from places(entry, (*path, key))


def replaced(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    if not path:
        return new
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


WRONG: tuple[Any, ...] = ("text", 7, 1.5, True, [], {}, ["text"], [7], [None], [[]], {"a": "text"})
"""Values of every JSON type; each replaces a value of another type."""


TEXT_LISTS = {
    field.member
    for record in records()
    for field in fields(record)
    if field.type.entry is not None and field.type.entry.python_type is str
}
"""Members that hold a list of text."""


def is_wrong(old: object, new: object, path: tuple[str | int, ...]) -> bool:
    """Return True if a value of the new type is wrong at the path of the old value."""
    if type(old) is not type(new):
        return True
    if isinstance(new, list):  # an empty one is a list of anything
        return bool(new) and not (new == ["text"] and path[-1] in TEXT_LISTS)
    return False  # any object is an object with members unknown


def written(path: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


@every
def test_a_wrong_type_anywhere_is_an_error_or_named(row: Row) -> None:
    tried = 0

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(reply_objects_of(row.request))
    def no_silent_success(members: dict[str, Any]) -> None:
        nonlocal tried
        whole = row.reply(http_status=200) if not members else answer(row.request, json.dumps(members))
        for path in places(members):
            for wrong in WRONG:
                if is_wrong(at(members, path), wrong, path):
                    tried += 1
                    outcome = answer(row.request, json.dumps(replaced(members, path, wrong)))
                    assert isinstance(outcome, SerializeError) or outcome.undecoded, (path, wrong)  # type: ignore[attr-defined]
                    if isinstance(outcome, Reply):
                        assert all(f"{name}.".startswith(prefixes(path)) for name in outcome.undecoded), (path, wrong)
        assert whole == answer(row.request, json.dumps(members)) or not members

    no_silent_success()
    assert tried >= 10


def prefixes(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the path and, since a map is left out whole, that of the map around it."""
    return written(path), written(path[:-1]) + "."


PAGE = [{"Id": f"m-{index}", "DisplayName": "Ann", "Content": "x" * 100} for index in range(99)]


@pytest.mark.parametrize("bad", ["7", "true", "[]", "{}", '["Ann"]', "1e400", "12345678901234567890", "9" * 5000])
def test_one_member_that_does_not_fit_does_not_lose_the_page(bad: str) -> None:
    whole = [item if index != 49 else {**item, "DisplayName": "BAD"} for index, item in enumerate(PAGE)]
    body = json.dumps({"Transcript": whole, "NextToken": "n"}).replace('"BAD"', bad)
    page = answer(GetTranscript, body)
    assert isinstance(page, GetTranscriptResponse)
    names = [item.display_name for item in page.transcript or ()]
    assert names == ["Ann"] * 49 + [None] + ["Ann"] * 49
    assert [item.id for item in page.transcript or ()] == [f"m-{index}" for index in range(99)]
    assert page.next_token == "n"
    assert page.undecoded == ("$.Transcript[49].DisplayName",)
    assert "undecoded=('$.Transcript[49].DisplayName',)" in repr(page)


def test_entries_and_maps_that_do_not_fit_are_left_out_and_named() -> None:
    body = '{"Transcript":[{"Id":"a"},7,null,{"Id":"b","Attachments":[[],{"Status":[]}]}],"NextToken":{}}'
    page = answer(GetTranscript, body)
    assert isinstance(page, GetTranscriptResponse)
    assert [item.id for item in page.transcript or ()] == ["a", "b"]
    assert page.undecoded == (
        "$.Transcript[1]",
        "$.Transcript[2]",
        "$.Transcript[3].Attachments[0]",
        "$.Transcript[3].Attachments[1].Status",
        "$.NextToken",
    )
    upload = answer(StartAttachmentUpload, '{"AttachmentId":"a","UploadMetadata":{"HeadersToInclude":{"a":"b","c":1}}}')
    assert isinstance(upload, StartAttachmentUploadResponse)
    assert upload.undecoded == ("$.UploadMetadata.HeadersToInclude",)


def test_a_lone_surrogate_and_a_member_that_does_not_fit_lose_nothing_else() -> None:
    page = answer(GetTranscript, r'{"Transcript":[{"Id":"\ud800","DisplayName":7}]}')
    assert isinstance(page, GetTranscriptResponse)
    assert (page.transcript or ())[0].id == "\ud800"
    assert page.undecoded == ("$.Transcript[0].DisplayName",)


@pytest.mark.parametrize(("number", "value"), [("1.0", 1), ("1e2", 100), ("-3E0", -3), ("0.0", 0)])
def test_an_integer_in_another_form_is_read(number: str, value: int) -> None:
    reply = answer(DescribeView, '{"View":{"Version":' + number + "}}")
    assert isinstance(reply, DescribeViewResponse)
    assert reply.view is not None
    assert (reply.view.version, type(reply.view.version), reply.undecoded) == (value, int, ())


@pytest.mark.parametrize("number", ["1.5", "true", '"1"', "[1]", "1e400"])
def test_what_is_no_integer_stays_undecoded(number: str) -> None:
    reply = answer(DescribeView, '{"View":{"Id":"v","Version":' + number + "}}")
    assert isinstance(reply, DescribeViewResponse)
    assert reply.view is not None
    assert (reply.view.id, reply.view.version, reply.undecoded) == ("v", None, ("$.View.Version",))


@pytest.mark.parametrize("name", ["Undecoded", "undecoded"])
@every
def test_the_wire_cannot_set_undecoded(row: Row, name: str) -> None:
    members = {field.member: None for field in fields(row.reply)}
    assert answer(row.request, json.dumps({**members, name: ["x"]})) == row.reply(http_status=200)
    assert to_members(row.reply(http_status=200, undecoded=("x",))) == {}


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_a_body_over_a_bound_of_its_operation_is_refused(row: Row) -> None:
    small = b'{"New":[' + b"{}," * (row.most_values // 2 + 20_000) + b"{}]}"
    error = answer(row.request, small)
    assert error == SerializeError(200, f"the body has more than {row.most_values} JSON values")
    large = b'{"New":"' + b"x" * row.most_bytes + b'"}'
    error = answer(row.request, large)
    assert error == SerializeError(
        200, f"the body has {len(large)} bytes; {row.most_bytes} is the limit of this operation"
    )


def reply_text(bytes_in_all: int, values: int) -> str:
    """Return a reply of SendEvent with so many bytes and JSON values."""
    text = '{"Id":"m","New":[' + ",".join("0" * (values - 3)) + "]}"
    return text.ljust(bytes_in_all)


def test_a_reply_may_have_exactly_as_many_bytes_and_values_as_its_row_allows() -> None:
    row = operation_of(SendEvent)
    expected = SendEventResponse(http_status=200, id="m")
    assert answer(SendEvent, reply_text(row.most_bytes, 10)) == expected
    assert isinstance(answer(SendEvent, reply_text(row.most_bytes + 1, 10)), SerializeError)
    assert answer(SendEvent, reply_text(70_000, row.most_values)) == expected
    assert isinstance(answer(SendEvent, reply_text(70_000, row.most_values + 1)), SerializeError)


def test_a_body_of_at_most_65536_bytes_has_as_many_values_as_fit() -> None:
    assert answer(SendEvent, reply_text(65_536, 30_000)) == SendEventResponse(http_status=200, id="m")
    assert isinstance(answer(SendEvent, reply_text(65_537, 30_000)), SerializeError)


@pytest.mark.parametrize("status", [200, 500])
def test_no_objects_are_built_from_millions_of_values(status: int) -> None:
    body = b'{"Transcript":[' + b"{}," * 5_000_000 + b"{}]}"
    tracemalloc.start()
    error = decode(GetTranscript, HttpResponse(status, (), body)).failure()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(error, SerializeError if status == 200 else ServiceError)
    assert peak < 1_000_000


def test_the_longest_transcript_is_within_the_bounds() -> None:
    item = {"Id": "m", "Content": '{"a":[' * 2_730, "Attachments": [{"AttachmentId": "a"}] * 10}
    page = answer(GetTranscript, json.dumps({"Transcript": [item] * 100}).encode())
    assert isinstance(page, GetTranscriptResponse)
    escaped = {"Content": "\x01" * 16_384}
    page = answer(GetTranscript, json.dumps({"Transcript": [escaped] * 100}).encode())
    assert isinstance(page, GetTranscriptResponse)


TOKEN = ConnectionToken("Aa1/+=" + "token" * 20)
"""A bearer that other spellings change."""


def test_the_bearer_of_a_request_is_masked_wherever_the_peer_repeats_it() -> None:
    request = new_send_event("text/plain", TOKEN)
    spellings = (TOKEN, TOKEN.lower(), quote(TOKEN, safe=""), TOKEN.replace("/", "\\/"))
    names = ("Server", "Date", "Content-Type", "Allow", "x-amzn-RequestId", "x-amzn-ErrorType")
    for spelling in spellings:
        headers = (*((name, f"a {spelling} b") for name in names), (spelling, "x"))
        members = dict.fromkeys(("code", "message", "ResourceId", "ResourceType"), spelling)
        texts = (f"no {spelling}", f'"no {spelling}"', f"<html><title>{spelling}</title>", "x" * 450 + spelling)
        for body in (json.dumps(members), *texts):
            for status in (200, 403, 500):
                error = decode_for(request, HttpResponse(status, headers, body.encode())).failure()
                shown = f"{error!r} {error}".lower()
                assert "***" in shown
                assert not any(part in shown for part in ("tokentoken", TOKEN[:6].lower())), (spelling, status)


def test_the_bearer_is_masked_in_the_request_id_of_a_body_that_is_no_reply() -> None:
    response = HttpResponse(200, (("x-amzn-RequestId", f"r {TOKEN}"),))
    error = decode_for(new_send_event("text/plain", TOKEN), response).failure()
    assert error == SerializeError(200, "the body is empty", "r ***")


@pytest.mark.parametrize("spaces", [0, 16_000, 16_383, 16_384, 60_000])
def test_no_part_of_the_bearer_is_shown_behind_any_number_of_spaces(spaces: int) -> None:
    body = b" " * spaces + TOKEN.encode()
    error = decode_for(new_send_event("text/plain", TOKEN), HttpResponse(500, (), body)).failure()
    assert set(error.message or "") <= {"*"}


NOT_A_REPLY = {
    "HTML": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "plain text": b"OK",
    "an array": b"[]",
    "an array of objects": b'[{"Id":"m-1"}]',
    "null": b"null",
    "true": b"true",
    "a number": b"200",
    "a text": b'"{}"',
    "white space": b" \r\n\t",
    "a NUL": b"\x00",
    "two objects": b"{}{}",
    "a comment": b"{}//",
    "trailing NUL": b"{}\x00",
    "a trailing comma": b'{"New":1,}',
    "single quotes": b"{'New':1}",
    "NaN": b'{"New":NaN}',
    "UTF-8 with a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "UTF-32": "{}".encode("utf-32"),
    "Latin-1": '{"New":"é"}'.encode("latin-1"),
    "Latin-1 in a name": '{"é":1}'.encode("latin-1"),
    "an overlong form": b'{"New":"\xc0\x80"}',
    "a surrogate in UTF-8": b'{"New":"\xed\xa0\x80"}',
    "nested too deeply": b'{"New":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested too deeply, with half a pair": b'{"A":"\\ud800","New":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects nested too deeply": b'{"New":' * 100_000 + b"1" + b"}" * 100_000,
    "an open string": b'{"New":"',
    "a raw line break": b'{"New":"\n"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("name", NOT_A_REPLY)
@every
def test_a_body_that_is_no_reply_is_an_error(row: Row, name: str) -> None:
    error = answer(row.request, NOT_A_REPLY[name])
    assert isinstance(error, SerializeError)
    assert error.status == 200
    assert isinstance(answer(row.request, NOT_A_REPLY[name], 503), ServiceError)


def test_one_bad_byte_anywhere_is_an_error() -> None:
    whole = '{"Transcript":[{"Id":"m-1","Content":"漢😀"}],"NextToken":"n","New":{"a":["é"]}}'.encode()
    for index in range(len(whole)):
        for byte in (b"\xff", b"\x00", b"\xc0"):
            assert isinstance(answer(GetTranscript, whole[:index] + byte + whole[index + 1 :]), SerializeError)


def test_an_error_names_paths_and_no_values() -> None:
    response = HttpResponse(200, (("x-amzn-requestid", "r-1"),), b'{"Transcript":[{"Id":["hush-hush"]}]}')
    error = decode(GetTranscript, response).failure()
    assert error == SerializeError(200, "Expected `str | null`, got `array` - at `$.Transcript[0].Id`", "r-1")


# -- half a surrogate pair --------------------------------------------------------------------------------------------

HALVES = {
    r'"\ud800"': "\ud800",
    r'"a\udfffb"': "a\udfffb",
    r'"\ud83d\ud83d\ude00"': "\ud83d😀",
    r'"\uDE00\uD83D"': "\ude00\ud83d",
}


@pytest.mark.parametrize("text", HALVES)
def test_a_lone_surrogate_does_not_lose_the_page(text: str) -> None:
    page = answer(GetTranscript, '{"Transcript":[{"Id":"m-1","Content":' + text + '},{"Id":"é"}],"NextToken":"n"}')
    assert [(item.id, item.content) for item in page.transcript] == [("m-1", HALVES[text]), ("é", None)]  # type: ignore[attr-defined]
    assert page.next_token == "n"  # type: ignore[attr-defined]


def test_a_lone_surrogate_excuses_no_other_error() -> None:
    for body in (r'{"Id":"\ud800"', r'["\ud800"]', r'{"Id":"\ud800","x":NaN}'):
        assert isinstance(answer(SendEvent, body), SerializeError)


def test_numbers_are_exact_or_refused() -> None:
    assert answer(DescribeView, '{"View":{"Version":9007199254740993}}').view.version == 2**53 + 1  # type: ignore[attr-defined]
    half = r'{"View":{"Name":"\ud800","Version":9007199254740993}}'
    assert answer(DescribeView, half).view.version == 2**53 + 1  # type: ignore[attr-defined]
    for number in ("-", "01", "9" * 5000):
        assert isinstance(answer(DescribeView, '{"View":{"Version":' + number + "}}"), SerializeError), number


# -- errors of the service --------------------------------------------------------------------------------------------

FORMS = (
    "ValidationException",
    "ValidationException:http://internal.amazon.com/coral/com.amazon.coral.service/",
    "com.amazon.coral.service#ValidationException",
    "com.amazon.coral.service#ValidationException:http://internal.amazon.com/",
    "ValidationException,http://internal.amazon.com/coral/com.amazon.coral.service/",
    "aws.connect#ValidationException, http://internal.amazon.com/#x",
    "  ValidationException ",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["header", "Header", "code", "Code", "__type"])
def test_every_form_of_an_error_code(place: str, form: str) -> None:
    in_header = place.lower() == "header"
    name = "X-Amzn-ErrorType" if place == "Header" else "x-amzn-errortype"
    body = json.dumps({"message": "no"} | ({} if in_header else {place: form})).encode()
    response = HttpResponse(400, ((name, form),) if in_header else (), body)
    error = decode(SendEvent, response).failure()
    assert error == ServiceError(400, "ValidationException", "no", None, response.headers, operation="SendEvent")


@pytest.mark.parametrize("blank", ["", " ", ":", "#", ",", "a#", "a#:http://h/"])
def test_a_header_without_a_name_does_not_hide_the_code_of_the_body(blank: str) -> None:
    response = HttpResponse(400, (("x-amzn-errortype", blank),), b'{"code":7,"__type":"a#ValidationException"}')
    assert decode(SendEvent, response).failure().code == "ValidationException"  # type: ignore[union-attr]


@pytest.mark.parametrize("blank", ["", " ", "#"])
def test_a_header_without_a_name_makes_no_error_of_a_reply(blank: str) -> None:
    response = HttpResponse(200, (("x-amzn-errortype", blank),), b'{"Id":"m"}')
    assert decode(SendEvent, response) == Success(SendEventResponse(http_status=200, id="m"))


def test_the_header_comes_before_the_body_and_code_before_type() -> None:
    body = b'{"code":"B","__type":"C"}'
    assert decode(SendEvent, HttpResponse(400, (("x-amzn-errortype", "A"),), body)).failure() & has_code("A").preview()
    assert decode(SendEvent, HttpResponse(400, (), body)).failure() & has_code("B").preview()


@pytest.mark.parametrize("key", ["message", "Message", "errorMessage"])
def test_every_spelling_of_message(key: str) -> None:
    error = answer(SendEvent, json.dumps({key: "Access denied"}), 403)
    assert error == ServiceError(403, "", "Access denied", operation="SendEvent")


@pytest.mark.parametrize(
    "body",
    [
        b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
        b'{"message":"Forbidden"}',
        b'{"message":"Missing Authentication Token","code":"MissingAuthenticationTokenException"}',
        b"",
        b"<html>403</html>",
    ],
)
def test_a_403_without_the_models_code_is_access_denied(body: bytes) -> None:
    error = decode(CreateParticipantConnection, HttpResponse(403, (), body)).failure()
    assert error & access_denied_exception.preview() == error


NO_OBJECT: dict[str, tuple[bytes, str | None]] = {
    "a sentence": (b'"Invalid \\u00dcser\\nname"', "Invalid Üser name"),
    "plain text": (b"  upstream \x00 connect\r\n\terror\n", "upstream connect error"),
    "a long text": (b"x" * 501, "x" * 497 + "..."),
    "a text at the limit": (b"x" * 500, "x" * 500),
    "a very long text": (b"a " * 1_000_000, ("a " * 250)[:497] + "..."),
    "HTML": (b"<html>503</html>", "HTML page without a title"),
    "HTML with a title": (
        b"\n<!DOCTYPE html><html><head><title>503\nService Unavailable</title>",
        'HTML page "503 Service Unavailable"',
    ),
    "HTML with a long title": (b"<HTML><TITLE lang=en>" + b"x" * 600 + b"</TITLE>", f'HTML page "{"x" * 497}..."'),
    "XML": (b"<Error><Code>AccessDenied</Code></Error>", "<Error><Code>AccessDenied</Code></Error>"),
    "empty": (b"", None),
    "white space": (b" \r\n", None),
    "an array": (b'[{"code":"A","message":"no"}]', '[{"code":"A","message":"no"}]'),
    "secret members in a text": (b'"{\\"Url\\":\\"hush-hush\\"}"', '{"Url":"***"}'),
    "secret members in an array": (b'[{"ConnectionToken":"hush-hush"}]', '[{"ConnectionToken":"***"}]'),
    "a secret member, truncated": (b'{"ConnectionToken":"hush-hush', "***"),
    "null": (b"null", "null"),
    "a number": (b"7", "7"),
    "truncated": (b'{"code":"A","mess', '{"code":"A","mess'),
    "not UTF-8": (b'{"code":"\xff"}', '{"code":"\ufffd"}'),
    "a lone surrogate": (rb'"a\ud800b"', "a b"),
    "nested too deeply": (b"[" * 100_000 + b"]" * 100_000, "[" * 497 + "..."),
    "just nested too deeply": (b'{"x":' + b"[" * 300 + b"]" * 100 + b"}", '{"x":' + "[" * 300 + "]" * 100 + "}"),
}
"""Bodies that are no JSON object, each with the message of the error."""


@pytest.mark.parametrize("name", NO_OBJECT)
@pytest.mark.parametrize("status", [400, 403, 503])
def test_the_text_of_a_body_that_is_no_object_is_the_message(status: int, name: str) -> None:
    headers = (("X-Amz-Request-Id", "r-2"),)
    body, message = NO_OBJECT[name]
    error = decode(SendEvent, HttpResponse(status, headers, body)).failure()
    assert error == ServiceError(status, "", message, "r-2", headers, None, None, "SendEvent", True)


def test_members_that_are_no_text_are_neither_code_nor_message() -> None:
    body = b'{"code":7,"__type":["A"],"message":{"a":1},"Message":null}'
    assert answer(SendEvent, body, 400) == ServiceError(400, "", operation="SendEvent")


def test_html_with_a_success_status_is_named() -> None:
    error = answer(SendEvent, b"<!doctype html><title>Log in</title>")
    assert error == SerializeError(200, "the body is an HTML page")


REQUEST_ID = (("x-amzn-RequestId", "r"),)
DENIED = (("x-amzn-ErrorType", "AccessDeniedException"),)


@pytest.mark.parametrize(
    ("request_type", "headers", "body", "over"),
    [
        (SendEvent, (), b"<html><title>403 Forbidden</title></html>", False),
        (SendEvent, (), b"", False),
        (SendEvent, (), b"Forbidden", False),
        (SendEvent, (), b'{"error":"blocked"}', False),
        (SendEvent, (("X-Amz-Cf-Id", "c"), ("Server", "CloudFront")), b"<HTML><H1>403 ERROR</H1></HTML>", False),
        (SendEvent, REQUEST_ID, b"", True),
        (SendEvent, DENIED, b"", True),
        (SendEvent, (), b'{"message":"Access denied"}', True),
        (SendEvent, (), b'{"Message":"Access denied"}', True),
        (SendEvent, (), b'{"__type":"AccessDeniedException"}', True),
        (GetTranscript, REQUEST_ID, b'{"message":"Access denied"}', True),
        (GetAttachment, REQUEST_ID, b'{"message":"Access denied"}', False),
        (GetAttachment, DENIED, b"{}", False),
    ],
)
def test_only_a_403_of_the_service_itself_ends_a_chat(
    request_type: type[Request[Reply]], headers: tuple[tuple[str, str], ...], body: bytes, over: bool
) -> None:
    error = decode(request_type, HttpResponse(403, headers, body)).failure()
    assert is_chat_over(error) is over
    assert error & access_denied_exception.preview() == error


def test_the_request_id_of_the_service_comes_before_the_gateways() -> None:
    headers = (("x-amz-request-id", "r-2"), ("X-AMZN-RequestId", "r-1"))
    assert decode(SendEvent, HttpResponse(500, headers)).failure().request_id == "r-1"  # type: ignore[union-attr]


def test_a_missing_resource_is_named() -> None:
    body = b'{"Message":"gone","ResourceId":"v","ResourceType":"CONTACT_FLOW"}'
    headers = (("x-amzn-errortype", "ResourceNotFoundException"),)
    error = decode(DescribeView, HttpResponse(404, headers, body)).failure()
    assert isinstance(error, ServiceError)
    assert (error.resource_id, error.resource_type) == ("v", "CONTACT_FLOW")


@pytest.mark.parametrize("status", [300, 301, 304, 307, 400, 418, 429, 500, 599, 600, 999])
def test_any_other_final_status_is_a_service_error(status: int) -> None:
    assert answer(DisconnectParticipant, b"{}", status) == ServiceError(status, "", operation="DisconnectParticipant")


@pytest.mark.parametrize("status", [-1, 0, 1, 99, 100, 101, 103, 199, 1000, 10**30])
def test_a_status_that_is_not_final_is_a_serialize_error(status: int) -> None:
    error = answer(DisconnectParticipant, b"{}", status)
    assert isinstance(error, SerializeError)
    assert error.status == status


# -- anything at all --------------------------------------------------------------------------------------------------

text_like = st.binary() | st.sampled_from(
    ['{"Id":', '"\\ud800"', "}", "[", "]", ",", '"code"', ":", "1e9", "null"]
).map(str.encode)
bodies = st.lists(text_like, max_size=6).map(b"".join)
headers = st.lists(
    st.tuples(st.sampled_from(["x-amzn-errortype", "X-Amzn-RequestId", "Retry-After"]) | st.text(), st.text()),
    max_size=3,
).map(tuple)


@given(st.sampled_from(OPERATIONS), st.sampled_from([200, 204, 304, 400, 403, 500]) | st.integers(), headers, bodies)
@settings(max_examples=300)
def test_nothing_raises(row: Row, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    outcome = decode(row.request, HttpResponse(status, headers, body))
    assert isinstance(outcome, Success | Failure)
    f"{outcome!r} {outcome}"
    if isinstance(outcome, Success):
        assert 200 <= status < 300
        assert outcome.unwrap().http_status == status


def test_the_upload_headers_are_kept_as_they_are() -> None:
    body = '{"UploadMetadata":{"HeadersToInclude":{"x-amz-ACL":"","Host":"é"}}}'
    metadata = answer(StartAttachmentUpload, body).upload_metadata  # type: ignore[attr-defined]
    assert metadata.headers_to_include == {"x-amz-ACL": "", "Host": "é"}


def test_an_error_of_more_than_65536_bytes_is_not_parsed() -> None:
    whole = answer(SendEvent, b'{"message":"no"}'.ljust(65_536), 500)
    assert whole == ServiceError(500, "", "no", operation="SendEvent")
    longer = answer(SendEvent, b'{"message":"no"}'.ljust(65_537), 500)
    assert longer == ServiceError(500, "", '{"message":"no"}', operation="SendEvent", foreign_body=True)
    assert answer(SendEvent, b'"no"'.ljust(65_536), 500).message == "no"  # type: ignore[attr-defined]
    assert answer(SendEvent, b'"no"'.ljust(65_537), 500).message == '"no"'  # type: ignore[attr-defined]


def test_a_value_that_is_no_response_is_named() -> None:
    with pytest.raises(TypeError, match="decode: http_response must be an HttpResponse, not a value of type int"):
        decode(SendEvent, 7)  # type: ignore[arg-type]


def test_a_text_that_is_no_whole_json_string_is_shown_as_it_is() -> None:
    assert decode(SendEvent, HttpResponse(500, (), b' "gone"')).failure().message == '"gone"'
    assert decode(SendEvent, HttpResponse(500, (), b'"gone')).failure().message == '"gone'
    assert decode(SendEvent, HttpResponse(500, (), b'"gone"')).failure().message == "gone"
