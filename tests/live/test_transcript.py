"""merge is the join of a semilattice: idempotent, commutative, associative; and what it joins is what came."""

from __future__ import annotations

import copy
import gc
import pickle
import random
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise, permutations, product
from math import prod
from typing import Any, TypeVar

import pytest
from helpers.lanes import searched
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_IN_PROGRESS,
    ARTIFACT_STATUS_REJECTED,
    CHAT_ITEM_TYPE_ATTACHMENT,
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGE,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    EMPTY_TRANSCRIPT,
    EVENT_CHAT_ENDED,
    EVENT_PARTICIPANT_JOINED,
    EVENT_PARTICIPANT_LEFT,
    EVENT_TYPING,
    MESSAGE_PROCESSING_STATUS_FAILED,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    MESSAGE_PROCESSING_STATUS_REJECTED,
    ArtifactStatus,
    AttachmentItem,
    Item,
    MessageMetadata,
    MessageProcessingStatus,
    Receipt,
    find_item,
    is_stored,
    item_content,
    item_message_metadata,
    items_of,
    merge,
    merge_transcripts,
    participants_in,
)
from lensconnect.live import item_versions
from lensconnect.live.transcript import keep_newest, merge_item, place_of
from lensconnect.testing.strategies import records_of

T = TypeVar("T")
NEW_SCAN = ArtifactStatus("NEW")
TIMES = [
    None,
    "2026-11-22T10:00:00Z",
    "2026-11-22T10:00:00.000Z",
    "2026-11-22T10:00:00.25Z",
    "2026-11-22T11:00:00.250+01:00",
    "2026-11-22T10:00:01.123456789Z",
    "2026-11-22T10:00:02Z",
    "yesterday",
    "",
]


def up_to_two(values: Iterable[T], seed: int) -> list[tuple[T, ...] | None]:
    """Return None, the empty tuple, and tuples of one and of two of the values, chosen by chance."""
    chance, known = random.Random(seed), list(values)
    return [None, (), *(tuple(chance.sample(known, number)) for number in (1, 2) for _ in range(60))]


RECEIPTS = up_to_two(
    (
        Receipt(delivered_timestamp=delivered, read_timestamp=read, recipient_participant_id=recipient)
        for delivered, read, recipient in product(TIMES, TIMES, [None, "", "p", "q"])
    ),
    seed=1,
)
ATTACHMENTS = up_to_two(
    (
        AttachmentItem(attachment_id=each, attachment_name=name, status=status)
        for each, name, status in product(
            [None, "", "f", "g"],
            [None, "n"],
            [None, ARTIFACT_STATUS_APPROVED, ARTIFACT_STATUS_IN_PROGRESS, ARTIFACT_STATUS_REJECTED, NEW_SCAN],
        )
    ),
    seed=2,
)
STATUSES = [
    None,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    MESSAGE_PROCESSING_STATUS_FAILED,
    MESSAGE_PROCESSING_STATUS_REJECTED,
    MessageProcessingStatus("NEW"),
]
TYPES = [None, CHAT_ITEM_TYPE_MESSAGE, CHAT_ITEM_TYPE_ATTACHMENT, CHAT_ITEM_TYPE_MESSAGEMETADATA]
CHOICES: list[list[Any]] = [
    [None, "a", "b", "c"],  # Id
    TIMES,
    [None, "", "x", "y\ud800"],  # Content
    TYPES,
    [None, *[True] * 3],  # whether there is metadata
    [None, 1, 2, 3, 0],  # ChunkNumber
    [None, False, True],  # MessageCompleted
    [None, "a", "b", "c"],  # MessageId
    STATUSES,
    RECEIPTS,
    [None, None, *ATTACHMENTS],
]


