"""Errors name every fault."""

from __future__ import annotations

import json

import pytest

from lensconnect import HttpRequest, HttpResponse

from ..helpers.harness import Harness

HOST = "http://emulator.invalid"


def post(harness: Harness, path: str, body: bytes, *headers: tuple[str, str], method: str = "POST") -> HttpResponse:
    return harness.handle(HttpRequest(method, HOST + path, headers, body))


@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        ("transcript", b'{"MaxResults":101}', "MaxResults"),
        ("transcript", b'{"StartPosition":{"MostRecent":101}}', "StartPosition.MostRecent"),
        ("attachment", b'{"AttachmentId":"a","UrlContentDisposition":"X"}', "UrlContentDisposition"),
        ("message", b'{"ContentType":"","Content":"x"}', "ContentType"),
        ("complete-attachment-upload", b'{"AttachmentIds":[""],"ClientToken":"x"}', "AttachmentIds[0]"),
    ],
)
def test_a_validation_exception_names_every_member_as_aws_spells_it(path: str, body: bytes, member: str) -> None:
    harness = Harness()
    response = post(harness, f"/participant/{path}", body, ("x-amz-bearer", harness.connect()))
    assert json.loads(response.body)["message"].startswith(f"{member} must be ")
