"""The golden wire vectors: describe, undescribe and decode give what they say, and botocore agrees.

The vectors are Smithy's protocol tests.  `.ci/wire_vectors.py` writes them; a client in any language can run them.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore.awsrequest import HeadersDict, prepare_request_dict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from helpers.introspection import ROOT, snake

from lensconnect import (
    Endpoint,
    HttpRequest,
    HttpResponse,
    SerializeError,
    ServiceError,
    Success,
    decode,
    describe,
    undescribe,
)
from lensconnect.operations import OPERATIONS, Row

Vector = dict[str, Any]
HERE = Path(__file__).parent
HOME = Endpoint("https://participant.connect.us-east-1.amazonaws.com")
ROWS = {row.name: row for row in OPERATIONS}
every = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)


@cache
def shapes(file: str) -> dict[str, dict[str, list[Vector]]]:
    """Return the vectors of a file by shape and trait, without namespaces."""
    found: dict[str, Any] = json.loads((HERE / file).read_text())["shapes"]
    return {
        shape.partition("#")[2]: {trait.partition("#")[2]: vectors for trait, vectors in applied["traits"].items()}
        for shape, applied in found.items()
    }


def vectors_of(row: Row, trait: str) -> list[Vector]:
    return shapes(f"{snake(row.name)}.json")[row.name][trait]


def all_vectors() -> Iterator[Vector]:
    for path in HERE.glob("*.json"):
        for traits in shapes(path.name).values():
            for vectors in traits.values():
                yield from vectors


def hold(vectors: list[Vector], check: Callable[[Vector], None]) -> None:
    """Check every vector; fail with the names of all that do not hold, and the first difference."""
    failures: dict[str, Exception] = {}
    for vector in vectors:
        try:
            check(vector)
        except Exception as error:
            failures[vector["id"]] = error
    assert not failures, f"{', '.join(failures)}\n{next(iter(failures.values()))!r}"


def request_of(vector: Vector) -> HttpRequest:
    query = "?" + "&".join(vector["queryParams"]) if "queryParams" in vector else ""
    return HttpRequest(
        vector["method"],
        HOME.url + vector["uri"] + query,
        tuple(vector["headers"].items()),
        vector["body"].encode(),
    )


def parts(request: HttpRequest) -> tuple[object, ...]:
    """Return the parts of a request, since its `repr` does not show its headers and its body."""
    return request.method, request.url, request.headers, request.body


def response_of(vector: Vector) -> HttpResponse:
    return HttpResponse(vector["code"], tuple(vector["headers"].items()), vector["body"].encode())


def for_servers(vector: Vector) -> bool:
    return vector.get("appliesTo") == "server"


@every
def test_requests(row: Row) -> None:
    def check(vector: Vector) -> None:
        request = msgspec.convert(vector["params"], row.request)
        assert undescribe(request_of(vector)) == Success(request)
        if not for_servers(vector):
            assert parts(describe(request, HOME).unwrap()) == parts(request_of(vector))

    hold(vectors_of(row, "httpRequestTests"), check)


@every
def test_malformed_requests(row: Row) -> None:
    def check(vector: Vector) -> None:
        assert isinstance(undescribe(request_of(vector["request"])).failure(), SerializeError)

    hold(vectors_of(row, "httpMalformedRequestTests"), check)


@every
def test_replies(row: Row) -> None:
    def check(vector: Vector) -> None:
        undecoded = tuple(vector.get("vendorParams", {}).get("undecoded", ()))
        reply = msgspec.convert({**vector["params"], "HttpStatus": vector["code"]}, row.reply)
        assert decode(row.request, response_of(vector)) == Success(reply.__replace__(undecoded=undecoded))

    hold(vectors_of(row, "httpResponseTests"), check)


def operation_with(error: str) -> Row:
    return next(row for row in OPERATIONS if error in (each.code for each in row.errors))


@pytest.mark.parametrize("error", shapes("errors.json"))
def test_errors(error: str) -> None:
    row = operation_with(error)

    def check(vector: Vector) -> None:
        found = decode(row.request, response_of(vector)).failure()
        assert isinstance(found, ServiceError)
        params, request_id = vector["params"], vector["headers"]["x-amzn-RequestId"]
        assert (found.status, found.code, found.message) == (vector["code"], error, params.get("Message"))
        assert (found.resource_id, found.resource_type) == (params.get("ResourceId"), params.get("ResourceType"))
        assert (found.request_id, found.operation) == (request_id, row.name)

    hold(shapes("errors.json")[error]["httpResponseTests"], check)


# -- botocore ----------------------------------------------------------------------------------------------------------

SERVICE = botocore.session.Session().get_service_model("connectparticipant")
SERIALIZER = create_serializer("rest-json", include_validation=True)
PARSER = create_parser("rest-json")

BY_HAND = {
    "OfWrongType": "botocore returns a value of another type than the model's, or raises an exception",
    "TextInLongMember": "botocore does not read errorMessage",
    "InternalServerExceptionNoBody": "botocore takes the phrase of the status for the code, although a header has it",
}
"""The ends of the names of vectors on which botocore is wrong, and the reasons."""


def hold_for_botocore(vectors: list[Vector], compare: Callable[[Vector], None]) -> None:
    """Check that botocore agrees with every vector but those of `BY_HAND`, and disagrees with each of these."""

    def check(vector: Vector) -> None:
        if not vector["id"].endswith(tuple(BY_HAND)):
            return compare(vector)
        with pytest.raises((AssertionError, AttributeError, KeyError, TypeError)):
            compare(vector)
        return None

    hold(vectors, check)


def serialized(row: Row, vector: Vector) -> HttpRequest:
    written = SERIALIZER.serialize_to_request(vector["params"], SERVICE.operation_model(row.name))
    prepare_request_dict(written, endpoint_url=HOME.url)
    headers = tuple((name, written["headers"][name]) for name in vector["headers"])
    return HttpRequest(written["method"], written["url"], headers, written["body"])


def parsed(row: Row, vector: Vector) -> dict[str, Any]:
    body, headers = vector["body"].encode(), HeadersDict(vector["headers"])
    response = {"status_code": vector["code"], "headers": headers, "body": body}
    found: dict[str, Any] = PARSER.parse(response, SERVICE.operation_model(row.name).output_shape)
    metadata = found.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == vector["code"]
    assert metadata["RequestId"] == vector["headers"]["x-amzn-RequestId"]
    return found


@every
def test_botocore_writes_the_same_requests(row: Row) -> None:
    def compare(vector: Vector) -> None:
        ours, theirs = request_of(vector), serialized(row, vector)
        assert parts(theirs)[:3] == parts(ours)[:3]
        assert json.loads(theirs.body or "null") == json.loads(ours.body or "null")

    hold_for_botocore([each for each in vectors_of(row, "httpRequestTests") if not for_servers(each)], compare)


@every
def test_botocore_reads_the_same_replies(row: Row) -> None:
    def compare(vector: Vector) -> None:
        assert parsed(row, vector) == vector["params"]

    hold_for_botocore(vectors_of(row, "httpResponseTests"), compare)


@pytest.mark.parametrize("error", shapes("errors.json"))
def test_botocore_reads_the_same_errors(error: str) -> None:
    row = operation_with(error)

    def compare(vector: Vector) -> None:
        assert parsed(row, vector)["Error"] == {"Code": error, "Message": vector["params"].get("Message", "")}

    hold_for_botocore(shapes("errors.json")[error]["httpResponseTests"], compare)


# -- the files ---------------------------------------------------------------------------------------------------------


SCRIPT = ROOT / ".ci" / "wire_vectors.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wire_vectors", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not SCRIPT.exists(), reason="the suite runs on a wheel, which has no scripts")
def test_the_files_are_what_the_script_writes() -> None:
    written = {path.name: path.read_text(encoding="ascii") for path in HERE.glob("*.json")}
    assert written == script().files(), "run: python .ci/wire_vectors.py"


def test_there_are_600_vectors_or_more_and_each_has_its_own_name() -> None:
    names = [vector["id"] for vector in all_vectors()]
    assert len(names) == len(set(names)) >= 600
    for ending in BY_HAND:
        assert any(name.endswith(ending) for name in names), ending


def test_a_vector_that_does_not_hold_is_named() -> None:
    row = ROWS["SendMessage"]
    good = vectors_of(row, "httpRequestTests")[0]

    def check(vector: Vector) -> None:
        assert describe(msgspec.convert(vector["params"], row.request), HOME) == Success(request_of(vector))

    hold([good], check)
    with pytest.raises(AssertionError, match=r"^Changed\s+AssertionError\("):
        hold([good, {**good, "id": "Changed", "uri": "/participant/messages"}], check)
