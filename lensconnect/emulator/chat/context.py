"""Turn: one moment of the service, in which a participant acts; what a handler gets besides the request.

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
from lensconnect.emulator.chat.idle_timer import start_clocks, stop_clocks
from lensconnect.emulator.chat.outbox import Frame, Pushes
from lensconnect.emulator.chat.people import Participant
from lensconnect.emulator.chat.state import Chat, Seat, State
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.wire.responses import plain
from lensconnect.jsontext import dumps
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, Item

__all__ = ["TOPIC", "Turn", "event"]

TOPIC: Final = "aws/chat"
"""The topic that chat items come under."""

NORMAL: Final = 1000


class Turn:
    """The state, the time (milliseconds), whose turn it is, and what is pushed meanwhile."""

    __slots__ = ("chat", "participant", "pushes", "state", "time")

    def __init__(self, state: State, time: int, seat: Seat, pushes: Pushes) -> None:
        self.state = state
        self.time = time
        self.chat: Chat = seat.chat
        self.participant: Participant = seat.participant
        self.pushes = pushes

    @property
    def seat(self) -> Seat:
        """The participant in the chat."""
        return Seat(self.chat, self.participant)

    def stamped(self, item: Item, author: Participant | None = None) -> Item:
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
        inner = plain(item) | {"InitialContactId": self.chat.initial_contact_id}
        outer = {"topic": TOPIC, "contentType": "application/json", "content": dumps(inner).decode()}
        text = dumps(outer).decode()
        last = item.content_type == EVENT_CHAT_ENDED
        for participant in self.chat.participants.values():
            if (participant.standing == "left" and not last) or only not in (None, participant.id):
                continue
            self.pushes.frames.append(Frame(self.chat.contact_id, participant.id, text))
            for socket in participant.sockets.values():
                if TOPIC in socket.topics:
                    socket.active = self.time
                    self.pushes.text(socket, TOPIC, text)

    def say(self, item: Item, author: Participant | None = None) -> Item:
        """Stamp, store and push."""
        said = self.stamped(item, author)
        self.store(said)
        self.push(said)
        return said

    def mention(self, item: Item, author: Participant | None = None) -> Item:
        """Stamp and push, but keep it out of the transcript."""
        said = self.stamped(item, author)
        self.push(said)
        return said

    def join(self) -> None:
        """The participant is in, which is said once."""
        if self.participant.standing == "invited":
            self.participant.standing = "joined"
            self.say(event(EVENT_PARTICIPANT_JOINED), self.participant)
            if self.chat.past and self.participant.role == PARTICIPANT_ROLE_CUSTOMER:
                self.mention(event(EVENT_CHAT_REHYDRATED))
            start_clocks(self.state, self.chat, self.time)

    def leave(self, who: Participant | None = None) -> None:
        """The participant, or another one, is out."""
        leaving = who or self.participant
        self.say(event(EVENT_PARTICIPANT_LEFT), leaving)
        leaving.standing = "left"
        if leaving.role == PARTICIPANT_ROLE_AGENT:
            stop_clocks(self.chat)

    def end(self) -> None:
        """The chat is over, and its sockets are closed."""
        self.say(event(EVENT_CHAT_ENDED))
        self.chat.over = True
        for participant in self.chat.participants.values():
            for socket in participant.sockets.values():
                del self.state.sockets[socket.id]
                self.pushes.close(socket, NORMAL, "chat ended")
            participant.sockets.clear()


def event(content_type: str) -> Item:
    """An event with nothing in it."""
    return Item(type=CHAT_ITEM_TYPE_EVENT, content_type=content_type)
