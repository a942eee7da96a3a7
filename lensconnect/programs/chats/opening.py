"""Open, join and close chats."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf
from typing import TypeVar

from lensconnect.arguments import expect
from lensconnect.errors import Error, TransportError
from lensconnect.live import orders
from lensconnect.live.notifications import Chat
from lensconnect.live.options import LIVE, LiveOptions, check_live_options
from lensconnect.live.participation import set_token
from lensconnect.live.planning import is_open
from lensconnect.live.position import Position
from lensconnect.live.state import ChatState
from lensconnect.live.transitions import release_sockets
from lensconnect.programs import effects
from lensconnect.programs.chats.performing import (
    ChatCall,
    SafeSteps,
    closed_state,
    failed,
    note,
    nothing,
    run,
    send_receipt,
    update,
)
from lensconnect.programs.connection_token import request_connection_token
from lensconnect.programs.primitives import ensure, mint, now
from lensconnect.programs.program import Do, Program, Steps, expect_program, program
from lensconnect.record import ConnectionToken, ParticipantToken

T = TypeVar("T")
E = TypeVar("E")

__all__ = ["chat_from", "close_chat", "converse", "join_chat", "open_chat"]


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

    A chat that ends while it is opened is returned too: its `receive` hands out `ChatEnded`.

    Attempts are repeated with the waits of `options.backoff` until `options.give_up`, or the deadline of `within`; but
    three attempts that reach no host are enough, as its name or port is probably wrong.

    Fails where another attempt cannot help: `InvalidEndpoint`, `InvalidRequest`, a `ServiceError` with status 400, 403
    or 404, a closed environment; with the `TransportError` of a host that is not reached; and with the last error, or a
    `TransportError` of kind "timeout", when time is over.
    `TypeError` or `ValueError` for an option that no chat can live with, such as a heartbeat every 0 seconds.
    """
    expect("open_chat: position", position, (Position, type(None)), "a Position or None")
    expect("open_chat: participant_id", participant_id, (str, type(None)), "text or None")
    check_live_options("open_chat: options", options)
    chat = yield from _register(ChatState(participant_token, options, (yield from now()), position, participant_id))
    return (yield from ensure(_open(chat), _drop_unless_open(chat)))


def _register(state: ChatState) -> Steps[Chat]:
    """Give a state to the environment, and return the name of its chat."""
    chat = Chat((yield from mint()))
    yield from update(chat, nothing, initial=state)
    return chat


class _Opening(ChatCall):
    """A call that is over once the service has confirmed a subscription, or has ended the chat."""

    __slots__ = ()

    def advance(self, state: ChatState, time: float, chance: float) -> orders.Order:
        order = super().advance(state, time, chance)
        self.is_over = self.is_over or is_open(state)
        return order


@program
def _open(chat: Chat) -> Steps[Chat]:
    order = yield from run(chat, _Opening(inf))
    if isinstance(order, orders.Fail):
        yield from failed(order.error)
    elif isinstance(order, orders.Nothing):
        yield from failed(TransportError("timeout", "the chat was not open in time", "maybe"))
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
    expect("converse: body", body, Callable, "a function")
    chat = yield from open_chat(participant_token, position=position, participant_id=participant_id, options=options)
    return (yield from ensure(_converse(chat, body), _drop(chat)))


@program
def _converse(chat: Chat, body: Callable[[Chat], Program[T, E]]) -> Generator[Program[object, E | Error], object, T]:
    conversation = body(chat)
    expect_program(conversation, made_by=body)
    outcome = yield from conversation.attempt()
    yield from close_chat(chat)
    return (yield from Program.from_result(outcome))


@program
def join_chat(participant_token: ParticipantToken) -> Steps[Chat]:
    """Join a chat without a socket: `say`, `show_typing`, `attach`, `answer` and `leave` work, `receive` does not.

    It sends one CreateParticipantConnection with ConnectParticipant, which also starts the flow of a customer whose
    messages come by message streaming.  Fails as `send` does, and with `SerializeError` where the reply has no token.
    """
    requested = request_connection_token(participant_token, connect_participant=True)
    return (yield from _register(_joined(participant_token, (yield from requested), (yield from now()))))


@program
def chat_from(connection_token: ConnectionToken) -> Steps[Chat]:
    """Return a chat like that of `join_chat`, from a stored connection token and without a request.

    A function that runs once for each message, such as an AWS Lambda function, keeps its connection token this way:
    CreateParticipantConnection has a quota of 6 calls per second for the whole instance.  The token is used as it is;
    it is valid for a day.  `close_chat` forgets the chat.
    """
    return (yield from _register(_joined(ParticipantToken(""), connection_token, inf)))


def _joined(participant_token: ParticipantToken, connection_token: ConnectionToken, token_at: float) -> ChatState:
    """Return the state of a chat without a socket."""
    state = ChatState(participant_token, LIVE, token_at, phase="joined")
    set_token(state, connection_token, token_at)
    return state


@program
def close_chat(chat: Chat) -> SafeSteps[None]:
    """Send the receipts that are left, close the socket, and forget the chat; the chat goes on for the others.

    It ends a `receive` that waits in another thread or task, with a `TransportError` of kind "closed".  Take the
    `transcript` and the `position` before.  Closing twice does nothing.
    """
    yield from ensure(_send_last_receipts(chat), _drop(chat))


@program
def _send_last_receipts(chat: Chat) -> SafeSteps[None]:
    while (report := (yield from update(chat, _last_receipt, initial=closed_state()))) is not None:
        _ = yield from send_receipt(chat, report)


def _last_receipt(state: ChatState) -> orders.SendReceipt | None:
    report = state.receipts.next(inf) if state.phase in ("online", "joined", "renewing") else None
    if report is not None:
        state.receipts.sent(report, 0.0)
    return report


@program
def _drop(chat: Chat) -> SafeSteps[None]:
    """Close the sockets of a chat and forget it, at once."""
    sockets = yield from update(chat, _close, initial=closed_state())
    yield from note(chat, nothing)
    for socket, code in sockets:
        yield from Do(effects.CloseSocket(socket, code))


@program
def _drop_unless_open(chat: Chat) -> SafeSteps[None]:
    if not (yield from update(chat, is_open)):
        yield from _drop(chat)


def _close(state: ChatState) -> list[tuple[orders.Socket, int]]:
    release_sockets(state, orders.NORMAL_CLOSURE)
    sockets, state.to_close = state.to_close, []
    state.phase = "closed"
    return sockets
