"""The application: all commands, each imported when it is invoked."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from lensconnect.cli.groups import CommandGroup, LazyCommand, built
from lensconnect.cli.options import operation_commands
from lensconnect.cli.streams import echo

HELP: Final = "Chat through Amazon Connect: send requests, look at them, or run an emulator of the service."

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "chat": ("lensconnect.cli.chat:chat", "Chat on this terminal."),
    "listen": ("lensconnect.cli.listen:listen", "Print what happens in a chat, as lines of JSON."),
    "reply": ("lensconnect.cli.reply:reply", "Send a message, wait for the answer, and print it."),
    "transcript": ("lensconnect.cli.transcript:transcript", "Print the whole transcript, or write it as HTML."),
    "attach": ("lensconnect.cli.files:attach", "Send a file to a chat."),
    "download": ("lensconnect.cli.files:download", "Fetch a file of a chat."),
    "demo": ("lensconnect.cli.demo:demo", "Show a chat and the values behind it."),
    "doc": ("lensconnect.cli.documentation:documentation", "Show the fields and errors of an operation."),
    "emulator": ("lensconnect.cli.emulator:emulator", "Serve the emulator on 127.0.0.1."),
}
"""The commands that are no operation: the place of the function, and the short help."""


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _command(name: str, place: str, short_help: str) -> LazyCommand:
    return LazyCommand(name, short_help, lambda: built(name, _imported(place), short_help))


class AllCommands(CommandGroup):
    """The commands of the application."""

    def __init__(self, **attributes: Any) -> None:
        commands = [_command(name, *entry) for name, entry in COMMANDS.items()]
        describe = LazyCommand(
            "describe",
            "Show a request without sending it.",
            lambda: _imported("lensconnect.cli.describe:describe_group"),
        )
        calls = operation_commands(lambda: _imported("lensconnect.cli.call:call_command"))
        attributes["commands"] = [*commands, describe, *calls]
        super().__init__(**attributes)


app: typer.Typer = typer.Typer(
    cls=AllCommands,
    name="lensconnect",
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,  # rich help tables cut long cells
    pretty_exceptions_show_locals=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        echo(f"lensconnect {version('lensconnect')}")
        raise typer.Exit


@app.callback(help=HELP)
def root(
    # Eager: handled before the missing command is reported.
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Define the options of the application itself."""
