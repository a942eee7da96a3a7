"""Carry messages in both directions; the tables and the messenger are arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeAlias

import lensconnect as lc


class Message(NamedTuple):
    """A message of a customer in the messenger: the number of the sender, the id of the message, its text."""

    number: str
    id: str
    text: str


class StartedChat(Protocol):
    """The part of a reply of StartChatContact that the bridge keeps."""

    @property
    def contact_id(self) -> str:
        """The id of the contact."""
        ...

    @property
    def participant_token(self) -> lc.ParticipantToken:
        """The token with which the customer joins."""
        ...


class Tokens(NamedTuple):
    """The tokens of a customer in one chat."""

    participant: lc.ParticipantToken
    connection: lc.ConnectionToken


Start: TypeAlias = Callable[[Message], StartedChat]
"""Start a chat for the sender of a message.  The id of the message is the ClientToken of StartChatContact."""


class Tables:
    """The memory of a bridge between two calls; tables of a data base in real life."""

    def __init__(self) -> None:
        self.tokens: dict[str, Tokens] = {}
        self.numbers: dict[str, str] = {}
        self.shown: set[str] = set()


@lc.program
def join(participant_token: lc.ParticipantToken) -> lc.Steps[Tokens]:
    """Join a chat; return the tokens to keep."""
    chat = yield from lc.join_chat(participant_token)
    token = yield from lc.ensure(lc.connection_token(chat), lc.close_chat(chat))
    return Tokens(participant_token, token)


@lc.program
def send_message(tokens: Tokens, message: Message) -> lc.Steps[None]:
    """Send a message to the chat, once however often this runs."""
    chat = yield from lc.chat_from(tokens.connection)
    yield from lc.ensure(lc.say(chat, message.text, client_token=message.id), lc.close_chat(chat))


@lc.program
def begin(start: Start, tables: Tables, message: Message) -> lc.Steps[Tokens]:
    """Start and join a chat for the sender."""
    chat = yield from lc.call(lambda: lc.Success(start(message)))
    tokens = yield from join(chat.participant_token)
    tables.numbers[chat.contact_id] = message.number
    tables.tokens[message.number] = tokens
    return tokens


@lc.program
def on_message(start: Start, tables: Tables, message: Message) -> lc.Steps[None]:
    """Carry a message of the customer to the chat; start one if there is none, or if it is over."""
    known = tables.tokens.get(message.number)
    if known is not None:
        sent = yield from send_message(known, message).attempt()
        if lc.is_ok(sent):
            return
        if not lc.is_chat_over(sent.failure()):
            yield from lc.Program.from_result(sent)
    tokens = yield from begin(start, tables, message)
    yield from send_message(tokens, message)


def on_items(tables: Tables, event: Mapping[str, list[Mapping[str, object]]]) -> Iterator[tuple[str, str]]:
    """Yield the number of each customer and the text to show, for the records of an event of SNS."""
    for record in event["Records"]:
        for item in lc.or_raise(lc.items_from_sns(record)):
            number = tables.numbers.get(item.contact_id or "")
            is_own = item.participant_role == lc.PARTICIPANT_ROLE_CUSTOMER
            text = text_of(item)
            if number and text and not is_own and item.id and item.id not in tables.shown:
                tables.shown.add(item.id)
                yield number, text


def text_of(item: lc.Item) -> str | None:
    """Return the text that the messenger shows for an item, None for nothing."""
    match lc.content_of(item):
        case lc.Text(text):
            return text
        case lc.Interactive() as asked:
            return "\n".join(f"- {choice}" for choice in lc.choices_of(asked))
        case _:
            return None
