"""Transcript: the items of a chat as a value, each Id once and in order, whatever the order in which they came.

Theory of operation: the items lie in sorted chunks of at most 512 under one tuple, and are found by Id in dictionaries
at the leaves of a tree with 32 * 32 branches, chosen by the hash of the Id; up to 64 items share one dictionary, so
that thousands of short chats take little memory and little of the garbage collector's time.  To merge an item copies
one chunk, one dictionary and the two tuples above it; the rest is shared with the transcript before.  Most items belong at the end,
so the last chunk grows to 32 only, before it becomes part of the one in front of it.  Many items at once are merged by
sorting, which is linear where they are nearly in order.

How the versions of one item are joined stands in `item_versions`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any, Final, TypeAlias, TypeVar

from lensconnect.arguments import expect
from lensconnect.content.types import (
    EVENT_CHAT_ENDED,
    EVENT_PARTICIPANT_INVITED,
    EVENT_PARTICIPANT_JOINED,
    EVENT_PARTICIPANT_LEFT,
    EVENT_TRANSFER_FAILED,
    EVENT_TRANSFER_SUCCEEDED,
)
from lensconnect.live.item_versions import NO_FACTS, Facts, facts_of, instant_of, item_of, join_facts, key_of
from lensconnect.types.item import (
    CHAT_ITEM_TYPE_CONNECTION_ACK,
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGE_DELIVERED,
    CHAT_ITEM_TYPE_MESSAGE_READ,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    CHAT_ITEM_TYPE_TYPING,
    Item,
)

T = TypeVar("T")

__all__ = [
    "EMPTY_TRANSCRIPT",
    "Transcript",
    "find_item",
    "is_stored",
    "items_of",
    "merge",
    "merge_transcripts",
    "participants_in",
]

Place: TypeAlias = tuple[str, str]
"""The place of an item among others: its instant and its Id.  Places are compared as tuples."""

_Entry: TypeAlias = tuple[str, str, Item | None, Facts | None]
"""The instant, the key, the item if there is enough of it, and its facts where they are more than the item."""
_Chunk: TypeAlias = tuple[_Entry, ...]
_Index: TypeAlias = tuple[tuple[dict[str, _Entry], ...], ...]

_LONGEST: Final = 512
_BRANCHES: Final = 32
_NO_ENTRIES: Final[dict[str, _Entry]] = {}
_EMPTY_BRANCH: Final = (_NO_ENTRIES,) * _BRANCHES
_EMPTY_INDEX: Final[_Index] = ((_NO_ENTRIES,),)
_EMPTY_TREE: Final[_Index] = (_EMPTY_BRANCH,) * _BRANCHES
_MOST_IN_ONE: Final = 64
"""The most entries of an index that is one dictionary."""
_FEW: Final = 100
"""At least so many times as many items as come are in the transcript: then they are merged one by one."""

_STORED_EVENTS: Final = frozenset(
    [
        EVENT_CHAT_ENDED,
        EVENT_PARTICIPANT_INVITED,
        EVENT_PARTICIPANT_JOINED,
        EVENT_PARTICIPANT_LEFT,
        EVENT_TRANSFER_FAILED,
        EVENT_TRANSFER_SUCCEEDED,
    ]
)
_TYPES_NOT_STORED: Final = frozenset(
    [
        CHAT_ITEM_TYPE_CONNECTION_ACK,
        CHAT_ITEM_TYPE_MESSAGEMETADATA,
        CHAT_ITEM_TYPE_MESSAGE_DELIVERED,
        CHAT_ITEM_TYPE_MESSAGE_READ,
        CHAT_ITEM_TYPE_TYPING,
    ]
)


class Transcript:
    """The items of a chat, each Id once, ordered by the instant of AbsoluteTime and the Id.  Immutable.

    Equal to another that holds the same, however it came to that.  `merge` adds items; `items_of` returns them.
    """

    __slots__ = ("chunks", "forgotten", "index", "size")

    def __init__(self, chunks: tuple[_Chunk, ...], index: _Index, size: int, forgotten: Place | None) -> None:
        self.chunks: tuple[_Chunk, ...] = chunks
        self.index: _Index = index
        self.size: int = size
        self.forgotten: Place | None = forgotten

    def __len__(self) -> int:
        """Return the number of items."""
        return self.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Transcript):
            return NotImplemented
        return self is other or (
            self.size == other.size
            and self.forgotten == other.forgotten
            and all(one == two for one, two in zip(_entries(self), _entries(other), strict=True))
            and _waiting(self) == _waiting(other)
        )

    def __hash__(self) -> int:
        return hash((self.size, items_of(self)))

    def __repr__(self) -> str:
        return f"<Transcript of {self.size} items>"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the entries: another process hashes text in another way."""
        return _filled, ((*_entries(self), *_waiting(self).values()), self.forgotten)


