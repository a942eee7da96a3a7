"""The programs of files as values: their effects, in memory, and the arguments that they refuse."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lensconnect as lc
from lensconnect.programs.effects import DownloadFile, Perform, StatFile, UploadFile
from lensconnect.programs.files import attach_with, download_bytes_with, download_with

TOKEN: lc.Program[lc.ConnectionToken, lc.Error] = lc.Program.from_value(lc.ConnectionToken("a-secret-token"))
URL = "https://bucket.example/secret-key?X-Amz-Signature=secret-signature"
START = lc.HttpResponse(
    200,
    (),
    b'{"AttachmentId":"a-1","UploadMetadata":{"Url":"%b","UrlExpiry":"2023-08-03T08:15:46Z",'
    b'"HeadersToInclude":{"Content-Type":"text/plain","x-amz-acl":"bucket-owner-full-control"}}}' % URL.encode(),
)
FOUND = lc.HttpResponse(200, (), b'{"Url":"%b","UrlExpiry":"soon","AttachmentSizeInBytes":2}' % URL.encode())
OK = lc.HttpResponse(200, (), b"{}")


def effects_of(program: lc.Program[Any, Any], *answers: lc.HttpResponse | lc.TransportError) -> tuple[list[Any], Any]:
    """Return the effects that matter here, and the outcome."""
    shown = lc.rehearse(program, answers)
    assert "secret" not in f"{shown} {shown!r}"
    kinds = Perform | UploadFile | DownloadFile | StatFile
    return [effect for effect in shown.effects if isinstance(effect, kinds)], shown.outcome


def test_a_file_is_announced_uploaded_and_completed() -> None:
    (start, put, complete), outcome = effects_of(
        attach_with(TOKEN, b"secret-bytes", name="a.txt"), START, lc.HttpResponse(200), OK
    )
    assert outcome.unwrap() == lc.Uploaded("a-1", 12)
    announced = lc.undescribe(start.request).unwrap()
    assert isinstance(announced, lc.StartAttachmentUpload)
    assert (announced.content_type, announced.attachment_size_in_bytes) == ("text/plain", 12)
    assert (announced.attachment_name, announced.connection_token) == ("a.txt", "a-secret-token")
    assert put == UploadFile(
        lc.HttpRequest("PUT", URL, (("Content-Type", "text/plain"), ("x-amz-acl", "bucket-owner-full-control"))),
        b"secret-bytes",
        12,
        None,
        60.0,
    )
    completed = lc.undescribe(complete.request).unwrap()
    assert isinstance(completed, lc.CompleteAttachmentUpload)
    assert completed.client_token != announced.client_token
    assert completed.attachment_ids == ("a-1",)


def test_a_rehearsal_stops_at_a_file_of_this_machine() -> None:
    assert effects_of(attach_with(TOKEN, "secret-name.txt"), START) == ([StatFile("secret-name.txt")], None)
    assert effects_of(download_with(TOKEN, "a-1", Path("secret-name")), FOUND) == ([StatFile("secret-name")], None)


@pytest.mark.parametrize(
    ("body", "size"), [(b"{}", None), (b'{"Url":"u"}', None), (b'{"Url":"u","AttachmentSizeInBytes":1}', 1)]
)
def test_a_reply_without_a_member_is_unreadable(body: bytes, size: int | None) -> None:
    _, outcome = effects_of(download_bytes_with(TOKEN, "a-1"), lc.HttpResponse(200, (), body), lc.HttpResponse(200))
    error = outcome.failure()
    assert isinstance(error, lc.SerializeError)
    assert ("the file has 0 bytes" in error.message) == (size == 1)
    without_headers = lc.HttpResponse(200, (), b'{"AttachmentId":"a-1","UploadMetadata":{"Url":"u"}}')
    for reply in (without_headers, lc.HttpResponse(200, (), b'{"AttachmentId":"a-1"}')):
        _, outcome = effects_of(attach_with(TOKEN, b"x", name="a.txt"), reply, OK)
        assert isinstance(outcome.failure(), lc.SerializeError)


def test_the_bytes_of_a_file_are_returned() -> None:
    (_, get), outcome = effects_of(download_bytes_with(TOKEN, "a-1"), FOUND, lc.HttpResponse(200, (), b"hi"))
    assert outcome.unwrap() == b"hi"
    assert get.request == lc.HttpRequest("GET", URL)


def test_equal_programs_are_equal_and_can_be_pickled() -> None:
    program = attach_with(TOKEN, Path("a.txt"), name="b.txt")
    assert program == attach_with(TOKEN, "a.txt", name="b.txt") != attach_with(TOKEN, "a.txt")
    fetched = download_with(lc.get_connection_token(lc.ParticipantToken("p")), "a-1", "a.txt")
    assert pickle.loads(pickle.dumps(fetched)) == fetched


anything: Any = object()
WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: attach_with(anything, b""), "program must be a Program"),
    (lambda: attach_with(TOKEN, anything), "attach: source must be a path or bytes"),
    (lambda: attach_with(TOKEN, b"", name=anything), "attach: name must be text or None"),
    (lambda: attach_with(TOKEN, b"", content_type=anything), "attach: content_type must be text or None"),
    (lambda: attach_with(TOKEN, b"", progress=anything), "attach: progress must be a function or None"),
    (lambda: download_with(TOKEN, anything, "a"), "download: attachment_id must be text"),
    (lambda: download_with(TOKEN, "a", anything), "download: path must be a path"),
    (lambda: download_with(TOKEN, "a", anything), "download: path must be a path"),
    (lambda: download_bytes_with(TOKEN, anything), "download_bytes: attachment_id must be text"),
    (lambda: download_bytes_with(TOKEN, "a", most=anything), "download_bytes: most must be a whole number"),
]


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_wrong_arguments_are_refused_at_once(call: Callable[[], object], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()
