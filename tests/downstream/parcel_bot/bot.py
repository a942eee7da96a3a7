"""The bot: a program of a chat.  It asks a `FindParcel`, which a test replaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import lensconnect as lc

FindParcel: TypeAlias = Callable[[str], lc.Program[str | None, lc.Error]]
"""Look a parcel up by its number; return where it is, None for an unknown number."""

PERSON: Final = "Talk to a person"
HELP: Final = f'Send me the number of your parcel, or "{PERSON}".'
SORRY: Final = "I cannot look that up now. Please try again later."
FAREWELL: Final = "A colleague of mine will be with you soon."
_NUMBER: Final = re.compile(r"\b\d{4,12}\b")


def number_in(text: str) -> str | None:
    """Return the first number of a parcel in a text."""
    found = _NUMBER.search(text)
    return found and found[0]


def is_question(item: lc.Item) -> bool:
    """Return True for a message of the customer."""
    return item.type == lc.CHAT_ITEM_TYPE_MESSAGE and item.participant_role == lc.PARTICIPANT_ROLE_CUSTOMER


def open_question(past: Iterable[lc.Item]) -> lc.Item | None:
    """Return the newest message, if it is the customer's: a bot that was restarted answers it, and no older one."""
    messages = [item for item in past if item.type == lc.CHAT_ITEM_TYPE_MESSAGE]
    return messages[-1] if messages and is_question(messages[-1]) else None


@lc.program
def answer_to(text: str, find_parcel: FindParcel) -> lc.Steps[str]:
    """Return the answer to a message of the customer; a failed look-up has one too."""
    number = number_in(text)
    if number is None:
        return HELP
    found = yield from find_parcel(number).attempt()
    if not lc.is_ok(found):
        return SORRY
    place = found.unwrap()
    return f"There is no parcel {number}." if place is None else f"Parcel {number} is {place}."


@lc.program
def conversation(chat: lc.Chat, find_parcel: FindParcel) -> lc.Steps[None]:
    """Answer what is open, then every message, until the customer asks for a person or the chat ends."""
    past: list[lc.Item] = []
    while True:
        note = yield from lc.receive_within(chat, 1.0 if past else 30.0)
        match note:
            case lc.ItemReceived(item, past=True):
                past.append(item)
                continue
            case lc.ItemReceived(item) if is_question(item):
                question: lc.Item | None = item
            case lc.ChatEnded():
                return
            case _:
                question = open_question(past)
        past = []
        if question is None:
            continue
        yield from lc.mark_read(chat, question)
        if question.content == PERSON:
            yield from lc.say(chat, FAREWELL)
            yield from lc.leave(chat)
            return
        answer = yield from answer_to(question.content or "", find_parcel)
        yield from lc.say(chat, answer).attempt()


def bot(participant_token: lc.ParticipantToken, find_parcel: FindParcel) -> lc.Program[None, lc.Error]:
    """Return the program of a bot that has this token."""
    return lc.converse(participant_token, lambda chat: conversation(chat, find_parcel))
