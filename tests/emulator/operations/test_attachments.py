"""Attachments: announce, upload, complete, scan and download a file."""

from __future__ import annotations

import pytest

from lensconnect import (
    GetAttachment,
    HttpRequest,
    StartAttachmentUploadResponse,
    new_complete_attachment_upload,
    new_get_attachment,
    new_start_attachment_upload,
)
from lensconnect.emulator import Options
from lensconnect.wire.limits import NONE

from ..helpers.harness import Harness
from ..helpers.uploads import DATA, Upload, announcement

SIGNED = ["Content-Type", "Content-Length", "Content-Disposition", "x-amz-acl"]

INVALID = (400, "ValidationException")


def test_an_uploaded_file_can_be_downloaded() -> None:
    upload = Upload()
    metadata = upload.announced.upload_metadata
    assert metadata is not None
    assert metadata.url_expiry == "2026-11-22T10:15:00Z"
    assert list(metadata.headers_to_include or {})[:4] == SIGNED
    item = upload.shared().newest()
    assert (item.type, item.content, item.content_type) == ("ATTACHMENT", None, None)
    (shown,) = item.attachments or ()
    assert (shown.attachment_id, shown.attachment_name, shown.status) == (upload.id, "Grüße.txt", "APPROVED")
    agent = upload.harness.connect(upload.harness.chat.agent_token)
    found = upload.harness.send(new_get_attachment(upload.id, agent)).unwrap()
    assert found.attachment_size_in_bytes == len(DATA)
    response = upload.harness.handle(HttpRequest("GET", found.url or ""))
    assert (response.status, response.body) == (200, DATA)
    assert upload.harness.handle(HttpRequest("GET", f"{found.url}?more=1")).status == 403
    assert response.header("content-disposition") == 'attachment; filename="Gr%C3%BC%C3%9Fe.txt"'


def test_a_second_completion_is_a_conflict() -> None:
    upload = Upload().shared()
    assert upload.harness.send(upload.complete()).unwrap().http_status == 200
    assert upload.harness.error_of(upload.complete("again")) == (409, "ConflictException")
    again = upload.harness.send(announcement(upload.token, "Grüße.txt")).unwrap()
    assert isinstance(again, StartAttachmentUploadResponse)
    assert again == upload.announced


def test_only_the_uploading_participant_completes_a_file() -> None:
    upload = Upload()
    upload.put()
    agent = upload.harness.connect(upload.harness.chat.agent_token)
    request = new_complete_attachment_upload((upload.id,), "c", agent)
    assert upload.harness.error_of(request) == (403, "AccessDeniedException")


def test_files_outside_the_limits_are_refused() -> None:
    harness = Harness(Options(attachments_per_chat=1))
    token = harness.connect()
    assert harness.error_of(announcement(token, "virus.exe")) == INVALID
    assert harness.error_of(announcement(token, "big.pdf", 20 * 1024 * 1024 + 1)) == INVALID
    assert harness.error_of(new_start_attachment_upload("a\r\nb", 1, "a.pdf", "t", token)) == INVALID
    harness.send(announcement(token, "a.pdf", 20 * 1024 * 1024)).unwrap()
    assert harness.error_of(announcement(token, "b.pdf", client_token="t")) == (402, "ServiceQuotaExceededException")


def test_the_bytes_of_all_attachments_are_bounded_until_their_chat_is_over() -> None:
    harness = Harness(Options(all_attachments_bytes=100))
    first, second = harness.connect(), harness.connect(harness.emulator.start_chat().participant_token)
    harness.send(announcement(first, "a.pdf", 60)).unwrap()
    refused = (402, "ServiceQuotaExceededException")
    assert harness.error_of(announcement(second, "b.pdf", 41)) == refused
    harness.send(announcement(second, "b.pdf", 40)).unwrap()
    assert harness.error_of(announcement(first, "c.pdf", 1, client_token="t")) == refused
    harness.emulator.stop_chat(harness.chat.contact_id)
    harness.advance(899)
    assert harness.error_of(announcement(second, "c.pdf", 1, client_token="t")) == refused
    harness.advance(1)
    harness.send(announcement(second, "c.pdf", 60, client_token="t")).unwrap()
    assert harness.emulator.read(lambda state: state.attachment_bytes) == 100


def test_file_types_can_be_added() -> None:
    harness = Harness(Options(attachment_types=("exe",)))
    token = harness.connect()
    harness.send(announcement(token, "setup.EXE")).unwrap()
    assert harness.error_of(announcement(token, "a.pdf", client_token="t")) == INVALID


def test_a_custom_bot_may_not_download_a_customers_file() -> None:
    upload = Upload().shared()
    bot = upload.harness.emulator.add_participant(upload.harness.chat.contact_id, "CUSTOM_BOT", "Bot")
    assert upload.harness.error_of(new_get_attachment(upload.id, upload.harness.connect(bot))) == (
        403,
        "AccessDeniedException",
    )


@pytest.mark.parametrize(("rejects", "status"), [(False, "APPROVED"), (True, "REJECTED")])
def test_a_scan_takes_scan_seconds(rejects: bool, status: str) -> None:
    upload = Upload(Options(scan_seconds=10.0, scan_rejects=rejects)).shared()
    before = upload.newest()
    assert [one.status for one in before.attachments or ()] == ["IN_PROGRESS"]
    assert upload.harness.error_of(new_get_attachment(upload.id, upload.token)) == INVALID
    upload.harness.now += 10
    after = upload.newest()
    assert [one.status for one in after.attachments or ()] == [status]
    assert (after.id, after.absolute_time) == (before.id, before.absolute_time)


def test_odd_requests_are_answered_without_limits() -> None:
    upload = Upload(Options(limits=NONE), name="ü" * 100_000 + ".txt").shared()
    assert upload.harness.error_of(new_complete_attachment_upload((), "none", upload.token)) == INVALID
    forever = GetAttachment(attachment_id=upload.id, connection_token=upload.token, url_expiry_in_seconds=2**63)
    assert upload.harness.send(forever).unwrap().url_expiry == "9999-12-31T23:59:59.999Z"
