"""`lensconnect listen`: what happens in a chat, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lensconnect.cli.advice import SAFE
from lensconnect.cli.connection import ConnectionOptions, connected, ending_when_interrupted, run_or_exit, value_or_exit
from lensconnect.cli.options import participant_token
from lensconnect.cli.output import as_json
from lensconnect.cli.position_file import PositionFile, store_position, stored_position
from lensconnect.cli.streams import echo
from lensconnect.interpreters.environments.sync import Env
from lensconnect.live.notifications import Notification
from lensconnect.live.options import LIVE, live_options_history
from lensconnect.live.position import Position
from lensconnect.programs.chats.opening import close_chat, open_chat
from lensconnect.programs.chats.receiving import notifications
from lensconnect.record import ParticipantToken, to_members


@connected
def listen(
    *,
    connection: ConnectionOptions,
    position_file: PositionFile = None,
    history: Annotated[int, typer.Option(min=0, help="Items of the past to print first, without --position.")] = 100,
) -> None:
    """Print what happens in a chat, one line of JSON for each notification, until the chat is over.

    `Item` has AWS's members.  There is no --output and no --query: pipe the lines to a reader of JSON.

    The connection is kept alive and comes back by itself, with the items that were missed.  With --position, another
    `listen` goes on where this one ended, whatever ended it.

    The participant token is read from LENSCONNECT_PARTICIPANT_TOKEN or, with --token-stdin, from standard input.

    Exit codes: 0 the chat is over, the last line says how; 1 a permanent error; 2 the options or the
    position are wrong; 4 a line or the position cannot be written; 130 interrupted.
    """
    start = stored_position(position_file)
    token = participant_token(connection.token_stdin)
    with connection.environment() as env, ending_when_interrupted("listen", SAFE):
        print_notifications(env, token, start, position_file, history)


def print_notifications(
    env: Env,
    token: ParticipantToken,
    start: Position | None,
    position_file: Path | None,
    history: int,
    write: Callable[[str], None] = echo,
) -> None:
    """Write a line for each notification of a chat and keep its position, until the chat is over.

    An error of the chat ends the command.
    """
    opening = open_chat(token, position=start, options=LIVE & live_options_history.set(history))
    chat = run_or_exit(opening, env, "listen", SAFE)
    for outcome in notifications(chat)(env):
        write(notification_line(value_or_exit(outcome, "listen", SAFE)))
        store_position(position_file, chat, env)
    run_or_exit(close_chat(chat), env, "listen", SAFE)


def notification_line(notification: Notification) -> str:
    """Return a notification as a line of JSON, in which `Item` has AWS's members.

    >>> from lensconnect import ChatEnded
    >>> notification_line(ChatEnded("left"))
    '{"Notification":"ChatEnded","Reason":"left"}'
    """
    members = {name.capitalize(): value for name, value in to_members(notification).items()}
    return as_json({"Notification": type(notification).__name__, **members})
