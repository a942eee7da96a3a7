"""Live chats as programs: open, receive, say, close.

A chat is a state machine that asks for one thing at a time (`lensconnect.live`).  `receive` performs what it asks for
until there is something to hand out.  Nothing runs between two calls: no thread, no task and no callback, so heartbeats
are sent, and lost connections found, during a call of `receive`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from math import inf
from typing import Any, Final, Never, TypeVar, cast

from lensconnect.arguments import expect
from lensconnect.content.answers import Choice, reply_to
from lensconnect.content.contents import receipt_content
from lensconnect.content.templates import Interactive
from lensconnect.content.types import (
    CONTENT_TEXT_PLAIN,
    EVENT_MESSAGE_DELIVERED,
    EVENT_MESSAGE_READ,
    EVENT_TYPING,
)
from lensconnect.errors import Error, SerializeError, TransportError
from lensconnect.live import orders
from lensconnect.live.machine import LAST_ORDERS, advance, learn_participant, release_sockets, set_token
from lensconnect.live.notifications import (
    Chat,
    ChatEnded,
    ConnectionLost,
    ConnectionRegained,
    ItemReceived,
    ItemUpdated,
    Notification,
)
from lensconnect.live.options import LIVE, LiveOptions
from lensconnect.live.position import Position
from lensconnect.live.state import ChatState
from lensconnect.live.transcript import Transcript, find_item, items_of, place_of
from lensconnect.operations import (
    CreateParticipantConnection,
    DisconnectParticipant,
    GetTranscript,
    SendEvent,
    SendMessage,
    SendMessageResponse,
)
from lensconnect.programs import effects
from lensconnect.programs.connection_token import get_connection_token
from lensconnect.programs.observe import Event
from lensconnect.programs.pace import CONNECT_QUOTAS
from lensconnect.programs.primitives import ask, ensure, local, mint, now, observe, random_float, reserve, sleep
from lensconnect.programs.program import Do, Program, Steps, expect_program, program
from lensconnect.programs.retry_policy import NO_RETRY
from lensconnect.programs.send import send
from lensconnect.programs.settings import (
    Settings,
    settings_deadline,
    settings_retry,
    settings_timeout,
)
from lensconnect.record import ConnectionToken, ParticipantToken
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.types.connection import CONNECTION_TYPE_CONNECTION_CREDENTIALS, CONNECTION_TYPE_WEBSOCKET
from lensconnect.types.item import CHAT_ITEM_TYPE_ATTACHMENT, CHAT_ITEM_TYPE_MESSAGE, Item
from lensconnect.types.transcript import SORT_KEY_ASCENDING

T = TypeVar("T")
E = TypeVar("E")

__all__ = [
    "answer",
    "chat_from",
    "close_chat",
    "connection_token",
    "converse",
    "join_chat",
    "leave",
    "mark_delivered",
    "mark_read",
    "open_chat",
    "position",
    "receive",
    "receive_within",
    "replies",
    "say",
    "show_typing",
    "transcript",
]

_PAGE: Final = 100


# --- open and close


@program
def open_chat(
    participant_token: ParticipantToken,
    *,
    position: Position | None = None,
    participant_id: str | None = None,
    options: LiveOptions = LIVE,
) -> Steps[Chat]:
    """Open a live chat: connect, open a socket, subscribe; return once the service has confirmed the subscription.

    A contact flow starts when its customer is subscribed, and may drop what is said before it listens: wait for its
    greeting (`replies`).  With a `position` of an earlier opening, `receive` first hands out what was missed since.
    Without one it first hands out the newest `options.history` items, marked as past.  `participant_id` is the id that
    StartChatContact returned; without it, the chat learns it from the first message that it says.

    Attempts are repeated with the waits of `options.backoff` until `options.give_up`, or the deadline of `within`.

    Fails where another attempt cannot help: `InvalidEndpoint`, `InvalidRequest`, a `ServiceError` with status 400, 403
    or 404, a closed environment; and with the last error, or a `TransportError` of kind "timeout", when time is over.
    """
    expect("open_chat: position", position, (Position, type(None)), "a Position or None")
    expect("open_chat: options", options, LiveOptions, "LiveOptions")
    chat = Chat((yield from mint()))
    state = ChatState(participant_token, options, (yield from now()), position, participant_id)
    yield from Do(effects.UpdateChat(chat.key, _nothing, initial=state))
    return (yield from ensure(_open(chat), _drop_unless_open(chat)))


@program
def _open(chat: Chat) -> Steps[Chat]:
    order = yield from _run(chat, inf, _is_subscribed)
    if isinstance(order, orders.Fail):
        yield from _failed(order.error)
    elif isinstance(order, orders.Nothing):
        yield from _failed(TransportError("timeout", "the chat was not open in time", "maybe"))
    return chat


@program
def converse(
    participant_token: ParticipantToken,
    body: Callable[[Chat], Program[T, E]],
    *,
    position: Position | None = None,
    participant_id: str | None = None,
    options: LiveOptions = LIVE,
) -> Generator[Program[object, E | Error], object, T]:
    """Open a chat, run `body` with it, and close it in every case: success, failure, exception, cancellation.

    It returns what `body` returns, and fails as `body` does, or with the `InvalidEndpoint`, `InvalidRequest`,
    `ServiceError` or `TransportError` of `open_chat`.  The chat itself goes on: to end it for the
    other side too, `leave` it.
    """
    chat = yield from open_chat(participant_token, position=position, participant_id=participant_id, options=options)
    return (yield from ensure(_converse(chat, body), _drop(chat)))


@program
def _converse(chat: Chat, body: Callable[[Chat], Program[T, E]]) -> Generator[Program[object, E | Error], object, T]:
    conversation = body(chat)
    expect_program(conversation)
    outcome = yield from conversation.attempt()
    yield from close_chat(chat)
    return (yield from Program.from_result(outcome))


@program
def join_chat(participant_token: ParticipantToken) -> Steps[Chat]:
    """Join a chat without a socket: `say`, `show_typing`, `attach`, `answer` and `leave` work, `receive` does not.

    It sends one CreateParticipantConnection with ConnectParticipant, which also starts the flow of a customer whose
    messages come by message streaming.  Fails as `send` does, and with `SerializeError` where the reply has no token.
    """
    wanted = (CONNECTION_TYPE_CONNECTION_CREDENTIALS,)
    reply = yield from send(
        CreateParticipantConnection(participant_token=participant_token, type=wanted, connect_participant=True)
    )
    credentials = reply.connection_credentials
    if credentials is None or not credentials.connection_token:
        return (yield from _failed(SerializeError(reply.http_status, "the reply has no connection token")))
    chat = Chat((yield from mint()))
    state = ChatState(participant_token, LIVE, (yield from now()), phase="joined")
    set_token(state, credentials.connection_token, (yield from now()))
    yield from Do(effects.UpdateChat(chat.key, _nothing, initial=state))
    return chat


@program
def chat_from(connection_token: ConnectionToken) -> Steps[Chat]:
    """Return a chat like that of `join_chat`, from a stored connection token and without a request.

    A function that runs once for each message, such as an AWS Lambda function, keeps its connection token this way:
    CreateParticipantConnection has a quota of 6 calls per second for the whole instance.  The token is used as it is;
    it is valid for a day.  `close_chat` forgets the chat.
    """
    chat = Chat((yield from mint()))
    state = ChatState(ParticipantToken(""), LIVE, (yield from now()), phase="joined")
    set_token(state, connection_token, inf)
    yield from Do(effects.UpdateChat(chat.key, _nothing, initial=state))
    return chat


@program
def close_chat(chat: Chat) -> Steps[None]:
    """Send the receipts that are left, close the socket, and forget the chat; the chat goes on for the others.

    It ends a `receive` that waits in another thread or task, with a `TransportError` of kind "closed".  Take the
    `transcript` and the `position` before.  Closing twice does nothing.
    """
    for kind in ("read", "delivered"):
        report = yield from _update(chat, partial(_last_receipt, kind), initial=_closed_state())
        if report is not None:
            _ = yield from _report(chat, report)
    yield from _drop(chat)


def _last_receipt(_kind: str, state: ChatState) -> orders.SendReceipt | None:
    report = state.receipts.next(inf) if state.phase in ("online", "joined", "renewing") else None
    if report is not None:
        state.receipts.sent(report, 0.0)
    return report


def _closed_state() -> ChatState:
    return ChatState(ParticipantToken(""), LIVE, 0.0, phase="closed")


@program
def _drop(chat: Chat) -> Steps[None]:
    """Close the sockets of a chat and forget it, at once."""
    sockets, receiving = yield from _update(chat, _close, initial=_closed_state())
    if not receiving:
        yield from Do(effects.UpdateChat(chat.key, _nothing, forget=True))
    for socket, code in sockets:
        yield from Do(effects.CloseSocket(socket, code))


@program
def _drop_unless_open(chat: Chat) -> Steps[None]:
    if not (yield from _update(chat, _is_subscribed)):
        yield from _drop(chat)


def _close(state: ChatState) -> tuple[list[Any], bool]:
    release_sockets(state, 1000)
    sockets, state.to_close = state.to_close, []
    state.phase = "closed"
    return sockets, state.receiving


def _is_subscribed(state: ChatState) -> bool:
    return state.subscribed_once


def _nothing(_state: ChatState) -> None: ...


# --- receive


@program
def receive(chat: Chat) -> Steps[Notification]:
    """Return the next notification, as soon as there is one.

    While it waits it keeps the chat alive: heartbeats, a new socket before the old one expires, a new connection when
    one is lost, and the items that were missed meanwhile.  After the end it returns `ChatEnded` again and again.

    Fails where trying again cannot help (as `open_chat`), with a `TransportError` of kind "closed" once the chat is
    closed, and of kind "timeout" when the time of `within` is over.  A second `receive` while one waits, and one on a
    chat without a socket, raise `RuntimeError`.
    """
    notification = yield from _receive_until(chat, inf)
    if notification is None:
        return (yield from _failed(TransportError("timeout", "nothing was received in time", "no")))
    return notification


@program
def receive_within(chat: Chat, seconds: float) -> Steps[Notification | None]:
    """Return the next notification, or `None` if there is none within so many seconds; 0 looks once.

    A request, the opening of a socket or a page of the transcript is not begun after that time (a call with 0 may
    begin one), but one that runs may last for `open_timeout` longer.  Otherwise as `receive`.
    """
    expect("receive_within: seconds", seconds, (int, float), "a number")
    return (yield from _receive_until(chat, (yield from now()) + seconds))


def _receive_until(chat: Chat, until: float) -> Steps[Notification | None]:
    yield from _update(chat, _begin)
    return (yield from ensure(_receive(chat, until), _end(chat)))


@program
def _receive(chat: Chat, until: float) -> Steps[Notification | None]:
    order = yield from _run(chat, until)
    match order:
        case orders.HandOut():
            return order.notification
        case orders.Fail():
            return (yield from _failed(order.error))
        case _:
            if (yield from ask()).until < until:
                yield from _failed(TransportError("timeout", "nothing was received in time", "no"))
            return None


def _begin(state: ChatState) -> None:
    if state.phase == "joined":
        raise RuntimeError("this chat has no socket to receive from: open it with open_chat")
    if state.receiving:
        raise RuntimeError("another receive waits on this chat: one at a time")
    state.receiving = True


@program
def _end(chat: Chat) -> Steps[None]:
    if (yield from _update(chat, _stop_receiving)):
        yield from Do(effects.UpdateChat(chat.key, _nothing, forget=True))


def _stop_receiving(state: ChatState) -> bool:
    state.receiving = False
    return state.phase == "closed"


def _run(chat: Chat, until: float, stop: Callable[[ChatState], bool] | None = None) -> Steps[orders.Order]:
    """Perform what the chat asks for, until a call ends; or, with `stop`, until that is true of the state."""
    settings = yield from ask()
    until = min(until, settings.until)
    order: orders.Order | None = None
    outcome: Result[Any, Error] | None = None
    while True:
        step = partial(_step, order, outcome, (yield from now()), (yield from random_float()), until, stop)
        order, done = yield from _update(chat, step)
        if done:
            return order
        outcome = yield from _perform(chat, order, settings)


def _step(
    order: orders.Order | None,
    outcome: Result[Any, Error] | None,
    time: float,
    chance: float,
    until: float,
    stop: Callable[[ChatState], bool] | None,
    state: ChatState,
) -> tuple[orders.Order, bool]:
    following = advance(state, order, outcome, time, chance, until)
    return following, isinstance(following, LAST_ORDERS) or (stop is not None and stop(state))


def _perform(chat: Chat, order: orders.Order, settings: Settings) -> Steps[Result[Any, Error]]:
    match order:
        case orders.Listen():
            return (yield from _do(effects.ReceiveFrame(_socket(order), order.seconds)).attempt())
        case orders.Transmit():
            seconds = (yield from _update(chat, _options)).open_timeout
            return (yield from _do(effects.SendFrame(_socket(order), order.text, seconds)).attempt())
        case orders.Wait():
            return (yield from sleep(order.seconds).attempt())
        case orders.Close():
            return (yield from _do(effects.CloseSocket(_socket(order), order.code)).attempt())
        case orders.Tell():
            return (yield from _tell(chat, order, settings).attempt())
        case orders.Open():
            options = yield from _update(chat, _options)
            return (yield from _do(effects.OpenSocket(order.url, options.open_timeout, options.frame_bytes)).attempt())
        case orders.FetchConnection():
            return (yield from _fetch(chat, order, settings))
        case orders.AskPage():
            return (yield from _ask_page(chat, order, settings))
        case orders.SendReceipt():
            return (yield from _report(chat, order))
        case _:
            raise AssertionError("the order ends the call")


def _socket(order: orders.Listen | orders.Transmit | orders.Close) -> effects.Socket:
    return cast("effects.Socket", order.socket)


def _options(state: ChatState) -> LiveOptions:
    return state.options


@program
def _tell(chat: Chat, order: orders.Tell, settings: Settings) -> Steps[None]:
    if settings.observers:
        event = Event(
            order.name,
            "WebSocket",
            1,
            (yield from now()),
            seconds=order.seconds,
            status=order.status,
            why=order.why,
            count=order.count,
            chat=chat.key,
        )
        for observer in settings.observers:
            yield from observe(observer, event)


def _fetch(chat: Chat, order: orders.FetchConnection, settings: Settings) -> Steps[Result[Any, Error]]:
    if order.reserve and settings.quotas is None:
        wait = yield from reserve("CreateParticipantConnection", CONNECT_QUOTAS)
        if wait > 0:
            return Success(orders.Postponed(wait))
    request, seconds = yield from _update(chat, _connection_request)
    outcome = yield from _once(seconds, send(request)).attempt()
    if is_err(outcome):
        return outcome
    reply = outcome.unwrap()
    socket, credentials = reply.websocket, reply.connection_credentials
    if socket is None or not socket.url or credentials is None or not credentials.connection_token:
        return Failure(SerializeError(reply.http_status, "the reply lacks the socket's URL or the connection token"))
    return Success(orders.ConnectionFound(socket.url, credentials.connection_token))


def _connection_request(state: ChatState) -> tuple[CreateParticipantConnection, float]:
    wanted = (CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS)
    request = CreateParticipantConnection(participant_token=state.participant_token, type=wanted)
    return request, state.options.open_timeout


def _ask_page(chat: Chat, order: orders.AskPage, settings: Settings) -> Steps[Result[Any, Error]]:
    if order.reserve and settings.quotas is None:
        wait = yield from reserve("GetTranscript", CONNECT_QUOTAS)
        if wait > 0:
            return Success(orders.Postponed(wait))
    request, seconds = yield from _update(chat, partial(_page_request, order))
    outcome = yield from _once(seconds, send(request)).attempt()
    if is_err(outcome):
        return outcome
    reply = outcome.unwrap()
    return Success(orders.PageFound(reply.transcript or (), reply.next_token, reply.initial_contact_id))


def _page_request(order: orders.AskPage, state: ChatState) -> tuple[GetTranscript, float]:
    request = GetTranscript(
        connection_token=_token(state),
        max_results=_PAGE,
        next_token=order.next_token,
        scan_direction=order.direction,
        sort_order=SORT_KEY_ASCENDING,
        start_position=order.start,
    )
    return request, state.options.open_timeout


def _report(chat: Chat, order: orders.SendReceipt) -> Steps[Result[Any, Error]]:
    """Send a receipt: one attempt, in little time, since it holds up the chat."""
    request, seconds = yield from _update(chat, partial(_receipt_request, order))
    return (yield from _once(seconds, send(request)).attempt())


def _receipt_request(order: orders.SendReceipt, state: ChatState) -> tuple[SendEvent, float]:
    request = SendEvent(
        connection_token=_token(state),
        content_type=EVENT_MESSAGE_READ if order.kind == "read" else EVENT_MESSAGE_DELIVERED,
        content=receipt_content.construct(order.message_id),
    )
    return request, state.options.receipt_seconds


def _token(state: ChatState) -> ConnectionToken:
    return state.token or ConnectionToken("")


def _once(seconds: float, sending: Program[T, E]) -> Program[T, E]:
    """Send without retries, within so many seconds: the chat has waits of its own."""
    return local(
        lambda settings: (
            settings & settings_retry.set(NO_RETRY) & settings_timeout.set(seconds) & settings_deadline.set(seconds)
        ),
        sending,
    )


# --- say, and what else a participant does


@program
def say(
    chat: Chat, content: str, *, content_type: str = CONTENT_TEXT_PLAIN, client_token: str | None = None
) -> Steps[SendMessageResponse]:
    """Send a message.  All its attempts have one ClientToken, so that the chat gets it once.

    To repeat a message whose outcome stayed unknown, in this process or a later one, give the same `client_token`.
    Its echo comes as a notification with the Id of the reply.  Fails as `send` does.
    """
    request = SendMessage(
        connection_token=(yield from connection_token(chat)),
        content_type=content_type,
        content=content,
        client_token=client_token,
    )
    reply = yield from send(request)
    if reply.id is not None:
        yield from _update(chat, partial(_note_sent, reply.id))
    return reply


@program
def answer(chat: Chat, asked: Interactive, choice: Choice) -> Steps[SendMessageResponse]:
    """Answer an interactive message, such as a list picker, with one of the choices that it offers.

    `InvalidRequest` for another choice, before anything is sent; otherwise as `say`.
    """
    draft = yield from Program.from_result(reply_to(asked, choice))
    return (yield from say(chat, draft.content, content_type=draft.content_type))


def _note_sent(item_id: str, state: ChatState) -> None:
    state.sent_ids[item_id] = None
    item = find_item(state.delivery.transcript, item_id)
    if item is not None:  # its echo came before the reply
        learn_participant(state, item)
    if len(state.sent_ids) > _MOST_SENT_IDS:
        del state.sent_ids[next(iter(state.sent_ids))]


_MOST_SENT_IDS: Final = 100
"""Sent messages whose echo is waited for; one is enough to learn the participant."""


@program
def show_typing(chat: Chat) -> Steps[bool]:
    """Show the others that this participant is typing; `False` if it was shown less than `typing_seconds` ago.

    AWS's clients send it every 10 s at most, and show it for 12 s (observed in their sources).  Fails as `send` does.
    """
    if not (yield from _update(chat, partial(_may_type, (yield from now())))):
        return False
    _ = yield from send(SendEvent(connection_token=(yield from connection_token(chat)), content_type=EVENT_TYPING))
    return True


def _may_type(time: float, state: ChatState) -> bool:
    if time - state.typing_at < state.options.typing_seconds:
        return False
    state.typing_at = time
    return True


@program
def mark_delivered(chat: Chat, item: Item) -> Steps[None]:
    """Tell the sender of a message that it was delivered: 0.3 s later, unless `mark_read` says more before.

    Receipts are best effort: they never fail, and failures go to observers.  The newest message's stands for those
    before it, and at most one of a kind is sent in `receipt_seconds`.  Nothing is sent for one's own messages, nor
    after the end of the chat.
    """
    yield from _mark(chat, item, "delivered")


@program
def mark_read(chat: Chat, item: Item) -> Steps[None]:
    """Tell the sender of a message that it was read, which implies that it was delivered; otherwise as `mark_delivered`."""
    yield from _mark(chat, item, "read")


def _mark(chat: Chat, item: Item, kind: orders.ReceiptKind) -> Steps[None]:
    time = yield from now()
    report = yield from _update(chat, partial(_note_mark, item, kind, time))
    if report is not None:
        _ = yield from _report(chat, report)


def _note_mark(item: Item, kind: orders.ReceiptKind, time: float, state: ChatState) -> orders.SendReceipt | None:
    own = item.id in state.sent_ids or (
        state.participant_id is not None and item.participant_id == state.participant_id
    )
    if own or item.id is None or state.phase in ("over", "failed", "closed"):
        return None
    state.receipts.mark(kind, item.id, place_of(item), time)
    report = state.receipts.next(time)
    if report is not None:
        state.receipts.sent(report, time)
    return report


@program
def leave(chat: Chat) -> Steps[None]:
    """Leave the chat (DisconnectParticipant).  `receive` then hands out what is still said, and `ChatEnded("left")`.

    A flow may say farewell or ask questions after its customer has left, so receive until the end.  Fails as `send`
    does.
    """
    _ = yield from send(DisconnectParticipant(connection_token=(yield from connection_token(chat))))
    yield from _update(chat, partial(_note_left, (yield from now())))


def _note_left(time: float, state: ChatState) -> None:
    state.left_at = time


@program
def replies(chat: Chat, *, quiet: float = 1.0, within: float = 30.0) -> Steps[tuple[Item, ...]]:
    """Return the messages of the others until `quiet` seconds have passed without one.

    It waits for the first at most `within` seconds; `()` if none came.  Time without a connection does not count as
    quiet.  Items of the past are left out, and a message that comes in chunks is complete.  Fails as `receive` does.
    """
    found: dict[str, Item] = {}
    last = (yield from now()) + within
    until, online = last, True
    while True:
        time = yield from now()
        notification = yield from receive_within(chat, max(0.0, until - time))
        match notification:
            case ItemReceived(past=False) | ItemUpdated():
                item = notification.item
                known = item.id in found
                new = isinstance(notification, ItemReceived) and (
                    yield from _update(chat, partial(_is_of_another, item))
                )
                if item.id is not None and (known or new):
                    found[item.id] = item
                    until = (yield from now()) + quiet
            case ConnectionLost():
                online = False
            case ConnectionRegained():
                online = True
                until = max(until, (yield from now()) + quiet) if found else until
            case ChatEnded():
                break
            case None:
                if (yield from now()) >= last or (online and all(map(_is_complete, found.values()))):
                    break
                until = (yield from now()) + quiet
            case _:
                pass
    return tuple(item for item in items_of((yield from transcript(chat))) if item.id in found)


def _is_of_another(item: Item, state: ChatState) -> bool:
    is_message = item.type in (CHAT_ITEM_TYPE_MESSAGE, CHAT_ITEM_TYPE_ATTACHMENT)
    return (
        is_message
        and item.id not in state.sent_ids
        and (state.participant_id is None or item.participant_id != state.participant_id)
    )


def _is_complete(item: Item) -> bool:
    return item.message_metadata is None or item.message_metadata.message_completed is not False


# --- look at a chat


def position(chat: Chat) -> Program[Position, Never]:
    """Return the place from which a later `open_chat` goes on.

    Take it after an item was handled, and a crash makes it handled again; before, and a crash loses it.
    """
    return _update(chat, lambda state: state.delivery.position)


def transcript(chat: Chat) -> Program[Transcript, Never]:
    """Return the items that the chat has received so far, the newest `options.keep` of them."""
    return _update(chat, lambda state: state.delivery.transcript)


@program
def connection_token(chat: Chat) -> Steps[ConnectionToken]:
    """Return a connection token that is good now, for any operation; one that is too old is renewed first.

    While one caller renews it, others get the old one.  Fails as `get_connection_token` does.
    """
    time = yield from now()
    if not (yield from _update(chat, partial(_must_renew, time))):
        return (yield from _update(chat, _token))
    return (yield from ensure(_renew_token(chat), _update(chat, _end_renewal)))


@program
def _renew_token(chat: Chat) -> Steps[ConnectionToken]:
    request = yield from _update(chat, _participant_token)
    renewed = yield from get_connection_token(request)
    yield from _update(chat, partial(_use_token, renewed, (yield from now())))
    return renewed


def _must_renew(time: float, state: ChatState) -> bool:
    if state.token_renewing or not state.participant_token or time - state.token_at < state.options.token_seconds:
        return False
    state.token_renewing = True
    return True


def _end_renewal(state: ChatState) -> None:
    state.token_renewing = False


def _participant_token(state: ChatState) -> ParticipantToken:
    return state.participant_token


def _use_token(token: ConnectionToken, time: float, state: ChatState) -> None:
    set_token(state, token, time)


# --- helpers


def _update(chat: Chat, change: Callable[[ChatState], T], initial: ChatState | None = None) -> Program[T, Never]:
    effect: effects.UpdateChat[T] = effects.UpdateChat(chat.key, change, initial)
    return Do(effect)


def _do(effect: effects.Effect[T]) -> Program[T, Error]:
    return Do(effect)


def _failed(error: Error) -> Program[Never, Error]:
    return Program.from_failure(error)
