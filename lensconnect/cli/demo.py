"""`lensconnect demo`: a chat from its first request to its last, against the embedded emulator."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from rich.console import Console, ConsoleRenderable, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.pretty import Pretty
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

import lensconnect as lc
from lensconnect import emulator

Show = Callable[..., None]
"""Prints one step: its title, the code it runs, and what came of it."""


def demo() -> None:
    """Walk through a chat: values, lenses, HTTP, errors.  No AWS account, and no network but loopback."""
    console = Console(highlight=False)
    show = _numbered(console)
    with emulator.running() as service, lc.new_env(endpoint_url=service.base_url) as env:
        console.print(_banner(service.base_url))
        token = _connect(show, env, service.start_chat().participant_token)
        _look_at_a_value(show, token)
        _describe(show, service.base_url, token)
        message_id = _talk(show, env, token)
        _acknowledge(show, env, token, message_id)
        _read_back(show, env, token)
        _fail(show, env, token)
        console.print(_farewell())


def _connect(show: Show, env: lc.Env, participant_token: lc.ParticipantToken) -> lc.ConnectionToken:
    request = lc.new_create_participant_connection(participant_token) & lc.create_participant_connection_type.set(
        (lc.CONNECTION_TYPE_CONNECTION_CREDENTIALS,)
    )
    reply = lc.or_raise(lc.send(request)(env))
    show(
        "A participant token opens a chat",
        "request = new_create_participant_connection(participant_token)\nsend(request)(env)",
        reply,
        "Tokens are masked in everything that is printed.",
    )
    credentials = lc.create_participant_connection_response_connection_credentials
    (token,) = reply & (credentials.Some() & lc.connection_credentials_connection_token.Some()).collect()
    return token


def _look_at_a_value(show: Show, token: lc.ConnectionToken) -> None:
    typing = lc.new_send_event(lc.EVENT_TYPING, token)
    show(
        "A request is a value: nothing is sent by making one",
        "typing = new_send_event(EVENT_TYPING, connection_token)",
        typing,
    )
    show(
        "Lenses change it: a new value, the old one stays",
        'typing & send_event_client_token.set("demo-1")',
        typing & lc.send_event_client_token.set("demo-1"),
    )


def _describe(show: Show, base_url: str, token: lc.ConnectionToken) -> None:
    typing = lc.new_send_event(lc.EVENT_TYPING, token) & lc.send_event_client_token.set("demo-1")
    described = lc.or_raise(lc.describe(typing, lc.Endpoint(base_url)))
    show(
        "Its HTTP request is a value too",
        "describe(typing, endpoint).map(render.as_http)",
        Syntax(lc.render.as_http(described), "http", theme="ansi_dark", background_color="default", word_wrap=True),
    )


def _talk(show: Show, env: lc.Env, token: lc.ConnectionToken) -> str:
    typing = lc.send(lc.new_send_event(lc.EVENT_TYPING, token))
    hello = lc.send(lc.new_send_message(lc.CONTENT_TEXT_PLAIN, "Hello, is anybody there?", token))
    outcome = typing.bind(lambda _: hello)(env)
    show(
        "A program describes effects; an environment runs it, here over real HTTP",
        'hello = new_send_message(CONTENT_TEXT_PLAIN, "Hello, is anybody there?", connection_token)\n'
        "send(typing).bind(lambda _: send(hello))(env)",
        outcome,
    )
    return lc.or_raise(outcome).id or ""


def _acknowledge(show: Show, env: lc.Env, token: lc.ConnectionToken, message_id: str) -> None:
    template = lc.new_send_event(lc.EVENT_MESSAGE_READ, token) & lc.send_event_content.set('{"messageId":"?"}')
    inside = lc.send_event_content.Some() & lc.json_object & lc.key("messageId")
    receipt = template & inside.set(message_id)
    lc.or_raise(lc.send(receipt)(env))
    show(
        "Lenses compose, into JSON inside a string as well",
        'inside = send_event_content.Some() & json_object & key("messageId")\n'
        "send(receipt & inside.set(message_id))(env)",
        receipt,
    )


def _read_back(show: Show, env: lc.Env, token: lc.ConnectionToken) -> None:
    page = lc.new_get_transcript(token) & lc.get_transcript_sort_order.set(lc.SORT_KEY_ASCENDING)
    reply = lc.or_raise(lc.send(page)(env))
    items = lc.get_transcript_response_transcript.Some().Each()
    table = Table("time", "role", "type", "content", box=None, header_style="dim", pad_edge=False)
    for item in reply & items.collect():
        kind = (item.content_type or "").removeprefix("application/vnd.amazonaws.connect.")
        table.add_row((item.absolute_time or "")[11:23], item.participant_role or "", kind, item.content or "")
    show("The transcript, read back", "send(new_get_transcript(connection_token))(env)", table)


def _fail(show: Show, env: lc.Env, token: lc.ConnectionToken) -> None:
    too_much = lc.new_send_message("", "x" * 20_000, token)
    show(
        "An error is a value: every fault at once, before anything is sent",
        'send(new_send_message("", "x" * 20_000, connection_token))(env)',
        Text(str(lc.send(too_much)(env)), style="red"),
    )
    lc.or_raise(lc.send(lc.new_disconnect_participant(token))(env))
    late = lc.send(lc.new_send_message(lc.CONTENT_TEXT_PLAIN, "One more thing", token))(env)
    error = lc.to_result(late).failure()
    show(
        "... and so is the service's own no, here to a message after the chat has ended",
        "send(new_disconnect_participant(connection_token))(env)\nlate = send(hello)(env)",
        Text(str(late), style="red"),
        f"is_chat_over(late.failure()) is {lc.is_chat_over(error)}",
    )


def _numbered(console: Console) -> Show:
    numbers = count(1)

    def show(title: str, code: str, outcome: object, note: str = "") -> None:
        source = Syntax(code, "python", theme="ansi_dark", background_color="default", word_wrap=True)
        shown = outcome if isinstance(outcome, ConsoleRenderable) else Pretty(outcome)
        parts: list[RenderableType] = [Padding(source, (0, 0, 0, 3)), Padding(shown, (0, 0, 0, 5))]
        if note:
            parts.append(Padding(Text(note, style="dim italic"), (0, 0, 0, 5)))
        console.print(Text.assemble((f"{next(numbers)}  ", "bold cyan"), (title, "bold")), Group(*parts), "", sep="\n")

    return show


def _banner(base_url: str) -> RenderableType:
    text = Text.assemble(
        ("lensconnect", "bold"),
        ": the Amazon Connect Participant Service as values, lenses and programs\n",
        (f"The service is an emulator in this process, at {base_url}", "dim"),
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
