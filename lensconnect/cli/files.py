"""`lensconnect attach` and `lensconnect download`: files of a chat."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lensconnect.cli.advice import SAFE
from lensconnect.cli.connection import ConnectionOptions, connected, run_or_exit, value_or_exit
from lensconnect.cli.new_files import refuse_existing, replacing, safe_name
from lensconnect.cli.options import connection_token, utf8_text
from lensconnect.cli.output import MembersOutput, MembersQuery, OutputFormat, parse_query, prepare_output, show_members
from lensconnect.cli.streams import progress_line
from lensconnect.errors import Error
from lensconnect.interpreters.environments.sync import Env
from lensconnect.live.files import Progress
from lensconnect.operations import GetTranscript
from lensconnect.programs.files import attach_with, download_with
from lensconnect.programs.pages import pages
from lensconnect.programs.program import Program
from lensconnect.record import ConnectionToken


@connected
def attach(
    file: Annotated[Path, typer.Argument(help="The file to send.")],
    *,
    connection: ConnectionOptions,
    name: Annotated[str | None, typer.Option(help="The name that the others see; default: that of the file.")] = None,
    content_type: Annotated[
        str | None, typer.Option(help="The type, for example image/png; default: by the ending of the name.")
    ] = None,
    output: MembersOutput = OutputFormat.json,
    query: MembersQuery = None,
) -> None:
    """Send a file to a chat: announce it, upload it, post it; print its AttachmentId and its Size.

    `--query AttachmentId --output text` prints the id alone, for `download`.

    The connection token is read from LENSCONNECT_CONNECTION_TOKEN or, with --token-stdin, from standard input; without
    one, the participant token of LENSCONNECT_PARTICIPANT_TOKEN gets one.

    Exit codes: 0 the file is in the chat; 1 an error of the network or the service; 2 the file or an option is wrong,
    and nothing was sent; 3 it is unknown whether the file is in the chat; 4 the file is there, but the output cannot be
    written or --query does not fit; 130 interrupted.
    """
    prepare_output(output)
    selects = parse_query(query)
    with connection.environment() as env, _progress() as progress:
        token = connection_token(connection.token_stdin)
        shown_name = utf8_text(file.name if name is None else name)
        sending = attach_with(token, str(file), name=shown_name, content_type=content_type, progress=progress)
        uploaded = run_or_exit(sending, env, "attach", "Look at the transcript: the file may be in the chat.")
    show_members({"AttachmentId": uploaded.attachment_id, "Size": uploaded.size}, output, selects)


@connected
def download(
    attachment_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the attachment, from the transcript.")],
    *,
    connection: ConnectionOptions,
    to: Annotated[
        Path | None,
        typer.Option(
            "--output-file",
            "-o",
            metavar="FILE",
            help="The file to write; default: its name in the chat, in this folder.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of this name.")] = False,
    output: MembersOutput = OutputFormat.json,
    query: MembersQuery = None,
) -> None:
    """Fetch a file of a chat, and print its Path, Size and Sha256.

    The name in the chat is used without its folders and control characters.  A file that exists is replaced with
    --force only, and a download that fails leaves nothing behind.

    The connection token is read from LENSCONNECT_CONNECTION_TOKEN or, with --token-stdin, from standard input; without
    one, the participant token of LENSCONNECT_PARTICIPANT_TOKEN gets one.

    Exit codes: 0 the file is there; 1 an error of the network or the service; 2 a file of this name exists, or an
    option is wrong; 4 the file or the output cannot be written, or --query does not fit; 130
    interrupted.
    """
    prepare_output(output)
    selects = parse_query(query)
    if to is not None:
        refuse_existing(to, force=force)
    attachment_id = utf8_text(attachment_id)
    with connection.environment() as env:
        token = Program.from_value(run_or_exit(connection_token(connection.token_stdin), env, "download", SAFE))
        path = (
            Path(safe_name(_name_in_chat(token, attachment_id, env), safe_name(attachment_id, "attachment")))
            if to is None
            else to
        )
        with replacing(path, force=force) as new, _progress() as progress:
            fetching = download_with(token, attachment_id, str(new), progress=progress)
            found = run_or_exit(fetching, env, "download", SAFE)
    show_members({"Path": str(path), "Size": found.size, "Sha256": found.sha256}, output, selects)


def _name_in_chat(token: Program[ConnectionToken, Error], attachment_id: str, env: Env) -> str | None:
    """Return the name that the transcript gives to an attachment, `None` if it has no such attachment."""
    request = GetTranscript(connection_token=run_or_exit(token, env, "download", SAFE), max_results=100)
    for page in pages(request)(env):
        items = value_or_exit(page, "download", SAFE).items
        for file in (file for item in items for file in item.attachments or ()):
            if file.attachment_id == attachment_id:
                return file.attachment_name
    return None


@contextmanager
def _progress() -> Generator[Callable[[Progress], None]]:
    with progress_line() as show:
        yield lambda progress: show(f"{progress.done:,} of {progress.size:,} bytes")
