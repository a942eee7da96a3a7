"""decode reads the same replies as botocore's parser: 1,000 replies of each operation, and a table of differences.

botocore treats a 200 whose body is no JSON object as an empty success, or raises an exception.  The table lists
these cases by name, with botocore's result.
"""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from helpers.lanes import searched
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import GetTranscript, HttpResponse, SendEvent, SerializeError, ServiceError, decode
from lensconnect.operations import OPERATIONS, Reply, Request, Row
from lensconnect.record import fields, to_members
from lensconnect.testing.strategies import reply_objects_of

EACH = 1_000
SERVICE = botocore.session.Session().get_service_model("connectparticipant")
PARSER = create_parser("rest-json")
DIES = "raises"

unknown_members = st.sampled_from(
    [
        {},
        {"X": None, "y": 1e300},
        {"😀": "漢", "content": True},
        {"Messages": [{"Id": [[], {}]}], "": -1},
        {"id": {"Id": 7}},
    ]
)
spellings = st.fixed_dictionaries({"ensure_ascii": st.booleans(), "indent": st.none() | st.just(1)})


def by_botocore(request_type: type[Request[Reply]], response: HttpResponse) -> dict[str, Any]:
    shape = SERVICE.operation_model(request_type.__name__).output_shape
    given_ = {"status_code": response.status, "headers": dict(response.headers), "body": response.body}
    parsed: dict[str, Any] = PARSER.parse(given_, shape)
    return parsed


def with_noise(members: Any, noise: dict[str, Any]) -> Any:
    """Add members that the model does not list to every object, except to a map of headers."""
    if isinstance(members, list):
        return [with_noise(entry, noise) for entry in members]
    if not isinstance(members, dict):
        return members
    kept = {name: value if name == "HeadersToInclude" else with_noise(value, noise) for name, value in members.items()}
    return {**noise, **kept}


def modelled(members: Any) -> Any:
    """Leave out the two members of MessageMetadata that only frames have: botocore's model does not list them."""
    if isinstance(members, list):
        return [modelled(entry) for entry in members]
    if not isinstance(members, dict):
        return members
    return {
        name: value if name == "HeadersToInclude" else modelled(value)
        for name, value in members.items()
        if name not in ("MessageCompleted", "ChunkNumber")
    }


@searched("examples", fast=25, slow=EACH)
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_replies_equal_those_of_botocore(row: Row, examples: int) -> None:
    absent = {field.member: None for field in fields(row.reply) if field.location not in ("status", "local")}
    compared = 0

    @settings(max_examples=examples)
    @given(reply_objects_of(row.request), unknown_members, spellings, st.integers(200, 299))
    def compare(members: dict[str, Any], noise: dict[str, Any], spelling: dict[str, Any], status: int) -> None:
        nonlocal compared
        compared += 1
        body = json.dumps({**absent, **with_noise(members, noise)}, **spelling).encode()
        response = HttpResponse(status, (("x-amzn-requestid", "r-1"),), body)
        ours, theirs = decode(row.request, response).unwrap(), by_botocore(row.request, response)
        metadata = theirs.pop("ResponseMetadata")
        assert to_members(ours) == members
        assert theirs == modelled(members)
        assert ours.http_status == metadata["HTTPStatusCode"]

    compare()
    assert compared >= examples


BOTOCORE_IS_WRONG: dict[str, tuple[int, bytes, Any]] = {
    "truncated": (200, b'{"Id":"m-1","Abso', {}),
    "truncated in the last brace": (200, b'{"Id":"m-1"', {}),
    "HTML": (200, b"<html><body>maintenance</body></html>", {}),
    "nothing but white space": (200, b"  ", {}),
    "a byte order mark": (200, b"\xef\xbb\xbf{}", {}),
    "not UTF-8": (200, b'{"Id":"\xff"}', DIES),
    "empty": (200, b"", {}),
    "null": (200, b"null", DIES),
    "two values": (200, b'{"Id":"m-1"}{}', {}),
    "an array": (200, b'[{"Id":"m-1"}]', DIES),
    "a string": (200, b'"m-1"', DIES),
    "a number": (200, b"7", DIES),
    "nested too deeply": (200, b'{"Id":' + b"[" * 100_000 + b"]" * 100_000 + b"}", DIES),
    "a number for a text": (200, b'{"Id":7}', {"Id": 7}),
    "an array for a text": (200, b'{"Id":["m-1"]}', {"Id": ["m-1"]}),
}


@pytest.mark.parametrize("name", BOTOCORE_IS_WRONG)
def test_bodies_that_botocore_accepts_and_decode_refuses(name: str) -> None:
    status, body, theirs = BOTOCORE_IS_WRONG[name]
    response = HttpResponse(status, (), body)
    assert isinstance(decode(SendEvent, response).failure(), SerializeError)
    if theirs is DIES:
        with pytest.raises((AttributeError, TypeError, RecursionError, UnicodeDecodeError)):
            by_botocore(SendEvent, response)
    else:
        assert {**by_botocore(SendEvent, response), "ResponseMetadata": None} == {**theirs, "ResponseMetadata": None}


def test_an_object_for_an_array_is_an_error_here() -> None:
    response = HttpResponse(200, (), b'{"Transcript":{"Id":"m-1"}}')
    assert isinstance(decode(GetTranscript, response).failure(), SerializeError)


ERROR_BODIES = {
    "an array": (b'[{"message":"no"}]', '[{"message":"no"}]'),
    "a string": (b'"no"', "no"),
}


@pytest.mark.parametrize("name", ERROR_BODIES)
def test_errors_on_which_botocore_raises_are_values(name: str) -> None:
    body, message = ERROR_BODIES[name]
    response = HttpResponse(400, (), body)
    with pytest.raises((AttributeError, TypeError)):
        by_botocore(SendEvent, response)
    expected = ServiceError(400, "", message, operation="SendEvent", foreign_body=True)
    assert decode(SendEvent, response).failure() == expected


error_bodies = st.fixed_dictionaries(
    {},
    optional={
        "message": st.text(min_size=1, max_size=9),
        "Message": st.text(min_size=1, max_size=9),
        "code": st.sampled_from(["X", "a.b#X", "X:http://h/"]),
        "__type": st.sampled_from(["Y", "a.b#Y", "Y:http://h/"]),
    },
)


@given(
    st.sampled_from(["X", "a.b#X", "X:http://h/"]),
    error_bodies,
    st.sampled_from([400, 402, 403, 404, 409, 429, 500, 503]),
)
def test_errors_equal_those_of_botocore(header: str, body: dict[str, str], status: int) -> None:
    headers = (("x-amzn-errortype", header), ("x-amzn-requestid", "r-1"))
    response = HttpResponse(status, headers, json.dumps(body).encode())
    ours, theirs = decode(SendEvent, response).failure(), by_botocore(SendEvent, response)
    assert isinstance(ours, ServiceError)
    assert ours.code == theirs["Error"]["Code"] == "X"
    assert (ours.message or "") == theirs["Error"]["Message"]
    assert ours.request_id == theirs["ResponseMetadata"]["RequestId"]
