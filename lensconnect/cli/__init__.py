"""The command line: `lensconnect`.  Needs the extra `cli`.

app            puts the commands together
groups         groups of commands that are imported when they are invoked
demo           `lensconnect demo`
documentation  `lensconnect doc`
emulator       `lensconnect emulator`
describe       `lensconnect describe OPERATION`: the request, without sending it
call           `lensconnect OPERATION`: send it and print the reply
listen         `lensconnect listen`: what happens in a chat, as lines of JSON
reply          `lensconnect reply`: send a message and print the answer
chat           `lensconnect chat`: the command; chat_app, message_list: its screen; demo_flow: the flow of its demo
transcript     `lensconnect transcript`: all items as text or JSON, followed, or as a page
files          `lensconnect attach` and `lensconnect download`
options        options of the operations, from the table of operations, and tokens
connection     options of a connection, its environment, and how a command ends
advice         exit codes, and what to do after an error
output         a reply as text, JSON, YAML or a table, and --query
items          items in words
html           a transcript as a page of HTML
position_file  a file that keeps the position of a chat
new_files      files that are written whole or not at all
streams        standard streams: encodings, progress, and output that cannot be written
"""

from __future__ import annotations

import sys
from typing import Final

from lensconnect.interpreters.extras import needs_extra

_EXTRAS: Final = {"chat": "tui", "demo": "emulator", "emulator": "emulator"}
"""The extras of commands that need more than `cli`, which these extras include."""


def main() -> None:
    """Run the command line; if a package is missing, exit with the pip command for all that the command needs."""
    command = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    extra = _EXTRAS.get(command, "cli")
    try:
        with needs_extra(f"the command line (extra {extra})", extra):
            from lensconnect.cli.app import app
            from lensconnect.cli.streams import prepare_streams
        prepare_streams()
        app(prog_name="lensconnect")
    except ModuleNotFoundError as missing:
        sys.exit(f"lensconnect: {missing}")
