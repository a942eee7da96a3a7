"""scripted: a contact flow as a table of patterns and answers, for a test that needs no program of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from types import NoneType
from typing import TypeAlias, get_args

from lensconnect.arguments import expect
from lensconnect.content.templates import Interactive, Template, interactive, interactive_of
from lensconnect.content.types import CONTENT_INTERACTIVE
from lensconnect.emulator.chat.scripts import FlowScript, ScriptAnswer
from lensconnect.emulator.flows import Flow, FlowChat
from lensconnect.errors import Error
from lensconnect.live.notifications import Chat, ChatEnded, ItemReceived
from lensconnect.operations import SendMessageResponse
from lensconnect.programs.chats.receiving import receive
from lensconnect.programs.chats.sending import leave, say
from lensconnect.programs.program import Program, program
from lensconnect.types.item import CHAT_ITEM_TYPE_MESSAGE, PARTICIPANT_ROLE_CUSTOMER

Answer: TypeAlias = str | Template | Interactive | Flow
"""A text, an interactive message, or a flow that takes over."""


_ANSWERS = (str, Interactive, *get_args(Template), Callable)


def ask(chat: Chat, question: Template | Interactive) -> Program[SendMessageResponse, Error]:
    """Send an interactive message, such as a `ListPicker`, as a flow does.

    Fails as `send` does: with a ServiceError for a participant that is no flow.  `TypeError` for another value, such as
    text, which `say` sends, and for a part of a wrong type.
    """
    expect("ask: question", question, (Interactive, *get_args(Template)), "an interactive message such as a ListPicker")
    message = question if isinstance(question, Interactive) else interactive_of(question)
    return say(chat, interactive.construct(message), content_type=CONTENT_INTERACTIVE)


def scripted(answers: Mapping[str, Answer], *, greeting: Answer | None = None, otherwise: Answer | None = None) -> Flow:
    """Return a flow that says `greeting`, then gives each message of the customer the answer of the first pattern in it.

    A pattern is a regular expression, searched for without regard to case.  A message without any gets `otherwise`.  An
    answer that is a flow, such as `leave`, which ends the chat for a contact flow, takes over: the script is over then.
    `ValueError` for a pattern that is no regular expression, `TypeError` for an answer of another kind.

    >>> from lensconnect import CONTENT_TEXT_PLAIN, converse, leave, new_env, or_raise, program, replies, say
    >>> from lensconnect.emulator import Emulator
    >>> service = Emulator(flow=scripted({"hours|open": "From 9 to 5.", "bye": leave}, greeting="Welcome!"))
    >>> @program
    ... def customer(chat):
    ...     greeting = yield from replies(chat, quiet=0.1)
    ...     yield from say(chat, "When do you open?")
    ...     return [item.content for item in greeting + (yield from replies(chat, quiet=0.1))]
    >>> with new_env(endpoint_url="https://x.invalid", transport=service.transport, sockets=service.sockets) as env:
    ...     or_raise(converse(service.start_chat().participant_token, customer)(env))
    ['Welcome!', 'From 9 to 5.']
    """
    expect("scripted: greeting", greeting, (NoneType, *_ANSWERS), "text, a template, a flow or None")
    expect("scripted: otherwise", otherwise, (NoneType, *_ANSWERS), "text, a template, a flow or None")
    table: list[tuple[re.Pattern[str], Answer]] = []
    for pattern, answer in answers.items():
        expect(f"scripted: the answer to {pattern!r}", answer, _ANSWERS, "text, a template or a flow")
        try:
            table.append((re.compile(pattern, re.IGNORECASE), answer))
        except re.error as error:
            raise ValueError(f"scripted: the pattern {pattern!r} is no regular expression: {error}") from None

    def answer_to(text: str) -> Answer | None:
        return next((answer for pattern, answer in table if pattern.search(text)), otherwise)

    return lambda chat: _follow_script(chat, greeting, answer_to)


def flow_of_script(script: FlowScript) -> Flow:
    """Return the flow of a script, which is data."""
    return lambda chat: _follow_script(chat, script.greeting or None, lambda text: _answer_of(script.answer_to(text)))


def _answer_of(found: ScriptAnswer) -> Answer | None:
    if not found.ends:
        return found.answer or None
    return (lambda chat: say(chat, found.answer).bind(lambda _: leave(chat))) if found.answer else leave


@program
def _follow_script(
    chat: FlowChat, greeting: Answer | None, answer_to: Callable[[str], Answer | None]
) -> Generator[Program[object, object], object, None]:
    answer = greeting
    while True:
        if isinstance(answer, str):
            yield from say(chat, answer)
        elif isinstance(answer, Interactive | Template):
            yield from ask(chat, answer)
        elif answer is not None:
            yield from answer(chat)
            return
        answer = None
        match (yield from receive(chat)):
            case ItemReceived(item) if item.type == CHAT_ITEM_TYPE_MESSAGE and item.content:
                if item.participant_role == PARTICIPANT_ROLE_CUSTOMER:
                    answer = answer_to(item.content)
            case ChatEnded():
                return
            case _:
                pass
