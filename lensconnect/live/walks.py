"""Walks through the pages of the transcript: take a page, notice the last, and give up where no page can be had.

A walk goes forward from the last confirmed item, and hands a page out as soon as it has come.  Where no such item is
known it goes backward from the newest: its pages are held back until the oldest has come, or the walk is given up.

Facts: the items of a past session of a persistent chat have a RelatedContactId and no ContactId (API_Item), and are
found by walking backward only (the administrator guide, "Enable persistent chat").
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from math import inf
from typing import Any

from lensconnect.content.types import EVENT_PARTICIPANT_LEFT
from lensconnect.errors import Error, InvalidRequest, ServiceError, is_chat_over
from lensconnect.live.arrivals import end_if_told
from lensconnect.live.failures import backoff_seconds, is_hopeless, kind_of
from lensconnect.live.orders import PAGE, AskPage, PageFound, Postponed, Tell
from lensconnect.live.state import ChatState, Walk
from lensconnect.live.transcript import place_of
from lensconnect.live.transitions import caught_up
from lensconnect.results import Result, is_ok
from lensconnect.types.item import Item
from lensconnect.types.transcript import SCAN_DIRECTION_BACKWARD, SCAN_DIRECTION_FORWARD, StartPosition


def absorb_page(state: ChatState, _order: AskPage, outcome: Result[Any, Error], now: float, chance: float) -> None:
    """Take the outcome of `AskPage`."""
    if is_ok(outcome) and isinstance(postponed := outcome.unwrap(), Postponed):
        state.reconcile_at, state.reserved = now + postponed.seconds, True
        return
    state.begun, state.looked = True, False
    state.open_link().burst = 0
    if state.phase == "online":
        state.reserved = False
        state.walk = state.new_walk()
        state.go("page due")
    walk = state.open_walk()
    if not is_ok(outcome):
        _page_failed(state, walk, outcome.failure(), now, chance)
        return
    page: PageFound = outcome.unwrap()
    walk.attempt = 0
    state.initial_contact_id = page.initial_contact_id or state.initial_contact_id
    if walk.next_token is None and _is_elsewhere(walk, page.items):
        state.walk = Walk(None, SCAN_DIRECTION_BACKWARD, walk.stop, history=False)
        return
    ended = not page.next_token or page.next_token in walk.tokens
    walk.next_token = page.next_token
    walk.tokens.add(page.next_token)
    if walk.direction == SCAN_DIRECTION_FORWARD:
        _take_forward(state, page.items)
    else:
        ended = _take_backward(state, walk, page.items, now) or ended
        if ended:
            _confirm_backward(state, walk)
    if ended and state.phase == "catching up":
        state.with_history = state.transcript_denied = False
        caught_up(state, now, chance)


def _is_elsewhere(walk: Walk, items: tuple[Item, ...]) -> bool:
    """Return whether a walk by time does not begin at the place where it must, as that lies in a past session."""
    if walk.stop is None or walk.start is None or walk.start.absolute_time is None:
        return False
    return walk.stop[0] not in {place_of(item)[0] for item in items}


def _take_forward(state: ChatState, items: tuple[Item, ...]) -> None:
    """Take a page of a forward walk: hand its new items out, and confirm its last."""
    found = [item for item in items if _take_of_page(state, item)]
    if items:
        last = max(items, key=place_of)
        state.delivery.release_up_to(place_of(last))
        state.delivery.confirm(last)
    for item in found:
        end_if_told(state, item)


def _take_of_page(state: ChatState, item: Item, *, past: bool = False) -> bool:
    """Take an item of a page, and return whether it is new."""
    state.contact_id = item.contact_id or state.contact_id
    is_new = state.delivery.take(item, inf, past=past, paged=True)
    state.missed += is_new
    return is_new


def _take_backward(state: ChatState, walk: Walk, items: tuple[Item, ...], now: float) -> bool:
    """Take a page of a backward walk, and return whether nothing before it is wanted.

    Its items are held back like live ones, once the chat is online: one whose frame arrives meanwhile is not past.
    """
    stop = "" if walk.stop is None else walk.stop[0]
    wanted = [item for item in items if not "" < place_of(item)[0] < stop]
    limit = _history(state) if walk.history else None
    if limit is not None:
        wanted = wanted[max(0, len(wanted) + walk.taken - limit) :]
    walk.taken += len(wanted)
    found = [item for item in wanted if _take_of_page(state, item, past=walk.history)]
    if found:
        state.delivery.release_at(now + state.options.settle, max(found, key=place_of))
    placed = [item for item in wanted if place_of(item)[0]]
    if placed:
        walk.newest.append(max(placed, key=place_of))
        walk.oldest = min((*placed, walk.oldest or placed[0]), key=place_of)
    for item in found:
        if not walk.history or (state.left_at is not None and item.content_type == EVENT_PARTICIPANT_LEFT):
            end_if_told(state, item)
    return len(wanted) < len(items) or walk.taken == limit


def _history(state: ChatState) -> int | None:
    """Return how many items of the past are read; where none is handed out, one is still needed as the anchor."""
    return PAGE if state.options.history == 0 else state.options.history


def _confirm_backward(state: ChatState, walk: Walk) -> None:
    """Hand out what a backward walk has found, oldest first, and confirm it: nothing is missing in it."""
    if walk.oldest is None:
        return
    if walk.history:
        state.delivery.start_of_history(walk.oldest)
    # Of items of one millisecond, a page may have one whose place is behind those of the next page.
    *older, newest = accumulate(reversed(walk.newest), partial(max, key=place_of))
    for last in older:
        state.delivery.release_up_to(place_of(last))
        state.delivery.confirm(last)
    if not walk.history or state.lost_at is not None:
        state.delivery.release_up_to(place_of(newest))
    state.delivery.confirm_when_released(newest)


def _page_failed(state: ChatState, walk: Walk, error: Error, now: float, chance: float) -> None:
    if is_chat_over(error):
        _give_up_walk(state, "the transcript is denied", now, chance)
        if state.transcript_denied:
            state.reconcile_at = inf
        else:  # the chat may be over, or the token too old: CreateParticipantConnection decides, once
            state.transcript_denied, state.renew_at = True, now
    elif isinstance(error, InvalidRequest) or (isinstance(error, ServiceError) and error.status == 400):
        start, anchor = walk.start, state.delivery.start
        if start is not None and start.id is not None and anchor is not None:
            by_time = StartPosition(absolute_time=anchor.absolute_time)
            state.walk = Walk(by_time, walk.direction, anchor.place, history=False)
        elif start is not None:
            state.walk = Walk(None, SCAN_DIRECTION_BACKWARD, walk.stop, history=False)
        else:
            _give_up_walk(state, "the transcript was refused", now, chance)
    elif is_hopeless(error):
        _give_up_walk(state, "the transcript cannot be read", now, chance)
    elif state.gap:
        walk.attempt += 1
        walk.retry_at = now + backoff_seconds(state.options.backoff, walk.attempt, chance)
    else:  # nothing is known to be missing, so nothing has to wait for it
        _give_up_walk(state, f"the transcript: {kind_of(error)}", now, chance)
        state.reconcile_at = min(state.reconcile_at, now + state.options.backoff.longest)


def _give_up_walk(state: ChatState, why: str, now: float, chance: float) -> None:
    """Go online without the rest of the transcript, which the next walk reads: this one has confirmed nothing of it."""
    state.tells.append(Tell("abandoned", why))
    if state.lost_at is not None:
        state.delivery.release_up_to()  # what was missed, before the return is told
    caught_up(state, now, chance)
