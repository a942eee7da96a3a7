"""The application: all commands."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from lensconnect.cli.call import add_calls
from lensconnect.cli.demo import demo
from lensconnect.cli.describe import describe_app
from lensconnect.cli.documentation import documentation
from lensconnect.cli.emulator import emulator
from lensconnect.cli.streams import ending_without_output

HELP: Final = "Chat through Amazon Connect: send requests, look at them, or run an emulator of the service."


class Commands(TyperGroup):
    """The commands; one whose output cannot be written ends with a line and an exit code."""

    def main(self, *arguments: Any, **keywords: Any) -> Any:
        """Parse the arguments of the process and run the command."""
        with ending_without_output():
            return super().main(*arguments, **keywords)

    def invoke(self, ctx: Any) -> Any:
        """Run the command: here, since `main` of typer ends with exit code 1 if nobody reads the output."""
        with ending_without_output():
            return super().invoke(ctx)


app: typer.Typer = typer.Typer(
    cls=Commands,
    name="lensconnect",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich help tables cut long cells
    pretty_exceptions_show_locals=False,
)
app.command(short_help="Show a chat and the values behind it.")(demo)
app.command("doc", short_help="Show the fields and errors of an operation.")(documentation)
app.command(short_help="Serve the emulator on 127.0.0.1.")(emulator)
app.add_typer(describe_app, name="describe", short_help="Show a request without sending it.")
add_calls(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lensconnect {version('lensconnect')}")
        raise typer.Exit


@app.callback(help=HELP)
def root(
    # Eager: handled before the missing command is reported.
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Define the options of the application itself."""
