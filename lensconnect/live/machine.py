"""plan and absorb: a live chat as a state machine that asks for one thing at a time.  No I/O, clock or chance.

    order = plan(state, now, until)
    absorb(state, order, outcome, now, chance)

`plan` chooses the next order and changes only the queue of what is to be handed out.  `absorb` takes the outcome of
an order: a `Result` with the errors of the package.  `until` is the time at which the caller wants to be back, `chance`
a random number, 0 <= chance < 1.  A request, an opening or a page is begun after `until` once for each call at most.

Facts: a heartbeat that is not echoed before the next one is a lost connection, a bad answer to a ping is not; any close
before `chat.ended` is a loss, one with code 1000 too; a 403 from CreateParticipantConnection, once it has worked, means
that the chat is over (observed in the source of AWS's chatjs 5.0.0).  A 403 or 410 at the handshake means that the URL
is used up (assumed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Final, cast

from lensconnect.content.types import EVENT_CHAT_ENDED, EVENT_PARTICIPANT_LEFT, EVENT_TRANSFER_SUCCEEDED
from lensconnect.errors import Error, InvalidEndpoint, InvalidRequest, ServiceError, TransportError, is_chat_over
from lensconnect.live import frames
from lensconnect.live.notifications import (
    ChatEnded,
    ConnectionLost,
    ConnectionRegained,
    ConnectionRenewed,
    EndReason,
    LossReason,
)
from lensconnect.live.options import Backoff
from lensconnect.live.orders import (
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
    PageFound,
    Postponed,
    SendReceipt,
    Socket,
    Tell,
    Transmit,
    Wait,
)
from lensconnect.live.state import ChatState, Link, Phase, Walk
from lensconnect.live.transcript import place_of
from lensconnect.record import ConnectionToken
from lensconnect.results import Result, is_ok
from lensconnect.types.item import CHAT_ITEM_TYPE_MESSAGEMETADATA, PARTICIPANT_ROLE_CUSTOMER, Item
from lensconnect.types.transcript import SCAN_DIRECTION_BACKWARD, SCAN_DIRECTION_FORWARD, StartPosition

CLOSED: Final = TransportError("closed", "the chat was closed", "no")

_LONGEST_WAIT: Final = 1.0
"""Seconds of one wait: a chat that is closed meanwhile notices it after them."""
_PAGE: Final = 100
"""The largest page of a transcript (documented: MaxResults of API_GetTranscript)."""
_SUBSCRIBE_REQUESTS: Final = 3
_LEAVING_SECONDS: Final = 5.0
"""Seconds after `leave` in which one's own participant id must be known."""
_URL_MAY_WORK: Final = frozenset({429, 503})
_HOPELESS_STATUSES: Final = frozenset({400, 404})


def advance(
    state: ChatState, order: Order | None, outcome: Result[Any, Error] | None, now: float, chance: float, until: float
) -> Order:
    """Absorb the outcome of the last order, if there is one, and plan the next; the end of a call starts a new one."""
    if order is not None and outcome is not None:
        absorb(state, order, outcome, now, chance)
    following = plan(state, now, until)
    if isinstance(following, LAST_ORDERS):
        state.looked = state.begun = False
    return following


LAST_ORDERS: Final = (HandOut, Nothing, Fail)
"""The orders that end a call of `receive`."""


# --- plan


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
    notification = state.delivery.pop()
    if notification is not None:
        return HandOut(notification)
    if state.phase == "over":
        return HandOut(ChatEnded(state.end_reason))
    if state.error is not None:
        return Fail(state.error)
    for link in (state.link, state.second):
        if link is not None and link.broken is not None:
            return Listen(link.socket, 0.0)
    return _PLANS[state.phase](state, now, until)


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
    return _subscribe(state, _link(state), now, until)


def _subscribe(state: ChatState, link: Link, now: float, until: float) -> Order:
    if now >= link.request_at and link.requests < _SUBSCRIBE_REQUESTS:
        return Transmit(link.socket, frames.SUBSCRIBE)
    return _listen(state, link, now, until, link.request_at if link.requests < _SUBSCRIBE_REQUESTS else link.deadline)


