"""Object storage: signed headers, expiry, and files that stay."""

from __future__ import annotations

from typing import Any

import pytest

from lensconnect import (
    GetAttachment,
    HttpRequest,
    new_get_attachment,
)

from ..helpers.uploads import DATA, Upload

INVALID = (400, "ValidationException")


@pytest.mark.parametrize(
    "changed",
    [
        {"Content_Type": "text/html"},
        {"x_amz_acl": None},
        {"x_amz_meta_more": "1"},
        {"X_Amz_Bearer": "token"},
        {"Content_Length": "3"},
        {"Content_Length": None, "Transfer_Encoding": "chunked"},
        {"data": b"short"},
        {"method": "POST"},
    ],
)
def test_an_upload_must_match_its_signed_headers(changed: dict[str, Any]) -> None:
    upload = Upload()
    response = upload.put(**changed)
    assert response.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in response.body
    assert upload.harness.error_of(upload.complete()) == INVALID


def test_upload_and_download_urls_expire() -> None:
    upload = Upload()
    upload.harness.now += 900
    response = upload.put()
    assert (response.status, b"<Code>AccessDenied</Code>" in response.body) == (403, True)
    upload = Upload().shared()
    request = GetAttachment(attachment_id=upload.id, connection_token=upload.token, url_expiry_in_seconds=5)
    url = upload.harness.send(request).unwrap().url or ""
    upload.harness.now += 4.9
    assert upload.harness.handle(HttpRequest("GET", url)).status == 200
    upload.harness.now += 0.2
    assert upload.harness.handle(HttpRequest("GET", url)).status == 403


def test_a_completed_file_cannot_be_overwritten() -> None:
    upload = Upload().shared()
    assert upload.put(b"x" * len(DATA)).status == 200
    url = upload.harness.send(new_get_attachment(upload.id, upload.token)).unwrap().url
    assert upload.harness.handle(HttpRequest("GET", url or "")).body == DATA
