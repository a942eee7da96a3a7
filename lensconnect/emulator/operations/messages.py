"""SendMessage: append a message to the transcript and push it to everyone.

Facts (documented): content types other than `text/plain` must be enabled for the chat; interactive messages are
sent by the contact flow, not by participants.
"""

from __future__ import annotations

from typing import Final

from lensconnect.content.types import CONTENT_INTERACTIVE
from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.idle_timeout import restart_idle_timer
from lensconnect.emulator.chat.staged_messages import post_message
from lensconnect.emulator.wire.errors import validation_error
from lensconnect.errors import ServiceError
from lensconnect.operations import SendMessage, SendMessageResponse
from lensconnect.types.item import CHAT_ITEM_TYPE_MESSAGE, Item, MessageProcessingMetadata

_FLOW_ONLY: Final = frozenset({CONTENT_INTERACTIVE})


def send_message(context: MemberContext, request: SendMessage) -> SendMessageResponse | ServiceError:
    """Append the message to the transcript and push it to every subscribed participant.

    ValidationException if the content type is not enabled for this chat; a flow of the emulator is told how to enable it.
    """
    allowed = context.chat.content_types if context.participant.is_flow else context.chat.content_types - _FLOW_ONLY
    if request.content_type not in allowed:
        message = "ContentType is not enabled for this chat"
        if context.participant.is_played and request.content_type not in context.chat.content_types:
            message += f": start it with {request.content_type} among its SupportedMessagingContentTypes"
        return validation_error(message)
    item = Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type=request.content_type, content=request.content)
    context.join()
    restart_idle_timer(context)
    posted = post_message(context, item, context.participant)
    status = posted.message_metadata and posted.message_metadata.message_processing_status
    return SendMessageResponse(
        http_status=200,
        id=posted.id,
        absolute_time=posted.absolute_time,
        message_metadata=MessageProcessingMetadata(message_processing_status=status) if status else None,
    )