def _listen(state: ChatState, link: Link, now: float, until: float, due: float) -> Order:
    """Listen until something is due; when the caller's time is over, look once more."""
    if now >= until:
        return Nothing() if state.looked else Listen(link.socket, 0.0)
    return Listen(link.socket, max(0.0, min(due, until) - now))


def _plan_catching_up(state: ChatState, now: float, until: float) -> Order:
    link, walk = _link(state), _walk(state)
    heartbeat = _heartbeat(state, link, now)
    if heartbeat is not None:
        return heartbeat
    if not state.looked:
        return Listen(link.socket, 0.0)
    if now < walk.retry_at:
        return _listen(state, link, now, until, min(walk.retry_at, state.heartbeat_at))
    return Nothing() if _is_late(state, now, until) else AskPage(walk.start, walk.direction, walk.next_token)


def _plan_online(state: ChatState, now: float, until: float) -> Order:
    link = _link(state)
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
            walk = new_walk(state)
            return AskPage(walk.start, walk.direction, reserve=not state.reserved)
    due = min(
        state.heartbeat_at,
        state.renew_at,
        state.reconcile_at,
        state.delivery.next_release(),
        state.receipts.next_due(),
        _leaving_until(state),
    )
    return _listen(state, link, now, until, due)


def _leaving_until(state: ChatState) -> float:
    """Return the time at which a chat that the participant left ends, though its own participant id is not known."""
    return inf if state.left_at is None or state.participant_id is not None else state.left_at + _LEAVING_SECONDS


def _plan_renewing(state: ChatState, now: float, until: float) -> Order:
    if state.second is None:
        return _fetch_or_open(state, now, until)
    if not state.second.subscribed:
        return _subscribe(state, state.second, now, until)
    return Listen(_link(state).socket, 0.0)


def _heartbeat(state: ChatState, link: Link, now: float) -> Order | None:
    """Return the heartbeat or the ping that is due; an unanswered one is judged once the socket has no frame left."""
    if state.ping_due:
        return Transmit(link.socket, frames.PING)
    if now < state.heartbeat_at:
        return None
    if state.heartbeat_pending:
        return Listen(link.socket, 0.0)
    return Transmit(link.socket, frames.HEARTBEAT)


def _joined(_state: ChatState, _now: float, _until: float) -> Order:
    raise RuntimeError("this chat has no socket to receive from: open it with open_chat")


_PLANS: Final[Mapping[Phase, Callable[[ChatState, float, float], Order]]] = {
    "offline": _plan_offline,
    "subscribing": _plan_subscribing,
    "catching up": _plan_catching_up,
    "online": _plan_online,
    "renewing": _plan_renewing,
    "joined": _joined,
}


def _link(state: ChatState) -> Link:
    if state.link is None:
        raise AssertionError("this phase has a socket")
    return state.link


def _walk(state: ChatState) -> Walk:
    if state.walk is None:
        raise AssertionError("this phase has a walk")
    return state.walk


def new_walk(state: ChatState) -> Walk:
    """Return the walk that finds everything after the last confirmed item; the first one may read the history."""
    start = state.delivery.start
    if start is None:
        return Walk(None, SCAN_DIRECTION_BACKWARD, None, history=state.with_history)
    position = StartPosition(absolute_time=start.absolute_time)
    if start.item_id is not None:
        position = StartPosition(id=start.item_id)
    return Walk(position, SCAN_DIRECTION_FORWARD, start.place, history=False)


# --- absorb


def absorb(state: ChatState, order: Order, outcome: Result[Any, Error], now: float, chance: float) -> None:
    """Change the state by the outcome of an order."""
    if state.phase in ("closed", "over", "failed") and not isinstance(order, Close | Tell):
        _abandon(state, order, outcome)
    else:
        _ABSORBERS[order.__class__](state, order, outcome, now, chance)
    if state.link is not None and (now >= _leaving_until(state) or (state.has_left and state.left_at is not None)):
        _end(state, "left")


def _abandon(state: ChatState, order: Order, outcome: Result[Any, Error]) -> None:
    """Close the socket that was opened while the chat ended."""
    if isinstance(order, Open) and is_ok(outcome):
        state.to_close.append((outcome.unwrap(), 1000))


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
        _end(state, "denied")
    elif state.link is not None:
        state.link.denied = is_chat_over(error)  # the socket may hold the end of the chat still: once more, later
        _postpone_renewal(state, now, chance)
    else:
        _retry_later(state, error, now, chance)


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
        _postpone_renewal(state, now, chance)
    elif isinstance(error, ServiceError):
        _retry_later(state, None, now, chance)
    else:
        _retry_later(state, error, now, chance)


