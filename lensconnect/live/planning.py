"""plan: choose the next order of a chat, by its phase and the time.  Only the queue of what is handed out changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lensconnect.errors import TransportError
from lensconnect.live import frames
from lensconnect.live.notifications import ChatEnded
from lensconnect.live.orders import (
    AskPage,
    Close,
    Fail,
    FetchConnection,
    HandOut,
    Listen,
    Nothing,
    Open,
    Order,
    Transmit,
    Wait,
)
from lensconnect.live.participation import leaving_until
from lensconnect.live.state import BURST, SUBSCRIBE_REQUESTS, ChatState, Link, Phase

CLOSED: Final = TransportError("closed", "the chat was closed", "no")
_LONGEST_WAIT: Final = 1.0
"""Seconds of one wait: a chat that is closed meanwhile notices it after them."""


def is_open(state: ChatState) -> bool:
    """Return whether something may be handed out: the service has confirmed a subscription, or has ended the chat."""
    return state.subscribed_once or state.phase == "over"


def plan(state: ChatState, now: float, until: float) -> Order:
    """Return the next order."""
    if state.to_close:
        return Close(*state.to_close[0])
    if state.tells:
        return state.tells[0]
    if state.phase == "closed":
        return Fail(CLOSED)
    if state.phase in ("online", "renewing"):
        state.delivery.release(now)
    notification = state.delivery.pop() if is_open(state) else None
    if notification is not None:
        return HandOut(notification)
    if state.phase == "over":
        return HandOut(ChatEnded(state.end_reason))
    if state.error is not None:
        return Fail(state.error)
    for link in (state.link, state.second):
        if link is not None and link.broken is not None:
            return Listen(link.socket, 0.0)
    order = _PLANS[state.phase](state, now, until)
    if isinstance(order, Listen) and now > until + state.options.open_timeout:
        return Nothing()  # frames without a notification keep coming
    return order


def _plan_offline(state: ChatState, now: float, until: float) -> Order:
    if now < state.retry_at:
        return Nothing() if now >= until else Wait(min(state.retry_at - now, until - now, _LONGEST_WAIT))
    return _fetch_or_open(state, now, until)


def _fetch_or_open(state: ChatState, now: float, until: float) -> Order:
    if _is_late(state, now, until):
        return Nothing()
    if state.url is not None and now - state.url_at < state.options.url_seconds:
        return Open(state.url)
    return FetchConnection(reserve=state.lost_at is not None and not state.reserved)


def _is_late(state: ChatState, now: float, until: float) -> bool:
    """Return whether no request, opening or page may be begun any more in this call."""
    return state.begun and now >= until


def _plan_subscribing(state: ChatState, now: float, until: float) -> Order:
    return _subscribe(state, state.open_link(), now, until)


def _subscribe(state: ChatState, link: Link, now: float, until: float) -> Order:
    if now >= link.request_at and link.requests < SUBSCRIBE_REQUESTS:
        return Transmit(link.socket, frames.SUBSCRIBE)
    return _listen(state, link, now, until, link.request_at if link.requests < SUBSCRIBE_REQUESTS else link.deadline)


def _listen(state: ChatState, link: Link, now: float, until: float, due: float) -> Order:
    """Listen until something is due; when the caller's time is over, look once more."""
    if now >= until:
        return Nothing() if state.looked else Listen(link.socket, 0.0)
    return Listen(link.socket, max(0.0, min(due, until) - now))


def _plan_catching_up(state: ChatState, now: float, until: float) -> Order:
    link, walk = state.open_link(), state.open_walk()
    heartbeat = _heartbeat(state, link, now)
    if heartbeat is not None:
        return heartbeat
    if not state.looked and link.burst < BURST:
        return Listen(link.socket, 0.0)
    if now < walk.retry_at:
        return _listen(state, link, now, until, min(walk.retry_at, state.heartbeat_at))
    return Nothing() if _is_late(state, now, until) else AskPage(walk.start, walk.direction, walk.next_token)


def _plan_online(state: ChatState, now: float, until: float) -> Order:
    link = state.open_link()
    heartbeat = _heartbeat(state, link, now)
    if heartbeat is not None:
        return heartbeat
    if not _is_late(state, now, until):
        receipt = state.receipts.next(now)
        if receipt is not None:
            return receipt
        if now >= state.renew_at:
            return FetchConnection()
        if now >= state.reconcile_at:
            walk = state.new_walk()
            return AskPage(walk.start, walk.direction, reserve=not state.reserved)
    due = min(
        state.heartbeat_at,
        state.renew_at,
        state.reconcile_at,
        state.delivery.next_release(),
        state.receipts.next_due(),
        leaving_until(state),
    )
    return _listen(state, link, now, until, due)


def _plan_renewing(state: ChatState, now: float, until: float) -> Order:
    if state.second is None:
        return _fetch_or_open(state, now, until)
    if not state.second.subscribed:
        return _subscribe(state, state.second, now, until)
    return Listen(state.open_link().socket, 0.0)


def _heartbeat(state: ChatState, link: Link, now: float) -> Order | None:
    """Return the heartbeat or the ping that is due; an unanswered one is judged once the socket has no frame left."""
    if state.ping_due:
        return Transmit(link.socket, frames.PING)
    if now < state.heartbeat_at:
        return None
    if state.heartbeat_pending:
        return Listen(link.socket, 0.0) if link.burst < BURST else None
    return Transmit(link.socket, frames.HEARTBEAT)


_PLANS: Final[Mapping[Phase, Callable[[ChatState, float, float], Order]]] = {
    "offline": _plan_offline,
    "subscribing": _plan_subscribing,
    "catching up": _plan_catching_up,
    "online": _plan_online,
    "renewing": _plan_renewing,
}
