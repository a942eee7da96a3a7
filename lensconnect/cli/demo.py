"""`lensconnect demo`: a live chat with the emulator in this process, then the values behind it.

The code that is shown is the code that runs: each step is a few lines of Python and the value of the last
line.  There are no colours, so it is readable on every terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from rich.console import Console, RenderableType
from rich.pretty import pretty_repr
from rich.text import Text

from lensconnect.cli.items import items_table
from lensconnect.emulator import running


def _plain(value: object) -> RenderableType:
    return Text(pretty_repr(value))


class DemoStep(NamedTuple):
    """A title, lines of code whose last one is an expression, and a function that renders its value."""

    title: str
    code: str
    render: Callable[[Any], RenderableType] = _plain


STEPS: Final = (
    DemoStep(
        "A customer and an agent talk, each on a WebSocket of its own",
        """\
from lensconnect import *
env = new_env(endpoint_url=service.base_url)
started = service.start_chat()
customer = or_raise(open_chat(started.participant_token)(env))
agent = or_raise(open_chat(started.agent_token)(env))
sent = say(customer, "Hello, is anybody there?")(env)
heard = or_raise(replies(agent, quiet=0.2)(env))
answered = or_raise(say(agent, "Yes! How can I help you?")(env))
answers = or_raise(replies(customer, quiet=0.2)(env))
items_of(or_raise(transcript(customer)(env)))""",
        items_table,
    ),
    DemoStep("Items, requests, replies and errors are frozen records", "answers[0]"),
    DemoStep(
        "A lost connection comes back by itself, with the items that were missed",
        """\
from lensconnect.emulator import SocketFault
service.plan(SocketFault("expire", topic="aws/chat", count=1))
again = or_raise(say(agent, "Are you still there?")(env))
[or_raise(receive(customer)(env)) for _ in range(3)]""",
    ),
    DemoStep(
        "The last notification of a chat says how it ended",
        """\
or_raise(leave(customer)(env))
or_raise(list(notifications(customer)(env))[-1])""",
    ),
    DemoStep(
        "A record never shows its token",
        """\
token = or_raise(connection_token(customer)(env))
hello = new_send_message("text/plain", "Hello, is anybody there?", token)
hello""",
    ),
    DemoStep(
        "A lens changes one field of a copy; & calls the function on its right",
        'hello & send_message_content.set("Is this the right place?")',
    ),
    DemoStep(
        "The HTTP request is a value too",
        "render.as_http(or_raise(describe(hello, Endpoint(service.base_url))))",
        Text,
    ),
    DemoStep("Sending returns a value, an IOResult: Success or Failure", "sent"),
    DemoStep(
        "... or an error: every fault of a request, found before it is sent",
        'say(customer, "x" * 20_000, content_type="")(env)',
    ),
    DemoStep(
        "... or an error of the service: here, the chat is over",
        """\
late = say(customer, "Thanks!")(env)
late""",
    ),
    DemoStep(
        "Closing the environment ends its connections; it sends nothing more",
        """\
env.close()
send(hello)(env)""",
    ),
    DemoStep("A function tells what an error means", "is_chat_over(to_result(late).failure())"),
)

NEXT: Final = """\
Next:
  lensconnect emulator                    serve it; play the agent in a browser
  lensconnect send-message --help         send from the command line
  lensconnect describe send-event --help  show a request without sending it
  lensconnect doc                         list the operations"""


def demo() -> None:
    """Show a chat and the values behind it.  Needs no AWS account, and no network but this machine."""
    console = Console(highlight=False)
    with running() as service:
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
    exec("\n".join(statements), names)  # noqa: S102 - runs only the steps above
    return eval(expression, names)  # noqa: S307 - as above