def item_of_number(number: int) -> Item:
    """Return an item by its number: one digit for each choice, so that one draw makes an item."""
    digits: list[Any] = []
    for choices in CHOICES:
        number, digit = divmod(number, len(choices))
        digits.append(choices[digit])
    item_id, time, content, kind, has_metadata, chunk_number, completed, message_id, status, receipts, attachments = (
        digits
    )
    metadata = MessageMetadata(
        message_id=message_id,
        receipts=receipts,
        message_processing_status=status,
        message_completed=completed,
        chunk_number=chunk_number,
    )
    return Item(
        absolute_time=time,
        content=content,
        id=item_id,
        type=kind,
        attachments=attachments,
        message_metadata=metadata if has_metadata else None,
    )


ITEMS = st.integers(0, prod(map(len, CHOICES)) - 1).map(item_of_number)
"""Items that meet: few Ids, few times, every kind of version."""
PAGES = st.lists(ITEMS, max_size=8)


def transcript_of(items: Iterable[Item]) -> Any:
    return merge(EMPTY_TRANSCRIPT, items)


# -- the laws ---------------------------------------------------------------------------------------------------------

EXAMPLES = searched("examples", fast=50, slow=3_000)


@EXAMPLES
def test_merging_is_idempotent_and_commutative(examples: int) -> None:
    @settings(max_examples=examples)
    @given(PAGES, st.randoms(use_true_random=False), st.lists(st.integers(0, 12)))
    def law(items: list[Item], chance: random.Random, cuts: list[int]) -> None:
        whole = transcript_of(items)
        assert merge(whole, items) == whole
        assert items_of(merge(whole, items_of(whole))) == items_of(whole)
        shuffled = items + items[:3]
        chance.shuffle(shuffled)
        assert transcript_of(shuffled) == whole
        by_pages = EMPTY_TRANSCRIPT
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(shuffled)], strict=True):
            by_pages = merge(by_pages, shuffled[start:end])
        assert by_pages == whole
        assert items_of(by_pages) == items_of(whole)
        assert hash(by_pages) == hash(whole)

    law()


@EXAMPLES
def test_merging_transcripts_is_the_join_of_a_semilattice(examples: int) -> None:
    @settings(max_examples=examples)
    @given(PAGES, PAGES, PAGES)
    def law(first: list[Item], second: list[Item], third: list[Item]) -> None:
        one, two, three = map(transcript_of, (first, second, third))
        joined = merge_transcripts(one, two)
        assert joined == merge(one, second) == transcript_of(first + second)
        assert merge_transcripts(two, one) == joined
        assert merge_transcripts(joined, two) == joined
        assert merge_transcripts(joined, three) == merge_transcripts(one, merge_transcripts(two, three))

    law()


@settings(max_examples=20)
@given(st.lists(records_of(Item), max_size=3))
def test_any_items_are_merged(items: list[Item]) -> None:
    whole = transcript_of(items)
    assert transcript_of(items[::-1]) == merge(whole, items) == whole


@EXAMPLES
def test_one_item_at_a_time_tells_new_from_changed_from_known(examples: int) -> None:
    @settings(max_examples=examples)
    @given(PAGES)
    def law(items: list[Item]) -> None:
        transcript = EMPTY_TRANSCRIPT
        for item in items:
            before = transcript
            transcript, old, new = merge_item(before, item)
            assert transcript == merge(before, [item])
            assert merge_item(transcript, item) == (transcript, new, new)
            held, holds = items_of(before), items_of(transcript)
            assert (old is None) or old in held
            assert (new is None) or new in holds
            assert len(holds) - len(held) == (old is None) * (new is not None)
            assert {each for each in holds if each != new} == {each for each in held if each != old}
        assert list(map(place_of, items_of(transcript))) == sorted(map(place_of, items_of(transcript)))

    law()


