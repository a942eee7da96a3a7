"""Messages that come in stages: the chunks of a bot's answer, and messages that an instance processes.

    bot_chunk_characters=5     "Hello"  " worl"  "d"  and then the whole text, all with one Id
    processing_seconds=2.0     PROCESSING for its sender, two seconds later the message for everyone

Facts: chunks have one Id, MessageCompleted false and a ChunkNumber from 1; the item with MessageCompleted true has the
whole text (observed in ChatJS 5.0.0).  A message that is processed has the status PROCESSING, FAILED or REJECTED
(documented: MessageProcessingStatus), and text, Markdown and JSON are processed (documented: Administrator Guide).
Assumed: the transcript has the whole text only; the status is for the sender alone; a message is stored, with the
time of that moment, when everyone gets it; one that is rejected is never stored, nor is one that failed unless the
instance delivers it all the same; the end of the chat loses what is under way.
"""

from __future__ import annotations

from typing import Final

from lensconnect.content.types import CONTENT_APPLICATION_JSON, CONTENT_TEXT_MARKDOWN, CONTENT_TEXT_PLAIN
from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.state import ChunkedMessage, Participant
from lensconnect.emulator.chat.timestamps import written
from lensconnect.types.item import (
    MESSAGE_PROCESSING_STATUS_FAILED,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    MESSAGE_PROCESSING_STATUS_REJECTED,
    Item,
    MessageMetadata,
    MessageProcessingStatus,
    item_absolute_time,
    item_content,
    item_message_metadata,
)

_PROCESSED: Final = (CONTENT_TEXT_PLAIN, CONTENT_TEXT_MARKDOWN, CONTENT_APPLICATION_JSON)


def post_message(context: MemberContext, item: Item, author: Participant) -> Item:
    """Post a message, in stages if the options say so, and return it as its sender gets it first."""
    options = context.state.options
    if author.is_flow:
        size = options.bot_chunk_characters
        if size and item.content_type == CONTENT_TEXT_PLAIN and len(item.content or "") > size:
            return _begin_chunks(context, context.stamp(item, author), size)
    elif options.processing_seconds is not None and item.content_type in _PROCESSED:
        return _begin_processing(context, context.stamp(item, author), options.processing_seconds)
    return context.post(item, author)


def _begin_chunks(context: MemberContext, item: Item, size: int) -> Item:
    text = item.content or ""
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    context.chat.chunked[item.id or ""] = ChunkedMessage(item, chunks)
    push_next_chunk(context, item.id or "")
    return item


def push_next_chunk(context: MemberContext, item_id: str) -> None:
    """Push the next chunk of a message, or post the whole text after the last one."""
    message, seconds = context.chat.chunked[item_id], context.state.options.bot_chunk_seconds
    while message.pushed < len(message.chunks):
        chunk = item_content.put(message.chunks[message.pushed], _now(context, message.item))
        message.pushed += 1
        context.push(_with(chunk, MessageMetadata(message_completed=False, chunk_number=message.pushed)))
        if seconds:
            context.state.timers.at(context.after(seconds), "chunk", context.chat.contact_id, item_id)
            return
    del context.chat.chunked[item_id]
    whole = _now(context, message.item)
    context.store(whole)
    context.push(_with(whole, MessageMetadata(message_completed=True)))


def _begin_processing(context: MemberContext, item: Item, seconds: float) -> Item:
    context.chat.processed[item.id or ""] = item
    context.state.timers.at(context.after(seconds), "process", context.chat.contact_id, item.id or "")
    return _push_status(context, item, MESSAGE_PROCESSING_STATUS_PROCESSING)


def finish_processing(context: MemberContext, item_id: str) -> None:
    """Deliver a message that has been processed, or tell its sender why not."""
    item, result = context.chat.processed.pop(item_id), context.state.options.processing_result
    if result in ("processed", "failed_delivered"):
        delivered = _now(context, item)
        context.store(delivered)
        context.push(delivered)
    if result == "rejected":
        _push_status(context, _now(context, item), MESSAGE_PROCESSING_STATUS_REJECTED)
    elif result != "processed":
        _push_status(context, _now(context, item), MESSAGE_PROCESSING_STATUS_FAILED)


def _push_status(context: MemberContext, item: Item, status: MessageProcessingStatus) -> Item:
    shown = _with(item, MessageMetadata(message_id=item.id, message_processing_status=status))
    context.push(shown, only=item.participant_id)
    return shown


def _now(context: MemberContext, item: Item) -> Item:
    return item_absolute_time.put(written(context.chat.next_time(context.time)), item)


def _with(item: Item, metadata: MessageMetadata) -> Item:
    return item_message_metadata.put(metadata, item)