def _absorb_transmit(
    state: ChatState, order: Transmit, outcome: Result[Any, Error], now: float, _chance: float
) -> None:
    link = state.second if state.second is not None and state.second.socket == order.socket else state.link
    if link is None:
        return
    if not is_ok(outcome):
        link.broken = _detail(outcome.failure())
        return
    state.looked = False
    if order.text == frames.HEARTBEAT:
        state.heartbeat_pending, state.ping_due = True, True
        state.heartbeat_at = now + state.options.heartbeat
    elif order.text == frames.PING:
        state.ping_due = False
    else:
        link.requests += 1
        link.request_at = now + state.options.subscribe_timeout / _SUBSCRIBE_REQUESTS


def _absorb_listen(state: ChatState, order: Listen, outcome: Result[Any, Error], now: float, chance: float) -> None:
    first = state.link is not None and order.socket == state.link.socket
    draining = first and state.second is not None and state.second.subscribed
    if not is_ok(outcome):
        if draining:
            _take_over(state)
        else:
            error = outcome.failure()
            reason: LossReason = "closed" if _is_close(error) else "network"
            _lose_link(state, order.socket, reason, _detail(error), now, chance)
        return
    frame: str | bytes | None = outcome.unwrap()
    if frame is not None:
        _take_frame(state, order.socket, frame, now, chance)
        return
    state.looked = True
    if draining:
        _take_over(state)
        return
    link = state.link if first else state.second
    if link is not None and link.broken is not None:
        _lose_link(state, order.socket, "network", link.broken, now, chance)
    elif link is not None and not link.subscribed:
        if now >= link.deadline:
            _lose_link(state, order.socket, "subscription", "the subscription was not confirmed", now, chance)
    elif state.heartbeat_pending and now >= state.heartbeat_at:
        _lose_link(state, order.socket, "heartbeat", "a heartbeat was not answered", now, chance)


def _take_over(state: ChatState) -> None:
    """Let the second socket take over: the first is read to its end."""
    state.to_close.append((_link(state).socket, 1000))
    state.link, state.second = state.second, None
    state.heartbeat_pending = state.ping_due = False
    state.go("renewed")
    state.walk = new_walk(state)
    state.delivery.queue(ConnectionRenewed())
    state.tells.append(Tell("renewed"))


def _take_frame(state: ChatState, socket: Socket, text: str | bytes, now: float, chance: float) -> None:
    frame = frames.parse(text)
    if isinstance(frame, frames.ChatFrame):
        take_item(state, frame.item, frame.initial_contact_id, now)
    elif isinstance(frame, frames.HeartbeatEcho):
        state.heartbeat_pending = False
    elif isinstance(frame, frames.SubscribeAnswer):
        link = state.second if state.second is not None and state.second.socket == socket else _link(state)
        if frame.confirmed and not link.subscribed:
            _subscribed(state, link, now, chance)
    elif isinstance(frame, frames.PingAnswer):
        if frame.status_code != 200:
            state.tells.append(Tell("unhealthy", status=frame.status_code))
    else:
        state.tells.append(Tell("skipped", frame.why))


def _subscribed(state: ChatState, link: Link, now: float, chance: float) -> None:
    options = state.options
    link.subscribed = True
    state.heartbeat_at = now + options.heartbeat
    state.renew_at = now + options.socket_seconds * (0.9 + 0.1 * chance)
    if link is state.link:
        state.subscribed_once = True
        state.heartbeat_pending = state.ping_due = False
        state.go("subscribed")
        state.walk = new_walk(state)
        state.looked = False
        state.tells.append(Tell("opened"))
    else:
        state.attempt = 0


def take_item(state: ChatState, item: Item, initial_contact_id: str | None, now: float) -> None:
    """Take an item that the socket delivered; it may end the chat."""
    if _is_of_another_chat(state, item, initial_contact_id):
        state.tells.append(Tell("skipped", "an item of another contact"))
        return
    state.contact_id = item.contact_id or state.contact_id
    state.initial_contact_id = initial_contact_id or state.initial_contact_id
    if item.id in state.sent_ids:
        learn_participant(state, item)
    state.delivery.take(item, now + state.options.settle)
    _end_if_told(state, item)


