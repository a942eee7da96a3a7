"""A file that keeps the position of a chat, so that another command goes on from there.

The position is written after the line of an item: a command that is killed between the two prints that item once more
when it goes on, and loses none.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lensconnect.cli.advice import SAFE
from lensconnect.cli.connection import run_or_exit
from lensconnect.cli.streams import UNWRITABLE, echo
from lensconnect.interpreters.environments.sync import Env
from lensconnect.live.notifications import Chat
from lensconnect.live.position import Position, position_json
from lensconnect.programs.chats.receiving import position

PositionFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--position", metavar="FILE", help="Go on from the position in this file if it exists, and keep it there."
    ),
]


def stored_position(file: Path | None) -> Position | None:
    """Return the position in a file, `None` if there is no such file yet."""
    if file is None or not file.exists():
        return None
    try:
        found = position_json.preview()(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_position(f"cannot read {file}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    if found is None:
        raise _bad_position(f"{file} holds no position: name another file, or delete it to begin anew")
    return found


def _bad_position(text: str) -> typer.BadParameter:
    return typer.BadParameter(text, param_hint="--position")


def store_position(file: Path | None, chat: Chat, env: Env) -> None:
    """Keep the position of the chat in a file, which has the old or the new one at any time."""
    if file is None:
        return
    text = position_json.construct(run_or_exit(position(chat), env, "position", SAFE))
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_text(text, "utf-8")
        os.replace(new, file)
    except OSError as error:
        echo(f"lensconnect: cannot write {file}: {error.strerror}", err=True)
        raise typer.Exit(UNWRITABLE) from None
