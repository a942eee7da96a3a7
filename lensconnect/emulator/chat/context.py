"""OperationContext: the state, the time and the outbox of one step; MemberContext: the same for one participant.

Facts, observed in the sources of ChatJS 5.0.0 and AWS's mobile clients: an item goes to every participant of
the chat, its author included, as a frame that holds the item's JSON in a string; a receipt goes to the
author of the message only; items in frames name the initial contact, those in transcripts do not.  Typing
and receipts are not stored as items (documented: GetTranscript).  Assumed: a participant that has left
receives only the end of the chat, which closes every WebSocket.
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
from lensconnect.emulator.chat.state import ChatRecord, Membership, Participant, State
from lensconnect.emulator.chat.timestamps import written
from lensconnect.jsontext import dumps
from lensconnect.record import to_members
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, Item

TOPIC: Final = "aws/chat"
"""The topic of frames that hold chat items."""

_LONGEST_DOWNLOAD_SECONDS: Final = 300
"""The longest lifetime of a download URL that a request can name (documented: GetAttachment)."""

_NORMAL_CLOSURE: Final = 1000  # RFC 6455, section 7.4.1


class OperationContext:
    """The state, the time of this step in milliseconds, and the frames to push when the step is over.

    `host` is the Host header of the request that this step answers, if there is one.
    """

    __slots__ = ("host", "outbox", "state", "time")

    def __init__(self, state: State, time: int, outbox: Outbox, host: str | None = None) -> None:
        self.state: State = state
        self.time: int = time
        self.outbox: Outbox = outbox
        self.host: str | None = host

    @property
    def origin(self) -> str:
        """The start of the URLs in the reply."""
        return self.state.origin_for(self.host)

    def after(self, seconds: float) -> int:
        """Return the time in milliseconds that is so many seconds after this step."""
        return self.time + int(seconds * 1000)

    def member(self, membership: Membership) -> MemberContext:
        """Return the same context for one participant of one chat."""
        return MemberContext(self.state, self.time, self.outbox, membership, self.host)


class MemberContext(OperationContext):
    """The context of an operation that one participant of one chat calls."""

    __slots__ = ("chat", "membership", "participant")

    def __init__(
        self, state: State, time: int, outbox: Outbox, membership: Membership, host: str | None = None
    ) -> None:
        self.state = state
        self.time = time
        self.outbox = outbox
        self.host = host
        self.membership: Membership = membership
        self.chat: ChatRecord = membership.chat
        self.participant: Participant = membership.participant

    def stamp(self, item: Item, author: Participant | None = None) -> Item:
        """Return the item with a fresh id, its time, the contact and its author."""
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
            contact_id=self.chat.current_contact_id,
        )

    def store(self, item: Item) -> None:
        """Append a stamped item to the transcript, or replace the item that has its id."""
        place = self.chat.places.setdefault(item.id or "", len(self.chat.items))
        self.chat.items[place : place + 1] = [item]

    def push(self, item: Item, only: str | None = None) -> None:
        """Push an item to every participant of the chat, or only to the one with this id."""
        content = to_members(item) | {"InitialContactId": self.chat.contact_id}
        text = dumps({"topic": TOPIC, "contentType": "application/json", "content": dumps(content).decode()}).decode()
        is_end = item.content_type == EVENT_CHAT_ENDED
        for participant in self.chat.participants.values():
            if (participant.status == "left" and not is_end) or only not in (None, participant.id):
                continue
            if participant.is_busy and item.type != CHAT_ITEM_TYPE_EVENT and only is None:
                continue
            self.outbox.frames.append(Frame(self.chat.contact_id, participant.id, text))
            for socket in participant.sockets.values():
                if TOPIC in socket.topics:
                    socket.active = self.time
                    self.outbox.text(socket, TOPIC, text)

    def post(self, item: Item, author: Participant | None = None) -> Item:
        """Stamp an item, store it in the transcript, push it to everyone, and return it stamped."""
        stamped = self.stamp(item, author)
        self.store(stamped)
        self.push(stamped)
        return stamped

    def broadcast(self, item: Item, author: Participant | None = None) -> Item:
        """Stamp an item and push it to everyone, without storing it; return it stamped."""
        stamped = self.stamp(item, author)
        self.push(stamped)
        return stamped

    def join(self, *, is_live: bool = False) -> None:
        """Mark the participant as joined and post `participant.joined`, the first time only; a customer starts the flow.

        `is_live` if it has subscribed or set ConnectParticipant: the only ways to join for a customer with the option
        `joins=subscription`.
        """
        counts = (
            is_live or self.participant.role != PARTICIPANT_ROLE_CUSTOMER or self.state.options.joins != "subscription"
        )
        if counts and self.participant.status == "invited":
            self.participant.status = "joined"
            if self.participant.is_flow:
                return
            self.post(event(EVENT_PARTICIPANT_JOINED), self.participant)
            if self.participant.role == PARTICIPANT_ROLE_CUSTOMER:
                self.state.woken[self.chat.contact_id] = None
                if self.chat.past:
                    self.broadcast(event(EVENT_CHAT_REHYDRATED))
            start_idle_timers(self.state, self.chat, self.time)

    def leave(self, participant: Participant | None = None) -> None:
        """Post `participant.left` for a participant, this one by default, and mark it as left."""
        leaving = participant or self.participant
        if not leaving.is_flow:
            self.post(event(EVENT_PARTICIPANT_LEFT), leaving)
        leaving.status = "left"
        if leaving.role == PARTICIPANT_ROLE_AGENT:
            stop_idle_timers(self.chat)

    def end(self) -> None:
        """Post `chat.ended`, end the chat, and close its WebSockets with 1000."""
        self.post(event(EVENT_CHAT_ENDED))
        self.chat.over = True
        if self.chat.attachments:
            options = self.state.options
            seconds = max(options.upload_seconds, options.download_seconds, _LONGEST_DOWNLOAD_SECONDS)
            self.state.timers.at(self.after(seconds), "files", self.chat.contact_id)
        for participant in self.chat.participants.values():
            for socket in participant.sockets.values():
                del self.state.sockets[socket.id]
                self.outbox.close(socket, _NORMAL_CLOSURE, "chat ended")
            participant.sockets.clear()


def event(content_type: str) -> Item:
    """Return an event without content."""
    return Item(type=CHAT_ITEM_TYPE_EVENT, content_type=content_type)