def _end_if_told(state: ChatState, item: Item) -> None:
    """End the chat if the item says that it is over for this participant."""
    kind = item.content_type
    if state.phase == "over":
        return
    if kind == EVENT_CHAT_ENDED:
        _end(state, "ended")
    elif kind == EVENT_TRANSFER_SUCCEEDED and item.participant_id is None:
        _end(state, "transferred")
    elif (
        kind == EVENT_PARTICIPANT_LEFT
        and item.participant_id is not None
        and item.participant_id == state.participant_id
        and item.participant_role != PARTICIPANT_ROLE_CUSTOMER
    ):
        state.has_left = True


def learn_participant(state: ChatState, item: Item) -> None:
    """Learn who this participant is from the echo of an item of its own."""
    state.participant_id = state.participant_id or item.participant_id
    state.role = state.role or item.participant_role


def _is_of_another_chat(state: ChatState, item: Item, initial_contact_id: str | None) -> bool:
    """Return whether both contact ids are known and differ; a transfer changes one of them."""
    if item.contact_id == state.contact_id or item.contact_id is None or item.type == CHAT_ITEM_TYPE_MESSAGEMETADATA:
        return False
    known, first = state.initial_contact_id, state.contact_id
    return None not in (known, first, initial_contact_id) and known != initial_contact_id


def _absorb_page(state: ChatState, _order: AskPage, outcome: Result[Any, Error], now: float, chance: float) -> None:
    if is_ok(outcome) and isinstance(postponed := outcome.unwrap(), Postponed):
        state.reconcile_at, state.reserved = now + postponed.seconds, True
        return
    state.begun, state.looked = True, False
    if state.phase == "online":
        state.reserved = False
        state.walk = new_walk(state)
        state.go("page due")
    walk = _walk(state)
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
        _caught_up(state, now, chance)


def _history(state: ChatState) -> int | None:
    """Return how many items of the past are read; where none is handed out, one is still needed as the anchor."""
    return _PAGE if state.options.history == 0 else state.options.history


def _take_page(state: ChatState, items: tuple[Item, ...]) -> None:
    """Take a page of a forward walk: hand its new items out, and confirm its last."""
    found = [item for item in items if _take_of_page(state, item, inf)]
    if items:
        last = max(items, key=place_of)
        state.delivery.release_up_to(place_of(last))
        state.delivery.confirm(last)
    for item in found:
        _end_if_told(state, item)


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
            _end_if_told(state, item)


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
    elif _is_hopeless(error):
        _give_up_walk(state, "the transcript cannot be read", now, chance)
    elif state.gap:
        walk.attempt += 1
        walk.retry_at = now + backoff_seconds(state.options.backoff, walk.attempt, chance)
    else:  # nothing is known to be missing, so nothing has to wait for it
        _give_up_walk(state, f"the transcript: {_kind_of(error)}", now, chance)
        state.reconcile_at = min(state.reconcile_at, now + state.options.backoff.longest)


def _give_up_walk(state: ChatState, why: str, now: float, chance: float) -> None:
    state.tells.append(Tell("abandoned", why))
    _caught_up(state, now, chance)


def _caught_up(state: ChatState, now: float, chance: float) -> None:
    state.go("caught up")
    state.walk, state.gap, state.attempt = None, False, 0
    if state.options.reconcile is not None:
        state.reconcile_at = now + state.options.reconcile * (0.9 + 0.2 * chance)
    if state.lost_at is not None:
        seconds = now - state.lost_at
        state.lost_at, state.regained_at = None, now
        state.delivery.queue(ConnectionRegained(seconds, state.missed))
        state.tells.append(Tell("regained", seconds=seconds, count=state.missed))


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
    state.tells.append(Tell("abandoned", f"a receipt: {_kind_of(error)}"))


# --- transitions


