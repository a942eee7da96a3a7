"""decode is total: a body that is incomplete or of the wrong form gives an error value and no exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import Loader
from helpers.introspection import records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensconnect import (
    CreateParticipantConnection,
    DescribeView,
    DisconnectParticipant,
    Failure,
    GetTranscript,
    HttpResponse,
    SendEvent,
    SerializeError,
    ServiceError,
    StartAttachmentUpload,
    Success,
    access_denied_exception,
    decode,
    has_code,
)
from lensconnect.operations import OPERATIONS, Reply, Request, Row
from lensconnect.record import fields, to_members
from lensconnect.testing.strategies import replies_of, reply_objects_of

MEMBERLESS = [row for row in OPERATIONS if len(fields(row.reply)) == 1]
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
    @settings(max_examples=60)
    @given(replies_of(row.request))
    def comes_back(reply: Reply) -> None:
        assert answer(row.request, json.dumps(to_members(reply)), reply.http_status) == reply

    comes_back()


def test_only_a_reply_without_members_may_be_empty() -> None:
    model = Loader().load_service_model("connectparticipant", "service-2")
    outputs = {name: model["shapes"][operation["output"]["shape"]] for name, operation in model["operations"].items()}
    assert sorted(row.name for row in MEMBERLESS) == sorted(name for name in outputs if not outputs[name]["members"])
    assert MEMBERLESS
    for row in OPERATIONS:
        empty = answer(row.request, b"")
        assert empty == row.reply(http_status=200) if row in MEMBERLESS else isinstance(empty, SerializeError)
        assert answer(row.request, b"{}") == answer(row.request, b' { "New" : [ ] } \n') == row.reply(http_status=200)


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
    for value in (500, "500", None):
        assert answer(row.request, json.dumps({name: value}), 201) == row.reply(http_status=201)


# -- bad replies ------------------------------------------------------------------------------------------------------


@every
def test_no_proper_prefix_is_a_success(row: Row) -> None:
    @settings(max_examples=25)
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


@every
def test_a_wrong_type_anywhere_is_an_error(row: Row) -> None:
    tried = 0

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(reply_objects_of(row.request))
    def no_success(members: dict[str, Any]) -> None:
        nonlocal tried
        for path in places(members):
            for wrong in WRONG:
                if is_wrong(at(members, path), wrong, path):
                    tried += 1
                    body = json.dumps(replaced(members, path, wrong))
                    assert isinstance(answer(row.request, body), SerializeError), (path, wrong)

    no_success()
    assert tried >= 10


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
    for body in (r'{"Id":"\ud800"', r'{"Id":"\ud800","AbsoluteTime":7}', r'["\ud800"]', r'{"Id":"\ud800","x":NaN}'):
        assert isinstance(answer(SendEvent, body), SerializeError)


def test_numbers_are_exact_or_refused() -> None:
    assert answer(DescribeView, '{"View":{"Version":9007199254740993}}').view.version == 2**53 + 1  # type: ignore[attr-defined]
    half = r'{"View":{"Name":"\ud800","Version":9007199254740993}}'
    assert answer(DescribeView, half).view.version == 2**53 + 1  # type: ignore[attr-defined]
    for number in ("1.0", "1e2", "1e400", "-", "01", "9" * 5000, "true", '"1"'):
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
    assert error == ServiceError(400, "ValidationException", "no", None, response.headers)


@pytest.mark.parametrize("blank", ["", " ", ":", "#", ",", "a#", "a#:http://h/"])
def test_a_header_without_a_name_does_not_hide_the_code_of_the_body(blank: str) -> None:
    response = HttpResponse(400, (("x-amzn-errortype", blank),), b'{"code":7,"__type":"a#ValidationException"}')
    assert decode(SendEvent, response).failure().code == "ValidationException"  # type: ignore[union-attr]


def test_the_header_comes_before_the_body_and_code_before_type() -> None:
    body = b'{"code":"B","__type":"C"}'
    assert decode(SendEvent, HttpResponse(400, (("x-amzn-errortype", "A"),), body)).failure() & has_code("A").preview()
    assert decode(SendEvent, HttpResponse(400, (), body)).failure() & has_code("B").preview()


@pytest.mark.parametrize("key", ["message", "Message", "errorMessage"])
def test_every_spelling_of_message(key: str) -> None:
    error = answer(SendEvent, json.dumps({key: "Access denied"}), 403)
    assert error == ServiceError(403, "", "Access denied")


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


NO_CODE = {
    "HTML": b"<html>503</html>",
    "empty": b"",
    "an array": b'[{"code":"A","message":"no"}]',
    "null": b"null",
    "a text": b'"no"',
    "a number": b"7",
    "truncated": b'{"code":"A","mess',
    "not UTF-8": b'{"code":"\xff"}',
    "nested too deeply": b'{"code":"A","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "just nested too deeply": b'{"code":"A","x":' + b"[" * 300 + b"]" * 300 + b"}",
    "codes that are no text": b'{"code":7,"__type":["A"],"message":{"a":1},"Message":null}',
}


@pytest.mark.parametrize("name", NO_CODE)
@pytest.mark.parametrize("status", [400, 500, 503])
def test_an_unreadable_error_is_an_error_without_a_code(status: int, name: str) -> None:
    headers = (("X-Amz-Request-Id", "r-2"),)
    error = decode(SendEvent, HttpResponse(status, headers, NO_CODE[name])).failure()
    assert error == ServiceError(status, "", None, "r-2", headers)


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
    assert answer(DisconnectParticipant, b"{}", status) == ServiceError(status, "")


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
@settings(max_examples=1_000)
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
