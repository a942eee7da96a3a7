"""`lensconnect doc OPERATION`: the documentation of an operation, from its row in the table."""

from __future__ import annotations

from typing import Annotated

import typer

from lensconnect.cli.options import command_name, completion
from lensconnect.cli.streams import echo
from lensconnect.operations import OPERATIONS
from lensconnect.wire.documentation import doc


def documentation(
    operation: Annotated[
        str,
        typer.Argument(
            help="For example SendEvent or send-event.  Without it, list all operations.",
            autocompletion=completion([command_name(row.name) for row in OPERATIONS]),
        ),
    ] = "",
) -> None:
    """Show what an operation takes and returns, and its errors."""
    if not operation:
        for each in OPERATIONS:
            echo(f"{command_name(each.name):36} {each.method} {each.path}")
        return
    row = next((each for each in OPERATIONS if operation in (each.name, command_name(each.name))), None)
    if row is None:
        echo(f"there is no operation {operation!r}; `lensconnect doc` lists all", err=True)
        raise typer.Exit(2)
    echo(doc(row.request))