EMPTY_TRANSCRIPT: Final = Transcript((), _EMPTY_INDEX, 0, None)
"""The transcript without items."""


def merge(transcript: Transcript, items: Iterable[Item]) -> Transcript:
    """Return the transcript with these items too; an Id that it has already gets the newer version.

    Versions of one Id are joined: the later AbsoluteTime wins; receipts are kept by recipient, attachments by their
    Id; the chunks of a bot's streamed answer are put together by number until the whole text comes.  A receipt
    (MESSAGEMETADATA) becomes part of the message that it names, and waits for that if it comes first.

    The order in which items come makes no difference, and an item that comes twice is there once.  Items that the
    service does not store are taken too: see `is_stored`.

    >>> early = Item(id="b", absolute_time="2026-11-22T10:00:01Z")
    >>> late = Item(id="a", absolute_time="2026-11-22T10:00:01.250Z")
    >>> [item.id for item in items_of(merge(EMPTY_TRANSCRIPT, [late, early, late]))]
    ['b', 'a']
    """
    _expect_transcript("merge: transcript", transcript)
    return _with_facts(transcript, [(key_of(item), facts_of(item)) for item in items])


def merge_transcripts(one: Transcript, other: Transcript) -> Transcript:
    """Return the transcript with the items of both, as `merge` joins them."""
    _expect_transcript("merge_transcripts: one", one)
    _expect_transcript("merge_transcripts: other", other)
    most, least = (one, other) if len(one) >= len(other) else (other, one)
    entries = chain(_entries(least), _waiting(least).values())
    whole = Transcript(most.chunks, most.index, most.size, None)
    joined = _with_facts(whole, [(entry[1], _facts(entry)) for entry in entries])
    forgotten = [each.forgotten for each in (one, other) if each.forgotten is not None]
    return _forget(joined, max(forgotten)) if forgotten else joined


def merge_item(transcript: Transcript, item: Item) -> tuple[Transcript, Item | None, Item | None]:
    """Return the transcript with an item, and the item of this Id before and after.

    The item is new if there was none before, known if both are equal, and changed otherwise.  For a receipt they are
    the message that it names.  None after means that nothing can be shown: a receipt or a chunk waits for what comes
    before it, or the item lies among those that `keep_newest` has forgotten.
    """
    return _with_entry(transcript, key_of(item), facts_of(item))


def items_of(transcript: Transcript) -> tuple[Item, ...]:
    """Return the items, ordered by the instant of AbsoluteTime and the Id."""
    _expect_transcript("items_of: transcript", transcript)
    return tuple(entry[2] for entry in _entries(transcript) if entry[2] is not None)


def find_item(transcript: Transcript, item_id: str) -> Item | None:
    """Return the item with this Id, or None."""
    _expect_transcript("find_item: transcript", transcript)
    entry = _found(transcript, item_id)
    return entry and entry[2]


def participants_in(transcript: Transcript) -> tuple[str, ...]:
    """Return the ids of the participants who have joined and not left, in the order in which they joined.

    Nobody is in a chat that has ended.
    """
    present: dict[str, None] = {}
    for item in items_of(transcript):
        if item.content_type == EVENT_CHAT_ENDED:
            present.clear()
        elif item.participant_id is not None and item.content_type == EVENT_PARTICIPANT_JOINED:
            present[item.participant_id] = None
        elif item.participant_id is not None and item.content_type == EVENT_PARTICIPANT_LEFT:
            present.pop(item.participant_id, None)
    return tuple(present)


def is_stored(item: Item) -> bool:
    """Return True if the service keeps the item in the transcript of the chat.

    It keeps messages, attachments, and the events that GetTranscript's page lists: a participant invited, joined or
    left, a transfer succeeded or failed, the end of the chat.  It keeps receipts as part of their message.

    >>> from lensconnect import EVENT_TYPING
    >>> is_stored(Item(type=CHAT_ITEM_TYPE_EVENT, content_type=EVENT_TYPING))
    False
    """
    if item.type in _TYPES_NOT_STORED:
        return False
    return item.type != CHAT_ITEM_TYPE_EVENT or item.content_type in _STORED_EVENTS


def place_of(item: Item) -> Place:
    """Return the place of an item among others: they are in order by the instant of AbsoluteTime, then by the Id."""
    return instant_of(item.absolute_time), key_of(item) if item.id is None else item.id


