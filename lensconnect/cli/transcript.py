"""`lensconnect transcript`: the whole transcript of a chat as text, lines of JSON or a page of HTML."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lensconnect.cli.advice import SAFE
from lensconnect.cli.connection import ConnectionOptions, connected, ending_when_interrupted, run_or_exit, value_or_exit
from lensconnect.cli.items import item_line
from lensconnect.cli.new_files import refuse_existing, write_new_file
from lensconnect.cli.options import connection_token, participant_token
from lensconnect.cli.output import as_json
from lensconnect.cli.streams import echo, progress_line
from lensconnect.interpreters.environments.sync import Env
from lensconnect.live.notifications import ItemReceived, ItemUpdated
from lensconnect.live.options import LIVE, live_options_history
from lensconnect.live.transcript import EMPTY_TRANSCRIPT, Transcript, items_of, merge
from lensconnect.operations import GetTranscript
from lensconnect.programs.chats.opening import close_chat, open_chat
from lensconnect.programs.chats.receiving import notifications
from lensconnect.programs.pages import pages
from lensconnect.record import to_members
from lensconnect.types.item import Item
from lensconnect.types.transcript import SORT_KEY_ASCENDING

_PAGE: int = 100


class TranscriptFormat(StrEnum):
    """The formats of a transcript on standard output."""

    text = "text"
    json = "json"


@connected
def transcript(
    *,
    connection: ConnectionOptions,
    follow: Annotated[
        bool, typer.Option("--follow", help="Then print items as they come, until the chat is over.")
    ] = False,
    output: Annotated[
        TranscriptFormat, typer.Option(help="text for people, or json: a line of AWS's members for each item.")
    ] = TranscriptFormat.text,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page that loads nothing and runs no script, and print nothing."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file of --html.")] = False,
) -> None:
    """Print the whole transcript of a chat, the oldest item first.

    The connection token is read from LENSCONNECT_CONNECTION_TOKEN or, with --token-stdin, from standard input; without
    one, the participant token of LENSCONNECT_PARTICIPANT_TOKEN gets one.  --follow needs the participant token.

    With --follow an item is printed again when there is a newer version of it: a receipt, the status of a file.

    Exit codes: 0 the transcript, with --follow the end of the chat; 1 an error of the network or the service; 2 the
    options are wrong; 4 the output cannot be written; 130 interrupted.
    """
    if html is not None and follow:
        raise typer.BadParameter("a page is written once: leave --follow out", param_hint="--html")
    if html is not None:
        refuse_existing(html, force=force)
    with connection.environment() as env, ending_when_interrupted("transcript", SAFE):
        if follow:
            _follow(connection, env, output)
            return
        items = items_of(_whole(connection, env))
    if html is None:
        _print(items, output)
        return
    from lensconnect.cli.html import transcript_page

    write_new_file(html, transcript_page(items), force=force)


def _print(items: Iterable[Item], output: TranscriptFormat) -> None:
    for item in items:
        echo(item_line(item) if output is TranscriptFormat.text else as_json(to_members(item)))


def _whole(connection: ConnectionOptions, env: Env) -> Transcript:
    """Read all pages, from the newest back, which is how the service reaches past sessions of a chat."""
    token = run_or_exit(connection_token(connection.token_stdin), env, "transcript", SAFE)
    request = GetTranscript(connection_token=token, max_results=_PAGE, sort_order=SORT_KEY_ASCENDING)
    found = EMPTY_TRANSCRIPT
    with progress_line() as show:
        for page in pages(request)(env):
            found = merge(found, value_or_exit(page, "transcript", SAFE).items)
            show(f"{len(found)} items")
    return found


def _follow(connection: ConnectionOptions, env: Env, output: TranscriptFormat) -> None:
    options = LIVE & live_options_history.set(None)
    token = participant_token(connection.token_stdin)
    chat = run_or_exit(open_chat(token, options=options), env, "transcript", SAFE)
    for outcome in notifications(chat)(env):
        match value_or_exit(outcome, "transcript", SAFE):
            case ItemReceived(item=item) | ItemUpdated(item=item):
                _print([item], output)
            case _:
                pass
    run_or_exit(close_chat(chat), env, "transcript", SAFE)
