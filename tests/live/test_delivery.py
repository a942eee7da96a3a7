"""ItemDelivery: each item once, in order, late ones marked; the anchor behind what was handed out."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_IN_PROGRESS,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    EVENT_PARTICIPANT_JOINED,
    EVENT_TYPING,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    MESSAGE_PROCESSING_STATUS_REJECTED,
    AttachmentItem,
    ConnectionRenewed,
    Item,
    ItemReceived,
    ItemUpdated,
    MessageMetadata,
    Notification,
    Receipt,
)
from lensconnect.live.delivery import _MOST_IDS, ItemDelivery
from lensconnect.live.position import Position, position_json
from lensconnect.live.transcript import place_of


def item(number: int, item_id: str | None = None, second: int | None = None, **fields: object) -> Item:
    time = f"2026-11-01T00:{number // 60:02}:{(number if second is None else second) % 60:02}.000Z"
    return Item(**{"absolute_time": time, "id": item_id or f"m{number}", "type": "MESSAGE", **fields})  # type: ignore[arg-type]


def delivery(position: Position | None = None, keep: int | None = None) -> ItemDelivery:
    return ItemDelivery(position, keep, hands_out_past=True)


def popped(of: ItemDelivery) -> list[Notification]:
    found = []
    while (note := of.pop()) is not None:
        found.append(note)
    return found


def test_items_are_held_back_and_handed_out_in_order() -> None:
    live = delivery()
    assert live.take(item(2), 10.2)
    assert live.take(item(1), 10.3)
    assert not live.take(item(2), 10.4), "it is known"
    live.release(10.1)
    assert popped(live) == []
    assert live.next_release() == 10.2
    live.release(10.2)
    assert popped(live) == [ItemReceived(item(1)), ItemReceived(item(2))]


def test_an_item_that_comes_too_late_is_marked() -> None:
    live = delivery()
    live.take(item(2), 1.0)
    live.release(1.0)
    assert popped(live) == [ItemReceived(item(2))]
    live.take(item(1), 2.0)
    live.release(2.0)
    assert popped(live) == [ItemReceived(item(1), late=True)]


def test_typing_is_not_held_back() -> None:
    live, typing = (
        delivery(),
        Item(id="t", absolute_time="2026-11-01T00:00:00Z", type="EVENT", content_type=EVENT_TYPING),
    )
    assert live.take(typing, inf)
    assert not live.take(typing, inf)
    assert popped(live) == [ItemReceived(typing)]
    assert live.position == Position()


def test_an_event_of_the_past_is_known_though_nothing_of_the_past_is_handed_out() -> None:
    live = ItemDelivery(None, None, hands_out_past=False)
    typing = Item(id="t", absolute_time=item(1).absolute_time, content_type=EVENT_TYPING, type="EVENT")  # type: ignore[arg-type]
    assert live.take(typing, 0.0, past=True)
    assert not live.take(typing, 0.0, past=True)
    assert live.take(Item(content="no Id"), 0.0, past=True, paged=True)
    assert live.take(Item(content="no Id, on a socket"), 0.0)
    assert popped(live) == [ItemReceived(Item(content="no Id, on a socket"))]
    assert not live.take(typing, 0.0, paged=True)
    live.take(item(2, "t"), 0.0, paged=True)
    assert popped(live) == [], "nothing is said about its newer version"


def test_only_the_newest_ids_of_events_are_kept() -> None:
    live = delivery()
    for number in range(_MOST_IDS + 1):
        live.take(item(1, f"t{number}", content_type=EVENT_TYPING, type="EVENT"), 0.0)
    assert not live.take(item(1, "t1", content_type=EVENT_TYPING, type="EVENT"), 0.0)
    assert live.take(item(1, "t0", content_type=EVENT_TYPING, type="EVENT"), 0.0), "it is forgotten"
    assert not live.take(item(1, f"t{_MOST_IDS}", content_type=EVENT_TYPING, type="EVENT"), 0.0)


def test_an_item_without_id_or_time_starts_and_confirms_nothing() -> None:
    live = delivery()
    live.start_of_history(Item(id="a"))
    assert live.anchor is None
    live.release_at(1.0, Item())
    assert live.next_release() == inf
    live.confirm(Item(id="a"))
    assert popped(live) == []
    assert live.anchor is None


def test_an_item_before_the_start_of_the_history_is_known() -> None:
    live = delivery()
    live.start_of_history(item(5))
    assert not live.take(item(1), 0.0)
    assert not live.take(item(2, "m1"), 0.0)
    assert popped(live) == [], "nothing is said about its newer version"


def test_an_item_before_a_position_is_known_and_its_newer_version_is_an_update() -> None:
    live = delivery(Position("m5", item(5).absolute_time))
    assert not live.take(item(1), 0.0)
    assert not live.take(item(2, "m1"), 0.0)
    assert popped(live) == [ItemUpdated(item(2, "m1"))]


def test_a_queue_that_is_dropped_hands_out_nothing() -> None:
    live = delivery()
    live.queue(ConnectionRenewed())
    live.drop_queue()
    assert popped(live) == []


def test_a_newer_version_is_an_update_once_the_item_was_handed_out() -> None:
    scanning = AttachmentItem(attachment_id="a", status=ARTIFACT_STATUS_IN_PROGRESS)
    scanned = AttachmentItem(attachment_id="a", status=ARTIFACT_STATUS_APPROVED)
    before, after = (
        Item(id="f", absolute_time="2026-11-01T00:00:05Z", type="ATTACHMENT", attachments=(each,))
        for each in (scanning, scanned)
    )
    held, shown = delivery(), delivery()
    for live in (held, shown):
        live.take(before, 1.0)
    shown.release(1.0)
    assert popped(shown) == [ItemReceived(before)]
    for live in (held, shown):
        assert set(live.unsettled) == {"f"}
        live.take(after, 2.0)
        live.release(2.0)
        assert not live.unsettled
    assert popped(held) == [ItemReceived(after)]
    assert popped(shown) == [ItemUpdated(after)]


def test_a_receipt_updates_its_message() -> None:
    receipt = Receipt(recipient_participant_id="p", read_timestamp="2026-11-01T00:00:09Z")
    live = delivery()
    live.take(item(1), 1.0)
    live.release(1.0)
    assert popped(live) == [ItemReceived(item(1))]
    metadata = MessageMetadata(message_id="m1", receipts=(receipt,))
    assert not live.take(Item(id="r", absolute_time="x", type="MESSAGEMETADATA", message_metadata=metadata), inf)
    (updated,) = popped(live)
    assert isinstance(updated, ItemUpdated)
    assert updated.item.message_metadata is not None
    assert updated.item.message_metadata.receipts == (receipt,)


def test_chunks_that_overtake_each_other_are_handed_out_once() -> None:
    live = delivery()
    for number in (2, 1, 3):
        metadata = MessageMetadata(message_id="b", chunk_number=number, message_completed=False)
        live.take(item(number, "b", content=str(number), message_metadata=metadata), float(number))
    live.release(5.0)
    (note,) = popped(live)
    assert isinstance(note, ItemReceived)
    assert note.item.content == "123"
    assert set(live.unsettled) == {"b"}, "the rest may still be missing"


def test_an_item_that_moves_while_it_is_held_is_in_its_place() -> None:
    live = delivery()
    metadata = MessageMetadata(message_id="b", chunk_number=1, message_completed=False)
    live.take(item(1, "b", content="1", message_metadata=metadata), 1.0)
    live.take(item(2), 1.0)
    live.take(item(3, "b", content="1", message_metadata=MessageMetadata(message_completed=True)), 1.0)
    live.release(1.0)
    assert [note.item.id for note in popped(live) if isinstance(note, ItemReceived) and not note.late] == ["m2", "b"]


def test_a_confirmation_counts_once_the_items_before_it_are_handed_out() -> None:
    live = delivery()
    for number in (1, 2):
        live.take(item(number), inf, paged=True)
    live.release_up_to(place_of(item(2)))
    live.confirm(item(2))
    live.queue(ConnectionRenewed())
    assert live.position == Position()
    assert live.pop() == ItemReceived(item(1))
    assert live.position == Position(after=("m1",))
    assert live.pop() == ItemReceived(item(2))
    assert live.pop() == ConnectionRenewed()
    assert live.position == Position("m2", item(2).absolute_time, ("m2",))


def test_catching_up_starts_at_the_oldest_item_that_may_change() -> None:
    live = delivery()
    scanning = AttachmentItem(attachment_id="a", status=ARTIFACT_STATUS_IN_PROGRESS)
    live.take(item(1, "f", attachments=(scanning,)), inf, paged=True)
    live.take(item(2), inf, paged=True)
    live.release_up_to()
    live.confirm(item(2))
    popped(live)
    assert live.anchor is not None
    assert live.start is not None
    assert (live.anchor.item_id, live.start.item_id) == ("m2", "f")
    assert live.start.absolute_time == item(1).absolute_time


@pytest.mark.parametrize(
    ("metadata", "may_change"),
    [
        (MessageMetadata(message_processing_status=MESSAGE_PROCESSING_STATUS_PROCESSING), True),
        (MessageMetadata(message_processing_status=MESSAGE_PROCESSING_STATUS_REJECTED), False),
        (MessageMetadata(chunk_number=1), True),
        (MessageMetadata(chunk_number=1, message_completed=False), True),
        (MessageMetadata(chunk_number=1, message_completed=True), False),
        (MessageMetadata(message_completed=False), True),
        (MessageMetadata(message_id="m1"), False),
    ],
)
def test_a_message_may_change_until_it_is_processed_and_complete(metadata: MessageMetadata, may_change: bool) -> None:
    live = delivery()
    live.take(item(1, message_metadata=metadata), 0.0)
    assert bool(live.unsettled) == may_change


def test_an_item_whose_time_cannot_be_read_is_no_place_to_start_at() -> None:
    scanning = AttachmentItem(attachment_id="a", status=ARTIFACT_STATUS_IN_PROGRESS)
    live = delivery()
    live.take(Item(id="f", absolute_time="soon", attachments=(scanning,)), inf, paged=True)
    live.take(item(2), inf, paged=True)
    live.release_up_to()
    live.confirm(item(2))
    popped(live)
    assert live.start is not None
    assert live.start.item_id == "m2"


def test_a_confirmed_item_leaves_the_position_unless_its_time_cannot_be_read() -> None:
    live, soon = delivery(), Item(id="soon", absolute_time="soon")
    receipts = (Receipt(recipient_participant_id="p", read_timestamp=item(9).absolute_time),)
    for each in (soon, item(1), item(2)):
        live.take(each, 0.0, paged=True)
    live.release_up_to()
    popped(live)
    for item_id in ("soon", "m1"):
        metadata = MessageMetadata(message_id=item_id, receipts=receipts)
        live.take(Item(type=CHAT_ITEM_TYPE_MESSAGEMETADATA, message_metadata=metadata), inf)
    live.confirm(item(2))
    assert len(popped(live)) == 2, "updates"
    assert live.position == Position("m2", item(2).absolute_time, ("soon", "m2"))


def test_a_second_confirmation_of_one_item_takes_late_ones_from_the_position() -> None:
    live = delivery()
    live.take(item(2), 0.0)
    live.release_up_to()
    live.confirm(item(2))
    popped(live)
    live.take(item(1), 0.0)
    live.release_up_to()
    assert popped(live) == [ItemReceived(item(1), late=True)]
    assert live.position == Position("m2", item(2).absolute_time, ("m2", "m1"))
    live.confirm(item(2))
    popped(live)
    assert live.position == Position("m2", item(2).absolute_time, ("m2",))


def test_a_confirmation_waits_until_its_item_is_released() -> None:
    live = delivery()
    for number in (1, 2):
        live.take(item(number), inf, past=True, paged=True)
    live.release_at(1.0, item(1))
    live.confirm_when_released(item(1))
    assert popped(live) == []
    live.release(1.0)
    assert popped(live) == [ItemReceived(item(1), past=True)]
    assert live.position.item_id == "m1"


@pytest.mark.parametrize("frame_first", [True, False])
def test_an_item_of_the_history_whose_frame_comes_too_is_not_past(frame_first: bool) -> None:
    live = delivery()
    for is_frame in (frame_first, not frame_first):
        live.take(item(1), inf, past=not is_frame, paged=not is_frame)
    live.release_up_to()
    assert popped(live) == [ItemReceived(item(1))]


@pytest.mark.parametrize("hands_out_past", [True, False])
@pytest.mark.parametrize("frame_first", [True, False])
def test_the_history_after_the_first_event_of_a_frame_is_not_past(frame_first: bool, hands_out_past: bool) -> None:
    live = ItemDelivery(None, None, hands_out_past=hands_out_past)
    joined = item(2, type="EVENT", content_type=EVENT_PARTICIPANT_JOINED)
    history = [item(1), item(2, "same instant"), item(3)]
    live.take(item(4, type="EVENT", content_type=EVENT_PARTICIPANT_JOINED), inf)
    if frame_first:
        live.take(joined, inf)
    for each in history:
        live.take(each, inf, past=True, paged=True)
    if not frame_first:
        live.take(joined, inf)
    live.release_up_to()
    past = [ItemReceived(item(1), past=True), ItemReceived(item(2, "same instant"), past=True)]
    news = [ItemReceived(joined), ItemReceived(item(3))]
    wanted = sorted((*(past if hands_out_past else []), *news), key=lambda note: place_of(note.item))
    assert popped(live)[:-1] == wanted


def test_the_newer_version_of_an_old_message_does_not_end_the_past() -> None:
    live = delivery()
    live.take(item(1, content="new version"), inf)
    live.take(Item(id="no time", type="EVENT", content_type=EVENT_PARTICIPANT_JOINED), inf)
    live.take(item(2, type="EVENT", content_type=EVENT_PARTICIPANT_JOINED), inf, past=True, paged=True)
    live.take(item(3), inf, past=True, paged=True)
    live.release_up_to()
    assert [note.past for note in popped(live) if isinstance(note, ItemReceived)] == [False, False, True, True]


def test_an_item_of_the_millisecond_of_the_anchor_is_not_lost_at_a_restart() -> None:
    live = delivery()
    live.take(item(1, "z"), inf, paged=True)
    live.release_up_to()
    live.confirm(item(1, "z"))
    popped(live)
    resumed = delivery(live.position)
    assert not resumed.take(item(1, "z"), inf, paged=True), "it was handed out"
    assert resumed.take(item(1, "a"), inf, paged=True), "it was stored later, and is before the other by its Id"
    assert not resumed.take(item(0, "b"), inf, paged=True), "it is older"


def test_a_position_before_the_first_confirmation_keeps_the_start_of_the_history() -> None:
    live = delivery()
    live.start_of_history(item(5))
    position = position_json.unpack(position_json.construct(live.position))
    assert position == Position(None, item(5).absolute_time)
    resumed = delivery(position)
    assert resumed.start is not None
    assert (resumed.start.item_id, resumed.start.absolute_time) == (None, item(5).absolute_time)
    assert not resumed.take(item(4), inf, paged=True)
    assert resumed.take(item(5), inf, paged=True)


def test_an_item_without_an_id_is_taken_from_pages_once() -> None:
    live, nameless = delivery(), Item(absolute_time="2026-11-01T00:00:00Z", content="?")
    assert live.take(nameless, inf, paged=True)
    assert not live.take(nameless, inf, paged=True)
    assert popped(live) == [ItemReceived(nameless)]


def test_keep_forgets_only_what_is_confirmed() -> None:
    live = delivery(keep=3)
    for number in (1, *range(3, 10)):
        live.take(item(number), 1.0)
    live.release(1.0)
    live.take(item(1), inf, paged=True)
    live.confirm(item(1))
    popped(live)
    assert live.take(item(2), inf, paged=True), "nothing has confirmed it"
    live.release_up_to()
    live.confirm(item(9))
    popped(live)
    assert len(live.transcript) == 3
    assert not live.take(item(2), inf, paged=True), "it was forgotten, so it counts as known"


def test_keep_forgets_no_item_that_is_held_back() -> None:
    live = delivery(keep=1)
    live.take(item(1), 0.0)
    live.release_up_to()
    assert popped(live) == [ItemReceived(item(1))]
    for number in (2, 3, 4):
        live.take(item(number), 5.0)
    live.confirm(item(1))
    assert popped(live) == []
    live.release(5.0)
    assert popped(live) == [ItemReceived(item(number)) for number in (2, 3, 4)]


def test_the_transcript_grows_by_a_tenth_before_the_oldest_items_are_forgotten() -> None:
    live, sizes = delivery(keep=20), list[int]()
    for number in range(1, 26):
        live.take(item(number), 0.0)
        live.release_up_to()
        live.confirm(item(number))
        popped(live)
        sizes.append(len(live.transcript))
    assert sizes == [*range(1, 23), 20, 21, 22]


def test_an_item_without_time_is_handed_out_once_though_older_items_are_forgotten() -> None:
    live, soon, later = delivery(keep=1), Item(id="soon", absolute_time="soon"), Item(id="later", absolute_time="later")
    for each in (soon, *map(item, range(3))):
        live.take(each, 0.0)
    live.release_up_to()
    live.confirm(item(2))
    assert len(popped(live)) == 4
    assert live.transcript.forgotten is not None
    live.take(item(3), 0.0)
    live.release_up_to()
    live.confirm(item(3))
    popped(live)
    assert not live.take(soon, 0.0)
    assert live.take(later, 0.0)
    assert not live.take(later, 0.0)
    assert popped(live) == [ItemReceived(later)]


def test_a_chunk_without_time_waits_for_the_one_before_it() -> None:
    live = delivery()
    assert not live.take(Item(id="b", content="2", message_metadata=MessageMetadata(chunk_number=2)), 0.0)
    assert popped(live) == []


ARRIVALS = st.lists(st.tuples(st.integers(0, 30), st.floats(0, 3), st.booleans()), max_size=40)


@given(ARRIVALS)
def test_each_item_is_handed_out_once_and_late_tells_the_truth(arrivals: list[tuple[int, float, bool]]) -> None:
    live, now, notes = delivery(), 0.0, list[Notification]()
    for number, wait, at_once in arrivals:
        now += wait
        live.release(now)
        live.take(item(number // 2, f"m{number}"), now + (0.0 if at_once else 2.0))
        live.release(now)
        notes += popped(live)
    live.release_up_to()
    notes += popped(live)
    items = [note.item for note in notes if isinstance(note, ItemReceived)]
    assert sorted(each.id or "" for each in items) == sorted({f"m{number}" for number, _, _ in arrivals})
    places = [place_of(each) for each in items]
    late = [any(before > place for before in places[:index]) for index, place in enumerate(places)]
    assert [note.late for note in notes if isinstance(note, ItemReceived)] == late