@searched("count", fast=2_000, slow=20_000)
def test_many_items_are_in_order_however_they_come(count: int) -> None:
    chance = random.Random(1)
    items = [
        Item(id=str(number), absolute_time=f"2026-11-22T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z")
        for number in range(count)
    ]
    shuffled = chance.sample(items, count)
    one_by_one = EMPTY_TRANSCRIPT
    for item in shuffled:
        one_by_one = merge_item(one_by_one, item)[0]
    backwards = EMPTY_TRANSCRIPT
    for start in range(count, -1, -100):
        backwards = merge(backwards, items[max(start - 100, 0) : start])
    assert items_of(one_by_one) == items_of(backwards) == items_of(transcript_of(shuffled)) == tuple(items)
    assert one_by_one == backwards
    assert len(one_by_one) == count
    assert find_item(one_by_one, "777") == items[777]
    moved = merge_item(one_by_one, Item(id="5", absolute_time="2027-01-01T00:00:00Z"))[0]
    assert items_of(moved)[-1].id == "5"
    assert len(moved) == count
    for number in chance.sample(range(count), 700):  # chunks become empty
        moved = merge_item(moved, Item(id=str(number), absolute_time="2028-01-01T00:00:00Z"))[0]
    assert len(items_of(moved)) == len(moved) == count


def test_a_transcript_that_grows_at_its_ends_and_in_the_middle_is_in_order() -> None:
    items = [Item(id=f"{number:04}", absolute_time=T0) for number in range(1_600)]
    grown = EMPTY_TRANSCRIPT
    for item in [*items[:512], *items[1_000:], *items[512:1_000]]:
        grown = merge_item(grown, item)[0]
    assert items_of(grown) == tuple(items)
    assert len(grown) == len(items)


# -- versions of one item ---------------------------------------------------------------------------------------------

T0, T1, T2 = "2026-11-22T10:00:00.000Z", "2026-11-22T10:00:01.000Z", "2026-11-22T10:00:02.000Z"


def only(*items: Item) -> Item:
    """Return the one item that these add up to, in whatever order they come."""
    found = {items_of(transcript_of(order)) for order in permutations(items)}
    assert len(found) == 1
    [item] = found.pop()
    return item


def test_the_newer_version_wins() -> None:
    old, new = Item(id="m", absolute_time="2026-11-22T10:00:01Z", content="z"), Item(id="m", absolute_time=T2)
    assert only(old, new) == new
    assert only(old, Item(id="m")) == old


PROCESSING_IN_ORDER = (
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    None,
    MessageProcessingStatus("NEW"),
    MESSAGE_PROCESSING_STATUS_FAILED,
    MESSAGE_PROCESSING_STATUS_REJECTED,
)
SCANNED_IN_ORDER = (
    None,
    ARTIFACT_STATUS_IN_PROGRESS,
    NEW_SCAN,
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_REJECTED,
)


@pytest.mark.parametrize("texts", ["az", "za"], ids=["by the text too", "against the text"])
def test_processing_ends(texts: str) -> None:
    for low, high in pairwise(PROCESSING_IN_ORDER):
        versions = [
            Item(
                id="m",
                absolute_time=T0,
                content=text,
                message_metadata=MessageMetadata(message_id="x", message_processing_status=status),
            )
            for text, status in zip(texts, (low, high), strict=True)
        ]
        assert only(*versions) == versions[1]


@pytest.mark.parametrize("names", ["az", "za"], ids=["by the name too", "against the name"])
def test_an_attachment_is_scanned_once(names: str) -> None:
    for low, high in pairwise(SCANNED_IN_ORDER):
        versions = [
            Item(
                id="m",
                absolute_time=T0,
                attachments=(AttachmentItem(attachment_id="f", attachment_name=name, status=status),),
            )
            for name, status in zip(names, (low, high), strict=True)
        ]
        assert only(*versions) == versions[1]


def receipt(recipient: str, delivered: str | None, read: str | None = None) -> Item:
    one = Receipt(recipient_participant_id=recipient, delivered_timestamp=delivered, read_timestamp=read)
    return Item(
        id=f"receipt of {recipient} {delivered} {read}",
        absolute_time=T2,
        type=CHAT_ITEM_TYPE_MESSAGEMETADATA,
        message_metadata=MessageMetadata(message_id="m", receipts=(one,)),
    )


