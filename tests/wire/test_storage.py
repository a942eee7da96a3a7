"""Errors of the storage: code and text of S3's XML, and no part of the request."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import HttpRequest, HttpResponse, is_chat_over
from lensconnect.wire.storage import storage_error

URL = "https://bucket.example/secret-key-of-the-file?X-Amz-Signature=secret-signature&X-Amz-Credential=secret%2Fcredential"
PUT = HttpRequest("PUT", URL, (("x-amz-meta-contact_id", "secret-contact"), ("Content-Length", "5")), b"hello")
SECRETS = ("secret-key", "secret-sign", "secret/cred", "secret%2F", "secret-cont")


def xml(code: str, message: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


def test_code_text_and_request_id_are_read() -> None:
    response = HttpResponse(403, (("x-amz-request-id", "r-1"),), xml("AccessDenied", "Request has\nexpired &amp; more"))
    error = storage_error("GetObject", HttpRequest("GET", URL), response)
    assert (error.status, error.code, error.message) == (403, "AccessDenied", "Request has expired & more")
    assert (error.request_id, error.operation, error.foreign_body) == ("r-1", "GetObject", False)
    assert error.hint is not None
    assert error.hint.startswith("usual causes: the URL has expired")
    assert not is_chat_over(error)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"<Code>", b"<Code/>", b"{}"])
def test_another_body_has_no_code(body: bytes) -> None:
    error = storage_error("PutObject", PUT, HttpResponse(403, (), body))
    assert (error.code, error.message, error.foreign_body) == ("", None, True)
    assert not is_chat_over(error)
    assert "proxy or a firewall" in str(error.hint)


@pytest.mark.parametrize("text", [URL, quote(URL, safe=""), URL.upper(), URL.partition("?")[2], *SECRETS])
def test_no_part_of_the_request_is_shown(text: str) -> None:
    if text in SECRETS:
        text = next(
            part
            for part in (
                "secret-key-of-the-file",
                "secret-signature",
                "secret/credential",
                "secret%2Fcredential",
                "secret-contact",
            )
            if part.startswith(text)
        )
    shown = text.replace("&", "&amp;")
    headers = (("Location", text), ("x-amz-request-id", text))
    error = storage_error("PutObject", PUT, HttpResponse(307, headers, xml(shown, shown)))
    for rendering in (repr(error), str(error), str(error.headers), str(error.message), error.code):
        assert not any(secret in rendering.lower() for secret in SECRETS), rendering


@given(st.binary(), st.sampled_from([100, 200, 403, 599]))
def test_no_response_makes_it_raise(body: bytes, status: int) -> None:
    error = storage_error("PutObject", PUT, HttpResponse(status, (), b"<Code>" + body + b"</Code>"))
    assert len(error.code) <= 500
    assert error.code.isprintable()
