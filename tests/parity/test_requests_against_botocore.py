"""describe writes the same requests as botocore's serializer: 1,000 requests of each operation."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.serialize import create_serializer
from helpers.lanes import searched
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import Endpoint, HttpRequest, describe
from lensconnect.operations import OPERATIONS, Reply, Request, Row
from lensconnect.record import to_members
from lensconnect.testing.strategies import requests_of

EACH = 1_000
SERVICE = botocore.session.Session().get_service_model("connectparticipant")
SERIALIZER = create_serializer("rest-json", include_validation=True)
ENDPOINTS = ("https://participant.connect.eu-west-2.amazonaws.com", "http://127.0.0.1:9000/base")


def by_botocore(request: Request[Reply], endpoint: str) -> dict[str, Any]:
    operation = SERVICE.operation_model(type(request).__name__)
    members = to_members(request, ("body", "header", "path"))
    written: dict[str, Any] = SERIALIZER.serialize_to_request(members, operation)
    prepare_request_dict(written, endpoint_url=endpoint)
    return written


def test_ten_thousand_requests_are_compared() -> None:
    assert len(OPERATIONS) == len(SERVICE.operation_names)
    assert EACH * len(OPERATIONS) >= 10_000


@searched("examples", fast=25, slow=EACH)
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_requests_equal_those_of_botocore(row: Row, examples: int) -> None:
    compared = 0

    @settings(max_examples=examples)
    @given(requests_of(row.request), st.sampled_from(ENDPOINTS))
    def compare(request: Request[Reply], endpoint: str) -> None:
        nonlocal compared
        compared += 1
        ours, theirs = describe(request, Endpoint(endpoint)).unwrap(), by_botocore(request, endpoint)
        assert (ours.method, ours.url) == (theirs["method"], theirs["url"])
        assert ours.header("X-Amz-Bearer") == theirs["headers"]["X-Amz-Bearer"]
        assert ours.header("Content-Type") == theirs["headers"].get("Content-Type")
        assert body_of(ours.body) == body_of(theirs["body"])

    compare()
    assert compared >= examples


def body_of(body: bytes) -> object:
    return json.loads(body) if body else None


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_a_description_has_no_header_that_botocore_does_not_send(row: Row) -> None:
    @settings(max_examples=20)
    @given(requests_of(row.request))
    def compare(request: Request[Reply]) -> None:
        ours: HttpRequest = describe(request, Endpoint(ENDPOINTS[0])).unwrap()
        names = [name for name, _ in ours.headers]
        assert names == ["X-Amz-Bearer"] + ["Content-Type"] * (row.method == "POST")

    compare()
