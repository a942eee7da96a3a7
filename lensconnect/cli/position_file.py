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
from lensconnect.cli.new_files import refuse_existing, replace_file
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
    """Return the position in a file, `None` if there is no such file yet.

    A file that holds no position, or cannot be written later, ends the command with code 2, before anything is sent.
    """
    if file is None:
        return None
    if not os.access(file.parent, os.W_OK):
        raise _bad_position(f"cannot write {file}: its folder is missing or cannot be written")
    refuse_existing(file, force=True)
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_position(f"cannot read {file}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    found = position_json.preview()(text)
    if found is None:
        raise _bad_position(f"{file} holds no position: name another file, or delete it")
    return found


def _bad_position(text: str) -> typer.BadParameter:
    return typer.BadParameter(text, param_hint="--position")


def store_position(file: Path | None, chat: Chat, env: Env) -> None:
    """Keep the position of the chat in a file, which has the old or the new one at any time."""
    if file is None:
        return
    text = position_json.construct(run_or_exit(position(chat), env, "position", SAFE))
    replace_file(file, text)
