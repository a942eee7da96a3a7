"""Attachments: announced, put, completed, scanned, fetched."""

from __future__ import annotations

from typing import Any

import pytest

from lensconnect import (
    ConnectionToken,
    GetAttachment,
    HttpRequest,
    HttpResponse,
    Item,
    Reply,
    Request,
    StartAttachmentUpload,
    StartAttachmentUploadResponse,
    new_complete_attachment_upload,
    new_get_attachment,
    new_get_transcript,
    new_start_attachment_upload,
)
from lensconnect.emulator import Options
from lensconnect.wire.limits import NONE

from .talk import Talk

SIGNED = ["Content-Type", "Content-Length", "Content-Disposition", "x-amz-acl"]
DATA = b"hello, file"
INVALID = (400, "ValidationException")


class Upload:
    """A chat, and a file announced in it."""

    def __init__(self, options: Options | None = None, name: str = "Grüße.txt") -> None:
        self.talk = Talk(options)
        self.token = self.talk.connect()
        self.announced = self.talk.ask(announcement(self.token, name)).unwrap()
        self.id = self.announced.attachment_id or ""

    def put(self, data: bytes = DATA, method: str = "PUT", **changed: str | None) -> HttpResponse:
        metadata = self.announced.upload_metadata
        assert metadata is not None
        headers = {**(metadata.headers_to_include or {}), **{name.replace("_", "-"): v for name, v in changed.items()}}
        sent = tuple((name, value) for name, value in headers.items() if value is not None)
        return self.talk.raw(HttpRequest(method, metadata.url or "", sent, data))

    def complete(self, client_token: str = "c") -> Request[Reply]:
        return new_complete_attachment_upload((self.id,), client_token, self.token)

    def newest(self) -> Item:
        return (self.talk.ask(new_get_transcript(self.token)).unwrap().transcript or ())[0]

    def shared(self) -> Upload:
        assert self.put().status == 200
        self.talk.ask(self.complete()).unwrap()
        return self


def announcement(
    token: ConnectionToken, name: str, size: int = len(DATA), client_token: str = "s"
) -> StartAttachmentUpload:
    return new_start_attachment_upload("text/plain", size, name, client_token, token)


def test_a_file_goes_in_and_comes_out() -> None:
    upload = Upload()
    metadata = upload.announced.upload_metadata
    assert metadata is not None
    assert metadata.url_expiry == "2026-11-22T10:15:00Z"
    assert list(metadata.headers_to_include or {})[:4] == SIGNED
    item = upload.shared().newest()
    assert (item.type, item.content, item.content_type) == ("ATTACHMENT", None, None)
    (shown,) = item.attachments or ()
    assert (shown.attachment_id, shown.attachment_name, shown.status) == (upload.id, "Grüße.txt", "APPROVED")
    agent = upload.talk.connect(upload.talk.chat.agent_token)
    found = upload.talk.ask(new_get_attachment(upload.id, agent)).unwrap()
    assert found.attachment_size_in_bytes == len(DATA)
    response = upload.talk.raw(HttpRequest("GET", found.url or ""))
    assert (response.status, response.body) == (200, DATA)
    assert upload.talk.raw(HttpRequest("GET", f"{found.url}?more=1")).status == 403
    assert response.header("content-disposition") == 'attachment; filename="Gr%C3%BC%C3%9Fe.txt"'


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
def test_a_put_is_exactly_as_signed(changed: dict[str, Any]) -> None:
    upload = Upload()
    response = upload.put(**changed)
    assert response.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in response.body
    assert upload.talk.refusal(upload.complete()) == INVALID


def test_urls_end() -> None:
    upload = Upload()
    upload.talk.now += 900
    response = upload.put()
    assert (response.status, b"<Code>AccessDenied</Code>" in response.body) == (403, True)
    upload = Upload().shared()
    request = GetAttachment(attachment_id=upload.id, connection_token=upload.token, url_expiry_in_seconds=5)
    url = upload.talk.ask(request).unwrap().url or ""
    upload.talk.now += 4.9
    assert upload.talk.raw(HttpRequest("GET", url)).status == 200
    upload.talk.now += 0.2
    assert upload.talk.raw(HttpRequest("GET", url)).status == 403