def test_receipts_join_their_message_by_recipient_and_earliest_time() -> None:
    message = Item(id="m", absolute_time=T0, content="Hello")
    found = only(message, receipt("p", T2), receipt("p", T1, T2), receipt("a", T1))
    assert found.message_metadata == MessageMetadata(
        message_id="m",
        receipts=(
            Receipt(recipient_participant_id="a", delivered_timestamp=T1),
            Receipt(recipient_participant_id="p", delivered_timestamp=T1, read_timestamp=T2),
        ),
    )
    assert found.content == "Hello"
    assert found.absolute_time == T0


def test_the_earliest_time_of_a_receipt_is_so_in_any_offset() -> None:
    message, earliest = Item(id="m", absolute_time=T0), "2026-11-22T10:30:00+01:00"
    found = only(message, receipt("p", T1), receipt("p", earliest), receipt("p", "0 o'clock"))
    assert found.message_metadata is not None
    assert found.message_metadata.receipts == (Receipt(recipient_participant_id="p", delivered_timestamp=earliest),)


def test_a_receipt_waits_for_its_message() -> None:
    transcript, before, after = merge_item(EMPTY_TRANSCRIPT, receipt("p", T1))
    assert (before, after, items_of(transcript), len(transcript)) == (None, None, (), 0)
    assert transcript != EMPTY_TRANSCRIPT
    transcript, before, after = merge_item(transcript, Item(id="m", absolute_time=T0))
    assert before is None
    assert after is not None
    assert after.message_metadata is not None
    assert len(after.message_metadata.receipts or ()) == 1


def chunk(number: int | None, content: str, time: str = T0, *, completed: bool = False) -> Item:
    metadata = MessageMetadata(chunk_number=number, message_completed=completed)
    return Item(id="m", absolute_time=time, content=content, content_type="text/plain", message_metadata=metadata)


def test_chunks_are_put_together_and_a_gap_waits() -> None:
    assert only(chunk(1, "Hel"), chunk(2, "lo", T1), chunk(2, "lo", T1)).content == "Hello"
    assert only(chunk(1, "Hel"), chunk(2, "lo", T1)).absolute_time == T0
    assert only(chunk(1, "Hel"), chunk(3, "!")).content == "Hel"
    assert only(chunk(1, "Hel"), chunk(3, "!"), chunk(2, "lo")).content == "Hello!"
    assert items_of(transcript_of([chunk(2, "lo")])) == ()
    assert only(chunk(1, "b"), chunk(0, "a")).content == "ab"
    assert only(chunk(1, "b"), chunk(0, "a"), chunk(-1, "c")).content == "ab"
    assert only(chunk(1, "Hel"), receipt("p", T1)).message_metadata == MessageMetadata(
        message_completed=False,
        receipts=(Receipt(recipient_participant_id="p", delivered_timestamp=T1),),
    )


def test_all_but_the_text_and_the_time_is_of_the_last_chunk() -> None:
    first, last = (
        Item(
            id="m",
            absolute_time=time,
            content=name,
            display_name=name,
            message_metadata=MessageMetadata(
                chunk_number=number, message_processing_status=MessageProcessingStatus(name)
            ),
        )
        for number, (name, time) in enumerate({"A": T0, "B": T1}.items(), 1)
    )
    assert only(first, last) == Item(
        id="m",
        absolute_time=T0,
        content="AB",
        display_name="B",
        message_metadata=MessageMetadata(
            message_completed=False, message_processing_status=MessageProcessingStatus("B")
        ),
    )


def test_what_was_put_together_is_not_put_together_again() -> None:
    """A program may merge the items that it receives: these are put together already."""
    one, two = chunk(1, "Hel"), chunk(2, "lo", T1)
    [begun], [done] = items_of(transcript_of([one])), items_of(transcript_of([one, two]))
    assert only(begun, done) == only(begun, done, one, two) == only(begun, two, done) == done
    whole = chunk(3, "Hello!", T2, completed=True)
    assert only(begun, done, whole) == whole


