"""Perform the orders of a chat, one after the other, until a call ends."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Never, TypeAlias, TypeVar

from lensconnect.arguments import wrong_type
from lensconnect.content.contents import receipt_content
from lensconnect.content.types import EVENT_MESSAGE_DELIVERED, EVENT_MESSAGE_READ
from lensconnect.errors import Error, SerializeError
from lensconnect.live import orders
from lensconnect.live.machine import LAST_ORDERS, advance
from lensconnect.live.notifications import Chat
from lensconnect.live.options import LIVE, LiveOptions
from lensconnect.live.state import ChatState
from lensconnect.operations import (
    CreateParticipantConnection,
    CreateParticipantConnectionResponse,
    GetTranscript,
    GetTranscriptResponse,
    SendEvent,
)
from lensconnect.programs import effects
from lensconnect.programs.observe import Event
from lensconnect.programs.pace import CONNECT_QUOTAS
from lensconnect.programs.primitives import ask, local, now, observe, reserve, sleep
from lensconnect.programs.program import Do, Program, Steps, program
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
from lensconnect.types.transcript import SORT_KEY_ASCENDING

T = TypeVar("T")
E = TypeVar("E")

SafeSteps: TypeAlias = Generator[Program[object, Never], object, T]
"""The return type of a `@program` function that cannot fail."""


class ChatCall:
    """A call that advances a chat: when it ends, the order that is performed, and its outcome."""

    __slots__ = ("is_over", "order", "outcome", "until")

    def __init__(self, until: float) -> None:
        self.until: float = until
        self.order: orders.Order | None = None
        self.outcome: Result[Any, Error] | None = None
        self.is_over: bool = False

    def advance(self, state: ChatState, time: float, chance: float) -> orders.Order:
        """Take the outcome, and return the next order."""
        self.order = order = advance(state, self.order, self.outcome, time, chance, self.until)
        self.is_over = isinstance(order, LAST_ORDERS)
        return order


@program
def run(chat: Chat, call: ChatCall) -> Steps[orders.Order]:
    """Perform what the chat asks for, until the call is over: return its last order."""
    settings = yield from ask()
    call.until = min(call.until, settings.until)
    advancing: Do[orders.Order, Never] = Do(effects.UpdateChat(key_of(chat), call.advance, timed=True))
    while True:
        order = yield from advancing
        if call.is_over:
            return order
        if isinstance(order, orders.Listen):  # most orders; the others take a turn of another generator
            call.outcome = yield from do(effects.ReceiveFrame(order.socket, order.seconds)).attempt()
        else:
            call.outcome = yield from _perform(chat, order, settings)


def _perform(chat: Chat, order: orders.Order, settings: Settings) -> Steps[Result[Any, Error]]:
    match order:
        case orders.Transmit():
            seconds = (yield from update(chat, _options)).open_timeout
            return (yield from do(effects.SendFrame(order.socket, order.text, seconds)).attempt())
        case orders.Wait():
            return (yield from sleep(order.seconds).attempt())
        case orders.Close():
            return (yield from do(effects.CloseSocket(order.socket, order.code)).attempt())
        case orders.Tell():
            return (yield from _tell(chat, order, settings).attempt())
        case orders.Open():
            options = yield from update(chat, _options)
            return (yield from do(effects.OpenSocket(order.url, options.open_timeout, options.frame_bytes)).attempt())
        case orders.FetchConnection():
            return (yield from _fetch(chat, order, settings))
        case orders.AskPage():
            return (yield from _ask_page(chat, order, settings))
        case orders.SendReceipt():
            time = yield from now()
            yield from update(chat, partial(_note_receipt, order, time))  # another task that marks must not send it too
            return (yield from send_receipt(chat, order))
        case _:
            raise AssertionError("the order ends the call")


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
    postponed = yield from _postponed("CreateParticipantConnection", order, settings)
    if postponed is not None:
        return Success(postponed)
    request, seconds = yield from update(chat, _connection_request)
    outcome = yield from _once(seconds, send(request)).attempt()
    return outcome if is_err(outcome) else _connection_found(outcome.unwrap())


def _postponed(
    operation: str, order: orders.FetchConnection | orders.AskPage, settings: Settings
) -> Steps[orders.Postponed | None]:
    """Take the place within the quota that an order wants; return how long it has to wait for it, if it has to."""
    if not order.reserve or settings.quotas is not None:  # with quotas of the user's, `send` takes the place
        return None
    wait = yield from reserve(operation, CONNECT_QUOTAS)
    return orders.Postponed(wait) if wait > 0 else None


def _connection_found(reply: CreateParticipantConnectionResponse) -> Result[orders.ConnectionFound, Error]:
    socket, credentials = reply.websocket, reply.connection_credentials
    if socket is None or not socket.url or credentials is None or not credentials.connection_token:
        return Failure(SerializeError(reply.http_status, "the reply lacks the socket's URL or the connection token"))
    return Success(orders.ConnectionFound(socket.url, credentials.connection_token))


def _connection_request(state: ChatState) -> tuple[CreateParticipantConnection, float]:
    wanted = (CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS)
    request = CreateParticipantConnection(participant_token=state.participant_token, type=wanted)
    return request, state.options.open_timeout


def _ask_page(chat: Chat, order: orders.AskPage, settings: Settings) -> Steps[Result[Any, Error]]:
    postponed = yield from _postponed("GetTranscript", order, settings)
    if postponed is not None:
        return Success(postponed)
    request, seconds = yield from update(chat, partial(_page_request, order))
    return (yield from _once(seconds, send(request)).attempt()).map(_page_found)


def _page_found(reply: GetTranscriptResponse) -> orders.PageFound:
    return orders.PageFound(reply.transcript or (), reply.next_token, reply.initial_contact_id)


def _page_request(order: orders.AskPage, state: ChatState) -> tuple[GetTranscript, float]:
    request = GetTranscript(
        connection_token=token_of(state),
        max_results=orders.PAGE,
        next_token=order.next_token,
        scan_direction=order.direction,
        sort_order=SORT_KEY_ASCENDING,
        start_position=order.start,
    )
    return request, state.options.open_timeout


def _note_receipt(order: orders.SendReceipt, time: float, state: ChatState) -> None:
    state.receipts.sent(order, time)


def send_receipt(chat: Chat, order: orders.SendReceipt) -> SafeSteps[Result[Any, Error]]:
    """Send a receipt, once and in little time, since it holds up the chat; return the reply or the `Error`."""
    request, seconds = yield from update(chat, partial(_receipt_request, order))
    return (yield from _once(seconds, send(request)).attempt())


def _receipt_request(order: orders.SendReceipt, state: ChatState) -> tuple[SendEvent, float]:
    request = SendEvent(
        connection_token=token_of(state),
        content_type=EVENT_MESSAGE_READ if order.kind == "read" else EVENT_MESSAGE_DELIVERED,
        content=receipt_content.construct(order.message_id),
    )
    return request, state.options.receipt_seconds


def token_of(state: ChatState) -> ConnectionToken:
    """Return the connection token of a chat, without renewing it."""
    return state.token or ConnectionToken("")


def _once(seconds: float, sending: Program[T, E]) -> Program[T, E]:
    """Send without retries, within so many seconds: the chat has waits of its own."""
    return local(
        lambda settings: (
            settings & settings_retry.set(NO_RETRY) & settings_timeout.set(seconds) & settings_deadline.set(seconds)
        ),
        sending,
    )


def nothing(_state: ChatState) -> None:
    """Change nothing."""


def key_of(chat: Chat) -> str:
    """Return the name of the chat's state, or raise `TypeError` for what is no `Chat`, such as the IO of one."""
    try:
        return chat.key
    except AttributeError:
        raise wrong_type("chat", "a Chat, as open_chat returns it", chat) from None


def update(chat: Chat, change: Callable[[ChatState], T], initial: ChatState | None = None) -> Program[T, Never]:
    """Return the result of `change`, called with the state of a chat; `initial` is the state of an unknown one."""
    effect: effects.UpdateChat[T] = effects.UpdateChat(key_of(chat), change, initial=initial)
    return Do(effect)


def note(chat: Chat, change: Callable[[ChatState], object]) -> Program[bool, Never]:
    """Call `change` with the state of a chat, which another task may have closed meanwhile: then nothing is kept."""
    effect = effects.UpdateChat(chat.key, partial(_noted, change), initial=closed_state(), forget=True)
    return Do(effect)


def _noted(change: Callable[[ChatState], object], state: ChatState) -> bool:
    _ = change(state)
    return state.is_forgettable()


def closed_state() -> ChatState:
    """Return the state of a chat that is closed, for one that the environment has forgotten."""
    return ChatState(ParticipantToken(""), LIVE, 0.0, phase="closed")


def do(effect: effects.Effect[T]) -> Program[T, Error]:
    """Return the program of one effect, which fails with an `Error`."""
    return Do(effect)


def failed(error: Error) -> Program[Never, Error]:
    """Return the program that fails with an `Error`."""
    return Program.from_failure(error)
