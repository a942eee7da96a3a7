"""The standard streams: text that they cannot encode is escaped, and output that cannot be written ends the command.

Facts (Python documentation, `signal`, "Note on SIGPIPE"): a stream is flushed once more when the interpreter ends, and
that fails with a message of its own unless the file descriptor leads to the null device by then.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from struct import iter_unpack
from typing import Final, TextIO

UNWRITABLE: Final = 4
"""The exit code if output cannot be written."""

_WRITE_ERRORS: Final = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""The errors of a write to a pipe, a file or a terminal (POSIX, `write`)."""

_CLEAR: Final = "\x1b[K"
"""Erase to the end of the line (ECMA-48, EL)."""

_ESCAPES: Final = "lensconnect.json-escapes"


def prepare_streams() -> None:
    """Escape as JSON does what standard output and error cannot encode; take any bytes of standard input.

    Of streams that were closed when the process began, standard output is one that cannot be written, and what standard
    error gets is dropped: Python has `None` for both, and `print` writes to standard output in place of it.
    """
    codecs.register_error(_ESCAPES, _escape)
    sys.stdout = sys.stdout or _null_device(os.O_RDONLY)
    sys.stderr = sys.stderr or _null_device(os.O_WRONLY)
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, _ESCAPES), (sys.stderr, _ESCAPES)):
        if isinstance(stream, io.TextIOWrapper):  # None if the process began with the stream closed
            stream.reconfigure(errors=errors)


def _null_device(flags: int) -> TextIO:
    return open(os.open(os.devnull, flags), "w", encoding="utf-8", closefd=False)


def echo(text: str, *, err: bool = False) -> None:
    """Print a text in the encoding of the stream, at once.  `typer.echo` writes UTF-8 where the encoding is ASCII."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


@contextmanager
def progress_line() -> Generator[Callable[[str], None]]:
    """Give a function that shows a text in one line of the terminal, and nothing if standard error is none."""
    stream = sys.stderr
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _text: None
        return
    try:
        yield lambda text: print(f"\r{_CLEAR}{text}", end="", file=stream, flush=True)
    finally:
        print(f"\r{_CLEAR}", end="", file=stream, flush=True)


def can_write(text: str) -> bool:
    """Return whether standard output can encode the text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{unit:04x}" for (unit,) in iter_unpack(">H", units)), error.end


@contextmanager
def ending_without_output() -> Generator[None]:
    """End the command with one line and `UNWRITABLE` if its output cannot be written, silently if nobody reads it."""
    try:
        yield
    except OSError as error:
        if error.errno not in _WRITE_ERRORS:
            raise
        if error.errno != errno.EPIPE:
            with suppress(OSError):
                reason = os.strerror(error.errno)
                print(f"lensconnect: the output cannot be written: {reason}", file=sys.stderr, flush=True)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with open(os.devnull, "wb") as nothing:
                os.dup2(nothing.fileno(), stream.fileno())
        sys.exit(UNWRITABLE)
