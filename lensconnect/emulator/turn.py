"""Turn: one moment of the service, in which a participant acts; what a handler gets besides the request.

Facts: what is said goes to everyone in the chat, its author too, as a frame that holds the item's JSON
in a string; a receipt goes to the author of the message only.  Frames name the initial contact, which
transcript items leave out.  Typing and receipts are not stored as items.
"""

from __future__ import annotations

from typing import Annotated, Final

from lensconnect.content.types import EVENT_CHAT_ENDED, EVENT_PARTICIPANT_JOINED, EVENT_PARTICIPANT_LEFT
from lensconnect.emulator.respond import plain
from lensconnect.emulator.state import Chat, Participant, Seat, State
from lensconnect.emulator.times import milliseconds, written
from lensconnect.jsontext import dumps
from lensconnect.marks import SECRET
from lensconnect.record import Record
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, Item

__all__ = ["Frame", "Turn"]

_TOPIC: Final = "aws/chat"


class Frame(Record, frozen=True):
    """A text for every socket that one participant has subscribed."""

    contact_id: str
    participant_id: str
    text: Annotated[str, SECRET]


class Turn:
    """The state, the time, whose turn it is, and the frames pushed so far."""

    __slots__ = ("chat", "frames", "participant", "state", "time")

    def __init__(self, state: State, now: float, seat: Seat) -> None:
        self.state = state
        self.time = milliseconds(now)
        self.chat: Chat = seat.chat
        self.participant: Participant = seat.participant
        self.frames: list[Frame] = []

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
        outer = {"topic": _TOPIC, "contentType": "application/json", "content": dumps(inner).decode()}
        text = dumps(outer).decode()
        heard = self.chat.participants if only is None else (only,)
        self.frames += [Frame(self.chat.contact_id, identity, text) for identity in heard]

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
            self.say(_event(EVENT_PARTICIPANT_JOINED), self.participant)

    def leave(self) -> None:
        """The participant is out."""
        self.participant.standing = "left"
        self.say(_event(EVENT_PARTICIPANT_LEFT), self.participant)

    def end(self) -> None:
        """The chat is over."""
        self.say(_event(EVENT_CHAT_ENDED))
        self.chat.over = True


def _event(content_type: str) -> Item:
    return Item(type=CHAT_ITEM_TYPE_EVENT, content_type=content_type)
