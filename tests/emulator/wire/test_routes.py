"""Routes: methods, paths and the requests that clients send."""

from __future__ import annotations

import pytest

from lensconnect import HttpRequest, HttpResponse
from lensconnect.operations import OPERATIONS

from ..helpers.harness import Harness

HOST = "http://emulator.invalid"


def post(harness: Harness, path: str, body: bytes, *headers: tuple[str, str], method: str = "POST") -> HttpResponse:
    return harness.handle(HttpRequest(method, HOST + path, headers, body))


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("/participant/transcript", "application/json", b"{}"),
        ("/participant/transcript", "application/x-amz-json-1.1", b""),
        ("//participant//transcript", "application/json; charset=UTF-8", b'{"Later":1,"MaxResults":null}'),
        ("/base/participant/transcript/", "APPLICATION/JSON", b"{}"),
    ],
)
def test_the_requests_of_clients_are_accepted(path: str, media_type: str, body: bytes) -> None:
    harness = Harness()
    bearer = ("x-amz-bearer", harness.connect())
    response = post(harness, path, body, bearer, ("content-type", media_type), ("Authorization", "AWS4 no"))
    assert response.status == 200
    assert response.header("Content-Type") == "application/json"
    assert len(response.header("x-amzn-requestid") or "") == 36


def test_every_operation_has_the_method_and_path_of_the_model() -> None:
    harness = Harness()
    for path in ("/", "/participant", "/participant/", "/participant/views", "/participant/nothing", "/_emulator/x"):
        assert post(harness, path, b"").status == 404
    for row in OPERATIONS:
        path = row.path + ("/a%2Fb" if row.at("path") else "")
        response = post(harness, path, b"", method="DELETE")
        assert (response.status, response.header("allow")) == (405, row.method)
        assert post(harness, path, b"", method=row.method).status == 403


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("chat", "PUT"), ("stop", "POST"), ("participant-role-config/i/c", "PUT"), ("create-participant", "POST")],
)
def test_another_method_is_405_with_allow(path: str, allowed: str) -> None:
    for method in ("GET", "DELETE", "POST" if allowed == "PUT" else "PUT"):
        response = post(Harness(), f"/base//contact/{path}", b"{}", method=method)
        assert (response.status, response.header("allow")) == (405, allowed)
