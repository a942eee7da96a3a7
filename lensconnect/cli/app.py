"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from lensconnect.cli.call import add_calls
from lensconnect.cli.demo import demo
from lensconnect.cli.describe import describe_app
from lensconnect.cli.documentation import documentation
from lensconnect.cli.emulator import emulator

app = typer.Typer(
    name="lensconnect",
    help="The Amazon Connect Participant Service as values, lenses and programs.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # its tables cut what is longer than a column of theirs
    pretty_exceptions_show_locals=False,
)
app.command(short_help="Walk through a chat.")(demo)
app.command("doc", short_help="Show what an operation takes.")(documentation)
app.command(short_help="Serve the emulator on 127.0.0.1.")(emulator)
app.add_typer(describe_app, name="describe", short_help="Show a request without sending it.")
add_calls(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lensconnect {version('lensconnect')}")
        raise typer.Exit


@app.callback()
def root(
    # Eager: it is answered before a command is missed.
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """The Amazon Connect Participant Service as values, lenses and programs."""
