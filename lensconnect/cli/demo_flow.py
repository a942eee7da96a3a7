"""The contact flow of the demonstrations: it greets, asks with a list picker, takes a file, and says good-bye."""

from __future__ import annotations

from lensconnect import (
    Chat,
    Item,
    ListPicker,
    Steps,
    TemplateElement,
    leave,
    program,
    replies,
    say,
    show_typing,
    sleep,
)
from lensconnect.emulator import ask

MENU = ListPicker(
    title="Which pizza?",
    elements=(TemplateElement(title="Margherita"), TemplateElement(title="Funghi"), TemplateElement(title="Marinara")),
)
_HOUR = 3600.0


@program
def pizzeria(chat: Chat) -> Steps[None]:
    """Take an order: a pizza, a file if the customer likes, and a good-bye."""
    yield from say(chat, "Welcome to the pizzeria!")
    yield from ask(chat, MENU)
    (order, *_) = yield from replies(chat, within=_HOUR)
    yield from show_typing(chat)
    yield from sleep(1.0)
    yield from say(chat, f"One {_named(order)}, coming up. Send a file with your address (/attach FILE), or write it.")
    (address, *_) = yield from replies(chat, within=_HOUR)
    yield from say(chat, f"Thank you, {_named(address)} is all we need. Good-bye!")
    yield from leave(chat)


def _named(item: Item) -> str:
    return item.attachments[0].attachment_name or "" if item.attachments else item.content or ""
