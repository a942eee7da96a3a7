"""`lensconnect reply`: send a message and print the answer, for a shell script that tests a flow."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from lensconnect.cli.advice import SAFE
from lensconnect.cli.connection import ConnectionOptions, connected, expect_seconds, run_or_exit
from lensconnect.cli.items import item_text, one_line
from lensconnect.cli.options import argument_text, participant_token
from lensconnect.cli.output import as_json
from lensconnect.cli.position_file import PositionFile, store_position, stored_position
from lensconnect.cli.streams import echo
from lensconnect.live.notifications import ChatEnded
from lensconnect.live.options import LIVE, live_options_history
from lensconnect.programs.chats.opening import close_chat, open_chat
from lensconnect.programs.chats.receiving import receive_within, replies
from lensconnect.programs.chats.sending import say
from lensconnect.record import printable, to_members

NO_REPLY: Final = 5
"""The exit code if nobody answered in time."""


@connected
def reply(
    text: Annotated[
        str | None,
        typer.Argument(help="The message; file://PATH for the text of a file.  Without it, only wait."),
    ] = None,
    *,
    connection: ConnectionOptions,
    quiet: Annotated[float, typer.Option(help="Seconds without a message that end the wait.")] = 1.0,
    within: Annotated[float, typer.Option(help="Seconds to wait for the first message.")] = 30.0,
    position_file: PositionFile = None,
    as_items: Annotated[bool, typer.Option("--json", help="Print each message as a line of AWS's JSON.")] = False,
) -> None:
    """Send a message to a chat, wait until the others are quiet, and print what they answered.

    Each message is a line of text, with --json of AWS's members; there is no --output and no --query.  With --position,
    messages since the last `reply` or `listen` are printed too.

    The participant token is read from LENSCONNECT_PARTICIPANT_TOKEN or, with --token-stdin, from standard input.

    Exit codes: 0 an answer; 1 an error of the network or the service; 2 the options are wrong; 3 it is unknown whether
    the message was sent; 4 a line or the position cannot be written; 5 no answer in time, or the chat is over; 130
    interrupted.
    """
    for option, seconds in (("--quiet", quiet), ("--within", within)):
        expect_seconds(option, seconds)
    message = None if text is None else argument_text(text)
    start = stored_position(position_file)
    token = participant_token(connection.token_stdin)
    options = LIVE & live_options_history.set(0)
    with connection.environment() as env:
        chat = run_or_exit(open_chat(token, position=start, options=options), env, "reply", SAFE)
        if message is not None:
            run_or_exit(say(chat, message), env, "reply", "The message may have been sent.")
        answers = run_or_exit(replies(chat, quiet=quiet, within=within), env, "reply", "The message was sent.")
        end = None if answers else run_or_exit(receive_within(chat, 0), env, "reply", SAFE)
        for item in answers:
            echo(as_json(to_members(item)) if as_items else printable(one_line(item_text(item))))
        store_position(position_file, chat, env)
        run_or_exit(close_chat(chat), env, "reply", SAFE)
    if not answers:
        reason = f"the chat is over ({end.reason})" if isinstance(end, ChatEnded) else f"no answer in {within:g} s"
        echo(f"reply: {reason}{'' if message is None else '; the message was sent'}", err=True)
        raise typer.Exit(NO_REPLY)
