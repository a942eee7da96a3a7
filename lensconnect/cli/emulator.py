"""`lensconnect emulator`: serve the emulator on this machine, for any client, until it is interrupted."""

from __future__ import annotations

import gc
import json
import runpy
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event
from traceback import extract_tb
from typing import Annotated, cast

import typer

from lensconnect.cli.streams import echo
from lensconnect.emulator import Emulator, Flow, running
from lensconnect.emulator.flows import A_FLOW
from lensconnect.emulator.options import OPTION_NAMES, parse_options
from lensconnect.programs.usage_errors import expect_program_function

_SOCKETS = 65_536


def emulator(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on; 0 means a free one.")] = 0,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="The address to listen on; 0.0.0.0 is all of them. Everyone who reaches it is trusted.",
        ),
    ] = "127.0.0.1",
    as_json: Annotated[bool, typer.Option("--json", help="Print the URL as one line of JSON.")] = False,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="ORIGIN",
            help="The URL at which clients reach it by another name than localhost, through a forwarded port or a "
            "proxy: https://HOST:PORT.",
        ),
    ] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE.py[:NAME]",
            help="The contact flow of every chat: the function NAME, or `flow`, of a file.  Given several times, a chat "
            "can be started with any of them, and has the first by default.",
        ),
    ] = None,
    seed: Annotated[str | None, typer.Option(help="Make ids, tokens and random faults the same in every run.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help=f"An option of the emulator, any number of times: {', '.join(OPTION_NAMES)}."
        ),
    ] = None,
) -> None:
    """Serve the emulator on this machine until interrupted.  It needs no AWS account and stores nothing."""
    try:
        options = parse_options(option or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--option") from None
    played = load_flows(flow or ())
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    _prepare_for_many_chats()
    with ExitStack() as stack:
        try:
            service = stack.enter_context(
                running(Emulator(options, seed=seed, flow=played), host=host, port=port, url=url)
            )
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--url") from None
        except OSError as error:
            # `create_server` adds the address to the text of the system, also to that of a name it cannot look up.
            reason = str(error.strerror).partition(" (while attempting")[0]
            echo(f"lensconnect: cannot listen on {host}, port {port}: {reason}", err=True)
            raise typer.Exit(1) from None
        echo(json.dumps({"base_url": service.base_url}) if as_json else instructions(service.base_url, list(played)))
        ended.wait()


def load_flows(places: Sequence[str]) -> dict[str, Flow]:
    """Return the flows of files by name: that of the function if it is given, else that of the file."""
    flows: dict[str, Flow] = {}
    for where in places:
        file, _, function = where.partition(".py:")
        name = function or Path(file).stem
        if name in flows:
            raise _bad_flow(f"two flows are called {name}")
        flows[name] = load_flow(where)
    return flows


def load_flow(where: str) -> Flow:
    """Return the function of a file, which is run; its folder is where it imports from, as for a script."""
    file, _, name = where.partition(".py:")
    path = Path(f"{file}.py" if name else where)
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        found = runpy.run_path(str(path))
    except OSError as error:
        raise _bad_flow(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:
        raise _bad_flow(f"{path} raises {type(error).__name__}: {error}{_line_of(error, path)}") from error
    flow = found.get(name or "flow")
    if not callable(flow):
        there = [key for key, value in found.items() if getattr(value, "__module__", None) == found["__name__"]]
        hint = f"; it has {', '.join(there)}: name one, as in {path.name}:{there[0]}" if there else ""
        raise _bad_flow(f"{path} has no function {name or 'flow'}{hint}")
    try:
        expect_program_function(name or "flow", flow, A_FLOW)
    except TypeError as error:
        raise _bad_flow(str(error)) from None
    return cast("Flow", flow)


def _line_of(error: Exception, path: Path) -> str:
    """Return the innermost line of the file, or of one beside it, that raised the error; "" if it says so itself."""
    folder = path.parent.resolve()
    files = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<")]  # frozen modules
    lines = [frame for frame in files if Path(frame.filename).resolve().parent == folder]
    return f', File "{lines[-1].filename}", line {lines[-1].lineno}' if lines else ""


def _bad_flow(text: str) -> typer.BadParameter:
    return typer.BadParameter(text, param_hint="--flow")


def _prepare_for_many_chats() -> None:
    """Tune garbage collection and the limit of open files for a thousand chats and more."""
    # A full collection takes longer with every chat, so short-lived objects must not start one.
    gc.set_threshold(20_000, 20, 20)
    # Every socket needs a file descriptor; many systems allow a few hundred unless a process raises its limit.
    with suppress(ModuleNotFoundError, ValueError, OSError):
        import resource  # not available on Windows, which has no such limit

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _SOCKETS if hard == resource.RLIM_INFINITY else min(hard, _SOCKETS)
        if soft not in (resource.RLIM_INFINITY, most):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def instructions(base_url: str, flows: Sequence[str]) -> str:
    """Return what to do with an emulator at this URL, and the names of its flows, of which chats have the first."""
    first, *others = flows or ("",)
    answering = f"The flow {first} answers" if first else "No flow answers (--flow FILE.py sets one)"
    also = f"; a chat can also be started with {', '.join(others)}" if others else ""
    return f"""\
The emulator of the Amazon Connect Participant Service runs at {base_url}
{answering}{also}.

Open it in a browser to play the agent.  Start a chat there, or with
  curl -X POST {base_url}/_emulator/chats

The ParticipantToken in its reply opens the chat, in another window:
  export AWS_ENDPOINT_URL_CONNECTPARTICIPANT={base_url} LENSCONNECT_PARTICIPANT_TOKEN=...
  lensconnect chat           (a chat on the terminal)
  lensconnect reply Hello    (sends a message and prints the answer)

For single requests, it is exchanged for a ConnectionToken:
  LENSCONNECT_PARTICIPANT_TOKEN=... lensconnect create-participant-connection \\
    --endpoint-url {base_url} --type CONNECTION_CREDENTIALS --output json

which sends a message:
  LENSCONNECT_CONNECTION_TOKEN=... lensconnect send-message \\
    --endpoint-url {base_url} --content Hello

Any other client works with this endpoint, for example:
  aws connectparticipant create-participant-connection --no-sign-request \\
    --endpoint-url {base_url} --region us-east-1 \\
    --type WEBSOCKET CONNECTION_CREDENTIALS --participant-token ...
  boto3.client("connectparticipant", "us-east-1", endpoint_url="{base_url}",
    config=botocore.config.Config(signature_version=botocore.UNSIGNED))

Ctrl-C ends it."""
