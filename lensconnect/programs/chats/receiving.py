"""Receive from a chat, and look at what was received."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import Never, cast

from lensconnect.arguments import expect_number
from lensconnect.errors import Error, TransportError
from lensconnect.live import orders
from lensconnect.live.notifications import (
    Chat,
    ChatEnded,
    ConnectionLost,
    ConnectionRegained,
    ItemReceived,
    ItemUpdated,
    Notification,
)
from lensconnect.live.participation import is_own
from lensconnect.live.position import Position
from lensconnect.live.state import ChatState
from lensconnect.live.transcript import Transcript, items_of
from lensconnect.programs import effects
from lensconnect.programs.chats.performing import (
    ChatCall,
    failed,
    key_of,
    run,
    update,
)
from lensconnect.programs.primitives import now, on_exception
from lensconnect.programs.program import Do, Program, Steps, program
from lensconnect.programs.stream import Stream, unfold
from lensconnect.types.item import CHAT_ITEM_TYPE_ATTACHMENT, CHAT_ITEM_TYPE_MESSAGE, Item

__all__ = ["notifications", "position", "receive", "receive_within", "replies", "transcript"]


@program
def receive(chat: Chat) -> Steps[Notification]:
    """Return the next notification, as soon as there is one.

    While it waits it keeps the chat alive: heartbeats, a new socket before the old one expires, a new connection when
    one is lost, and the items that were missed meanwhile.  After the end it returns `ChatEnded` again and again.

    Fails where trying again cannot help (as `open_chat`), with a `TransportError` of kind "closed" once the chat is
    closed, and of kind "timeout" when the time of `within` is over.  A second `receive` while one waits, and one on a
    chat without a socket, raise `RuntimeError`.
    """
    return cast("Notification", (yield from _receive_until(chat, inf)))  # without an end, there is no None


@program
def receive_within(chat: Chat, seconds: float) -> Steps[Notification | None]:
    """Return the next notification, or `None` if there is none within so many seconds; 0 and less look once.

    A request, the opening of a socket or a page of the transcript is not begun after that time (a call with 0 may
    begin one), but one that runs may last for `open_timeout` longer; so may frames that hold nothing to hand out, if
    they keep coming.  Otherwise as `receive`.
    """
    expect_number("receive_within: seconds", seconds, -inf)
    return (yield from _receive_until(chat, (yield from now()) + max(0.0, seconds)))


def _receive_until(chat: Chat, until: float) -> Steps[Notification | None]:
    call = _Receiving(until)
    end: Do[bool, Never] = Do(effects.UpdateChat(key_of(chat), call.end, forget=True))
    order = yield from on_exception(run(chat, call), end)
    if isinstance(order, orders.HandOut):
        return order.notification
    if isinstance(order, orders.Fail):
        yield from end
        return (yield from failed(order.error))
    if call.until < until:
        yield from failed(TransportError("timeout", "nothing was received in time", "no"))
    return None


class _Receiving(ChatCall):
    """A call of `receive`: the only one of its chat."""

    __slots__ = ("_has_begun",)

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self._has_begun = False

    def advance(self, state: ChatState, time: float, chance: float) -> orders.Order:
        """Begin with the first order and end with the last; after `Fail`, `end` forgets a chat that was closed."""
        if not self._has_begun:
            self._begin(state)
        order = super().advance(state, time, chance)
        if self.is_over:
            state.receiver = None
        return order

    def _begin(self, state: ChatState) -> None:
        if state.phase == "joined":
            raise RuntimeError("this chat has no socket to receive from: open it with open_chat")
        if state.receiver is not None:
            raise RuntimeError("another receive waits on this chat: one at a time")
        state.receiver = self
        state.looked = state.begun = False  # an opening, or a call that was cancelled, has left them as they were
        self._has_begun = True

    def end(self, state: ChatState) -> bool:
        """End the call, unless it has not begun; return whether the chat was closed meanwhile, and is to be forgotten."""
        if state.receiver is self:
            state.receiver = None
        return state.is_forgettable()


def notifications(chat: Chat) -> Stream[Notification, Error]:
    """Return the notifications of a chat as a stream; its last is `ChatEnded`, or the `Error` of `receive`.

    `each` runs a program for every notification; with `for` or `async for` the stream is iterated by plain Python.
    """
    return unfold(chat, _received).until(_is_last)


def _received(chat: Chat) -> Program[tuple[Notification, Chat], Error]:
    return receive(chat).map(lambda notification: (notification, chat))


def _is_last(notification: Notification) -> bool:
    return isinstance(notification, ChatEnded)


@program
def replies(chat: Chat, *, quiet: float = 1.0, within: float = 30.0) -> Steps[tuple[Item, ...]]:
    """Return the messages of the others until `quiet` seconds have passed without one.

    It waits for the first at most `within` seconds; `()` if none came.  Time without a connection does not count as
    quiet.  Items of the past are left out, and a message that comes in chunks is complete.  Fails as `receive` does.
    """
    expect_number("replies: quiet", quiet, 0)
    expect_number("replies: within", within, 0)
    found: dict[str, Item] = {}
    last = (yield from now()) + within
    until, online = last, True
    while True:
        time = yield from now()
        notification = yield from receive_within(chat, until - time)
        match notification:
            case ItemReceived(past=False) | ItemUpdated():
                item = notification.item
                known = item.id in found
                new = isinstance(notification, ItemReceived) and (
                    yield from update(chat, partial(_is_of_another, item))
                )
                if item.id is not None and (known or new):
                    found[item.id] = item
                    until = (yield from now()) + quiet
            case ConnectionLost():
                online = False
            case ConnectionRegained():
                online = True
                until = max(until, (yield from now()) + quiet) if found else until
            case ChatEnded():
                break
            case None:
                if (yield from now()) >= last or (online and all(map(_is_complete, found.values()))):
                    break
                until = (yield from now()) + quiet
            case _:
                pass
    return tuple(item for item in items_of((yield from transcript(chat))) if item.id in found)


def _is_of_another(item: Item, state: ChatState) -> bool:
    return item.type in (CHAT_ITEM_TYPE_MESSAGE, CHAT_ITEM_TYPE_ATTACHMENT) and not is_own(state, item)


def _is_complete(item: Item) -> bool:
    return item.message_metadata is None or item.message_metadata.message_completed is not False


def position(chat: Chat) -> Program[Position, Never]:
    """Return the place from which a later `open_chat` goes on.

    Take it after an item was handled, and a crash makes it handled again; before, and a crash loses it.
    """
    return update(chat, lambda state: state.delivery.position)


def transcript(chat: Chat) -> Program[Transcript, Never]:
    """Return the items that the chat has received so far, the newest `options.keep` of them."""
    return update(chat, lambda state: state.delivery.transcript)
