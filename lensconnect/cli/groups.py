"""Groups of commands, each of which is imported when it is invoked.

The import of all commands takes longer than most calls of one.  A help text and the completion of a shell need only the
names of the others and their short help.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from lensconnect.cli.streams import ending_without_output


class LazyCommand(TyperCommand):
    """A command of which only the name and the short help are known; `load` returns the command itself."""

    def __init__(self, name: str, short_help: str, load: Callable[[], Any]) -> None:
        super().__init__(name, short_help=short_help)
        self.load = load


class CommandGroup(TyperGroup):
    """A group that loads a command when it is invoked; one whose output cannot be written ends with an exit code."""

    def main(self, *arguments: Any, **keywords: Any) -> Any:
        """Parse the arguments of the process and run the command."""
        with ending_without_output():
            return super().main(*arguments, **keywords)

    def invoke(self, ctx: Any) -> Any:
        """Run the command: here, since `main` of typer ends with exit code 1 if nobody reads the output."""
        with ending_without_output():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the arguments name, loaded; for a word of a name, fail with the names it is in."""
        meant = [name for name in self.commands if args[0] in name.split("-")]
        if meant and args[0] not in self.commands and not ctx.resilient_parsing:
            # typer compares whole names by their letters, and would offer `listen` for `send`
            ctx.fail(f"No such command {args[0]!r}. Did you mean {', '.join(map(repr, meant))}?")
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, LazyCommand) else command, rest


def built(
    name: str,
    function: Callable[..., None],
    short_help: str,
    *,
    cls: type[TyperCommand] = TyperCommand,
    epilog: str | None = None,
) -> Any:
    """Return the command of a function, whose parameters are its options."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)  # rich help tables cut long cells
    app.command(name, cls=cls, short_help=short_help, epilog=epilog)(function)
    return typer.main.get_command(app)
