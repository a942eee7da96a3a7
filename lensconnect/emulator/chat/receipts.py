"""Receipts: when each recipient got and read a message, merged; a pure function.

Facts: either time may be absent, and a read implies a delivery; the first time of each kind stays;
ChatJS looks at the first receipt only, so the newest comes first.
"""

from __future__ import annotations

from lensconnect.types.item import Item, MessageMetadata, Receipt, item_message_metadata

__all__ = ["merged"]


def merged(message: Item, recipient: str, time: str, *, read: bool) -> Item:
    """The message with one more receipt of one recipient.

    >>> once = merged(Item(id="m"), "p", "10:00", read=False)
    >>> merged(once, "p", "10:05", read=True).message_metadata.receipts
    (Receipt(delivered_timestamp='10:00', read_timestamp='10:05', recipient_participant_id='p'),)
    """
    metadata = message.message_metadata or MessageMetadata(message_id=message.id)
    held = metadata.receipts or ()
    old = next((one for one in held if one.recipient_participant_id == recipient), Receipt())
    new = Receipt(
        recipient_participant_id=recipient,
        delivered_timestamp=old.delivered_timestamp or (None if read else time),
        read_timestamp=old.read_timestamp or (time if read else None),
    )
    receipts = (new, *(one for one in held if one.recipient_participant_id != recipient))
    return item_message_metadata.put(MessageMetadata(message_id=message.id, receipts=receipts), message)
