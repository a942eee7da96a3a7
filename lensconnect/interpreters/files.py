"""Files of this machine as bodies of requests and replies: the answers to StatFile, UploadFile and DownloadFile.

    stat_file(path)          the file's stamp, or why it cannot be read
    transfer_of(...)         a FileUpload or a FileDownload: a context manager that holds the open file
    replace_file(path, data) write a file whole or not at all

    with transfer_of(effect, transport) as transfer:
        result = transfer.conclude(transfer.start())       awaited between the two on an event loop

A transport that streams gets the transfer as the source or the sink of the body and holds 64 KiB of it at a time; any
other gets all bytes at once.  A read or a write of 64 KiB blocks the event loop for as long as the disk takes: threads would
cost more than the page cache.  Nothing here raises for what happens to a file, except what the caller's `progress`
raises, which ends the attempt and is raised again at its end.

Facts: reading and writing regular files never waits for a peer (open(2)); O_NONBLOCK keeps `open` from waiting for the writer
of a FIFO.  `link` makes a second name and refuses one that exists (link(2)), `rename` replaces it (rename(2)).
"""

from __future__ import annotations

import hashlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, Self, TypeAlias

from lensconnect.errors import Error, Fault, InvalidRequest, SerializeError, TransportError
from lensconnect.http import HttpResponse, http_request_body
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.framing import Refusal, too_large
from lensconnect.live.files import NEW_PATH, Downloaded, FileStamp, FileState, Progress, wrong_size
from lensconnect.programs.effects import DownloadFile, UploadFile
from lensconnect.results import Failure, Result, Success, is_err

STEP: Final = 64 * 1024
"""Bytes of a file that are read or written at once."""

_Outcome: TypeAlias = Result[HttpResponse, TransportError]
_Transport: TypeAlias = Callable[..., Any]


def stat_file(path: str) -> FileState:
    """Return the stamp of the regular file that a path leads to, or why there is none."""
    try:
        with _opened(path) as file:
            return _stamp_of(path, file)
    except IsADirectoryError:
        return "a directory"
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the path
        return "missing"
    except OSError:
        return "a directory" if os.path.isdir(path) else "unreadable"


def _opened(path: str) -> IO[bytes]:
    return open(path, "rb", buffering=0, opener=lambda name, flags: os.open(name, flags | _NEVER_WAIT))


_NEVER_WAIT: Final[int] = getattr(os, "O_NONBLOCK", 0)


