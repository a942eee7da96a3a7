"""The programs of files as values: their effects, in memory, and the arguments that they refuse."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lensconnect as lc
from lensconnect.live.files import FileStamp
from lensconnect.programs.effects import DownloadFile, Observe, Perform, StatFile, UploadFile
from lensconnect.programs.evaluator import drive
from lensconnect.programs.files import attach_with, download_bytes_with, download_with
from lensconnect.programs.rehearse import _DEFAULT_SETTINGS, _Recorder

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


class FileSystem(_Recorder):
    """A rehearsal whose files are given too, among the answers."""

    def answer(self, effect: Any) -> Any:
        """Answer an effect; those of files by the next answer."""
        if isinstance(effect, Observe):
            effect.observer(effect.event)
        if not isinstance(effect, StatFile | DownloadFile):
            return super().answer(effect)
        answer = next(self.replies)
        return lc.Failure(answer) if isinstance(answer, lc.TransportError) else lc.Success(answer)


def run_with_files(program: lc.Program[Any, Any], *answers: Any, settings: lc.Settings | None = None) -> Any:
    """Run a program whose requests and files get these answers; return its outcome, once all of them are asked for."""
    files = FileSystem(iter(answers), settings or _DEFAULT_SETTINGS)
    outcome = drive(program, FileSystem.answer, files)
    assert next(files.replies, None) is None, "every answer is asked for"
    return outcome


def fault_in(outcome: Any) -> str:
    """Return the fields of the faults of an invalid request."""
    error = outcome.failure()
    assert isinstance(error, lc.InvalidRequest)
    return " ".join(fault.path for fault in error.faults)


STAMP = FileStamp("a.txt", 2, 0, 0, 0)
DENIED = lc.HttpResponse(403, (("x-amz-request-id", "r"),), b"<Error><Code>AccessDenied</Code></Error>")


def test_a_file_has_its_name_and_its_size() -> None:
    uploaded = run_with_files(attach_with(TOKEN, "secret/a.txt"), STAMP, START, lc.HttpResponse(200), OK)
    assert uploaded.unwrap() == lc.Uploaded("a-1", 2)
    assert fault_in(run_with_files(attach_with(TOKEN, "a.txt"), "missing")) == "source"


def test_the_faults_of_a_file_are_one_failure() -> None:
    assert fault_in(run_with_files(attach_with(TOKEN, b"x"))) == "attachment_name"
    assert fault_in(run_with_files(attach_with(TOKEN, b"x", name="a.unknown"))) == "content_type"
    assert fault_in(run_with_files(attach_with(TOKEN, b"", name="a.txt"))) == "attachment_size_in_bytes"
    unlimited = _DEFAULT_SETTINGS & lc.settings_limits.set(lc.NONE)
    assert (
        fault_in(run_with_files(attach_with(TOKEN, b"", name="a.txt"), settings=unlimited))
        == "attachment_size_in_bytes"
    )
    assert run_with_files(
        attach_with(TOKEN, b"x", name="a.unknown", content_type="text/plain"), START, lc.HttpResponse(200), OK
    ).unwrap() == lc.Uploaded("a-1", 1)


CONFLICT = lc.HttpResponse(409, (("x-amzn-errortype", "ConflictException"),), b"{}")


def test_a_conflict_is_a_success_only_after_a_completion_that_may_have_arrived() -> None:
    lost = lc.TransportError("incomplete", "the peer ended the connection", "maybe")
    program = attach_with(TOKEN, b"xy", name="a.txt")
    assert lc.is_ok(run_with_files(program, START, lc.HttpResponse(200), lost, CONFLICT))
    assert lc.is_err(run_with_files(program, START, lc.HttpResponse(200), CONFLICT))
    assert lc.is_err(run_with_files(program, START, lc.HttpResponse(200), lc.HttpResponse(429), CONFLICT))
    assert lc.is_ok(run_with_files(program, START, lc.HttpResponse(200), lc.HttpResponse(500), CONFLICT))


def test_a_file_is_fetched_to_a_new_path() -> None:
    fetched = lc.Downloaded(2, "digest")
    events: list[lc.Event] = []
    watched = _DEFAULT_SETTINGS & lc.settings_observers.set((events.append,))
    outcome = run_with_files(download_with(TOKEN, "a-1", "b.txt"), "missing", FOUND, fetched, settings=watched)
    assert outcome.unwrap() == fetched
    assert [(each.name, each.bytes_out, each.status, each.bytes_in) for each in events[-2:]] == [
        ("started", 0, None, None),
        ("answered", None, 200, 2),
    ]
    assert fault_in(run_with_files(download_with(TOKEN, "a-1", "b.txt"), STAMP)) == "path"
    empty = run_with_files(download_with(TOKEN, "a-1", "b.txt"), "missing", FOUND, lc.HttpResponse(200))
    assert isinstance(empty.failure(), lc.SerializeError)
    assert "the file has 0 bytes" in empty.failure().message


def test_a_url_that_is_denied_is_asked_for_once_more() -> None:
    program, bytes_of_it = download_bytes_with(TOKEN, "a-1"), lc.HttpResponse(200, (), b"hi")
    assert run_with_files(program, FOUND, DENIED, FOUND, bytes_of_it).unwrap() == b"hi"
    refused = run_with_files(program, FOUND, DENIED, FOUND, DENIED).failure()
    assert isinstance(refused, lc.ServiceError)
    assert refused.status == 403
    assert fault_in(run_with_files(download_bytes_with(TOKEN, "a-1", most=1), FOUND)) == "attachment_size_in_bytes"


def test_a_deadline_holds_for_the_transfer_too() -> None:
    settings = _DEFAULT_SETTINGS & lc.settings_deadline.set(5.0)
    program = download_bytes_with(TOKEN, "a-1")
    assert lc.is_ok(run_with_files(program, FOUND, lc.HttpResponse(200, (), b"hi"), settings=settings))
    late = lc.sleep(2.0).bind(lambda _: program)
    performed = [each for each in lc.rehearse(late, [FOUND], settings).effects if isinstance(each, Perform)]
    assert [each.seconds for each in performed] == [5.0, 5.0]


def found_of(size: int) -> lc.HttpResponse:
    """Return the reply about a file of this size."""
    body = FOUND.body.replace(b'"AttachmentSizeInBytes":2', b'"AttachmentSizeInBytes":%d' % size)
    return lc.HttpResponse(200, (), body)


@pytest.mark.parametrize(("most", "limit"), [({}, 20 << 20), ({"most": 2}, 2), ({"most": 0}, 0)])
def test_bytes_are_fetched_up_to_the_limit_of_the_caller(most: dict[str, int], limit: int) -> None:
    program = download_bytes_with(TOKEN, "a-1", **most)
    assert isinstance(run_with_files(program, found_of(limit + 1)).failure(), lc.InvalidRequest)
    (_, get), _ = effects_of(program, found_of(limit))
    assert get.request == lc.HttpRequest("GET", URL)


@pytest.mark.parametrize("status", [199, 201, 206, 404])
def test_a_status_of_the_storage_other_than_200_is_an_error(status: int) -> None:
    error = run_with_files(download_bytes_with(TOKEN, "a-1"), FOUND, lc.HttpResponse(status, (), b"hi")).failure()
    assert isinstance(error, lc.ServiceError)
    assert (error.operation, error.status) == ("GetObject", status)


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
    events: list[lc.Event] = []
    watched = _DEFAULT_SETTINGS & lc.settings_observers.set((events.append,))
    run_with_files(download_bytes_with(TOKEN, "a-1"), FOUND, lc.HttpResponse(200, (), b"hi"), settings=watched)
    assert [(each.bytes_out, each.bytes_in) for each in events[-2:]] == [(0, None), (None, 2)]


def test_equal_programs_are_equal_and_can_be_pickled() -> None:
    program = attach_with(TOKEN, Path("a.txt"), name="b.txt")
    assert program == attach_with(TOKEN, "a.txt", name="b.txt") != attach_with(TOKEN, "a.txt")
    fetched = download_with(lc.get_connection_token(lc.ParticipantToken("p")), "a-1", "a.txt")
    assert pickle.loads(pickle.dumps(fetched)) == fetched


def test_a_limit_of_bytes_is_a_whole_number_of_at_least_0() -> None:
    wrong: Any = 1.5
    with pytest.raises(TypeError, match="download_bytes: most must be"):
        download_bytes_with(TOKEN, "a", most=wrong)
    with pytest.raises(ValueError, match="download_bytes: most must be"):
        download_bytes_with(TOKEN, "a", most=-1)


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