def keep_newest(transcript: Transcript, count: int) -> Transcript:
    """Return the transcript with the newest `count` items at most.

    What lies before them counts as known from then on: `merge` leaves it out.  An item that is kept stays, though a
    newer version of it lies there: the whole text of a message may be older than its chunks.  The time this takes grows with the
    transcript, so call it once for many items.
    """
    surplus = len(transcript) - count
    if surplus <= 0:
        return transcript
    last = next(entry for number, entry in enumerate(_entries(transcript), 1) if number == surplus)
    kept = _forget(transcript, last[:2])
    waiting = sorted(_waiting(kept).values(), key=_latest)
    return (
        kept if len(waiting) <= count else _filled((*_entries(kept), *waiting[len(waiting) - count :]), kept.forgotten)
    )


def _expect_transcript(name: str, value: object) -> None:
    expect(name, value, Transcript, "a Transcript")


# -- one entry --------------------------------------------------------------------------------------------------------


def _facts(entry: _Entry) -> Facts:
    _, _, item, facts = entry
    return facts or (NO_FACTS if item is None else facts_of(item))


def _entry(key: str, facts: Facts) -> _Entry:
    item = item_of(facts)
    return "" if item is None else instant_of(item.absolute_time), key, item, None if facts.core else facts


def _joined(old: _Entry | None, key: str, facts: Facts) -> _Entry:
    """Return the entry with these facts too; `old` itself if they are known."""
    if old is None:
        return _entry(key, facts)
    had = _facts(old)
    joined = had if facts == had else join_facts(had, facts)
    return old if joined == had else _entry(key, joined)


def _latest(entry: _Entry) -> str:
    """Return the latest instant in an entry that waits."""
    facts = _facts(entry)
    times = [
        *(chunk.absolute_time for chunk in facts.chunks),
        *(time for each in facts.receipts for time in (each.delivered_timestamp, each.read_timestamp)),
    ]
    return max(map(instant_of, times), default="")


# -- entries of a transcript ------------------------------------------------------------------------------------------


def _entries(transcript: Transcript) -> Iterator[_Entry]:
    """Return the entries that have an item, in order."""
    return chain.from_iterable(transcript.chunks)


def _waiting(transcript: Transcript) -> dict[str, _Entry]:
    """Return the entries without an item: receipts and chunks that came before what they belong to."""
    leaves = chain.from_iterable(branch for branch in transcript.index if branch is not _EMPTY_BRANCH)
    return {key: entry for leaf in leaves for key, entry in leaf.items() if entry[2] is None}


def _found(transcript: Transcript, key: str) -> _Entry | None:
    at, below = _leaf_at(transcript.index, key)
    return transcript.index[at][below].get(key)


def _is_left_out(old: _Entry | None, new: _Entry, forgotten: Place | None) -> bool:
    """Return True if an entry that had no item has none now and no facts, or one whose place was forgotten."""
    if old is not None and old[2] is not None:
        return False
    if new[2] is None:
        return new[3] == NO_FACTS
    return forgotten is not None and new[:2] <= forgotten


def _with_entry(transcript: Transcript, key: str, facts: Facts) -> tuple[Transcript, Item | None, Item | None]:
    """Return the transcript with facts about one item, and the item before and after."""
    old = _found(transcript, key)
    new = _joined(old, key, facts)
    if new is old:
        return transcript, new[2], new[2]
    if _is_left_out(old, new, transcript.forgotten):
        return transcript, None, None
    chunks, size = transcript.chunks, transcript.size
    if old is not None and old[2] is not None:
        chunks, size = _without(chunks, old), size - 1
    if new[2] is not None:
        chunks, size = _inserted(chunks, new), size + 1
    index = _with_leaf(transcript.index, new)
    return Transcript(chunks, index, size, transcript.forgotten), old and old[2], new[2]


def _with_facts(transcript: Transcript, facts: list[tuple[str, Facts]]) -> Transcript:
    """Return the transcript with facts about many items."""
    if len(facts) <= 1 or len(facts) * _FEW <= len(transcript):
        for key, each in facts:
            transcript = _with_entry(transcript, key, each)[0]
        return transcript
    changed: dict[str, _Entry] = {}
    for key, each in facts:
        old = changed.get(key) or _found(transcript, key)
        new = _joined(old, key, each)
        if new is not old and not _is_left_out(old, new, transcript.forgotten):
            changed[key] = new
    kept = [entry for entry in _entries(transcript) if entry[1] not in changed]
    chunks, size = _sorted_chunks([*kept, *changed.values()])
    return Transcript(chunks, _with_leaves(transcript.index, changed.values()), size, transcript.forgotten)


