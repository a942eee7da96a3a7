"""`lensconnect demo`: a chat from its first request to its last, against the embedded emulator.

What is shown is what is run: each step is a few lines of Python, and the value of the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.pretty import Pretty
from rich.syntax import Syntax
from rich.text import Text

from lensconnect.cli.items import items_table
from lensconnect.emulator import running


class Step(NamedTuple):
    """What a step shows: its title, lines to run one after the other, and how the last one's value looks."""

    title: str
    code: str
    look: Callable[[Any], RenderableType] = Pretty


def _http(text: str) -> RenderableType:
    return Syntax(text, "http", theme="ansi_dark", background_color="default", word_wrap=True)


def _refusal(outcome: object) -> RenderableType:
    return Text(str(outcome), style="red")


STEPS: Final = (
    Step(
        "An environment is where effects happen",
        """\
from lensconnect import *
env = new_env(endpoint_url=service.base_url)
env & env_endpoint.get()""",
    ),
    Step(
        "A participant token opens a chat; no token is ever printed",
        """\
participant_token = service.start_chat().participant_token
what = (CONNECTION_TYPE_CONNECTION_CREDENTIALS,)
request = new_create_participant_connection(participant_token)
wanted = request & create_participant_connection_type.set(what)
reply = or_raise(send(wanted)(env))
reply""",
    ),
    Step(
        "A request is a value: nothing is sent by making one",
        """\
credentials = create_participant_connection_response_connection_credentials
inside = credentials.Some() & connection_credentials_connection_token.Some()
connection_token = reply & inside.preview()
typing = new_send_event(EVENT_TYPING, connection_token)
typing""",
    ),
    Step(
        "Lenses change it: a new value, the old one stays",
        """\
named = typing & send_event_client_token.set("demo-1")
named, typing""",
    ),
    Step(
        "Its HTTP request is a value too",
        """\
described = describe(named, Endpoint(service.base_url))
render.as_http(or_raise(described))""",
        _http,
    ),
    Step(
        "A program describes effects; an environment runs it, here over real HTTP",
        """\
text = "Hello, is anybody there?"
hello = new_send_message(CONTENT_TEXT_PLAIN, text, connection_token)
outcome = send(named).bind(lambda _: send(hello))(env)
outcome""",
    ),
    Step(
        "Lenses compose, into JSON inside a string as well",
        """\
template = new_send_event(EVENT_MESSAGE_READ, connection_token)
unfilled = template & send_event_content.set('{"messageId":"?"}')
message_id = send_event_content.Some() & json_object & key("messageId")
receipt = unfilled & message_id.set(or_raise(outcome).id)
or_raise(send(receipt)(env))
receipt""",
    ),
    Step(
        "The transcript, read back",
        """\
request = new_get_transcript(connection_token)
oldest_first = request & get_transcript_sort_order.set(SORT_KEY_ASCENDING)
page = or_raise(send(oldest_first)(env))
page & get_transcript_response_transcript.Some().Each().collect()""",
        items_table,
    ),
    Step(
        "An error is a value: every fault at once, before anything is sent",
        """\
send(new_send_message("", "x" * 20_000, connection_token))(env)""",
        _refusal,
    ),
    Step(
        "... and so is the service's own no, here to a message after the chat is over",
        """\
or_raise(send(new_disconnect_participant(connection_token))(env))
late = send(hello)(env)
late""",
        _refusal,
    ),
    Step(
        "An error can be asked what it means; closing ends the connections",
        """\
env.close()
is_chat_over(to_result(late).failure())""",
    ),
)


def demo() -> None:
    """Walk through a chat: values, lenses, HTTP, errors.  No AWS account, and no network but loopback."""
    console = Console(highlight=False)
    numbers = count(1)
    with running() as service:
        console.print(_banner(service.base_url))
        names: dict[str, object] = {"service": service}
        for step in STEPS:
            console.print(_shown(next(numbers), step, _value(step.code, names)), "", sep="\n")
    console.print(_farewell())


def _value(code: str, names: dict[str, object]) -> object:
    """Run lines as an interactive session does; what the last one comes to."""
    *before, last = code.splitlines()
    exec("\n".join(before), names)  # noqa: S102 - the steps above
    return eval(last, names)  # noqa: S307 - as above


def _shown(number: int, step: Step, value: object) -> RenderableType:
    source = Syntax(step.code, "python", theme="ansi_dark", background_color="default", word_wrap=True)
    return Group(
        Text.assemble((f"{number}  ", "bold cyan"), (step.title, "bold")),
        Padding(source, (0, 0, 0, 3)),
        Padding(step.look(value), (0, 0, 0, 5)),
    )


def _banner(base_url: str) -> RenderableType:
    text = Text.assemble(
        ("lensconnect", "bold"),
        ": the Amazon Connect Participant Service as values, lenses and programs\n",
        (f"`service` is an emulator in this process, at {base_url}", "dim"),
    )
    return Panel(text, border_style="cyan", padding=(0, 2))


def _farewell() -> RenderableType:
    return Panel(
        Text.assemble(
            "Next: ",
            ("lensconnect describe send-event --help", "bold"),
            " shows any request without sending it,\n      ",
            ("lensconnect doc", "bold"),
            " lists what the service can do.",
        ),
        border_style="cyan",
        padding=(0, 2),
    )
