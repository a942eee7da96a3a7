"""`lensconnect doc OPERATION`: a row of the table of operations."""

from __future__ import annotations

from typing import Annotated

import typer

from lensconnect.cli.options import command_name
from lensconnect.operations import OPERATIONS
from lensconnect.wire.documentation import doc


def documentation(
    operation: Annotated[str, typer.Argument(help="SendEvent or send-event; all are listed without it.")] = "",
) -> None:
    """Show what an operation takes, answers and refuses."""
    if not operation:
        for row in OPERATIONS:
            typer.echo(f"{command_name(row.name):36} {row.method} {row.path}")
        return
    wanted = next((row for row in OPERATIONS if operation in (row.name, command_name(row.name))), None)
    if wanted is None:
        typer.echo(f"no operation is called {operation!r}; `lensconnect doc` lists them", err=True)
        raise typer.Exit(2)
    typer.echo(doc(wanted.request))
