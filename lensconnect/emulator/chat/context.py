"""OperationContext: one moment of the service, in which a participant acts; what a handler gets besides the request.

Facts: what is said goes to everyone in the chat, its author too, as a frame that holds the item's JSON
in a string; a receipt goes to the author of the message only.  Frames name the initial contact, which
transcript items leave out.  Typing and receipts are not stored as items.  Who has left hears nothing
more but the end, and with the end every socket is closed.
"""

from __future__ import annotations

from typing import Final

from lensconnect.content.types import (
    EVENT_CHAT_ENDED,
    EVENT_CHAT_REHYDRATED,
    EVENT_PARTICIPANT_JOINED,
    EVENT_PARTICIPANT_LEFT,
)
from lensconnect.emulator.chat.idle_timer import start_idle_timers, stop_idle_timers
from lensconnect.emulator.chat.outbox import Frame, Outbox
from lensconnect.emulator.chat.state import Chat, Membership, Participant, State
from lensconnect.emulator.chat.timestamps import written
from lensconnect.jsontext import dumps
from lensconnect.record import to_members
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, Item

__all__ = ["TOPIC", "OperationContext", "event"]

TOPIC: Final = "aws/chat"
"""The topic that chat items come under."""

NORMAL: Final = 1000


class OperationContext:
    """The state, the time (milliseconds), the acting participant, and what is pushed meanwhile."""

    __slots__ = ("chat", "outbox", "participant", "state", "time")

    def __init__(self, state: State, time: int, membership: Membership, outbox: Outbox) -> None:
        self.state = state
        self.time = time
        self.chat: Chat = membership.chat
        self.participant: Participant = membership.participant
        self.outbox = outbox

    @property
    def membership(self) -> Membership:
        """The participant in the chat."""
        return Membership(self.chat, self.participant)

    def stamp(self, item: Item, author: Participant | None = None) -> Item:
        """The item with its id, time, contact and author."""
        return Item(
            id=self.state.ids.uuid(),
            absolute_time=written(self.chat.next_time(self.time)),
            type=item.type,
            content_type=item.content_type,
            content=item.content,
            attachments=item.attachments,
            message_metadata=item.message_metadata,
            participant_id=author.id if author else None,
            display_name=author.display_name if author else None,
            participant_role=author.role if author else None,
            contact_id=self.chat.contact_id,
        )

    def store(self, item: Item) -> None:
        """Put a stamped item into the transcript, in place of the one of its id if there is one."""
        place = self.chat.places.setdefault(item.id or "", len(self.chat.items))
        self.chat.items[place : place + 1] = [item]

    def push(self, item: Item, only: str | None = None) -> None:
        """Send an item to everyone in the chat, or to one participant."""
        inner = to_members(item) | {"InitialContactId": self.chat.initial_contact_id}
        outer = {"topic": TOPIC, "contentType": "application/json", "content": dumps(inner).decode()}
        text = dumps(outer).decode()
        last = item.content_type == EVENT_CHAT_ENDED
        for participant in self.chat.participants.values():
            if (participant.status == "left" and not last) or only not in (None, participant.id):
                continue
            self.outbox.frames.append(Frame(self.chat.contact_id, participant.id, text))
            for socket in participant.sockets.values():
                if TOPIC in socket.topics:
                    socket.active = self.time
                    self.outbox.text(socket, TOPIC, text)

    def post(self, item: Item, author: Participant | None = None) -> Item:
        """Stamp, store and push."""
        said = self.stamp(item, author)
        self.store(said)
        self.push(said)
        return said

    def broadcast(self, item: Item, author: Participant | None = None) -> Item:
        """Stamp and push, but keep it out of the transcript."""
        said = self.stamp(item, author)
        self.push(said)
        return said

    def join(self) -> None:
        """The participant is in, which is said once."""
        if self.participant.status == "invited":
            self.participant.status = "joined"
            self.post(event(EVENT_PARTICIPANT_JOINED), self.participant)
            if self.chat.past and self.participant.role == PARTICIPANT_ROLE_CUSTOMER:
                self.broadcast(event(EVENT_CHAT_REHYDRATED))
            start_idle_timers(self.state, self.chat, self.time)

    def leave(self, who: Participant | None = None) -> None:
        """The participant, or another one, is out."""
        leaving = who or self.participant
        self.post(event(EVENT_PARTICIPANT_LEFT), leaving)
        leaving.status = "left"
        if leaving.role == PARTICIPANT_ROLE_AGENT:
            stop_idle_timers(self.chat)

    def end(self) -> None:
        """The chat is over, and its sockets are closed."""
        self.post(event(EVENT_CHAT_ENDED))
        self.chat.over = True
        for participant in self.chat.participants.values():
            for socket in participant.sockets.values():
                del self.state.sockets[socket.id]
                self.outbox.close(socket, NORMAL, "chat ended")
            participant.sockets.clear()


def event(content_type: str) -> Item:
    """An event with nothing in it."""
    return Item(type=CHAT_ITEM_TYPE_EVENT, content_type=content_type)
