"""CORS: preflights and exposed headers."""

from __future__ import annotations

import pytest

from lensconnect import HttpRequest, HttpResponse

from ..helpers.harness import Harness

ORIGIN = "http://localhost:5173"

PATHS = ["/participant/message", "//participant//views/x", "/contact/chat", "/_emulator/uploads/x", "/nowhere"]


def ask(harness: Harness, method: str, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return harness.handle(HttpRequest(method, "http://emulator.invalid" + path, sent, body))


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_allows_the_headers_of_the_sdks(path: str) -> None:
    wanted = "amz-sdk-invocation-id,amz-sdk-request,content-type,x-amz-bearer,x-amz-user-agent"
    response = ask(
        Harness(),
        "OPTIONS",
        path,
        origin=ORIGIN,
        access_control_request_method="POST",
        access_control_request_headers=wanted,
        access_control_request_private_network="true",
    )
    assert (response.status, response.body) == (200, b"")
    assert response.header("access-control-allow-origin") == ORIGIN
    assert response.header("access-control-allow-headers") == wanted
    assert "PUT" in (response.header("access-control-allow-methods") or "")
    assert response.header("access-control-allow-private-network") == "true"
    plain = ask(Harness(), "OPTIONS", path, origin=ORIGIN)
    assert "x-amz-bearer" in (plain.header("access-control-allow-headers") or "")


@pytest.mark.parametrize("path", PATHS)
def test_a_response_is_readable_by_a_web_page(path: str) -> None:
    response = ask(Harness(), "POST", path, origin=ORIGIN)
    assert response.status >= 400
    assert response.header("access-control-allow-origin") == ORIGIN
    assert "x-amzn-errortype" in (response.header("access-control-expose-headers") or "")
    assert ask(Harness(), "POST", path).header("access-control-allow-origin") is None