def test_of_two_beginnings_the_longer_one_wins() -> None:
    long, short, none = chunk(None, "Hello", T0), chunk(None, "Hel", T1), chunk(None, "", T2)
    assert only(long, short) == only(long, item_content.put(None, none)) == long
    assert only(short, none) == short


def test_the_whole_text_takes_the_place_of_the_chunks() -> None:
    whole = chunk(3, "Hello", T2, completed=True)
    assert only(chunk(1, "Hel"), chunk(2, "l"), whole, chunk(4, "more", "2027-01-01T00:00:00Z")) == whole
    stored = Item(id="m", absolute_time=T2, content="Hello", content_type="text/plain")
    assert only(chunk(2, "lo"), stored) == stored


def test_a_receipt_that_names_no_message_is_nothing() -> None:
    item = Item(id="x", absolute_time=T0, type=CHAT_ITEM_TYPE_MESSAGEMETADATA)
    assert merge_item(EMPTY_TRANSCRIPT, item) == (EMPTY_TRANSCRIPT, None, None)
    assert merge_item(transcript_of([Item(id="x")]), item)[1:] == (Item(id="x"), Item(id="x"))


@given(PAGES)
def test_items_without_an_id_stay_apart_unless_they_are_equal(items: list[Item]) -> None:
    found = items_of(transcript_of(items))
    for item in items:
        if item.id is None and item.type != CHAT_ITEM_TYPE_MESSAGEMETADATA:
            assert found.count(item) == 1


# -- the value --------------------------------------------------------------------------------------------------------


@given(PAGES)
def test_a_transcript_is_a_value(items: list[Item]) -> None:
    transcript = transcript_of(items)
    assert pickle.loads(pickle.dumps(transcript)) == copy.deepcopy(transcript) == transcript
    assert repr(transcript) == f"<Transcript of {len(items_of(transcript))} items>"
    for item in items_of(transcript):
        if item.id is not None:
            assert find_item(transcript, item.id) == item


def test_a_pickled_transcript_finds_its_items_in_another_process() -> None:
    transcript = transcript_of(Item(id=str(number)) for number in range(50))
    read = "import pickle, sys; from lensconnect import find_item; t = pickle.load(sys.stdin.buffer)\n"
    check = "print(sum(find_item(t, str(number)) is not None for number in range(60)))"
    command = [sys.executable, "-c", read + check]
    done = subprocess.run(command, input=pickle.dumps(transcript), capture_output=True, check=True)
    assert done.stdout.split() == [b"50"]


def test_another_value_is_a_mistake() -> None:
    wrong: Any = ()
    for mistake in (
        lambda: merge(wrong, ()),
        lambda: merge_transcripts(wrong, EMPTY_TRANSCRIPT),
        lambda: merge_transcripts(EMPTY_TRANSCRIPT, wrong),
        lambda: items_of(wrong),
        lambda: find_item(wrong, "m"),
        lambda: participants_in(wrong),
    ):
        with pytest.raises(TypeError, match="must be a Transcript, not a value of type tuple"):
            mistake()
    assert wrong != EMPTY_TRANSCRIPT


# -- forgetting -------------------------------------------------------------------------------------------------------


def without_chunk(item: Item) -> Item:
    """Return the item without the metadata of a chunk: the whole text may lie before its chunks."""
    metadata = item.message_metadata
    is_part = metadata is not None and (metadata.chunk_number is not None or metadata.message_completed is False)
    return item_message_metadata.put(None, item) if is_part else item


WHOLE = st.lists(ITEMS.map(without_chunk), max_size=20)


def test_an_item_that_is_kept_stays_though_its_whole_text_lies_before() -> None:
    kept = keep_newest(transcript_of([Item(id="a", absolute_time=T1), chunk(1, "Hel", T2)]), 1)
    assert items_of(merge(kept, [chunk(2, "Hello", T0, completed=True)]))[0].content == "Hello"


