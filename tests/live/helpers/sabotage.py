"""Broken variants of the state machine: each breaks one rule, and the lives must find it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import inf
from typing import Any, Final
from unittest.mock import patch

from lensconnect import ConnectionLost, ItemReceived
from lensconnect.errors import is_chat_over
from lensconnect.live import arrivals, frames, participation, planning, transitions
from lensconnect.live.absorbing import _ABSORBERS
from lensconnect.live.delivery import Confirmation, ItemDelivery
from lensconnect.live.orders import AskPage, FetchConnection, Listen, Open, PageFound
from lensconnect.live.receipts import Receipts
from lensconnect.live.state import ChatState, Walk
from lensconnect.results import Success, is_ok

Sabotage = Callable[[], Any]


@contextmanager
def in_place_of(original: Any, broken: Any) -> Iterator[None]:
    """Let every module of `live` that uses a function or class use a broken one."""
    with ExitStack() as patches:
        modules = [module for name, module in sys.modules.items() if name.startswith("lensconnect.live.")]
        uses = [(module, name) for module in modules for name, value in vars(module).items() if value is original]
        assert uses
        for module, name in uses:
            patches.enter_context(patch.object(module, name, broken))
        yield


def _no_catching_up() -> Any:
    def subscribed(state: ChatState, link: Any, now: float, chance: float) -> None:
        original(state, link, now, chance)
        if state.phase == "catching up":
            transitions.caught_up(state, now, chance)
            state.reconcile_at = inf

    original = transitions.subscribed
    return in_place_of(original, subscribed)


def _no_reconciliation() -> Any:
    def caught_up(state: ChatState, now: float, chance: float) -> None:
        original(state, now, chance)
        state.reconcile_at = inf

    original = transitions.caught_up
    return in_place_of(original, caught_up)


def _no_dedup() -> Any:
    def take(self: ItemDelivery, item: Any, release_at: float, **options: Any) -> bool:
        new = original(self, item, release_at, **options)
        if not new and item.id is not None and item.id in self._after:
            self.queue(ItemReceived(item))
        return new

    original = ItemDelivery.take
    return patch.object(ItemDelivery, "take", take)


def _anchor_is_the_last_seen() -> Any:
    def start(self: ItemDelivery) -> Confirmation | None:
        places = [(place, item_id) for item_id, place in self._after.items() if place is not None]
        if self.anchor is None or not places:
            return self.anchor
        place, item_id = max(places)
        item = machine_find(self, item_id)
        return self.anchor if item is None else Confirmation(item_id, item.absolute_time, place)

    def machine_find(self: ItemDelivery, item_id: str) -> Any:
        from lensconnect.live.transcript import find_item

        return find_item(self.transcript, item_id)

    return patch.object(ItemDelivery, "start", property(start))


def _confirmation_at_once() -> Any:
    def confirm(self: ItemDelivery, last: Any) -> None:
        original(self, last)
        if self._queue and isinstance(self._queue[-1], Confirmation):
            self._apply(self._queue.pop())  # type: ignore[arg-type]

    original = ItemDelivery.confirm
    return patch.object(ItemDelivery, "confirm", confirm)


def _heartbeat_never_judged() -> Any:
    def heartbeat(state: ChatState, link: Any, now: float) -> Any:
        state.heartbeat_pending = False
        return original(state, link, now)

    original = planning._heartbeat
    return in_place_of(original, heartbeat)


def _heartbeat_judged_before_looking() -> Any:
    def absorb_listen(state: ChatState, order: Listen, outcome: Any, now: float, chance: float) -> None:
        if state.heartbeat_pending and now >= state.heartbeat_at and is_ok(outcome):
            outcome = Success(None)
        original(state, order, outcome, now, chance)

    original = _ABSORBERS[Listen]
    return patch.dict(_ABSORBERS, {Listen: absorb_listen})  # type: ignore[arg-type]


def _heartbeats_stop_after_a_loss() -> Any:
    def subscribed(state: ChatState, link: Any, now: float, chance: float) -> None:
        again = state.subscribed_once
        original(state, link, now, chance)
        if again:
            state.heartbeat_at = inf

    original = transitions.subscribed
    return in_place_of(original, subscribed)


def _no_renewal() -> Any:
    def subscribed(state: ChatState, link: Any, now: float, chance: float) -> None:
        original(state, link, now, chance)
        state.renew_at = inf

    original = transitions.subscribed
    return in_place_of(original, subscribed)


def _token_is_kept() -> Any:
    def set_token(state: ChatState, token: Any, now: float) -> None:
        if state.token is None:
            original(state, token, now)

    original = participation.set_token
    return in_place_of(original, set_token)


def _receipts_without_distance() -> Any:
    def sent(self: Receipts, report: Any, now: float) -> None:
        original(self, report, now)
        self._not_before.clear()

    original = Receipts.sent
    return patch.object(Receipts, "sent", sent)


def _receipts_are_sent_again() -> Any:
    def sent(self: Receipts, report: Any, now: float) -> None:
        self._not_before[report.kind] = now + self._seconds

    return patch.object(Receipts, "sent", sent)


def _frames_before_pages() -> Any:
    def plan(state: ChatState, now: float, until: float) -> Any:
        if state.phase == "catching up":
            state.delivery.release_up_to()
        return original(state, now, until)

    original = planning.plan
    return in_place_of(original, plan)


def _loss_is_told_twice() -> Any:
    def lose(state: ChatState, socket: object, reason: Any, detail: str, now: float, chance: float) -> None:
        if state.lost_at is not None:
            state.delivery.queue(ConnectionLost(reason, detail))
        original(state, socket, reason, detail, now, chance)

    original = transitions.lose_link
    return in_place_of(original, lose)


def _close_1000_is_the_end() -> Any:
    def lose(state: ChatState, socket: object, reason: Any, detail: str, now: float, chance: float) -> None:
        if "1000" in detail:
            transitions.end(state, "ended")
        else:
            original(state, socket, reason, detail, now, chance)

    original = transitions.lose_link
    return in_place_of(original, lose)


def _first_socket_stays_open() -> Any:
    def take_over(state: ChatState) -> None:
        original(state)
        state.to_close.pop()

    original = transitions.take_over
    return in_place_of(original, take_over)


def _second_socket_stays_open() -> Any:
    def drop(state: ChatState) -> None:
        state.second = None

    return in_place_of(transitions._drop_second, drop)


def _url_is_used_twice() -> Any:
    def absorb_open(state: ChatState, order: Open, outcome: Any, now: float, chance: float) -> None:
        url = state.url
        original(state, order, outcome, now, chance)
        state.url = url

    original = _ABSORBERS[Open]
    return patch.dict(_ABSORBERS, {Open: absorb_open})  # type: ignore[arg-type]


def _any_403_is_the_end() -> Any:
    return in_place_of(is_chat_over, lambda error: getattr(error, "status", 0) == 403)


def _walk_ends_at_an_empty_page() -> Any:
    def absorb_page(state: ChatState, order: AskPage, outcome: Any, now: float, chance: float) -> None:
        if is_ok(outcome) and isinstance(page := outcome.unwrap(), PageFound) and not page.items:
            outcome = Success(PageFound((), None, page.initial_contact_id))
        original(state, order, outcome, now, chance)

    original = _ABSORBERS[AskPage]
    return patch.dict(_ABSORBERS, {AskPage: absorb_page})  # type: ignore[arg-type]


def _walk_goes_on_at_a_repeated_token() -> Any:
    class Endless(Walk):
        __slots__ = ()

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.tokens = Forgetful()

    class Forgetful(set[str | None]):
        def add(self, _token: str | None) -> None: ...

    return in_place_of(Walk, Endless)


def _other_contacts_are_handed_out() -> Any:
    return in_place_of(arrivals._is_of_another_chat, lambda *_arguments: False)


def _late_is_never_said() -> Any:
    def pop(self: ItemDelivery) -> Any:
        note = original(self)
        return ItemReceived(note.item, late=False, past=note.past) if isinstance(note, ItemReceived) else note

    original = ItemDelivery.pop
    return patch.object(ItemDelivery, "pop", pop)


def _positions_forget_the_items_after_them() -> Any:
    def position(self: ItemDelivery) -> Any:
        found = original(self)
        return type(found)(found.item_id, found.absolute_time)

    original: Any = ItemDelivery.position.fget  # type: ignore[attr-defined]
    return patch.object(ItemDelivery, "position", property(position))


def _junk_raises() -> Any:
    def parse(text: str | bytes) -> Any:
        frame = original(text)
        if isinstance(frame, frames.Junk):
            raise AssertionError(frame.why)  # noqa: TRY004
        return frame

    original = frames.parse
    return patch.object(frames, "parse", parse)


def _work_after_the_end() -> Any:
    def plan(state: ChatState, now: float, until: float) -> Any:
        if state.phase == "over" and not state.to_close and not state.begun:
            state.begun = True
            return FetchConnection()
        return original(state, now, until)

    original = planning.plan
    return in_place_of(original, plan)


def _keep_forgets_what_is_not_confirmed() -> Any:
    from lensconnect.live import delivery

    return patch.object(delivery, "max", lambda keep, _unconfirmed: keep, create=True)


SABOTAGES: Final[dict[str, Sabotage]] = {
    name.removeprefix("_"): value
    for name, value in list(globals().items())
    if name.startswith("_") and callable(value) and getattr(value, "__module__", "") == __name__
}
"""Name of a broken variant, and the patch that makes it."""


@contextmanager
def sabotaged(name: str) -> Iterator[None]:
    """Run with the broken variant."""
    with SABOTAGES[name]():
        yield