def test_a_completion_happens_once() -> None:
    upload = Upload().shared()
    assert upload.talk.ask(upload.complete()).unwrap().http_status == 200
    assert upload.talk.refusal(upload.complete("again")) == (409, "ConflictException")
    again = upload.talk.ask(announcement(upload.token, "Grüße.txt")).unwrap()
    assert isinstance(again, StartAttachmentUploadResponse)
    assert again == upload.announced


def test_what_is_completed_stays() -> None:
    upload = Upload().shared()
    assert upload.put(b"x" * len(DATA)).status == 200
    url = upload.talk.ask(new_get_attachment(upload.id, upload.token)).unwrap().url
    assert upload.talk.raw(HttpRequest("GET", url or "")).body == DATA


def test_only_who_announced_completes() -> None:
    upload = Upload()
    upload.put()
    agent = upload.talk.connect(upload.talk.chat.agent_token)
    request = new_complete_attachment_upload((upload.id,), "c", agent)
    assert upload.talk.refusal(request) == (403, "AccessDeniedException")


def test_what_is_not_taken() -> None:
    talk = Talk(Options(attachments_per_chat=1))
    token = talk.connect()
    assert talk.refusal(announcement(token, "virus.exe")) == INVALID
    assert talk.refusal(announcement(token, "big.pdf", 20 * 1024 * 1024 + 1)) == INVALID
    assert talk.refusal(new_start_attachment_upload("a\r\nb", 1, "a.pdf", "t", token)) == INVALID
    talk.ask(announcement(token, "a.pdf", 20 * 1024 * 1024)).unwrap()
    assert talk.refusal(announcement(token, "b.pdf", client_token="t")) == (402, "ServiceQuotaExceededException")


def test_an_administrator_can_add_file_types() -> None:
    talk = Talk(Options(attachment_types=("exe",)))
    token = talk.connect()
    talk.ask(announcement(token, "setup.EXE")).unwrap()
    assert talk.refusal(announcement(token, "a.pdf", client_token="t")) == INVALID


def test_a_bot_may_not_fetch_what_the_customer_sent() -> None:
    upload = Upload().shared()
    bot = upload.talk.emulator.add_participant(upload.talk.chat.contact_id, "CUSTOM_BOT", "Bot")
    assert upload.talk.refusal(new_get_attachment(upload.id, upload.talk.connect(bot))) == (
        403,
        "AccessDeniedException",
    )


@pytest.mark.parametrize(("rejects", "status"), [(False, "APPROVED"), (True, "REJECTED")])
def test_a_scan_takes_its_time(rejects: bool, status: str) -> None:
    upload = Upload(Options(scan_seconds=10.0, scan_rejects=rejects)).shared()
    before = upload.newest()
    assert [one.status for one in before.attachments or ()] == ["IN_PROGRESS"]
    assert upload.talk.refusal(new_get_attachment(upload.id, upload.token)) == INVALID
    upload.talk.now += 10
    after = upload.newest()
    assert [one.status for one in after.attachments or ()] == [status]
    assert (after.id, after.absolute_time) == (before.id, before.absolute_time)


def test_without_limits_nothing_breaks() -> None:
    upload = Upload(Options(limits=NONE), name="ü" * 100_000 + ".txt").shared()
    assert upload.talk.refusal(new_complete_attachment_upload((), "none", upload.token)) == INVALID
    forever = GetAttachment(attachment_id=upload.id, connection_token=upload.token, url_expiry_in_seconds=2**63)
    assert upload.talk.ask(forever).unwrap().url_expiry == "9999-12-31T23:59:59.999Z"


def test_a_long_name_keeps_its_end() -> None:
    metadata = Upload(name="ü" * 250 + ".pdf").announced.upload_metadata
    assert metadata is not None
    value = (metadata.headers_to_include or {})["Content-Disposition"]
    assert len(value) <= 256
    assert value.endswith('.pdf"')
