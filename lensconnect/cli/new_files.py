"""Files that a command writes: whole or not at all, over no other file unless that is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import typer

from lensconnect.cli.streams import UNWRITABLE, echo
from lensconnect.record import printable

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows gives to devices ("Naming Files, Paths, and Namespaces")."""
_LONGEST: Final = 200
"""Bytes of a file name: most file systems take 255, and the name of an unfinished download is longer."""
_LONGEST_ENDING: Final = 20
"""Characters of the ending of a file name that is kept when the name is cut."""


def safe_name(name: str | None, otherwise: str) -> str:
    """Return the last part of a file name from the chat that is safe to create in a folder, or another name without one.

    It has no separator, control character, leading dot or end that Windows ignores, and is no device of Windows.

    >>> safe_name("../../.ssh/authorized_keys", "x"), safe_name("C:\\\\con.txt", "x"), safe_name("..", "x")
    ('authorized_keys', '_con.txt', 'x')
    """
    last = re.split(r"[/\\:]", name or "")[-1]
    kept = re.sub(r'[<>"|?*]', "_", printable(last)).strip(" ").lstrip(".").rstrip(". ")
    stem, dot, ending = kept.rpartition(".")
    tail = f"{dot}{ending}".encode() if dot and len(ending) <= _LONGEST_ENDING else b""
    if len(kept.encode()) <= _LONGEST:
        short = kept
    else:
        head = (stem if tail else kept).encode()[: _LONGEST - len(tail)].decode(errors="ignore")
        short = f"{head.rstrip('. ')}{tail.decode()}"
    return f"_{short}" if _RESERVED.fullmatch(short) else short or otherwise


def refuse_existing(path: Path, *, force: bool) -> None:
    """End the command with code 2 if there is a file at the path and it may not be replaced, or no regular file."""
    try:
        exists, is_regular = os.path.lexists(path), path.is_file()
    except OSError as error:
        raise _cannot_write(path, error) from None
    if exists and not is_regular:
        echo(f"lensconnect: {path} is a folder or a device: name a file", err=True)
        raise typer.Exit(2)
    if exists and not force:
        echo(f"lensconnect: {path} exists already: name another file, or add --force to replace it", err=True)
        raise typer.Exit(2)


@contextmanager
def replacing(path: Path, *, force: bool) -> Generator[Path]:
    """Give a path in the same folder to write to; at the end without an error it becomes the file."""
    refuse_existing(path, force=force)
    try:
        folder = Path(mkdtemp(prefix=".lensconnect-", dir=path.parent))
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        yield folder / path.name
        refuse_existing(path, force=force)
        os.replace(folder / path.name, path)
    except OSError as error:
        raise _cannot_write(path, error) from None
    finally:
        with suppress(OSError):
            for left in folder.iterdir():
                left.unlink()
            folder.rmdir()


def write_new_file(path: Path, text: str, *, force: bool) -> None:
    """Write a text to a file in UTF-8."""
    with replacing(path, force=force) as new:
        new.write_text(text, "utf-8")


def replace_file(path: Path, text: str) -> None:
    """Write a text to a file in UTF-8, over what is there."""
    from lensconnect.interpreters.files import replace_file as replace  # here, since few commands need it

    refuse_existing(path, force=True)
    try:
        replace(path, text.encode())
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> typer.Exit:
    echo(f"lensconnect: cannot write {path}: {error.strerror}", err=True)
    return typer.Exit(UNWRITABLE)
