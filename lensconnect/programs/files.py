"""Programs that send a file to a chat and fetch one.

    attach_with          StartAttachmentUpload, PUT of the bytes, CompleteAttachmentUpload
    download_with        GetAttachment, GET of the bytes into a new file
    download_bytes_with  the same into memory

Each takes a program that yields a connection token which is good now; it runs before each operation.

Facts: the PUT carries HeadersToInclude byte for byte, since S3 has signed them, and no token (API_StartAttachmentUpload;
observed: amazon-connect-chatjs issue 188).  An unanswered PUT may be repeated: it writes the same bytes to the same place, and nothing
is posted before CompleteAttachmentUpload.  S3 decides by its own clock when a URL has expired, and says so with a 403; so
UrlExpiry, which the clock of this machine would misread, is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import NoneType
from typing import Final, Never, TypeVar

from lensconnect.arguments import expect, expect_number, wrong_type
from lensconnect.errors import Error, Fault, InvalidRequest, SerializeError, ServiceError, conflict_exception
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.live.files import (
    NEW_PATH,
    Downloaded,
    FilePath,
    FileStamp,
    FileState,
    Progress,
    Uploaded,
    content_type_of_name,
    wrong_size,
)
from lensconnect.operations import (
    CompleteAttachmentUpload,
    GetAttachment,
    StartAttachmentUpload,
    start_attachment_upload_connection_token,
)
from lensconnect.programs.effects import DownloadFile, StatFile, UploadFile
from lensconnect.programs.observe import Event
from lensconnect.programs.primitives import ask, local, mint, now, perform
from lensconnect.programs.program import Do, Program, Steps, expect_program, program
from lensconnect.programs.retry_decision import FailedAttempt, next_step
from lensconnect.programs.send import attempts, send
from lensconnect.programs.settings import Settings, settings_observers
from lensconnect.record import ConnectionToken
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.wire.storage import storage_error
from lensconnect.wire.validate import validate

A = TypeVar("A", bound=HttpResponse | Downloaded)
T = TypeVar("T")

__all__ = ["attach_with", "download_bytes_with", "download_with"]

_NOT_A_FILE: Final = {
    "missing": "the path of a file that exists",
    "a directory": "the path of a file, not of a directory",
    "not a regular file": "the path of a regular file",
    "unreadable": "the path of a file that can be read",
}
_UNKNOWN_TOKEN: Final = ConnectionToken("-")


def attach_with(
    token: Program[ConnectionToken, Error],
    source: str | FilePath | bytes,
    *,
    name: str | None = None,
    content_type: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Program[Uploaded, Error]:
    """Send a file to a chat: announce it, upload its bytes, and post it.

    `source` is the path of a file, or its bytes.  `name` is the last component of the path unless given, and
    `content_type` that of the ending of the name, if it is one that an instance accepts by default; bytes need a name, and other
    endings a content type.  `progress` is called with a `Progress` after every 64 KiB.

    The settings' `timeout` limits each attempt, the upload of the whole file too, and `deadline` each of the three calls.

    Fails with `InvalidRequest`, before anything is sent, if the file is missing, no regular file, unreadable or empty, or if
    name, type or size break the limits of the settings; and if the file changes until its last byte is read, in
    which case nothing is posted.  The storage's refusal is a `ServiceError` with S3's code and the operation PutObject.  Other
    errors are those of `send`.

    After a CompleteAttachmentUpload that was not answered, or with a status from 500 up, a ConflictException for the
    next attempt means that the file was posted (API_CompleteAttachmentUpload), and counts as a success.
    """
    expect_program(token)
    given = source if isinstance(source, bytes) else _path_of("attach: source", source, "a path or bytes")
    expect("attach: name", name, (str, NoneType), "text or None")
    expect("attach: content_type", content_type, (str, NoneType), "text or None")
    _expect_progress("attach", progress)
    return _attach(token, given, name, content_type, progress)


def download_with(
    token: Program[ConnectionToken, Error],
    attachment_id: str,
    path: str | FilePath,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> Program[Downloaded, Error]:
    """Fetch a file of a chat into a new file at `path`, and return its size and SHA-256.

    The bytes go to `path.part`, which gets its name when the last one is there; otherwise it is deleted.  `progress` is called
    with a `Progress` after every step of at most 64 KiB.  The settings' `timeout` limits each attempt.

    Fails with `InvalidRequest` if there is a file at `path` already, before anything is sent, or if it cannot be
    written; with `SerializeError` or the `TransportError` "too_large" if the file has another size than GetAttachment says; with
    the storage's refusal as a `ServiceError` with S3's code and the operation GetObject, after a 403 only if that of
    a new URL is a 403 too.  Other errors are those of `send`.
    """
    expect_program(token)
    expect("download: attachment_id", attachment_id, str, "text")
    target = _path_of("download: path", path, "a path")
    _expect_progress("download", progress)
    return _download(token, attachment_id, target, progress)


def download_bytes_with(
    token: Program[ConnectionToken, Error], attachment_id: str, *, most: int = 20 << 20
) -> Program[bytes, Error]:
    """Fetch a file of a chat of at most `most` bytes into memory.

    Fails with `InvalidRequest` for a larger file, of which no byte is fetched; otherwise as `download_with`.  A transport
    takes no file of more than 32 MiB in memory, whatever `most` is: the `TransportError` "too_large".
    """
    expect_program(token)
    expect("download_bytes: attachment_id", attachment_id, str, "text")
    expect_number("download_bytes: most", most, 0, whole=True)
    return _download_bytes(token, attachment_id, most)


def _path_of(name: str, path: object, words: str) -> str:
    found: object = path.__fspath__() if isinstance(path, FilePath) else path
    if not isinstance(found, str):
        raise wrong_type(name, words, path)
    return found


def _expect_progress(function: str, progress: object) -> None:
    expect(f"{function}: progress", progress, (Callable, NoneType), "a function or None")


@program
def _attach(
    token: Program[ConnectionToken, Error],
    source: str | bytes,
    name: str | None,
    content_type: str | None,
    progress: Callable[[Progress], None] | None,
) -> Steps[Uploaded]:
    settings = yield from ask()
    stamp: FileStamp | None = None
    if isinstance(source, str):
        stamp = yield from _stamp(source)
    size = len(source) if stamp is None else stamp.size
    if name is None and stamp is not None:
        name = stamp.name
    start = yield from _announcement(settings, name, content_type, size)
    reply = yield from send(start & start_attachment_upload_connection_token.set((yield from token)))
    target, status = reply.upload_metadata, reply.http_status
    attachment_id = yield from _required(reply.attachment_id, status)
    url = yield from _required(None if target is None else target.url, status)
    headers = yield from _required(None if target is None else target.headers_to_include, status)
    put = HttpRequest("PUT", url, tuple(headers.items()))

    def once(seconds: float) -> Program[HttpResponse, Error]:
        return Do(UploadFile(put, source, size, stamp, seconds, progress))

    yield from _transfer("PutObject", put, size, once, Success)
    yield from _complete(token, attachment_id)
    return Uploaded(attachment_id, size)


def _stamp(path: str) -> Steps[FileStamp]:
    state = yield from _stat(path)
    if isinstance(state, FileStamp):
        return state
    return (yield from _refuse(Fault("source", _NOT_A_FILE[state])))


def _stat(path: str) -> Program[FileState, Error]:
    return Do(StatFile(path))


def _announcement(
    settings: Settings, name: str | None, content_type: str | None, size: int
) -> Steps[StartAttachmentUpload]:
    """Return the announcement of a file, still without its token; fail with all its faults at once."""
    faults: list[Fault] = []
    if name is None:
        faults.append(Fault("attachment_name", "given, since bytes have no name"))
    elif content_type is None:
        content_type = content_type_of_name(name)
        if content_type is None:
            faults.append(Fault("content_type", "given, since the ending of the name tells none"))
    start = StartAttachmentUpload(
        content_type="-" if content_type is None else content_type,
        attachment_size_in_bytes=size,
        attachment_name="-" if name is None else name,
        client_token=(yield from mint()),
        connection_token=_UNKNOWN_TOKEN,
    )
    faults += validate(start, settings.limits)
    if not size and not any(fault.path == "attachment_size_in_bytes" for fault in faults):
        faults.append(Fault("attachment_size_in_bytes", "at least 1", 0))
    return (yield from _refuse(*faults)) if faults else start


def _complete(token: Program[ConnectionToken, Error], attachment_id: str) -> Steps[None]:
    events: list[Event] = []
    complete = CompleteAttachmentUpload(
        attachment_ids=(attachment_id,), client_token=(yield from mint()), connection_token=(yield from token)
    )
    listening = settings_observers.modify(lambda observers: (*observers, events.append))
    outcome = yield from local(listening, send(complete)).attempt()
    if is_err(outcome):
        is_repeated = any(event.name == "failed" or (event.status or 0) >= 500 for event in events)
        if not is_repeated or conflict_exception.unpack(outcome.failure()) is None:
            yield from Program.from_result(outcome)


@program
def _download(
    token: Program[ConnectionToken, Error],
    attachment_id: str,
    path: str,
    progress: Callable[[Progress], None] | None,
) -> Steps[Downloaded]:
    if (yield from _stat(path)) != "missing":
        yield from _refuse(Fault("path", NEW_PATH))

    def fetch(get: HttpRequest, size: int) -> Program[Downloaded, Error]:
        def once(seconds: float) -> Program[Downloaded | HttpResponse, Error]:
            return Do(DownloadFile(get, path, size, seconds, progress))

        def read(fetched: Downloaded | HttpResponse) -> Result[Downloaded, Error]:
            return Success(fetched) if isinstance(fetched, Downloaded) else Failure(wrong_size(0, size))

        return _transfer("GetObject", get, 0, once, read)

    return (yield from _fetch(token, attachment_id, fetch))


@program
def _download_bytes(token: Program[ConnectionToken, Error], attachment_id: str, most: int) -> Steps[bytes]:
    def fetch(get: HttpRequest, size: int) -> Program[bytes, Error]:
        if size > most:
            return _refuse(Fault("attachment_size_in_bytes", f"at most {most} bytes", size))

        def read(response: HttpResponse) -> Result[bytes, Error]:
            found = len(response.body)
            return Success(response.body) if found == size else Failure(wrong_size(found, size))

        return _transfer("GetObject", get, 0, partial(perform, get), read)

    return (yield from _fetch(token, attachment_id, fetch))


def _fetch(
    token: Program[ConnectionToken, Error], attachment_id: str, fetch: Callable[[HttpRequest, int], Program[T, Error]]
) -> Steps[T]:
    """Ask for the URL of a file and fetch it; once more if the storage answers 403, as to a URL that has expired."""
    outcome = yield from _fetch_once(token, attachment_id, fetch)
    denied = outcome.failure() if is_err(outcome) else None
    if isinstance(denied, ServiceError) and (denied.operation, denied.status) == ("GetObject", 403):
        outcome = yield from _fetch_once(token, attachment_id, fetch)
    return (yield from Program.from_result(outcome))


def _fetch_once(
    token: Program[ConnectionToken, Error], attachment_id: str, fetch: Callable[[HttpRequest, int], Program[T, Error]]
) -> Steps[Result[T, Error]]:
    reply = yield from send(GetAttachment(attachment_id=attachment_id, connection_token=(yield from token)))
    url = yield from _required(reply.url, reply.http_status)
    size = yield from _required(reply.attachment_size_in_bytes, reply.http_status)
    return (yield from fetch(HttpRequest("GET", url), size).attempt())


@program
def _transfer(
    operation: str,
    request: HttpRequest,
    bytes_out: int,
    once: Callable[[float], Program[A, Error]],
    read: Callable[[A], Result[T, Error]],
) -> Steps[T]:
    """Make attempts at a request to the storage, under the retry policy: it may always be repeated."""
    settings = yield from ask()
    until = settings.until
    if settings.deadline is not None:
        until = min(until, (yield from now()) + settings.deadline)

    def judged(before: FailedAttempt | None, error: Error) -> FailedAttempt:
        return next_step(settings.retry, "always", True, before, error)

    def checked(response: A) -> Result[T, Error]:
        if isinstance(response, HttpResponse) and response.status != 200:
            return Failure(storage_error(operation, request, response))
        return read(response)

    return (yield from attempts(operation, bytes_out, once, checked, judged, until, settings))


def _refuse(*faults: Fault) -> Program[Never, Error]:
    return Program.from_failure(InvalidRequest(faults))


def _required(member: T | None, status: int) -> Program[T, Error]:
    if member is None:
        return Program.from_failure(SerializeError(status, "the reply has no URL, headers, size or attachment id"))
    return Program.from_value(member)