def _filled(entries: Iterable[_Entry], forgotten: Place | None) -> Transcript:
    """Return the transcript of these entries."""
    entries = tuple(entries)
    chunks, size = _sorted_chunks(entries)
    return Transcript(chunks, _with_leaves(EMPTY_TRANSCRIPT.index, entries), size, forgotten)


def _forget(transcript: Transcript, place: Place) -> Transcript:
    """Return the transcript without the items up to a place, which counts as known from then on."""
    forgotten = max(place, transcript.forgotten or place)
    kept = (entry for entry in _entries(transcript) if entry[:2] > forgotten)
    return _filled((*kept, *_waiting(transcript).values()), forgotten)


# -- chunks and leaves ------------------------------------------------------------------------------------------------


def _sorted_chunks(entries: Iterable[_Entry]) -> tuple[tuple[_Chunk, ...], int]:
    """Return the entries that have an item, in order, as half filled chunks; and their number."""
    ordered: Any = sorted(entry for entry in entries if entry[2] is not None)
    half = _LONGEST // 2
    return tuple(tuple(ordered[start : start + half]) for start in range(0, len(ordered), half)), len(ordered)


def _chunk_at(chunks: tuple[_Chunk, ...], entry: _Entry) -> int:
    """Return the index of the chunk in which an entry is, or belongs: the last that begins no later."""
    behind: Any = ((entry[0], entry[1] + "\0"),)
    return max(bisect_left(chunks, behind) - 1, 0)


def _inserted(chunks: tuple[_Chunk, ...], entry: _Entry) -> tuple[_Chunk, ...]:
    if not chunks:
        return ((entry,),)
    at = _chunk_at(chunks, entry)
    chunk = chunks[at]
    index = bisect_left(chunk, entry[:2])
    if len(chunk) < _LONGEST:
        return _replaced(chunks, at, _replaced(chunk, index, entry, replaces=0))
    if index == len(chunk):
        return _replaced(chunks, at + 1, (entry,), replaces=0)
    grown, half = _replaced(chunk, index, entry, replaces=0), _LONGEST // 2
    return _replaced(_replaced(chunks, at, grown[half:]), at, grown[:half], replaces=0)


def _without(chunks: tuple[_Chunk, ...], entry: _Entry) -> tuple[_Chunk, ...]:
    at = _chunk_at(chunks, entry)
    chunk = chunks[at]
    index = bisect_left(chunk, entry[:2])
    left = chunk[:index] + chunk[index + 1 :]
    return chunks[:at] + ((left,) if left else ()) + chunks[at + 1 :]


def _leaf_at(index: _Index, key: str) -> tuple[int, int]:
    """Return the branch and the leaf of a key."""
    if len(index) == 1:
        return 0, 0
    code = hash(key)
    return code % _BRANCHES, code // _BRANCHES % _BRANCHES


def _with_leaf(index: _Index, entry: _Entry) -> _Index:
    index = _with_room(index, 1)
    at, below = _leaf_at(index, entry[1])
    branch = index[at]
    return _replaced(index, at, _replaced(branch, below, {**branch[below], entry[1]: entry}))


def _replaced(values: tuple[T, ...], index: int, value: T, *, replaces: int = 1) -> tuple[T, ...]:
    """Return a tuple with a value in the place of one or, with `replaces=0`, before it."""
    return values[:index] + (value,) + values[index + replaces :]  # noqa: RUF005 - a third of the time of unpacking


def _with_leaves(index: _Index, entries: Collection[_Entry]) -> _Index:
    index = _with_room(index, len(entries))
    leaves: dict[tuple[int, int], dict[str, _Entry]] = {}
    branches: dict[int, list[dict[str, _Entry]]] = {}
    for entry in entries:
        at, below = _leaf_at(index, entry[1])
        leaf = leaves.get((at, below))
        if leaf is None:
            leaf = leaves[at, below] = dict(index[at][below])
            branches.setdefault(at, list(index[at]))[below] = leaf
        leaf[entry[1]] = entry
    return tuple(tuple(branches.get(at, branch)) for at, branch in enumerate(index))


def _with_room(index: _Index, more: int) -> _Index:
    """Return the index itself, or as a tree if it is one dictionary that so many more entries are too many for."""
    first = index[0][0]
    if len(index) > 1 or len(first) + more <= _MOST_IN_ONE:
        return index
    return _with_leaves(_EMPTY_TREE, first.values())