@given(WHOLE, WHOLE, st.integers(0, 20))
def test_what_is_forgotten_counts_as_known(items: list[Item], more: list[Item], count: int) -> None:
    whole = transcript_of(items)
    kept = keep_newest(whole, count)
    assert items_of(kept) == items_of(whole)[len(whole) - min(count, len(whole)) :]
    assert keep_newest(kept, count) == kept
    again = merge(kept, items_of(whole))
    assert items_of(again) == items_of(kept)
    if len(kept) < len(whole):
        forgotten = items_of(whole)[len(whole) - count - 1]
        assert merge_item(kept, forgotten) == (kept, None, None)
        for item in items_of(merge(kept, more)):
            assert place_of(item) > place_of(forgotten)
        joined = merge_transcripts(kept, transcript_of(more))
        assert items_of(joined) == items_of(merge_transcripts(transcript_of(more), kept))
        assert all(place_of(item) > place_of(forgotten) for item in items_of(joined))


def test_of_items_of_one_instant_those_with_the_lower_ids_are_forgotten() -> None:
    kept = keep_newest(transcript_of([Item(id=name, absolute_time=T1) for name in "acde"]), 2)
    assert [item.id for item in items_of(kept)] == ["d", "e"]
    assert merge_item(kept, Item(id="b", absolute_time=T1)) == (kept, None, None)
    assert merge_item(kept, Item(id="cc", absolute_time=T1))[2] is not None


def test_an_item_that_is_kept_takes_a_newer_version_that_lies_before() -> None:
    scanned = [AttachmentItem(attachment_id="f", status=status) for status in (NEW_SCAN, ARTIFACT_STATUS_APPROVED)]
    first, second = (
        Item(id="a", type=CHAT_ITEM_TYPE_ATTACHMENT, absolute_time=time, attachments=(attachment,))
        for time, attachment in zip((T2, T0), scanned, strict=True)
    )
    kept = keep_newest(transcript_of([Item(id="b", absolute_time=T1), first]), 1)
    _, before, after = merge_item(kept, second)
    assert before == first
    assert after is not None
    assert after.attachments == second.attachments


def test_a_message_that_was_forgotten_stays_so_though_its_receipt_waits() -> None:
    kept = keep_newest(transcript_of([Item(id="b", absolute_time=T1), Item(id="c", absolute_time=T2)]), 1)
    receipt = MessageMetadata(message_id="a", receipts=(Receipt(read_timestamp=T2),))
    waits = merge(kept, [Item(type=CHAT_ITEM_TYPE_MESSAGEMETADATA, message_metadata=receipt)])
    assert merge_item(waits, Item(id="a", absolute_time=T0)) == (waits, None, None)


def test_receipts_that_wait_are_forgotten_too() -> None:
    waiting = [
        Item(
            type=CHAT_ITEM_TYPE_MESSAGEMETADATA,
            message_metadata=MessageMetadata(
                message_id=f"m{number}", receipts=(Receipt(read_timestamp=f"2026-11-22T10:00:0{number}Z"),)
            ),
        )
        for number in range(9)
    ]
    kept = keep_newest(transcript_of([*waiting, Item(id="a", absolute_time=T0), Item(id="b", absolute_time=T1)]), 1)
    for number, receipts in ((7, None), (8, 1)):
        _, _, item = merge_item(kept, Item(id=f"m{number}", absolute_time=T2))
        assert item is not None
        assert (item.message_metadata and len(item.message_metadata.receipts or ())) == receipts


# -- what items mean --------------------------------------------------------------------------------------------------


def event(content_type: str, participant_id: str | None, time: str) -> Item:
    return Item(
        id=f"{content_type} {participant_id} {time}",
        type=CHAT_ITEM_TYPE_EVENT,
        content_type=content_type,
        participant_id=participant_id,
        absolute_time=time,
    )