def _stamp_of(path: str, file: IO[bytes]) -> FileState:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        return "not a regular file"
    return FileStamp(os.path.basename(path), found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, which holds the old bytes or the new ones at any time.  Raises `OSError` if it cannot be written.

    A link to a file stays one, and a file keeps its permissions; what is no regular file is written as it is.  Of all
    processes that are killed meanwhile one file at most is left beside it, until the next one writes.
    """
    file = Path(os.path.realpath(path))
    if file.exists() and not file.is_file():
        file.write_bytes(data)
        return
    new = file.with_name(f".{file.name}.lensconnect")
    new.unlink(missing_ok=True)
    try:
        with new.open("xb") as opened:  # not through a link that another user has put there
            opened.write(data)
        with suppress(OSError):  # there is no such file yet
            new.chmod(stat.S_IMODE(file.stat().st_mode))
        os.replace(new, file)
    except OSError:
        new.unlink(missing_ok=True)
        raise


class Transfer(ABC):
    """A file on its way, as a context manager; leaving it closes the file."""

    _file: IO[bytes] | None = None

    def __init__(self, effect: UploadFile | DownloadFile, transport: _Transport) -> None:
        self._transport, self._progress = transport, effect.progress
        self._is_streaming = bool(getattr(transport, "streams", False))
        self._raised: BaseException | None = None
        self.size: int = effect.size
        self.problem: InvalidRequest | None = None
        """The reason why the transfer cannot begin, or cannot go on."""

    @abstractmethod
    def start(self) -> Any:
        """Perform the request; return what the transport returns."""

    @abstractmethod
    def result(self, outcome: _Outcome) -> Result[Any, Error]:
        """Return the result of the effect, if there is no problem; an Error of the transport or of the file."""

    def conclude(self, outcome: _Outcome) -> Result[Any, Error]:
        """Return the result of the effect, an Error of the transport or of the file; raise what `progress` has raised."""
        result = self.result(outcome) if self.problem is None and self._raised is None else outcome
        raised, self._raised = self._raised, None
        try:
            if raised is not None:
                raise raised
        finally:
            del raised  # its traceback refers to this frame
        return result if self.problem is None else Failure(self.problem)

    def _report(self, done: int) -> bool:
        """Call `progress`, and keep what it raises; return whether it has returned."""
        try:
            if self._progress is not None:
                self._progress(Progress(done, self.size))
        except BaseException as raised:
            self._raised = raised
        return self._raised is None

    def _refuse(self, path: str, limit: str, size: int | None = None) -> None:
        self.problem = InvalidRequest((Fault(path, limit, size),))

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress(Progress(0, self.size))
        try:
            self._open()
            return self  # noqa: TRY300 - an interrupt may come here too
        except BaseException:
            self._close()
            raise

    def __exit__(self, *_: object) -> None:
        self._close()

    def __del__(self) -> None:
        self._close()  # for an interrupt that has come at the first line of `__exit__`, or within it

    @abstractmethod
    def _open(self) -> None: ...

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


class FileUpload(Transfer):
    """The bytes of a file, or given ones, as the body of a request."""

    def __init__(self, effect: UploadFile, transport: _Transport) -> None:
        super().__init__(effect, transport)
        self._effect = effect

    def _open(self) -> None:
        if isinstance(self._effect.source, str):
            try:
                self._file = _opened(self._effect.source)
            except (OSError, ValueError):
                self._refuse("source", _UNCHANGED)
            else:
                self._check()
        self._whole = b"" if self._is_streaming or self.problem is not None else self._read_all()

    def _read_all(self) -> bytes:
        with suppress(AttemptFailed):
            return b"".join(self._steps())
        return b""

    def start(self) -> Any:
        """Perform the request; return what the transport returns."""
        if self._is_streaming:
            return self._transport(self._effect.request, self._effect.seconds, body=self)
        return self._transport(self._effect.request & http_request_body.set(self._whole), self._effect.seconds)

    def result(self, outcome: _Outcome) -> _Outcome:
        """Return the outcome of the transport, a response or a TransportError."""
        if not self._is_streaming and not is_err(outcome):
            self._report(self.size)
        return outcome

    def __iter__(self) -> Iterator[memoryview]:
        done = 0
        for step in self._steps():
            yield step
            done += len(step)
            if not self._report(done):
                raise AttemptFailed("closed", "progress raised an exception")

    def _steps(self) -> Iterator[memoryview]:
        """Read the file; give its last bytes out only if it has not changed meanwhile."""
        given = memoryview(b"" if isinstance(self._effect.source, str) else self._effect.source)
        done = 0
        while done < self.size:
            step = given[done : done + STEP] or memoryview(self._read(self.size - done))
            done += len(step)
            if not step:
                self._check()
                if self.problem is None:
                    self._refuse("source", _UNCHANGED, done)
            elif done == self.size:
                self._check()
            if self.problem is not None:
                raise AttemptFailed("closed", "the file cannot be read")
            yield step

    def _read(self, left: int) -> bytes:
        try:
            return b"" if self._file is None else self._file.read(min(left, STEP))
        except OSError as error:
            self._refuse("source", f"a file that can be read: {_reason(error)}")
            return b""

    def _check(self) -> None:
        if self._file is not None and self.problem is None:
            found = _stamp_of(str(self._effect.source), self._file)
            if found != self._effect.stamp:
                self._refuse("source", _UNCHANGED, found.size if isinstance(found, FileStamp) else None)


class FileDownload(Transfer):
    """A new file that takes the body of a reply: it is `path.part` until the last byte is there, and `path` then."""

    def __init__(self, effect: DownloadFile, transport: _Transport) -> None:
        super().__init__(effect, transport)
        self._effect = effect
        self._part = effect.path + ".part"
        self._hash = hashlib.sha256()
        self.done = 0

    def _open(self) -> None:
        try:
            if os.path.lexists(self._effect.path):
                self._refuse("path", NEW_PATH)
            else:
                self._file = open(self._part, "xb", buffering=0)  # noqa: SIM115 - `_close` closes it
        except FileExistsError:
            self._refuse("path", "the path of a file that is not being downloaded (its .part exists)")
        except (OSError, ValueError) as error:
            self._refuse("path", f"{_WRITABLE}: {_reason(error)}")

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.unlink(self._part)
        super()._close()

    def start(self) -> Any:
        """Perform the request; return what the transport returns."""
        if self._is_streaming:
            return self._transport(self._effect.request, self._effect.seconds, sink=self)
        return self._transport(self._effect.request, self._effect.seconds)

    def take(self, pieces: Iterable[memoryview]) -> Refusal | None:
        """Write the next bytes of the body; return why there is no going on."""
        before = self.done
        for piece in pieces:
            self.done += len(piece)
            if self.done > self.size:
                return too_large(self.size)
            try:
                self._hash.update(piece)
                self._write(piece)
            except OSError as error:
                self._refuse("path", f"{_WRITABLE}: {_reason(error)}")
                return "closed", "the file cannot be written"
        if self.done > before and not self._report(self.done):
            return "closed", "progress raised an exception"
        return None

    def _write(self, piece: memoryview) -> None:
        while self._file is not None and piece:
            piece = piece[self._file.write(piece) :]

    def result(self, outcome: _Outcome) -> Result[Downloaded | HttpResponse, TransportError | SerializeError]:
        """Give the file its name and return what it holds; return a response with another status than 200 as it is.

        TransportError if no complete reply came or it is too long, SerializeError if it is too short.
        """
        if is_err(outcome) or outcome.unwrap().status != 200:
            return outcome
        refusal = None if self._is_streaming else self.take([memoryview(outcome.unwrap().body)])
        if refusal is not None:
            return Failure(TransportError(*refusal, "yes"))
        if self.done != self.size:
            return Failure(wrong_size(self.done, self.size))
        try:
            self._give_name()
        except FileExistsError:
            self._refuse("path", NEW_PATH)
        except OSError as error:
            self._refuse("path", f"{_WRITABLE}: {_reason(error)}")
        return Success(Downloaded(self.done, self._hash.hexdigest()))

    def _give_name(self) -> None:
        if self._file is not None:
            self._file.close()  # reports what the system could not write
        try:
            os.link(self._part, self._effect.path)
        except FileExistsError:
            raise
        except (OSError, AttributeError, NotImplementedError):  # a file system without links
            if os.path.lexists(self._effect.path):
                raise FileExistsError from None
            os.rename(self._part, self._effect.path)


_UNCHANGED: Final = "a file that does not change while it is sent"
_WRITABLE: Final = "the path of a file that can be written"


def _reason(error: OSError | ValueError) -> str:
    """Return the reason of an error, without its path."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number).lower() if number else "no path"


def transfer_of(effect: UploadFile | DownloadFile, transport: _Transport) -> Transfer:
    """Return the transfer that an effect asks for, over a transport."""
    return FileUpload(effect, transport) if isinstance(effect, UploadFile) else FileDownload(effect, transport)
