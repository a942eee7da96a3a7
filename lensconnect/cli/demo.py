"""`lensconnect demo`: a live chat with the emulator in this process, then the values behind it.

The code that is shown is the code that runs: each step is a few lines of Python and the value of the last
line.  There are no colours, so it is readable on every terminal.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from rich.console import Console, RenderableType
from rich.pretty import pretty_repr
from rich.text import Text

from lensconnect.cli.items import items_table
from lensconnect.emulator import Emulator, running, scripted


class _Output(Console):
    """Standard output, of which a reader that goes away is an `OSError` as for every other command."""

    def on_broken_pipe(self) -> None:
        """Raise the error again, in place of ending the process with exit code 1."""
        raise OSError(errno.EPIPE, os.strerror(errno.EPIPE))


def _plain(value: object) -> RenderableType:
    return Text(pretty_repr(value))


class DemoStep(NamedTuple):
    """A title, lines of code whose last one is an expression, and a function that renders its value."""

    title: str
    code: str
    render: Callable[[Any], RenderableType] = _plain


STEPS: Final = (
    DemoStep(
        "A customer chats on a WebSocket, and a contact flow answers",
        """\
from lensconnect import *
env = new_env(endpoint_url=service.base_url)
started = service.start_chat()
chat = or_raise(open_chat(started.participant_token)(env))
greeting = or_raise(replies(chat, quiet=0.2)(env))
sent = say(chat, "Hello, is anybody there?")(env)
answers = or_raise(replies(chat, quiet=0.2)(env))
items_of(or_raise(transcript(chat)(env)))""",
        items_table,
    ),
    DemoStep(
        "A lost connection comes back by itself, with what was missed",
        """\
from lensconnect.emulator import SocketFault
service.plan(SocketFault("expire", topic="aws/chat", count=1))
missed = service.say(started.contact_id, "Are you still there?")
[type(or_raise(receive(chat)(env))).__name__ for _ in range(3)]""",
    ),
    DemoStep(
        "A request is a frozen record, which never shows its token",
        """\
token = or_raise(connection_token(chat)(env))
hello = new_send_message("text/plain", "Hi!", token)
hello""",
    ),
    DemoStep(
        "A lens changes one field of a copy; & calls the function on its right",
        'hello & send_message_content.set("Yes.")',
    ),
    DemoStep(
        "The HTTP request is a value too",
        "render.as_http(or_raise(describe(hello, Endpoint(service.base_url))))",
        Text,
    ),
    DemoStep(
        "An error is a value: every fault of a request, found before it is sent",
        'say(chat, "x" * 20_000, content_type="")(env)',
    ),
    DemoStep(
        "The last notification says how the chat ended",
        """\
left = or_raise(leave(chat)(env))
*_, ended = notifications(chat)(env)
env.close()
or_raise(ended)""",
    ),
)

FLOW: Final = scripted({"anybody": "Yes! How can I help you?"}, greeting="Welcome!")

NEXT: Final = """\
Next:
  lensconnect chat --demo        chat with a flow on this terminal (extra `tui`)
  lensconnect emulator           serve it; play the agent in a browser
  lensconnect send-message       send from the command line (--help)
  lensconnect doc                list the operations"""


def demo() -> None:
    """Show a chat and the values behind it.  Needs no AWS account, and no network but this machine."""
    console = _Output(highlight=False)
    with running(Emulator(flow=FLOW)) as service:
        console.print(
            "lensconnect demo: `service` is Amazon Connect, emulated in this process by\n`with lensconnect.emulator.running() as service`."
        )
        names: dict[str, object] = {"service": service}
        for number, step in enumerate(STEPS, 1):
            console.print("", Text(f"{number}  {step.title}", "bold underline"), sep="\n")
            console.print(Text(_session(step.code), "bold"))
            console.print(step.render(_value(step.code, names)))
    console.print(Text(f"\n{NEXT}"))


def _session(code: str) -> str:
    """Return the lines with the prompts of an interactive session."""
    return "\n".join(f"{'...' if line.startswith(' ') else '>>>'} {line}" for line in code.splitlines())


def _value(code: str, names: dict[str, object]) -> object:
    """Execute the lines but the last, and return the value of the last."""
    *statements, expression = code.splitlines()
    source = "\n".join(statements)
    exec(source, names)  # nosec B102 # noqa: S102 - runs only the steps above
    return eval(expression, names)  # nosec B307 # noqa: S307 - as above
