"""Chat, the name of a live chat, and Notification: what `receive` hands out."""

from __future__ import annotations

from typing import Literal, TypeAlias

from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.types.item import Item

__all__ = [
    "Chat",
    "ChatEnded",
    "ConnectionLost",
    "ConnectionRegained",
    "ConnectionRenewed",
    "EndReason",
    "ItemReceived",
    "ItemUpdated",
    "LossReason",
    "Notification",
    "chat_ended_reason",
    "chat_key",
    "connection_lost_detail",
    "connection_lost_reason",
    "connection_regained_missed",
    "connection_regained_seconds",
    "item_received_item",
    "item_received_late",
    "item_received_past",
    "item_updated_item",
]

LossReason: TypeAlias = Literal["closed", "heartbeat", "network", "subscription"]
"""The reason for which a connection was lost: the peer closed it, a heartbeat was not answered, the network failed, or the service did
not confirm the subscription."""

EndReason: TypeAlias = Literal["ended", "denied", "left", "transferred"]
"""The reason for which a chat is over for this participant: the service said so, it refused to connect again, the participant left, or
an agent transferred the chat."""


class Chat(Record, frozen=True):
    """The name of a live chat in an environment; its state is in the environment.  It holds no token."""

    key: str


class ItemReceived(Record, frozen=True):
    """A new item: each Id is handed out once.

    `late` is true if an item that belongs after it was handed out before it, `past` if it is part of the history that
    was read when the chat was opened without a position, and not after the first event that a frame has brought.
    """

    item: Item
    late: bool = False
    past: bool = False


class ItemUpdated(Record, frozen=True):
    """A newer version of an item: a receipt, the status of an attachment, a further chunk, the processing status."""

    item: Item


class ConnectionLost(Record, frozen=True):
    """The connection is lost; the chat reconnects by itself.  `detail` holds no URL, token or text of the chat."""

    reason: LossReason
    detail: str = ""


class ConnectionRegained(Record, frozen=True):
    """The connection is back after `seconds`; catching up found `missed` items, which have been handed out."""

    seconds: float
    missed: int


class ConnectionRenewed(Record, frozen=True):
    """A new socket has taken over from an old one, without a gap."""


class ChatEnded(Record, frozen=True):
    """The chat is over for this participant: the last notification."""

    reason: EndReason


Notification: TypeAlias = (
    ItemReceived | ItemUpdated | ConnectionLost | ConnectionRegained | ConnectionRenewed | ChatEnded
)
"""The values that `receive` hands out."""

chat_key: Lens[Chat, str] = Lens(Chat, "key")
item_received_item: Lens[ItemReceived, Item] = Lens(ItemReceived, "item")
item_received_late: Lens[ItemReceived, bool] = Lens(ItemReceived, "late")
item_received_past: Lens[ItemReceived, bool] = Lens(ItemReceived, "past")
item_updated_item: Lens[ItemUpdated, Item] = Lens(ItemUpdated, "item")
connection_lost_reason: Lens[ConnectionLost, LossReason] = Lens(ConnectionLost, "reason")
connection_lost_detail: Lens[ConnectionLost, str] = Lens(ConnectionLost, "detail")
connection_regained_seconds: Lens[ConnectionRegained, float] = Lens(ConnectionRegained, "seconds")
connection_regained_missed: Lens[ConnectionRegained, int] = Lens(ConnectionRegained, "missed")
chat_ended_reason: Lens[ChatEnded, EndReason] = Lens(ChatEnded, "reason")
