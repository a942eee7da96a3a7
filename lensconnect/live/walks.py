"""Walks through the pages of the transcript: take a page, notice the last, and give up where no page can be had.

A walk goes forward from the last confirmed item, and hands a page out as soon as it has come.  Where no such item is
known it goes backward from the newest, and hands out what it has collected at its end.
"""

from __future__ import annotations

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
    ended = not page.next_token or page.next_token in walk.tokens
    walk.next_token = page.next_token
    walk.tokens.add(page.next_token)
    if walk.direction == SCAN_DIRECTION_FORWARD:
        _take_page(state, page.items)
    else:
        walk.found.extend(page.items)
        limit = _history(state) if walk.history else None
        known = walk.stop is not None and any(place_of(item)[0] < walk.stop[0] for item in page.items)
        ended = ended or known or (limit is not None and len(walk.found) >= limit)
        if ended:
            _take_found(state, walk, limit, now)
    if ended and state.phase == "catching up":
        state.with_history = state.transcript_denied = False
        caught_up(state, now, chance)


def _history(state: ChatState) -> int | None:
    """Return how many items of the past are read; where none is handed out, one is still needed as the anchor."""
    return PAGE if state.options.history == 0 else state.options.history


def _take_page(state: ChatState, items: tuple[Item, ...]) -> None:
    """Take a page of a forward walk: hand its new items out, and confirm its last."""
    found = [item for item in items if _take_of_page(state, item, inf)]
    if items:
        last = max(items, key=place_of)
        state.delivery.release_up_to(place_of(last))
        state.delivery.confirm(last)
    for item in found:
        end_if_told(state, item)


def _take_of_page(state: ChatState, item: Item, release_at: float, *, past: bool = False) -> bool:
    """Take an item of a page, and return whether it is new."""
    state.contact_id = item.contact_id or state.contact_id
    is_new = state.delivery.take(item, release_at, past=past, paged=True)
    state.missed += is_new
    return is_new


def _take_found(state: ChatState, walk: Walk, limit: int | None, now: float) -> None:
    """Take what a backward walk has collected, oldest first.

    Items of the history are held back like live ones: one whose frame arrives meanwhile is not past.
    """
    stop = "" if walk.stop is None else walk.stop[0]
    found = sorted((item for item in walk.found if place_of(item)[0] >= stop), key=place_of)
    if limit is not None:
        found = found[-limit:]
    if walk.history:
        state.delivery.start_of_history(found[0] if found else None)
    at_once = not walk.history or state.lost_at is not None
    release_at = inf if at_once else now + state.options.settle
    new = [item for item in found if _take_of_page(state, item, release_at, past=walk.history)]
    if found:
        if at_once:
            state.delivery.release_up_to(place_of(found[-1]))
        state.delivery.confirm_when_released(found[-1])
    for item in new:
        if not walk.history or (state.left_at is not None and item.content_type == EVENT_PARTICIPANT_LEFT):
            end_if_told(state, item)


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
            state.walk = Walk(by_time, walk.direction, walk.stop, history=False)
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
    state.tells.append(Tell("abandoned", why))
    caught_up(state, now, chance)
