"""`lensconnect chat`: a chat on a terminal.  Needs the extra `tui`."""

from __future__ import annotations

import asyncio
import os
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lensconnect.cli.advice import SAFE
from lensconnect.cli.connection import ConnectionOptions, connected, end_with
from lensconnect.cli.options import participant_token
from lensconnect.cli.streams import echo
from lensconnect.errors import Error
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.factory import new_async_env
from lensconnect.interpreters.extras import needs_extra
from lensconnect.record import ParticipantToken

if TYPE_CHECKING:
    from lensconnect.cli.chat_app import ChatApp


class Theme(StrEnum):
    """The colors of the screen."""

    dark = "dark"
    light = "light"


@partial(connected, without={"debug"})  # a log would be drawn over the chat
def chat(
    *,
    connection: ConnectionOptions,
    demo: Annotated[
        bool, typer.Option("--demo", help="Chat with a flow of the emulator in this process, without a network.")
    ] = False,
    theme: Annotated[Theme, typer.Option(help="Ctrl+T changes it.")] = Theme.dark,
    folder: Annotated[
        Path, typer.Option("--downloads", file_okay=False, exists=True, help="The folder of /download.")
    ] = Path(),
) -> None:
    """Chat on this terminal, as the customer or as an agent.

    It shows the messages with their time in local time, the participants that are typing, ticks for messages that are
    delivered and read, and the state of the connection.  An interactive message is answered with the arrow keys.  /help
    lists the commands.

    The participant token is read from LENSCONNECT_PARTICIPANT_TOKEN or, with --token-stdin, from standard input.  The
    chat goes on when you quit; /leave leaves it.

    Exit codes: 0 you quit, or the chat is over; 1 a permanent error; 2 the options are wrong, or there is no
    terminal.
    """
    with needs_extra("chat (extra tui)", "tui"):
        from lensconnect.cli.chat_app import ChatApp

    if demo:
        env, token = demo_chat()
    else:
        env, token = connection.async_environment(), participant_token(connection.token_stdin)
    _take_terminal()
    error = asyncio.run(_run(ChatApp(env, token, folder, theme=f"textual-{theme}")))
    if error is not None:
        end_with(error, "chat", SAFE)


async def _run(app: ChatApp) -> Error | None:
    async with app.env:
        error = await app.run_async(mouse=False)
    if app.crash is not None:
        raise app.crash
    return error


def _take_terminal() -> None:
    """Let standard input be the terminal, also after a token was read from a pipe; without one, exit with code 2."""
    try:
        if not sys.stdin.isatty():
            os.dup2(os.open("/dev/tty", os.O_RDWR), sys.stdin.fileno())
        has_terminal = sys.stderr.isatty()  # Textual draws on standard error
    except (OSError, AttributeError):
        has_terminal = False
    if not has_terminal:
        echo("lensconnect: chat needs a terminal: use listen and reply in a script", err=True)
        raise typer.Exit(2)


def demo_chat() -> tuple[AsyncEnv, ParticipantToken]:
    """Return an environment on an emulator in this process, and the token of a chat with its flow."""
    from lensconnect.cli.demo_flow import pizzeria
    from lensconnect.emulator import Emulator

    service = Emulator(flow=pizzeria)
    env = new_async_env(
        endpoint_url="https://demo.invalid", transport=service.async_transport, sockets=service.async_sockets
    )
    return env, service.start_chat().participant_token
