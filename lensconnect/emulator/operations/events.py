"""SendEvent: push typing, and merge receipts into the message they belong to.

Facts: a client may send four events (documented); a receipt's content is `{"messageId":"..."}` in a string, other
members are ignored (observed in amazon-connect-chat-interface); its message's author receives it as a
MESSAGEMETADATA item (observed in ChatJS 5.0.0); a receipt is a ConflictException while more than two
participants are active or a supervisor has barged in (documented).  Either time of a receipt may be absent.
Assumed: the first time of each kind stays.  ChatJS reads the first receipt only, so the newest comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lensconnect.content.types import (
    EVENT_CONNECTION_ACKNOWLEDGED,
    EVENT_MESSAGE_DELIVERED,
    EVENT_MESSAGE_METADATA,
    EVENT_MESSAGE_READ,
    EVENT_TYPING,
)
from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.wire.errors import modelled_error, validation_error
from lensconnect.errors import CONFLICT, ServiceError
from lensconnect.jsontext import loads
from lensconnect.operations import SendEvent, SendEventResponse
from lensconnect.types.item import (
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    Item,
    MessageMetadata,
    Receipt,
    item_message_metadata,
)

_RECEIPTS: Final = (EVENT_MESSAGE_DELIVERED, EVENT_MESSAGE_READ)


def send_event(context: MemberContext, request: SendEvent) -> SendEventResponse | ServiceError:
    """Push typing, store a receipt, or join.

    ValidationException for any other event, and for a receipt of an unknown message; ConflictException for a
    receipt among more than two participants.
    """
    if request.content_type in _RECEIPTS:
        return _receipt(context, request)
    if request.content_type == EVENT_CONNECTION_ACKNOWLEDGED:
        context.join(is_live=True)
        return _reply(context.stamp(Item()))
    if request.content_type == EVENT_TYPING:
        context.join()
        item = Item(type=CHAT_ITEM_TYPE_EVENT, content_type=EVENT_TYPING)
        return _reply(context.broadcast(item, context.participant))
    return validation_error("ContentType is not one of the events a client may send")


def _receipt(context: MemberContext, request: SendEvent) -> SendEventResponse | ServiceError:
    place = context.chat.places.get(_message_id(request.content or "") or "")
    if place is None or context.chat.items[place].type == CHAT_ITEM_TYPE_EVENT:
        return validation_error("Content does not name a message of this chat")
    context.join()
    if context.chat.is_crowded():
        return modelled_error(CONFLICT, "Message receipts are for two participants without a supervisor")
    message = context.chat.items[place]
    stamp = context.stamp(Item(type=CHAT_ITEM_TYPE_MESSAGEMETADATA, content_type=EVENT_MESSAGE_METADATA))
    if message.participant_id != context.participant.id:
        read = request.content_type == EVENT_MESSAGE_READ
        updated = with_receipt(message, context.participant.id, stamp.absolute_time or "", read=read)
        context.store(updated)
        context.push(item_message_metadata.put(updated.message_metadata, stamp), only=message.participant_id)
    return _reply(stamp)


def _message_id(content: str) -> str | None:
    try:
        value = loads(content)
    except ValueError:
        return None
    message_id = value.get("messageId") if isinstance(value, Mapping) else None
    return message_id if isinstance(message_id, str) else None


def _reply(item: Item) -> SendEventResponse:
    return SendEventResponse(http_status=200, id=item.id, absolute_time=item.absolute_time)


def with_receipt(message: Item, recipient: str, time: str, *, read: bool) -> Item:
    """Return the message with the receipt of one recipient added, or merged with its earlier one.

    An earlier timestamp is kept; the receipt moves to the front.

    >>> once = with_receipt(Item(id="m"), "p", "10:00", read=False)
    >>> with_receipt(once, "p", "10:05", read=True).message_metadata.receipts
    (Receipt(delivered_timestamp='10:00', read_timestamp='10:05', recipient_participant_id='p'),)
    """
    metadata = message.message_metadata or MessageMetadata(message_id=message.id)
    earlier = {receipt.recipient_participant_id: receipt for receipt in metadata.receipts or ()}
    old = earlier.pop(recipient, Receipt())
    new = Receipt(
        recipient_participant_id=recipient,
        delivered_timestamp=old.delivered_timestamp or (None if read else time),
        read_timestamp=old.read_timestamp or (time if read else None),
    )
    receipts = (new, *earlier.values())
    return item_message_metadata.put(MessageMetadata(message_id=message.id, receipts=receipts), message)
