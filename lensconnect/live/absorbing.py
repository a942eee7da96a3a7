"""absorb: change the state of a chat by the outcome of an order.

Facts: a heartbeat that is not echoed before the next one is a lost connection, a bad answer to a ping is not; any close
before `chat.ended` is a loss, one with code 1000 too; a 403 from CreateParticipantConnection, once it has worked, means
that the chat is over (observed in the source of AWS's chatjs 5.0.0).  A 403 or 410 at the handshake means that the URL
is used up (assumed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from lensconnect.errors import Error, ServiceError, is_chat_over
from lensconnect.live import frames
from lensconnect.live.arrivals import take_item
from lensconnect.live.failures import detail_of, is_close, is_closed_here, kind_of
from lensconnect.live.notifications import LossReason
from lensconnect.live.orders import (
    NORMAL_CLOSURE,
    AskPage,
    Close,
    ConnectionFound,
    Fail,
    FetchConnection,
    HandOut,
    Listen,
    Nothing,
    Open,
    Order,
    Postponed,
    SendReceipt,
    Socket,
    Tell,
    Transmit,
    Wait,
)
from lensconnect.live.participation import leaving_until, set_token
from lensconnect.live.state import BURST, SUBSCRIBE_REQUESTS, ChatState, Link
from lensconnect.live.transitions import (
    close_here,
    end,
    lose_link,
    postpone_renewal,
    retry_later,
    subscribed,
    take_over,
)
from lensconnect.live.walks import absorb_page
from lensconnect.record import ConnectionToken
from lensconnect.results import Result, is_ok

_URL_MAY_WORK: Final = frozenset({429, 503})


def absorb(state: ChatState, order: Order, outcome: Result[Any, Error], now: float, chance: float) -> None:
    """Change the state by the outcome of an order."""
    if state.phase in ("closed", "over", "failed") and not isinstance(order, Close | Tell):
        _abandon(state, order, outcome)
    else:
        _ABSORBERS[order.__class__](state, order, outcome, now, chance)
    if state.link is not None and (now >= leaving_until(state) or (state.has_left and state.left_at is not None)):
        end(state, "left")


def _abandon(state: ChatState, order: Order, outcome: Result[Any, Error]) -> None:
    """Close the socket that was opened while the chat ended."""
    if isinstance(order, Open) and is_ok(outcome):
        state.to_close.append((outcome.unwrap(), NORMAL_CLOSURE))


def _absorb_close(state: ChatState, order: Close, _outcome: object, _now: float, _chance: float) -> None:
    state.to_close = [entry for entry in state.to_close if entry[0] != order.socket]


def _absorb_tell(state: ChatState, order: Tell, _outcome: object, _now: float, _chance: float) -> None:
    if state.tells and state.tells[0] is order:
        del state.tells[0]


def _absorb_nothing(_state: ChatState, _order: Order, _outcome: object, _now: float, _chance: float) -> None: ...


def _absorb_fetch(
    state: ChatState, _order: FetchConnection, outcome: Result[Any, Error], now: float, chance: float
) -> None:
    if is_ok(outcome) and isinstance(postponed := outcome.unwrap(), Postponed):
        state.retry_at, state.reserved = now + postponed.seconds, True
        return
    state.begun, state.reserved = True, False
    if is_ok(outcome):
        found: ConnectionFound = outcome.unwrap()
        state.url, state.url_at = found.url, now
        set_token(state, ConnectionToken(found.token), now)
        if state.phase == "online":
            state.go("renewal due")
        return
    error = outcome.failure()
    if is_chat_over(error) and state.token is not None and (state.link is None or state.link.denied):
        end(state, "denied")
    elif state.link is not None:
        state.link.denied = is_chat_over(error)  # the socket may hold the end of the chat still: once more, later
        postpone_renewal(state, now, chance)
    else:
        retry_later(state, error, now, chance)


def _absorb_open(state: ChatState, _order: Open, outcome: Result[Any, Error], now: float, chance: float) -> None:
    state.begun = True
    if is_ok(outcome):
        state.url = None  # it can be opened once
        link = Link(outcome.unwrap(), now, state.options.subscribe_timeout)
        if state.phase == "renewing":
            state.second = link
        else:
            state.link = link
            state.go("opened")
        return
    error = outcome.failure()
    if isinstance(error, ServiceError) and error.status not in _URL_MAY_WORK:
        state.url = None
    if state.phase == "renewing":
        postpone_renewal(state, now, chance)
    else:  # a refused handshake is about this URL, and no reason to give up
        retry_later(state, None if isinstance(error, ServiceError) else error, now, chance)


def _absorb_transmit(
    state: ChatState, order: Transmit, outcome: Result[Any, Error], now: float, _chance: float
) -> None:
    link = state.link_of(order.socket)
    if link is None:
        return
    if not is_ok(outcome):
        link.broken = detail_of(outcome.failure())
        return
    state.looked = False
    if order.text == frames.HEARTBEAT:
        state.heartbeat_pending, state.ping_due = True, True
        state.heartbeat_at = now + state.options.heartbeat
    elif order.text == frames.PING:
        state.ping_due = False
    else:
        link.requests += 1
        link.request_at = now + state.options.subscribe_timeout / SUBSCRIBE_REQUESTS


def _absorb_listen(state: ChatState, order: Listen, outcome: Result[Any, Error], now: float, chance: float) -> None:
    if not is_ok(outcome):
        error = outcome.failure()
        if is_closed_here(error):
            close_here(state, error)
        elif _is_drained(state, order.socket):
            take_over(state)
        else:
            reason: LossReason = "closed" if is_close(error) else "network"
            lose_link(state, order.socket, reason, detail_of(error), now, chance)
        return
    frame: str | bytes | None = outcome.unwrap()
    if frame is None:
        state.looked = True
    else:
        _take_frame(state, order.socket, frame, now, chance)
    link = state.link_of(order.socket)
    if link is None:
        return
    link.burst = 0 if frame is None else link.burst + 1
    if 0 < link.burst < BURST:
        return
    if _is_drained(state, order.socket):
        take_over(state)
    elif link.broken is not None:
        lose_link(state, order.socket, "network", link.broken, now, chance)
    elif not link.subscribed:
        if now >= link.deadline:
            lose_link(state, order.socket, "subscription", "the subscription was not confirmed", now, chance)
    elif frame is None and state.heartbeat_pending and now >= state.heartbeat_at:
        lose_link(state, order.socket, "heartbeat", "a heartbeat was not answered", now, chance)


def _is_drained(state: ChatState, socket: Socket) -> bool:
    """Return whether this socket is read only until another one takes over."""
    return (
        state.link is not None and state.link.socket == socket and state.second is not None and state.second.subscribed
    )


def _take_frame(state: ChatState, socket: Socket, text: str | bytes, now: float, chance: float) -> None:
    frame = frames.parse(text)
    if isinstance(frame, frames.ChatFrame):
        take_item(state, frame.item, frame.initial_contact_id, now)
    elif isinstance(frame, frames.HeartbeatEcho):
        state.heartbeat_pending = False
    elif isinstance(frame, frames.SubscribeAnswer):
        link = state.link_of(socket)
        if frame.confirmed and link is not None and not link.subscribed:
            subscribed(state, link, now, chance)
    elif isinstance(frame, frames.PingAnswer):
        if frame.status_code != 200:
            state.tells.append(Tell("unhealthy", status=frame.status_code))
    else:
        state.tells.append(Tell("skipped", frame.why))


def _absorb_report(
    state: ChatState, order: SendReceipt, outcome: Result[Any, Error], now: float, _chance: float
) -> None:
    state.receipts.sent(order, now)
    state.begun = True
    if is_ok(outcome):
        return
    error = outcome.failure()
    if isinstance(error, ServiceError) and error.status == 409:
        state.receipts.disable()
    state.tells.append(Tell("abandoned", f"a receipt: {kind_of(error)}"))


_ABSORBERS: Final = cast(
    "Mapping[type[object], Callable[[ChatState, Any, Any, float, float], None]]",
    {
        AskPage: absorb_page,
        Close: _absorb_close,
        Fail: _absorb_nothing,
        FetchConnection: _absorb_fetch,
        HandOut: _absorb_nothing,
        Listen: _absorb_listen,
        Nothing: _absorb_nothing,
        Open: _absorb_open,
        SendReceipt: _absorb_report,
        Tell: _absorb_tell,
        Transmit: _absorb_transmit,
        Wait: _absorb_nothing,
    },
)