def _lose_link(state: ChatState, socket: Socket, reason: LossReason, detail: str, now: float, chance: float) -> None:
    """Lose a socket: the second one postpones the renewal, the first one is a lost connection."""
    if state.second is not None and state.second.socket == socket:
        _postpone_renewal(state, now, chance)
        return
    state.to_close.append((socket, 1001))
    _drop_second(state)
    if state.phase not in ("catching up", "subscribing"):
        state.delivery.release_up_to()
    state.link = state.walk = None
    state.heartbeat_pending = state.ping_due = state.reserved = False
    state.gap = True
    state.go("lost")
    if state.lost_at is not None or not state.subscribed_once:
        _retry_later(state, None, now, chance)
        return
    state.delivery.queue(ConnectionLost(reason, detail))
    state.tells.append(Tell("lost", reason))
    # A connection that keeps breaking is not opened again at once: two readers of one chat may exclude each other.
    lasted = now - state.regained_at >= state.options.backoff.longest
    state.relapses = 0 if lasted else state.relapses + 1
    state.attempt, state.missed = state.relapses, 0
    state.lost_at = state.offline_since = state.retry_at = now
    if state.relapses:
        state.retry_at += backoff_seconds(state.options.backoff, state.relapses, chance)


def _drop_second(state: ChatState) -> None:
    if state.second is not None:
        state.to_close.append((state.second.socket, 1001))
        state.second = None


def _postpone_renewal(state: ChatState, now: float, chance: float) -> None:
    _drop_second(state)
    state.attempt += 1
    state.renew_at = now + backoff_seconds(state.options.backoff, state.attempt, chance)
    if state.phase == "renewing":
        state.go("not renewed")


def _retry_later(state: ChatState, error: Error | None, now: float, chance: float) -> None:
    """Wait before the next attempt to connect; fail where another cannot help, or where `give_up` seconds are over."""
    state.attempt += 1
    state.retry_at = now + backoff_seconds(state.options.backoff, state.attempt, chance)
    give_up = state.options.give_up
    if error is not None and (_is_hopeless(error) or (is_chat_over(error) and state.token is None)):
        _fail(state, error)
    elif give_up is not None and now - state.offline_since >= give_up:
        _fail(state, error or TransportError("timeout", f"no connection within {give_up:g} s", "no"))


def _fail(state: ChatState, error: Error) -> None:
    state.delivery.release_up_to()
    state.error = error
    state.go("failed")


def _end(state: ChatState, reason: EndReason) -> None:
    """End the chat: hand out what is held, close the sockets, and send nothing more."""
    state.delivery.release_up_to()
    state.end_reason = "left" if state.left_at is not None and reason in ("ended", "denied") else reason
    release_sockets(state, 1000)
    state.receipts.disable()
    state.walk = None
    state.go("ended")
    state.tells.append(Tell("ended", state.end_reason))


def release_sockets(state: ChatState, code: int) -> None:
    """Put every socket of the chat among those to be closed."""
    for link in (state.link, state.second):
        if link is not None:
            state.to_close.append((link.socket, code))
    state.link = state.second = None


def set_token(state: ChatState, token: ConnectionToken, now: float) -> None:
    """Use a new connection token."""
    state.token, state.token_at = token, now


def backoff_seconds(backoff: Backoff, attempt: int, chance: float) -> float:
    """Return the wait after so many failed attempts, from 1."""
    wait = min(backoff.longest, backoff.first * backoff.factor ** min(attempt - 1, 60))
    return wait * (1 + backoff.jitter * (2 * chance - 1))


def _is_hopeless(error: Error) -> bool:
    """Return whether the same attempt, made again, must fail again."""
    match error:
        case InvalidRequest() | InvalidEndpoint():
            return True
        case TransportError():
            return error.kind in ("closed", "unsupported")
        case ServiceError():
            return error.status in _HOPELESS_STATUSES
        case _:
            return False


def _is_close(error: Error) -> bool:
    return isinstance(error, TransportError) and error.kind in ("closed", "incomplete", "reset")


def _detail(error: Error) -> str:
    return error.message if isinstance(error, TransportError) else _kind_of(error)


def _kind_of(error: Error) -> str:
    match error:
        case TransportError():
            return error.kind
        case ServiceError():
            return f"status {error.status}"
        case _:
            return type(error).__name__


_ABSORBERS: Final = cast(
    "Mapping[type[object], Callable[[ChatState, Any, Any, float, float], None]]",
    {
        AskPage: _absorb_page,
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
