"""The command line: `lensconnect`.  Needs the extra `cli`.

app            puts the commands together
groups         groups of commands that are imported when they are invoked
demo           `lensconnect demo`
documentation  `lensconnect doc`
emulator       `lensconnect emulator`
describe       `lensconnect describe OPERATION`: the request, without sending it
call           `lensconnect OPERATION`: send it and print the reply
options        command-line options, from the table of operations
advice         exit codes, and what to do after an error
output         a reply as text, JSON, YAML or a table, and --query
items          a transcript as a table or lines
streams        standard streams: encodings, and output that cannot be written
"""

from __future__ import annotations

import sys

from lensconnect.interpreters.extras import needs_extra


def main() -> None:
    """Run the command line, or exit with the missing package if typer or rich is not installed."""
    try:
        with needs_extra("the command line", "cli"):
            from lensconnect.cli.app import app
            from lensconnect.cli.streams import prepare_streams
    except ModuleNotFoundError as missing:
        sys.exit(f"lensconnect: {missing}")
    prepare_streams()
    app(prog_name="lensconnect")
