"""The versions of one item, joined: a chunk, a receipt or the status of an attachment makes a newer version.

    facts_of(item)     a version as facts: the item itself, its receipts, its attachments, its chunk
    join_facts(a, b)   the facts of both
    item_of(facts)     the item that the facts amount to; None as long as they have no beginning

Theory of operation: facts are a join semilattice, a product of smaller ones, so their join is idempotent, commutative
and associative, and the order in which versions come makes no difference.

    core           the greatest version under a total order: instant, completed, processing status, text
    receipts       by recipient the earliest time of each kind
    attachments    by AttachmentId the greatest: IN_PROGRESS < any other status < APPROVED < REJECTED
    chunks         by ChunkNumber, until a version that is no chunk comes: it has the whole text
    beginning      the longest text that `item_of` has put together before, from chunks that are not here

Facts about the service: a version may come more than once and in any order; the chunks of a bot's streamed answer have
one Id and numbers from 1, and the item with MessageCompleted has the whole text (observed in the source of AWS's
chatjs 5.0.0).  AbsoluteTime is ISO 8601 in UTC with milliseconds (API_Item).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from itertools import count, takewhile
from typing import Any, Final, NamedTuple, TypeVar

from lensconnect.jsontext import dumps
from lensconnect.record import to_members
from lensconnect.types.item import (
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_IN_PROGRESS,
    ARTIFACT_STATUS_REJECTED,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    MESSAGE_PROCESSING_STATUS_FAILED,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    MESSAGE_PROCESSING_STATUS_REJECTED,
    AttachmentItem,
    Item,
    MessageMetadata,
    Receipt,
    item_absolute_time,
    item_attachments,
    item_content,
    item_message_metadata,
    message_metadata_chunk_number,
    message_metadata_message_completed,
    message_metadata_receipts,
)

T = TypeVar("T")

_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+?)0*)?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)?", re.ASCII
)
_PROCESSING: Final = {
    MESSAGE_PROCESSING_STATUS_PROCESSING: 0,
    None: 1,
    MESSAGE_PROCESSING_STATUS_FAILED: 3,
    MESSAGE_PROCESSING_STATUS_REJECTED: 4,
}
_SCANNED: Final = {
    None: 0,
    ARTIFACT_STATUS_IN_PROGRESS: 1,
    ARTIFACT_STATUS_APPROVED: 3,
    ARTIFACT_STATUS_REJECTED: 4,
}
_UNKNOWN: Final = 2
"""The rank of a status that this package does not know."""
_ZERO: Final = timedelta()
_NEVER: Final = "~"
"""Text behind every instant."""


@lru_cache(maxsize=128)
def instant_of(time: str | None) -> str:
    """Return text by which instants compare as in time, whatever their precision and offset; "" for no time.

    A time without an offset is taken as UTC.

    >>> instant_of("2026-11-22T10:00:01.250Z")
    '2026-11-22T10:00:01.25'
    >>> instant_of("2026-11-22T11:00:01+01:00")
    '2026-11-22T10:00:01'
    """
    found = _TIME.fullmatch(time) if time else None
    if found is None:
        return ""
    date, minute, second, fraction, hours, minutes = found.groups()
    whole = f"{date}T{minute}{second or ':00'}"
    if hours:
        try:
            moment = datetime.fromisoformat(f"{whole}{hours}:{minutes or '00'}")
            whole = (moment.replace(tzinfo=None) - (moment.utcoffset() or _ZERO)).isoformat()
        except (ValueError, OverflowError):
            return ""
    return f"{whole}.{fraction}" if fraction and fraction != "0" else whole


class Facts(NamedTuple):
    """The facts that versions of one item add up to.  `core` is the item without its receipts and attachments."""

    core: Item | None = None
    receipts: tuple[Receipt, ...] = ()
    attachments: tuple[AttachmentItem, ...] = ()
    chunks: tuple[Item, ...] = ()
    beginning: Item | None = None


NO_FACTS: Final = Facts()


def key_of(item: Item) -> str:
    """Return the Id of the item that this is a version of; for an item without an Id, text of all that it holds."""
    named = item.id
    if item.type == CHAT_ITEM_TYPE_MESSAGEMETADATA and item.message_metadata is not None:
        named = item.message_metadata.message_id if item.message_metadata.message_id is not None else named
    return dumps(to_members(item)).decode() if named is None else named


def facts_of(item: Item) -> Facts:
    """Return a version of an item as facts; a MESSAGEMETADATA item holds the receipts of the message it names."""
    metadata = item.message_metadata
    if item.type == CHAT_ITEM_TYPE_MESSAGEMETADATA:
        if metadata is None or metadata.message_id is None:
            return NO_FACTS
        return Facts(receipts=_join_receipts(metadata.receipts or ()))
    if item.id is None or (metadata is None and item.attachments is None):
        return Facts(item)
    attachments = _join_attachments(item.attachments or ())
    core = item_attachments.put(None, item)
    if metadata is None:
        return Facts(core, attachments=attachments)
    rest: MessageMetadata | None = message_metadata_receipts.put(None, metadata)
    if rest in (MessageMetadata(), MessageMetadata(message_id=item.id)):
        rest = None
    core = item_message_metadata.put(rest, core)
    receipts = _join_receipts(metadata.receipts or ())
    if metadata.chunk_number is not None and not metadata.message_completed:
        return Facts(None, receipts, attachments, (core,))
    if metadata.message_completed is False:
        return Facts(None, receipts, attachments, (), core)
    return Facts(core, receipts, attachments)


def join_facts(one: Facts, other: Facts) -> Facts:
    """Return the facts of both."""
    receipts = _join_receipts(one.receipts + other.receipts)
    attachments = _join_attachments(one.attachments + other.attachments)
    core = _greatest((one.core, other.core), _order_of_core)
    if core is not None:
        return Facts(core, receipts, attachments)
    beginning = _greatest((one.beginning, other.beginning), _order_of_beginning)
    return Facts(None, receipts, attachments, _join_chunks(one.chunks + other.chunks), beginning)


def item_of(facts: Facts) -> Item | None:
    """Return the item that the facts amount to; None if there are only receipts, or chunks without the first.

    A chunk that comes before the one in front of it waits for that.  As long as the whole text has not come,
    `message_completed` is false, and there is no `chunk_number`.
    """
    item = facts.core or _greatest((_stitched(facts.chunks), facts.beginning), _order_of_beginning)
    if item is None:
        return None
    if facts.receipts:
        metadata = item.message_metadata or MessageMetadata(message_id=item.id)
        item = item_message_metadata.put(message_metadata_receipts.put(facts.receipts, metadata), item)
    return item_attachments.put(facts.attachments, item) if facts.attachments else item


def _stitched(chunks: tuple[Item, ...]) -> Item | None:
    """Return the last chunk before the first gap, with the text and the time of all up to it."""
    by_number = {_number(chunk): chunk for chunk in chunks}
    numbers = takewhile(by_number.__contains__, count(0 if 0 in by_number else 1))  # all that is known begin with 1
    joined = [by_number[number] for number in numbers]
    if not joined:
        return None
    last, content = joined[-1], "".join(chunk.content or "" for chunk in joined)
    metadata = message_metadata_chunk_number.put(None, last.message_metadata or MessageMetadata())
    item = item_message_metadata.put(message_metadata_message_completed.put(False, metadata), last)
    return item_content.put(content, item_absolute_time.put(joined[0].absolute_time, item))


def _number(chunk: Item) -> int:
    metadata = chunk.message_metadata
    return 0 if metadata is None or metadata.chunk_number is None else metadata.chunk_number


def _order_of_core(core: Item) -> tuple[object, ...]:
    metadata = core.message_metadata or MessageMetadata()
    processing = _PROCESSING.get(metadata.message_processing_status, _UNKNOWN)
    return instant_of(core.absolute_time), bool(metadata.message_completed), processing, dumps(to_members(core))


def _order_of_attachment(attachment: AttachmentItem) -> tuple[object, ...]:
    return _SCANNED.get(attachment.status, _UNKNOWN), dumps(to_members(attachment))


def _order_of_beginning(item: Item) -> tuple[object, ...]:
    return len(item.content or ""), _order_of_core(item)


def _greatest(values: Iterable[T | None], order: Callable[[T], Any]) -> T | None:
    """Return the greatest of the values that are not None."""
    different = {value: None for value in values if value is not None}
    return max(different, key=order) if len(different) > 1 else next(iter(different), None)


def _newest(versions: list[T], order: Callable[[T], Any]) -> T:
    """Return the greatest version; the order, which needs the version as text, is not asked about a single one."""
    return versions[0] if len(versions) == 1 else max(versions, key=order)


def _by_key(values: Iterable[T], key: Callable[[T], Any]) -> dict[Any, list[T]]:
    found: dict[Any, list[T]] = {}
    for value in values:
        found.setdefault(key(value), []).append(value)
    return dict(sorted(found.items()))


def _join_chunks(chunks: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(_newest(same, _order_of_core) for same in _by_key(chunks, _number).values())


def _join_attachments(attachments: tuple[AttachmentItem, ...]) -> tuple[AttachmentItem, ...]:
    by_id = _by_key(attachments, lambda each: each.attachment_id or dumps(to_members(each)).decode())
    return tuple(_newest(same, _order_of_attachment) for same in by_id.values())


def _join_receipts(receipts: tuple[Receipt, ...]) -> tuple[Receipt, ...]:
    by_recipient = _by_key(receipts, lambda each: _text_key(each.recipient_participant_id))
    return tuple(reduce(_earlier, same) for same in by_recipient.values())


def _text_key(text: str | None) -> str:
    return "" if text is None else f"={text}"


def _earlier(one: Receipt, other: Receipt) -> Receipt:
    """Return a receipt with the earlier time of each kind."""
    return Receipt(
        delivered_timestamp=_earliest(one.delivered_timestamp, other.delivered_timestamp),
        read_timestamp=_earliest(one.read_timestamp, other.read_timestamp),
        recipient_participant_id=one.recipient_participant_id,
    )


def _earliest(one: str | None, other: str | None) -> str | None:
    times = [time for time in (one, other) if time is not None]
    return min(times, key=lambda time: (instant_of(time) or _NEVER, time), default=None)
