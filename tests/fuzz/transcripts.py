"""Items of a chat in any order, with any times, chunks and receipts."""

from __future__ import annotations

from lensconnect.live.transcript import EMPTY_TRANSCRIPT, find_item, items_of, merge, merge_transcripts, place_of
from lensconnect.types.item import AttachmentItem, ChatItemType, Item, MessageMetadata, Receipt

from .inputs import Input, text_of

IDS = ("a", "b", "c", None, "", "\ud800")
TIMES = (
    "2026-11-22T10:00:01Z",
    "2026-11-22T10:00:01.250Z",
    "2026-11-22T11:00:01.25+01:00",
    "2026-11-22T10:00:02",
    None,
    "",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30T10:00:00Z",
    "2026-11-22T10:00:01+99:99",
    "2026-11-22t10:00,000",
    "soon",
)
TYPES = tuple(map(ChatItemType, ("MESSAGE", "MESSAGEMETADATA", "EVENT", "ATTACHMENT", "NEW")))
STATUSES = (None, "PROCESSING", "FAILED", "REJECTED", "NEW")
SCANS = (None, "IN_PROGRESS", "APPROVED", "REJECTED", "NEW")
MOST_ITEMS = 40


def _item(given: Input) -> Item:
    metadata = None
    if given.choice((False, True)):
        metadata = MessageMetadata(
            message_id=given.choice(IDS),
            receipts=given.choice((None, (), (_receipt(given), _receipt(given)))),
            message_processing_status=given.choice(STATUSES),  # type: ignore[arg-type]
            message_completed=given.choice((None, False, True)),
            chunk_number=given.choice((None, 1, 2, 3, 0, -1)),
        )
    attachment = AttachmentItem(attachment_id=given.choice(IDS), status=given.choice(SCANS))  # type: ignore[arg-type]
    return Item(
        id=given.choice(IDS),
        absolute_time=given.choice(TIMES),
        type=given.choice(TYPES),
        content=given.choice((None, "", "text", "longer text", text_of(bytes([given.number()])))),
        message_metadata=metadata,
        attachments=given.choice((None, (), (attachment,), (attachment, attachment))),
    )


def _receipt(given: Input) -> Receipt:
    return Receipt(
        recipient_participant_id=given.choice(IDS),
        delivered_timestamp=given.choice(TIMES),
        read_timestamp=given.choice(TIMES),
    )


def fuzz_merge(data: bytes) -> None:
    """Check that the order of items makes no difference, that each Id is there once, and that places are sorted."""
    given = Input(data)
    cut = given.number()
    items: list[Item] = []
    while not given.is_empty and len(items) < MOST_ITEMS:
        items.append(_item(given))
    whole = merge(EMPTY_TRANSCRIPT, items)
    at = cut % (len(items) + 1)
    first, second = merge(EMPTY_TRANSCRIPT, items[:at]), merge(EMPTY_TRANSCRIPT, items[at:])
    one_by_one = EMPTY_TRANSCRIPT
    for item in reversed(items):
        one_by_one = merge(one_by_one, [item])
    assert one_by_one == whole
    assert merge_transcripts(first, second) == whole == merge_transcripts(second, first)
    assert merge(whole, items) == whole
    held = items_of(whole)
    assert len(held) == len(whole)
    assert list(map(place_of, held)) == sorted(set(map(place_of, held)))
    assert all(find_item(whole, item.id) == item for item in held if item.id is not None)
    repr(whole), repr(held)
