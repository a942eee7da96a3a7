"""Files to and from a chat on real sockets and real files, in each environment."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import anyio
import pytest
import trio
import uvloop
from helpers.full_disk import full_disk
from helpers.signal_handlers import interrupted_at

import lensconnect as lc
import lensconnect.interpreters.files as files_module
from interpreters.helpers import storage
from interpreters.helpers.storage import HEADERS, SIGNATURE, FileService
from lensconnect.emulator import Emulator, HttpFault, Options, running
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.programs.files import attach_with, download_bytes_with, download_with

T = TypeVar("T")
Run: TypeAlias = Callable[[lc.Program[T, lc.Error]], lc.Result[T, lc.Error]]
OpenRun: TypeAlias = Callable[..., AbstractContextManager[Run[Any]]]

TOKEN: lc.Program[lc.ConnectionToken, lc.Error] = lc.Program.from_value(lc.ConnectionToken("a-secret-token"))
DATA = os.urandom(200_000)
ONE_STEP = files_module.STEP
LEAST = lc.STANDARD & lc.retry_policy_jittered.set(False)


def options(url: str, given: lc.EnvOptions) -> lc.EnvOptions:
    """Return the options of an environment that waits for nothing."""
    return {"endpoint_url": url, "jitter": lambda: 0.0, **given}


@contextmanager
def in_sync(url: str, **given: Any) -> Iterator[Run[Any]]:
    with lc.new_env(**options(url, given)) as env:
        yield lambda program: lc.to_result(program(env))


@contextmanager
def on_a_loop(run: Callable[..., Any], transport: str, url: str, **given: Any) -> Iterator[Run[Any]]:
    async def one(program: lc.Program[T, lc.Error]) -> Any:
        async with lc.new_async_env(transport=transport, **options(url, given)) as env:
            return await program(env)

    yield lambda program: run(partial(one, program))._inner_value


def asyncio_run(start: Callable[[], Any]) -> Any:
    return asyncio.run(start())


def uvloop_run(start: Callable[[], Any]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(start())


ENVIRONMENTS: dict[str, OpenRun] = {
    "sync": in_sync,
    "asyncio": partial(on_a_loop, asyncio_run, "direct"),
    "uvloop": partial(on_a_loop, uvloop_run, "direct"),
    "aiohttp": partial(on_a_loop, asyncio_run, "aiohttp"),
    "httpx2": partial(on_a_loop, asyncio_run, "httpx2"),
    "trio": partial(on_a_loop, trio.run, "httpx2"),
}
STREAMING = ("sync", "asyncio", "uvloop")


def each(names: tuple[str, ...], fast: tuple[str, ...]) -> list[Any]:
    """Return the environments of these names as parameters, in the slow lane but for those in `fast`."""
    return [pytest.param(ENVIRONMENTS[name], id=name, marks=[pytest.mark.slow] * (name not in fast)) for name in names]


every_environment = pytest.mark.parametrize("open_run", each(tuple(ENVIRONMENTS), ("sync",)))
streaming_environments = pytest.mark.parametrize("open_run", each(STREAMING, ("sync", "asyncio")))


def file_of(folder: Path, data: bytes = DATA, name: str = "file.txt") -> Path:
    """Write a file that was last changed long ago."""
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (1.0, 1.0))
    return path


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def fault_of(outcome: lc.Result[Any, lc.Error]) -> lc.Fault:
    """Return the only fault of an InvalidRequest."""
    error = outcome.failure()
    assert isinstance(error, lc.InvalidRequest), error
    (fault,) = error.faults
    return fault


def refusal_of(outcome: lc.Result[Any, lc.Error]) -> lc.ServiceError:
    """Return the ServiceError of the storage, in which nothing shows a URL."""
    error = outcome.failure()
    assert isinstance(error, lc.ServiceError), error
    assert SIGNATURE not in f"{error} {error!r} {error.headers} {error.message}"
    return error


# Against the emulator


@every_environment
@pytest.mark.parametrize("size", [1, pytest.param(200_000, marks=pytest.mark.slow)])
def test_a_file_goes_through_the_chat(open_run: OpenRun, size: int, tmp_path: Path) -> None:
    source, seen = file_of(tmp_path, DATA[:size], "Grüße \u202f猫😀.txt"), list[lc.Progress]()
    clock = iter(range(1_000_000_000, 2_000_000_000)).__next__  # of 2001: UrlExpiry has passed by the clock here
    with running(Emulator(clock=clock)) as service, open_run(service.base_url) as run:
        chat = service.start_chat()
        token = lc.get_connection_token(chat.participant_token)
        uploaded = run(attach_with(token, source, progress=seen.append)).unwrap()
        assert uploaded.size == size
        assert (seen[0].done, seen[-1]) == (0, lc.Progress(size, size))
        (item,) = [item for item in service.items(chat.contact_id) if item.attachments]
        assert [each.attachment_name for each in item.attachments or ()] == [source.name]
        fetched = run(download_with(token, uploaded.attachment_id, tmp_path / "got", progress=seen.append)).unwrap()
        assert fetched == lc.Downloaded(size, digest(DATA[:size]))
        assert (tmp_path / "got").read_bytes() == DATA[:size]
        assert seen[-1] == lc.Progress(size, size)
        assert run(download_bytes_with(token, uploaded.attachment_id)).unwrap() == DATA[:size]
    assert sorted(os.listdir(tmp_path)) == sorted([source.name, "got"])


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_transport_that_is_a_function_holds_the_bytes(asynchronous: bool, tmp_path: Path) -> None:
    emulator, source = Emulator(), file_of(tmp_path)
    token = lc.get_connection_token(emulator.start_chat().participant_token)

    @lc.program
    def there_and_back() -> lc.Steps[lc.Downloaded]:
        uploaded = yield from attach_with(token, str(source))
        return (yield from download_with(token, uploaded.attachment_id, tmp_path / "got"))

    async def on_loop() -> Any:
        async with lc.new_async_env(endpoint_url="https://x.invalid", transport=emulator.async_transport) as env:
            return await there_and_back()(env)

    with lc.new_env(endpoint_url="https://x.invalid", transport=emulator.transport) as env:
        outcome = asyncio.run(on_loop()) if asynchronous else there_and_back()(env)
    assert lc.or_raise(outcome) == lc.Downloaded(len(DATA), digest(DATA))


def test_faults_of_the_service_are_one_failure_and_post_nothing() -> None:
    with running(Emulator(Options(attachment_bytes=10))) as service, in_sync(service.base_url, retry=LEAST) as run:
        chat = service.start_chat()
        token = lc.get_connection_token(chat.participant_token)
        over = run(attach_with(token, b"x" * 11, name="a.txt")).failure()
        assert lc.validation_exception.unpack(over) is not None
        for operation in ("StartAttachmentUpload", "CompleteAttachmentUpload"):
            service.plan(HttpFault("error", operation, status=409, count=1))
            assert run(attach_with(token, b"x", name="a.txt")).failure() & lc.service_error.preview() is not None
        assert not [item for item in service.items(chat.contact_id) if item.attachments]
        service.plan(HttpFault("drop", "CompleteAttachmentUpload", count=1))
        run(attach_with(token, b"x", name="a.txt")).unwrap()
        assert len([item for item in service.items(chat.contact_id) if item.attachments]) == 1


# Sending


@every_environment
def test_the_put_has_the_signed_headers_byte_for_byte_and_no_token(open_run: OpenRun, tmp_path: Path) -> None:
    with FileService() as service, open_run(service.origin, user_agent="agent/1") as run:
        assert run(attach_with(TOKEN, file_of(tmp_path))).unwrap() == lc.Uploaded("a-1", len(DATA))
    assert service.calls == ["start-attachment-upload", "PUT", "complete-attachment-upload"]
    assert service.stored == [(len(DATA), digest(DATA))]
    (head,) = service.heads
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2]]
    sent = {name.lower(): value for name, value in lines}
    assert len(sent) == len(lines)
    expected = {**HEADERS, "Content-Length": str(len(DATA))}
    assert {name.lower().encode(): value.encode() for name, value in expected.items()}.items() <= sent.items()
    assert b"secret-token" not in head
    assert not {b"x-amz-bearer", b"authorization", b"cookie", b"user-agent"} & sent.keys() - {b"user-agent"}


@every_environment
def test_a_refused_put_is_one_failure(open_run: OpenRun, tmp_path: Path) -> None:
    with FileService() as service, open_run(service.origin) as run:
        service.on_put(storage.refused)
        error = refusal_of(run(attach_with(TOKEN, file_of(tmp_path))))
    assert (error.status, error.code, error.operation, error.request_id) == (403, "AccessDenied", "PutObject", "r-1")
    assert not lc.is_chat_over(error)
    assert "URL has expired" in str(error)
    assert service.calls == ["start-attachment-upload", "PUT"]


@streaming_environments
def test_a_put_that_is_refused_before_its_body_is_read(open_run: OpenRun) -> None:
    with FileService() as service, open_run(service.origin) as run:
        service.on_put(storage.refused_early)
        assert refusal_of(run(attach_with(TOKEN, bytes(20 << 20), name="a.txt"))).code == "SignatureDoesNotMatch"


@every_environment
@pytest.mark.parametrize("status", [201, 204, 307, 400])
def test_only_200_is_a_success(open_run: OpenRun, status: int) -> None:
    def other(service: FileService, connection: Any, head: bytes) -> None:
        storage.keep(service, connection, head)
        location = f"Location: {service.presigned('elsewhere')}\r\n"
        reply = storage.answered(status, extra=location)
        connection.send(reply.replace(b"Content-Length: 0\r\n", b"") if status == 204 else reply)

    with FileService() as service, open_run(service.origin) as run:
        service.on_put(other)
        assert refusal_of(run(attach_with(TOKEN, DATA, name="a.txt"))).status == status
    assert service.calls == ["start-attachment-upload", "PUT"]


def slow_down(service: FileService, connection: Any, head: bytes) -> None:
    storage.keep(service, connection, head)
    connection.send(storage.answered(503, storage.xml(service, "SlowDown", "put")))


@every_environment
@pytest.mark.parametrize("first", [storage.cut_put, slow_down, storage.late])
def test_an_unanswered_put_is_repeated_with_the_same_bytes(
    open_run: OpenRun, first: storage.Behaviour, tmp_path: Path
) -> None:
    seen = list[lc.Progress]()
    with FileService() as service, open_run(service.origin, timeout=1.0 if first is storage.late else 30.0) as run:
        service.on_put(first)
        assert run(attach_with(TOKEN, file_of(tmp_path), progress=seen.append)).unwrap().size == len(DATA)
    assert service.calls == ["start-attachment-upload", "PUT", "PUT", "complete-attachment-upload"]
    assert set(service.stored) == {(len(DATA), digest(DATA))}
    assert [each.done for each in seen].count(0) == 2


@every_environment
@pytest.mark.parametrize("always", [storage.cut_put, storage.hang])
def test_a_put_that_stays_unanswered_is_one_failure(open_run: OpenRun, always: storage.Behaviour) -> None:
    seconds = 1.0 if always is storage.hang else 30.0
    with FileService() as service, open_run(service.origin, timeout=seconds, retry=lc.NO_RETRY) as run:
        service.on_put(always)
        error = run(attach_with(TOKEN, bytes(5 << 20), name="a.txt")).failure()
    assert isinstance(error, lc.TransportError)
    assert (error.kind, error.sent) == ("timeout" if always is storage.hang else "reset", "maybe") or (
        error.kind == "incomplete"
    )
    assert service.calls == ["start-attachment-upload", "PUT"]


CONFLICT = storage.answered(
    409, b'{"message":"It is complete."}', "application/json", "x-amzn-errortype: ConflictException\r\n"
)


def test_a_conflict_after_an_unanswered_completion_is_a_success() -> None:
    with FileService() as service, in_sync(service.origin) as run:
        for unclear in (None, storage.answered(500)):
            service.completes = [unclear, CONFLICT]
            assert run(attach_with(TOKEN, DATA, name="a.txt")).unwrap() == lc.Uploaded("a-1", len(DATA))
        service.completes = [CONFLICT]
        assert lc.conflict_exception.unpack(run(attach_with(TOKEN, DATA, name="a.txt")).failure()) is not None


def test_the_token_is_asked_for_before_each_operation() -> None:
    tokens = iter("abc")
    fresh = lc.call(lambda: lc.Success(lc.ConnectionToken(next(tokens))))
    asked: list[object] = []

    def note(request: Any) -> Any:
        asked.append(request.connection_token)
        return request

    with FileService(DATA) as service, in_sync(service.origin, on_request=note) as run:
        run(attach_with(fresh, DATA, name="a.txt")).unwrap()
        run(download_bytes_with(fresh, "a-1")).unwrap()
    assert asked == ["a", "b", "c"]


@pytest.mark.parametrize("limits", [lc.MODEL, lc.NONE], ids=lambda limits: limits.name)
def test_a_file_that_cannot_be_sent_is_refused_before_anything_is_sent(limits: lc.Limits, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "fifo.txt")
    empty, unknown = file_of(tmp_path, b"", "empty.txt"), file_of(tmp_path, b"x", "a.zip")
    sources: dict[object, str] = {
        tmp_path: "source must be the path of a file, not of a directory",
        tmp_path / "none.txt": "source must be the path of a file that exists",
        unknown / "none.txt": "source must be the path of a file that exists",
        "nul\0": "source must be the path of a file that exists",
        tmp_path / "loop": "source must be the path of a file that can be read",
        tmp_path / "fifo.txt": "source must be the path of a regular file",
        empty: "attachment_size_in_bytes must be at least 1 (size 0)",
        unknown: "content_type must be given, since the ending of the name tells none",
        b"x": "attachment_name must be given, since bytes have no name",
    }
    asked = lc.call(lambda: pytest.fail("the token is asked for"))
    with lc.new_env(region="us-east-1", transport=lambda *_: pytest.fail("something is sent"), limits=limits) as env:
        for source, text in sources.items():
            outcome = lc.to_result(attach_with(asked, source)(env))  # type: ignore[arg-type]
            assert str(fault_of(outcome)) == text
        rule = lc.limits_rules.set((lc.AttachmentBytes(10),))
        over = attach_with(asked, b"x" * 11, name="a.txt")(env & lc.env_limits.modify(rule))
        assert fault_of(lc.to_result(over)) == lc.Fault("attachment_size_in_bytes", "at most 10", 11)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    (path := file_of(tmp_path)).chmod(0)
    with in_sync("http://127.0.0.1:9") as run:
        assert fault_of(run(attach_with(TOKEN, path))).limit == "the path of a file that can be read"


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def shrink(path: Path) -> None:
    os.truncate(path, len(DATA) - ONE_STEP)


def touch(path: Path) -> None:
    os.utime(path)


def replace(path: Path) -> None:
    os.replace(file_of(path.parent, DATA, "new.txt"), path)


CHANGES = [grow, shrink, touch, replace, Path.unlink]


@every_environment
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_after_its_announcement(
    open_run: OpenRun, change: Callable[[Path], None], tmp_path: Path
) -> None:
    path = file_of(tmp_path)
    with FileService() as service, open_run(service.origin) as run:
        service.during_start = lambda: change(path)
        fault = fault_of(run(attach_with(TOKEN, path)))
    assert (fault.path, fault.limit) == ("source", "a file that does not change while it is sent")
    assert service.calls == ["start-attachment-upload"]


@streaming_environments
@pytest.mark.parametrize("change", CHANGES[:3])
@pytest.mark.parametrize("step", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_file_that_changes_while_it_is_read(
    open_run: OpenRun, change: Callable[[Path], None], step: int, tmp_path: Path
) -> None:
    path = file_of(tmp_path)

    def progress(now: lc.Progress) -> None:
        if now.done == step * ONE_STEP:
            change(path)

    with FileService() as service, open_run(service.origin) as run:
        fault = fault_of(run(attach_with(TOKEN, path, progress=progress)))
    assert fault.limit == "a file that does not change while it is sent"
    assert "complete-attachment-upload" not in service.calls
    assert not service.stored


@streaming_environments
def test_a_change_far_into_a_large_file_ends_the_upload_at_once(open_run: OpenRun, tmp_path: Path) -> None:
    """On a loop the connection is by then waiting for the peer to read, and goes on from a callback."""
    path = tmp_path / "large.mp4"
    path.touch()
    os.truncate(path, 20 << 20)

    def progress(now: lc.Progress) -> None:
        if now.done == 160 * ONE_STEP:
            os.truncate(path, 12 << 20)

    with FileService() as service, open_run(service.origin, timeout=20.0) as run:
        begun = time.monotonic()
        fault = fault_of(run(attach_with(TOKEN, path, progress=progress)))
    assert fault.limit == "a file that does not change while it is sent"
    assert time.monotonic() - begun < 15


@streaming_environments
def test_a_file_that_is_replaced_while_it_is_read_is_sent_as_it_was(open_run: OpenRun, tmp_path: Path) -> None:
    path = file_of(tmp_path)

    def progress(now: lc.Progress) -> None:
        if now.done == ONE_STEP:
            os.replace(file_of(tmp_path, b"new", "new.txt"), path)

    with FileService() as service, open_run(service.origin) as run:
        run(attach_with(TOKEN, path, progress=progress)).unwrap()
    assert service.stored == [(len(DATA), digest(DATA))]


# Receiving


@every_environment
@pytest.mark.parametrize("number", [1, 2])
def test_a_403_is_answered_with_a_new_url_once(open_run: OpenRun, number: int, tmp_path: Path) -> None:
    with FileService(DATA) as service, open_run(service.origin) as run:
        service.on_get(*[storage.refused] * number)
        outcome = run(download_with(TOKEN, "a-1", tmp_path / "got"))
        service.on_get(*[storage.refused] * number)
        in_memory = run(download_bytes_with(TOKEN, "a-1"))
    assert service.calls == ["attachment", "GET"] * 4
    if number == 1:
        assert outcome.unwrap() == lc.Downloaded(len(DATA), digest(DATA))
        assert in_memory.unwrap() == DATA
    else:
        for error in map(refusal_of, (outcome, in_memory)):
            assert (error.status, error.code, error.operation) == (403, "AccessDenied", "GetObject")
            assert not lc.is_chat_over(error)
        assert not os.listdir(tmp_path)


BROKEN: dict[str, tuple[storage.Behaviour, str]] = {
    "cut": (storage.cut_get, "incomplete"),
    "slow": (storage.unfinished, "timeout"),
    "unanswered": (storage.hang, "timeout"),
    "longer": (storage.longer, "too_large"),
    "shorter": (storage.shorter, "the file has"),
}


@every_environment
@pytest.mark.parametrize(("behaviour", "words"), BROKEN.values(), ids=BROKEN)
def test_a_download_that_fails_leaves_no_file(
    open_run: OpenRun, behaviour: storage.Behaviour, words: str, tmp_path: Path
) -> None:
    seconds = 1.0 if words == "timeout" else 30.0
    with FileService(DATA) as service:
        with open_run(service.origin, timeout=seconds, retry=lc.NO_RETRY) as run:
            service.on_get(behaviour, behaviour)
            error = run(download_with(TOKEN, "a-1", tmp_path / "got")).failure()
            in_memory = run(download_bytes_with(TOKEN, "a-1")).failure()
        assert words in str(error)
        assert words in str(in_memory) or (behaviour is storage.longer and "the file has" in str(in_memory))
        assert not os.listdir(tmp_path)
        with open_run(service.origin) as run:
            assert run(download_with(TOKEN, "a-1", tmp_path / "got")).unwrap().size == len(DATA)


@every_environment
def test_a_cut_download_begins_again(open_run: OpenRun, tmp_path: Path) -> None:
    with FileService(DATA) as service, open_run(service.origin) as run:
        service.on_get(storage.cut_get)
        assert run(download_with(TOKEN, "a-1", tmp_path / "got")).unwrap() == lc.Downloaded(len(DATA), digest(DATA))
    assert service.calls == ["attachment", "GET", "GET"]
    assert os.listdir(tmp_path) == ["got"]


@pytest.mark.parametrize("content_length", ["longer", "shorter"])
def test_the_announced_size_decides(content_length: str, tmp_path: Path) -> None:
    announced = len(DATA) + (-1 if content_length == "longer" else 1)
    with FileService(DATA, announced=announced) as service, in_sync(service.origin) as run:
        error = run(download_with(TOKEN, "a-1", tmp_path / "got")).failure()
    assert isinstance(error, lc.TransportError if content_length == "longer" else lc.SerializeError)
    assert not os.listdir(tmp_path)


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    kept = file_of(tmp_path, b"mine", "kept")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    file_of(tmp_path, b"half", "other.part")
    with FileService(DATA) as service, in_sync(service.origin) as run:
        for name in ("kept", "."):
            assert fault_of(run(download_with(TOKEN, "a-1", tmp_path / name))).path == "path"
        assert not service.calls
        for name in ("dangling", "other", "none/other"):
            assert fault_of(run(download_with(TOKEN, "a-1", tmp_path / name))).path == "path"
        assert service.calls == ["attachment"] * 3

        def meanwhile(progress: lc.Progress) -> None:
            if progress.done == progress.size:
                file_of(tmp_path, b"theirs", "late")

        late = run(download_with(TOKEN, "a-1", tmp_path / "late", progress=meanwhile))
        assert fault_of(late).limit == "the path of a file that does not exist yet"
    assert (kept.read_bytes(), (tmp_path / "late").read_bytes()) == (b"mine", b"theirs")
    assert sorted(os.listdir(tmp_path)) == ["dangling", "kept", "late", "other.part"]


def test_a_full_disk_is_one_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr(files_module.FileDownload, "_write", full)
    with FileService(DATA) as service, in_sync(service.origin) as run:
        fault = fault_of(run(download_with(TOKEN, "a-1", tmp_path / "got")))
    assert fault.limit == "the path of a file that can be written: no space left on device"
    assert not os.listdir(tmp_path)


def test_a_replaced_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept", tmp_path / "link"
    files_module.replace_file(kept, b"first")
    kept.chmod(0o640)
    link.symlink_to(kept)
    files_module.replace_file(link, b"second")
    for path in (kept, tmp_path / "new"):
        with full_disk(), pytest.raises(OSError, match="File too large"):
            files_module.replace_file(path, DATA)
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777, link.is_symlink()) == (b"second", 0o640, True)
    assert sorted(os.listdir(tmp_path)) == ["kept", "link"]


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        files_module.replace_file(pipe, b"bytes")
        assert reader.read() == b"bytes"
    with pytest.raises(IsADirectoryError):
        files_module.replace_file(tmp_path, b"bytes")
    assert pipe.is_fifo()


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    with FileService(DATA) as service, in_sync(service.origin) as run:
        run(download_with(TOKEN, "a-1", tmp_path / "got")).unwrap()
    assert os.listdir(tmp_path) == ["got"]


def test_a_file_above_the_limit_is_not_fetched_into_memory() -> None:
    with FileService(DATA) as service, in_sync(service.origin) as run:
        fault = fault_of(run(download_bytes_with(TOKEN, "a-1", most=len(DATA) - 1)))
        assert fault == lc.Fault("attachment_size_in_bytes", f"at most {len(DATA) - 1} bytes", len(DATA))
        assert service.calls == ["attachment"]
        assert run(download_bytes_with(TOKEN, "a-1", most=len(DATA))).unwrap() == DATA


# Exceptions, interrupts, cancellation


def open_files(folder: Path) -> list[str]:
    """Return the files of a folder that this process has open; none where the system does not tell (proc(5))."""
    found: list[str] = []
    for number in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else ():
        with suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return [path for path in found if path.startswith(str(folder))]


@streaming_environments
@pytest.mark.parametrize("raised", [OSError("mine"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("step", [0, 1, 4])
def test_what_progress_raises_reaches_the_caller(
    open_run: OpenRun, raised: BaseException, step: int, tmp_path: Path
) -> None:
    path, calls = file_of(tmp_path), list[lc.Progress]()

    def progress(now: lc.Progress) -> None:
        calls.append(now)
        if now.done >= min(step * ONE_STEP, len(DATA)):
            raise raised

    with FileService(DATA) as service, open_run(service.origin, max_connections=1) as run:
        for transfer in (
            attach_with(TOKEN, path, progress=progress),
            download_with(TOKEN, "a-1", tmp_path / "got", progress=progress),
        ):
            with pytest.raises(type(raised)) as caught:
                run(transfer)
            assert caught.value is raised
            assert os.listdir(tmp_path) == [path.name]
            assert not open_files(tmp_path)
        assert run(download_bytes_with(TOKEN, "a-1")).unwrap() == DATA
        assert "complete-attachment-upload" not in service.calls


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("is_upload", [True, False], ids=["upload", "download"])
def test_an_interrupt_at_any_line_leaves_nothing(is_upload: bool, tmp_path: Path) -> None:
    """The lines are those of the module that opens files; the interrupts of the transport have tests of their own."""
    path, line, goes_on = file_of(tmp_path, DATA[: ONE_STEP + 1]), 0, True
    got = tmp_path / "got"
    with (
        FileService(DATA[: ONE_STEP + 1]) as service,
        lc.new_env(endpoint_url=service.origin, max_connections=1, retry=lc.NO_RETRY) as env,
    ):
        transfer: lc.Program[object, lc.Error] = (
            attach_with(TOKEN, path) if is_upload else download_with(TOKEN, "a-1", got)
        )
        while goes_on:
            line += 1
            with interrupted_at(line, files_module.__file__) as was_raised:
                with suppress(KeyboardInterrupt):
                    lc.or_raise(transfer(env))
                goes_on = was_raised()
            gc.collect(1)  # the traceback of an interrupt is part of a cycle
            assert not (tmp_path / "got.part").exists(), line
            if got.exists():
                assert got.read_bytes() == DATA[: ONE_STEP + 1]
                got.unlink()
            assert not open_files(tmp_path), line
    assert line > 40


async def attempted(program: lc.Program[object, lc.Error], env: lc.AsyncEnv) -> None:
    await program(env)


@pytest.mark.parametrize(
    ("run", "transport"),
    [
        (asyncio_run, "direct"),
        pytest.param(uvloop_run, "direct", marks=pytest.mark.slow),
        pytest.param(asyncio_run, "aiohttp", marks=pytest.mark.slow),
        pytest.param(trio.run, "httpx2", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("is_upload", [True, False], ids=["upload", "download"])
def test_a_cancelled_transfer_leaves_nothing(
    run: Callable[..., Any], transport: str, is_upload: bool, tmp_path: Path
) -> None:
    path = file_of(tmp_path)

    async def main(service: FileService) -> None:
        async with lc.new_async_env(endpoint_url=service.origin, transport=transport, max_connections=1) as env:
            transfer: lc.Program[object, lc.Error] = (
                attach_with(TOKEN, path) if is_upload else download_with(TOKEN, "a-1", tmp_path / "got")
            )
            async with anyio.create_task_group() as group:
                group.start_soon(attempted, transfer, env)
                await anyio.to_thread.run_sync(service.reached.wait)
                group.cancel_scope.cancel()
            assert os.listdir(tmp_path) == [path.name]
            with anyio.fail_after(5):
                assert lc.or_raise(await download_bytes_with(TOKEN, "a-1")(env)) == DATA

    with FileService(DATA) as service:
        service.on_put(storage.late)
        service.on_get(*[] if is_upload else [storage.unfinished])
        run(partial(main, service))
    assert "complete-attachment-upload" not in service.calls


def test_a_closed_environment_transfers_nothing(tmp_path: Path) -> None:
    env = lc.new_env(region="us-east-1")
    env.close()
    error = lc.to_result(attach_with(TOKEN, file_of(tmp_path))(env)).failure()
    assert isinstance(error, lc.TransportError)
    assert error.kind == "closed"


# Memory, TLS, events


def discarded(service: FileService, connection: Any, head: bytes) -> None:
    """Send 20 MB in steps."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % service.announced)
    for _ in range(service.announced // ONE_STEP):
        connection.send(bytes(ONE_STEP))


@streaming_environments
def test_the_memory_for_20_mb_is_flat(open_run: OpenRun, tmp_path: Path) -> None:
    """The peak counts the server too, which holds one step."""
    size, peaks = 20 << 20, list[int]()
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(size)
    with FileService(announced=size) as service, open_run(service.origin) as run:
        run(attach_with(TOKEN, b"x", name="a.txt")).unwrap()  # imports what is needed
        for transfer in (attach_with(TOKEN, path), download_with(TOKEN, "a-1", tmp_path / "got")):
            service.on_get(discarded)
            tracemalloc.start()
            run(transfer).unwrap()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert (tmp_path / "got").stat().st_size == size
    assert max(peaks) < 1 << 20, peaks


@pytest.mark.parametrize("asynchronous", [False, True])
def test_streams_through_tls(asynchronous: bool, tmp_path: Path) -> None:
    from interpreters.helpers.certificates import serving, trusting

    path, data = file_of(tmp_path, DATA * 5), DATA * 5
    service = FileService(data)
    service.context = serving()
    url = f"https://127.0.0.1:{service.port}"

    @lc.program
    def both() -> lc.Steps[lc.Downloaded]:
        yield from attach_with(TOKEN, path)
        return (yield from download_with(TOKEN, "a-1", tmp_path / "got"))

    async def on_loop() -> Any:
        async with AsyncDirectTransport(ssl_context=trusting()) as transport:
            return await both()(lc.new_async_env(endpoint_url=url, transport=transport))

    with service, DirectTransport(ssl_context=trusting()) as transport:
        outcome = asyncio.run(on_loop()) if asynchronous else both()(lc.new_env(endpoint_url=url, transport=transport))
    assert lc.or_raise(outcome) == lc.Downloaded(len(data), digest(data))
    assert service.stored == [(len(data), digest(data))]
    assert service.connections == 1


def test_observers_receive_the_events_of_a_transfer(tmp_path: Path) -> None:
    events = list[lc.Event]()
    with FileService(DATA) as service, in_sync(service.origin, observe=events.append) as run:
        service.on_put(storage.cut_put)
        service.on_get(storage.refused)
        run(attach_with(TOKEN, file_of(tmp_path))).unwrap()
        run(download_with(TOKEN, "a-1", tmp_path / "got")).unwrap()
    shown = [(each.name, each.attempt, each.status, each.bytes_out, each.bytes_in) for each in events]
    puts = [each for event, each in zip(events, shown, strict=True) if event.operation == "PutObject"]
    gets = [each for event, each in zip(events, shown, strict=True) if event.operation == "GetObject"]
    size = len(DATA)
    assert puts[0] == ("started", 1, None, size, None)
    assert puts[1][:2] == ("failed", 1)
    assert puts[-2:] == [("started", 2, None, size, None), ("answered", 2, 200, None, 0)]
    assert [each[0] for each in gets] == ["started", "answered", "stopped", "started", "answered"]
    assert gets[-1] == ("answered", 1, 200, None, size)
    assert "secret" not in repr(events)


def test_a_deadline_ends_a_transfer() -> None:
    with FileService(DATA) as service, in_sync(service.origin) as run:
        service.on_put(storage.hang, storage.hang)
        error = run(lc.within(0.3)(attach_with(TOKEN, DATA, name="a.txt"))).failure()
    assert isinstance(error, lc.TransportError)
    assert error.kind == "timeout"