def test_who_is_in_the_chat() -> None:
    joined = [event(EVENT_PARTICIPANT_JOINED, name, T0) for name in ("customer", "agent", "bot")]
    left = event(EVENT_PARTICIPANT_LEFT, "bot", T1)
    assert participants_in(transcript_of([left, *joined])) == ("agent", "customer")
    ended = event(EVENT_CHAT_ENDED, None, T1)
    assert participants_in(transcript_of([*joined, ended])) == ()
    assert participants_in(transcript_of([*joined, ended, event(EVENT_PARTICIPANT_JOINED, "agent", T2)])) == ("agent",)
    assert participants_in(transcript_of([event(EVENT_PARTICIPANT_LEFT, "x", T0)])) == ()


def test_what_the_service_stores() -> None:
    assert is_stored(Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type="text/plain"))
    assert is_stored(Item(type=CHAT_ITEM_TYPE_ATTACHMENT))
    assert is_stored(event(EVENT_PARTICIPANT_JOINED, "p", T0))
    assert is_stored(event(EVENT_CHAT_ENDED, None, T0))
    assert not is_stored(event(EVENT_TYPING, "p", T0))
    assert not is_stored(event("application/vnd.amazonaws.connect.event.participant.idle", "p", T0))
    assert not is_stored(receipt("p", T0))


def test_the_chunks_of_a_long_answer_take_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only two versions of one chunk are compared, so that each chunk of a streamed answer costs no text of the others."""
    compared: list[Item] = []
    order_of_core = item_versions._order_of_core
    monkeypatch.setattr(item_versions, "_order_of_core", lambda core: (compared.append(core), order_of_core(core))[1])
    chunks = [
        Item(id="m", content="word ", message_metadata=MessageMetadata(chunk_number=number, message_completed=False))
        for number in range(1, 101)
    ]
    transcript = EMPTY_TRANSCRIPT
    for chunk in chunks:
        transcript = merge(transcript, [chunk])
    assert [item.content for item in items_of(transcript)] == ["word " * 100]
    assert len(compared) <= 2 * len(chunks)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 66, 200])
def test_items_are_found_however_many_there_are(size: int) -> None:
    """An index of up to 64 items is one dictionary, a larger one a tree."""
    items = [Item(id=f"i{number}", absolute_time=f"2026-11-22T10:00:{number / 10:06.3f}Z") for number in range(size)]
    at_once = merge(EMPTY_TRANSCRIPT, items)
    one_by_one = EMPTY_TRANSCRIPT
    for item in items:
        one_by_one = merge(one_by_one, [item])
    in_halves = merge(merge(EMPTY_TRANSCRIPT, items[: size // 2]), items[size // 2 :])
    for whole in (at_once, one_by_one, in_halves, keep_newest(merge(at_once, [Item(id="", absolute_time="")]), size)):
        assert items_of(whole) == tuple(items)
        assert [find_item(whole, f"i{number}") for number in range(size + 1)] == [*items, None]
        assert merge(whole, items) is whole or merge(whole, items) == whole


def test_short_transcripts_give_the_garbage_collector_little_to_do() -> None:
    items = [Item(id=f"i{number}", absolute_time="2026-11-22T10:00:00Z") for number in range(20)]
    transcripts = [merge(EMPTY_TRANSCRIPT, items) for _ in range(100)]
    for _ in range(3):  # a tuple of tuples goes untracked after them
        gc.collect()
    held: list[object] = list(transcripts)
    tracked = 0
    while held:
        inside = gc.get_referents(*held)
        tracked += sum(map(gc.is_tracked, held))
        held = [value for value in inside if isinstance(value, tuple | dict | Item)]
    assert tracked <= 3 * len(transcripts)


def test_a_message_of_a_participant_is_no_departure() -> None:
    joined = Item(
        id="1", participant_id="agent", content_type=EVENT_PARTICIPANT_JOINED, absolute_time="2026-11-22T10:00:01Z"
    )
    message = Item(id="2", participant_id="agent", content_type="text/plain", absolute_time="2026-11-22T10:00:02Z")
    assert participants_in(transcript_of([joined, message])) == ("agent",)
