"""Say, answer, show, tell: everything that a participant sends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lensconnect.arguments import expect
from lensconnect.content.answers import Choice, expect_interactive, reply_to
from lensconnect.content.templates import Interactive
from lensconnect.content.types import (
    CONTENT_TEXT_PLAIN,
    EVENT_TYPING,
)
from lensconnect.errors import Error
from lensconnect.live import orders, participation
from lensconnect.live.files import Downloaded, FilePath, Progress, Uploaded
from lensconnect.live.notifications import Chat
from lensconnect.live.state import ChatState
from lensconnect.operations import (
    DisconnectParticipant,
    SendEvent,
    SendEventResponse,
    SendMessage,
    SendMessageResponse,
)
from lensconnect.programs.chats.performing import (
    SafeSteps,
    note,
    send_receipt,
    token_of,
    update,
)
from lensconnect.programs.connection_token import get_connection_token
from lensconnect.programs.files import attach_with, download_bytes_with, download_with
from lensconnect.programs.primitives import ensure, now, on_exception
from lensconnect.programs.program import Program, Steps, program
from lensconnect.programs.send import send
from lensconnect.record import ConnectionToken, ParticipantToken
from lensconnect.results import is_err
from lensconnect.types.item import Item

__all__ = [
    "answer",
    "attach",
    "connection_token",
    "download",
    "download_bytes",
    "leave",
    "mark_delivered",
    "mark_read",
    "say",
    "show_typing",
]


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
        yield from note(chat, partial(participation.note_sent, item_id=reply.id))
    return reply


@program
def answer(chat: Chat, asked: Interactive, choice: Choice) -> Steps[SendMessageResponse]:
    """Answer an interactive message, such as a list picker, with one of the choices that it offers.

    `InvalidRequest` for another choice, before anything is sent; otherwise as `say`.
    """
    expect_interactive("answer: asked", asked)
    draft = yield from Program.from_result(reply_to(asked, choice))
    return (yield from say(chat, draft.content, content_type=draft.content_type))


@program
def show_typing(chat: Chat) -> Steps[bool]:
    """Show the others that this participant is typing; `False` if it was shown less than `typing_seconds` ago.

    AWS's clients send it every 10 s at most, and show it for 12 s (observed in their sources).  Fails as `send` does;
    a call that failed or was cancelled does not count.
    """
    time = yield from now()
    if not (yield from update(chat, partial(participation.may_type, now=time))):
        return False
    forget = note(chat, partial(participation.forget_typing, now=time))
    outcome = yield from on_exception(_send_typing(chat), forget).attempt()
    if is_err(outcome):
        yield from forget
    _ = yield from Program.from_result(outcome)
    return True


@program
def _send_typing(chat: Chat) -> Steps[SendEventResponse]:
    token = yield from connection_token(chat)
    return (yield from send(SendEvent(connection_token=token, content_type=EVENT_TYPING)))


@program
def mark_delivered(chat: Chat, item: Item) -> SafeSteps[None]:
    """Tell the sender of a message that it was delivered: 0.3 s later, unless `mark_read` says more before.

    Receipts are best effort: they never fail, and failures go to observers.  The newest message's stands for those
    before it, and at most one of a kind is sent in `receipt_seconds`.  Nothing is sent for one's own messages, for
    events, nor after the end of the chat.
    """
    yield from _mark(chat, item, "delivered")


@program
def mark_read(chat: Chat, item: Item) -> SafeSteps[None]:
    """Tell the sender of a message that it was read, which implies that it was delivered; otherwise as `mark_delivered`."""
    yield from _mark(chat, item, "read")


def _mark(chat: Chat, item: Item, kind: orders.ReceiptKind) -> SafeSteps[None]:
    expect(f"mark_{kind}: item", item, Item, "an Item")
    time = yield from now()
    report = yield from update(chat, partial(participation.mark, item=item, kind=kind, now=time))
    if report is not None:
        _ = yield from send_receipt(chat, report)


@program
def leave(chat: Chat) -> Steps[None]:
    """Leave the chat (DisconnectParticipant).  `receive` then hands out what is still said, and `ChatEnded("left")`.

    A flow may say farewell or ask questions after its customer has left, so receive until the end.  Fails as `send`
    does.
    """
    _ = yield from send(DisconnectParticipant(connection_token=(yield from connection_token(chat))))
    yield from note(chat, partial(participation.note_left, now=(yield from now())))


@program
def connection_token(chat: Chat) -> Steps[ConnectionToken]:
    """Return a connection token that is good now, for any operation; one that is too old is renewed first.

    While one caller renews it, others get the old one.  Fails as `get_connection_token` does.
    """
    time = yield from now()
    if not (yield from update(chat, partial(participation.begin_token_renewal, now=time))):
        return (yield from update(chat, token_of))
    return (yield from ensure(_renew_token(chat), note(chat, participation.end_token_renewal)))


@program
def _renew_token(chat: Chat) -> Steps[ConnectionToken]:
    request = yield from update(chat, _participant_token)
    renewed = yield from get_connection_token(request)
    yield from note(chat, partial(participation.set_token, token=renewed, now=(yield from now())))
    return renewed


def _participant_token(state: ChatState) -> ParticipantToken:
    return state.participant_token


def attach(
    chat: Chat,
    source: str | FilePath | bytes,
    *,
    name: str | None = None,
    content_type: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Program[Uploaded, Error]:
    """Send a file to a chat, from a path or bytes; arguments, limits and errors are those of `attach_with`.

    `InvalidRequest` before anything is sent if the file is missing, empty, too large, or of a type that is not known.
    The file is announced, uploaded and posted.  It comes as an item, to this participant too, first with the status
    IN_PROGRESS if the instance scans files.
    """
    return attach_with(connection_token(chat), source, name=name, content_type=content_type, progress=progress)


def download(
    chat: Chat,
    attachment_id: str,
    path: str | FilePath,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> Program[Downloaded, Error]:
    """Fetch a file of a chat into a new file at `path`; arguments and errors are those of `download_with`.

    `InvalidRequest` if there is a file at `path` already.
    """
    return download_with(connection_token(chat), attachment_id, path, progress=progress)


def download_bytes(chat: Chat, attachment_id: str, *, most: int = 20 << 20) -> Program[bytes, Error]:
    """Fetch a file of a chat of at most `most` bytes into memory; errors are those of `download_bytes_with`.

    `InvalidRequest` for a larger file.
    """
    return download_bytes_with(connection_token(chat), attachment_id, most=most)
