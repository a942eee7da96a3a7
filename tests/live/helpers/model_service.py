"""A small model of the service and the network, for the state machine alone: it performs orders, without programs.

Everything is decided by one seed.  Frames can be lost, doubled and delayed; sockets can be cut, fall silent, and
expire; requests can fail, and pages can be odd.  The items of the model are the truth that a reader's are compared
with.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import Any, NamedTuple, cast

from lensconnect import (
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_IN_PROGRESS,
    CHAT_ITEM_TYPE_ATTACHMENT,
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGE,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    CONTENT_TEXT_PLAIN,
    EVENT_CHAT_ENDED,
    EVENT_PARTICIPANT_LEFT,
    EVENT_TRANSFER_SUCCEEDED,
    EVENT_TYPING,
    LIVE,
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOMER,
    AttachmentItem,
    ChatEnded,
    ConnectionLost,
    ConnectionRegained,
    Item,
    ItemReceived,
    ItemUpdated,
    LiveOptions,
    MessageMetadata,
    Notification,
    ParticipantToken,
    Receipt,
    ServiceError,
    StartPosition,
    TransportError,
    item_attachments,
    item_message_metadata,
)
from lensconnect.jsontext import dumps
from lensconnect.live import orders, participation
from lensconnect.live.absorbing import absorb
from lensconnect.live.frames import HEARTBEAT, PING, SUBSCRIBE
from lensconnect.live.machine import advance
from lensconnect.live.planning import plan
from lensconnect.live.position import Position
from lensconnect.live.state import ChatState, Phase
from lensconnect.live.transcript import Place, is_stored, place_of
from lensconnect.live.transitions import release_sockets
from lensconnect.record import to_members
from lensconnect.results import Failure, Result, Success, is_ok

THROTTLED = ServiceError(429, "ThrottlingException", "Rate exceeded", "r-2")
RESET = TransportError("reset", "the connection was reset (close code 1006)", "yes")
CLOSED = TransportError("incomplete", "the peer closed the socket (close code 1000)", "yes")
FOREIGN = ServiceError(403, "", None)
INVALID = ServiceError(400, "ValidationException", "no such item", "r-4")
CONFIRMED = '{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}'
HOSTILE: tuple[str | bytes, ...] = (
    "",
    "no JSON",
    "[" * 100_000,
    "[]",
    "{}",
    "null",
    '{"message":"Forbidden","connectionId":"x","requestId":"y"}',
    '{"topic":7}',
    '{"topic":"aws/chat"}',
    '{"topic":"aws/chat","content":"no item"}',
    '{"topic":"aws/chat","content":"[1,2]"}',
    '{"topic":"aws/chat","content":["a list"]}',
    '{"topic":"aws/chat","content":7e999}',
    '{"topic":"aws/chat","content":"{\\"Id\\":7}"}',
    '{"topic":"aws/chat","content":"{\\"Type\\":\\"\\ud800\\"}\\ud800"}',
    '{"topic":"aws/chat","content":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}",
    '{"topic":"aws/ping","statusCode":500,"statusContent":"bad"}',
    '{"topic":"aws/ping","statusCode":' + "9" * 400 + "}",
    '{"topic":"aws/subscribe","content":"success"}',
    '{"topic":"aws/new","content":{}}',
    "\ud800",
    b"binary",
    b"\xff\xfe",
)
"""Frames that a client skips."""


def denied(operation: str) -> ServiceError:
    """Return the 403 of the service itself."""
    return ServiceError(403, "AccessDeniedException", "Access denied", "r-1", operation=operation)


class Faults(NamedTuple):
    """Probabilities; of frames for each frame, of sockets for each second, of requests for each request."""

    lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    cut: float = 0.0
    silent: float = 0.0
    refused: float = 0.0
    throttled: float = 0.0
    foreign: float = 0.0
    odd: float = 0.0
    unknown: float = 0.0
    postponed: float = 0.0
    mute: float = 0.0


NO_FAULTS = Faults()


class ModelSocket:
    """One socket of the model; `frames` is a heap of (time, number, text)."""

    def __init__(self, number: int, opened: float, cut_error: TransportError) -> None:
        self.number = number
        self.frames: list[tuple[float, int, str | bytes]] = []
        self.subscribed = False
        self.silent = False
        self.silent_at = inf
        self.cut_at = opened + 3600.0
        self.cut_error = cut_error
        self.closed = False

    def silence(self, now: float) -> None:
        """Let nothing through any more, without an error."""
        self.silent, self.silent_at = True, min(self.silent_at, now)


class ModelService:
    """The service, the network, and the clock."""

    def __init__(self, seed: int, faults: Faults = NO_FAULTS, page: int = 100) -> None:
        self.random = Random(seed)
        self.faults = faults
        self.page = page
        self.now = 1000.0
        self.items: list[Item] = []
        self.sockets: dict[int, ModelSocket] = {}
        self.opened = 0
        self.fetches = 0
        self.token_at = self.now
        self.oldest_token = 0.0
        self.used: set[str] = set()
        self.repeated: set[str] = set()
        """Tokens that come back as their own successors."""
        self.most_open = 0
        self.ended = False
        self.denies_transcript = False
        self.numbers = 0
        self.opened_at: dict[int, float] = {}
        self.plan: list[tuple[float, int, Callable[[], None]]] = []
        self.steps = 0
        self.reports: list[tuple[float, str, str]] = []

    # --- the other side

    def at(self, time: float, action: Callable[[], object]) -> None:
        """Let something happen at a time."""
        self.numbers += 1
        heappush(self.plan, (time, self.numbers, action))  # type: ignore[arg-type]

    def post(self, content: str | None, **fields: Any) -> Item:
        """Store an item and push it."""
        self.numbers += 1
        members: dict[str, Any] = {
            "absolute_time": self._text(self.now),
            "content": content,
            "content_type": CONTENT_TEXT_PLAIN,
            "id": f"m{self.numbers * 7919 % 10_007}",  # Ids are not in the order of time
            "type": CHAT_ITEM_TYPE_MESSAGE,
            "participant_id": "agent",
            "participant_role": PARTICIPANT_ROLE_AGENT,
            "contact_id": "c",
        }
        item = Item(**{**members, **fields})
        self._store(item)
        self.push(item)
        return item

    def _store(self, item: Item) -> None:
        for index, known in enumerate(self.items):
            if known.id == item.id:
                self.items[index] = item
                return
        self.items.append(item)

    def event(self, content_type: str, **fields: Any) -> Item:
        """Store an event and push it."""
        return self.post(None, content_type=content_type, type=CHAT_ITEM_TYPE_EVENT, **fields)

    def typing(self) -> None:
        """Push a typing event, which no transcript holds."""
        self.numbers += 1
        self.push(
            Item(absolute_time=self._text(self.now), content_type=EVENT_TYPING, id=f"t{self.numbers}", type="EVENT")
        )

    def attach(self) -> None:
        """Store an attachment that is scanned for some seconds."""
        file = AttachmentItem(attachment_id=f"a{self.numbers}", status=ARTIFACT_STATUS_IN_PROGRESS)
        item = self.post(None, content_type=None, type=CHAT_ITEM_TYPE_ATTACHMENT, attachments=(file,))
        scanned = AttachmentItem(attachment_id=file.attachment_id, status=ARTIFACT_STATUS_APPROVED)
        self.at(self.now + 20 * self.random.random(), lambda: self._change(item_attachments.put((scanned,), item)))

    def _change(self, item: Item) -> None:
        if not self.ended:
            self._store(item)
            self.push(item)

    def stream(self) -> None:
        """Push the chunks of a bot's answer; the transcript gets the whole."""
        self.numbers += 1
        item_id, words = f"b{self.numbers}", ("Let ", "me ", "see.")
        for number, word in enumerate(words, 1):
            self.at(self.now + 0.4 * number, lambda number=number, word=word: self._push_chunk(item_id, number, word))  # type: ignore[misc]
        whole = MessageMetadata(message_id=item_id, message_completed=True)
        self.at(
            self.now + 2,
            lambda: self.ended or self.post("".join(words), id=item_id, message_metadata=whole),
        )

    def _push_chunk(self, item_id: str, number: int, word: str) -> None:
        if not self.ended:
            metadata = MessageMetadata(message_id=item_id, chunk_number=number, message_completed=False)
            self.push(
                Item(
                    absolute_time=self._text(self.now),
                    content=word,
                    content_type=CONTENT_TEXT_PLAIN,
                    id=item_id,
                    type=CHAT_ITEM_TYPE_MESSAGE,
                    contact_id="c",
                    message_metadata=metadata,
                )
            )

    def receipt(self) -> None:
        """Push a receipt of the newest message."""
        if self.items:
            time = self._text(self.now)
            receipts = (Receipt(delivered_timestamp=time, recipient_participant_id="customer"),)
            metadata = MessageMetadata(message_id=self.items[-1].id, receipts=receipts)
            self.numbers += 1
            self.push(
                Item(
                    absolute_time=time,
                    id=f"r{self.numbers}",
                    type=CHAT_ITEM_TYPE_MESSAGEMETADATA,
                    message_metadata=metadata,
                )
            )

    def strange(self) -> None:
        """Push an item of another contact."""
        self.numbers += 1
        text = '{"Id":"x%d","AbsoluteTime":"%s","Type":"MESSAGE","ContactId":"y","InitialContactId":"y"}'
        content = text % (self.numbers, self._text(self.now))
        self._push_text(dumps({"topic": "aws/chat", "content": content}).decode())

    def hostile(self) -> None:
        """Push a frame that a client skips."""
        self._push_text(self.random.choice(HOSTILE))

    def end(self) -> None:
        """End the chat."""
        if not self.ended:
            self.event(EVENT_CHAT_ENDED, participant_id=None, participant_role=None)
            self.ended = True

    def transfer(self) -> None:
        """Transfer the chat away from this participant, an agent."""
        if not self.ended:
            self.event(EVENT_TRANSFER_SUCCEEDED, participant_id=None, participant_role=None)
            self.ended = True

    def leave(self, participant_id: str, role: str) -> None:
        """Let a participant leave: the chat ends after its customer."""
        if not self.ended:
            self.event(EVENT_PARTICIPANT_LEFT, participant_id=participant_id, participant_role=role)
            if role == PARTICIPANT_ROLE_CUSTOMER:
                self.at(self.now + 3, lambda: self.ended or self.post("Farewell"))
                self.at(self.now + 4, self.end)

    def push(self, item: Item) -> None:
        """Send an item to every subscribed socket, through the faults."""
        members = {**to_members(item), "InitialContactId": "c"}
        frame = {"topic": "aws/chat", "contentType": "application/json", "content": dumps(members).decode()}
        self._push_text(dumps(frame).decode())

    def _push_text(self, text: str | bytes) -> None:
        for socket in self.sockets.values():
            if socket.subscribed and not socket.closed:
                if self._chance(self.faults.lost):
                    continue
                self._send(socket, text, 1.5 * self.random.random() if self._chance(self.faults.delayed) else 0.0)
                if self._chance(self.faults.doubled):
                    self._send(socket, text, self.random.random())

    def _send(self, socket: ModelSocket, text: str | bytes, delay: float = 0.0) -> None:
        self.numbers += 1
        if not socket.silent:
            heappush(socket.frames, (self.now + 0.01 + delay, self.numbers, text))

    def _text(self, time: float) -> str:
        seconds = int(time)
        millis = int((time - seconds) * 1000)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        days, hour = divmod(hours, 24)
        return f"2026-11-{days + 1:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"

    def _chance(self, probability: float) -> bool:
        return probability > 0 and self.random.random() < probability

    # --- time

    def pass_time(self, until: float) -> None:
        """Move the clock, and do what is planned on the way."""
        while self.plan and self.plan[0][0] <= until:
            time, _, action = heappop(self.plan)
            self._fault_sockets(max(self.now, time))
            action()
        if until > self.now:
            self._fault_sockets(until)

    def _fault_sockets(self, time: float) -> None:
        seconds, self.now = time - self.now, time
        if seconds <= 0 or not (self.faults.cut or self.faults.silent):
            return
        for socket in self.sockets.values():
            if not socket.closed:
                if self._chance(1 - (1 - self.faults.cut) ** seconds):
                    socket.cut_at = min(socket.cut_at, self.now)
                if self._chance(1 - (1 - self.faults.silent) ** seconds):
                    socket.silence(self.now)

    # --- orders

    def perform(self, order: orders.Order) -> Result[Any, Any]:
        """Perform an order, as the programs and the network would."""
        self.steps += 1
        match order:
            case orders.FetchConnection():
                return self._fetch(order)
            case orders.Open():
                return self._open(order.url)
            case orders.Transmit():
                return self._receive(order)
            case orders.Listen():
                return self._listen(order)
            case orders.Close():
                socket = self._socket(order)
                assert not socket.closed, "a socket is closed once"
                socket.closed = True
                return Success(None)
            case orders.AskPage():
                return self._find_page(order)
            case orders.Wait():
                assert order.seconds > 0
                self.pass_time(self.now + order.seconds)
                return Success(None)
            case orders.SendReceipt():
                before = [time for time, kind, _ in self.reports if kind == order.kind]
                assert not before or self.now - before[-1] > LIVE.receipt_seconds - 0.001, "receipts have a distance"
                self.reports.append((self.now, order.kind, order.message_id))
                return self._request_fails() or Success(None)
            case _:
                return Success(None)

    def _socket(self, order: orders.Listen | orders.Transmit | orders.Close) -> ModelSocket:
        assert isinstance(order.socket, int)
        return self.sockets[order.socket]

    def _request_fails(self) -> Result[Any, Any] | None:
        self.pass_time(self.now + 0.05 * self.random.random())
        if self._chance(self.faults.throttled):
            return Failure(self.random.choice((THROTTLED, RESET, ServiceError(500, "", None))))
        if self._chance(self.faults.foreign):
            return Failure(FOREIGN)
        return None

    def _fetch(self, order: orders.FetchConnection) -> Result[Any, Any]:
        if order.reserve and self._chance(self.faults.postponed):
            return Success(orders.Postponed(5 * self.random.random()))
        failed = self._request_fails()
        if failed is not None:
            return failed
        if self.ended:
            return Failure(denied("CreateParticipantConnection"))
        self.fetches += 1
        self.token_at = self.now
        return Success(orders.ConnectionFound(f"wss://model/{self.fetches}", f"token-{self.fetches}"))

    def _open(self, url: str) -> Result[Any, Any]:
        assert url == f"wss://model/{self.fetches}", "only the newest URL is opened"
        assert url not in self.used, "a URL is opened once"
        self.pass_time(self.now + 0.05 * self.random.random())
        if self._chance(self.faults.refused):
            return Failure(self.random.choice((ServiceError(403, ""), ServiceError(429, ""), RESET)))
        self.used.add(url)
        self.opened += 1
        self.opened_at[self.opened] = self.now
        self.sockets[self.opened] = ModelSocket(self.opened, self.now, self.random.choice((RESET, CLOSED)))
        if self._chance(self.faults.mute):
            self.sockets[self.opened].silence(self.now)
        self.most_open = max(self.most_open, len(self.open_sockets()))
        assert self.most_open <= 2, "two sockets at most"
        return Success(self.opened)

    def open_sockets(self) -> list[ModelSocket]:
        """Return the sockets that the client has not closed."""
        return [socket for socket in self.sockets.values() if not socket.closed]

    def _receive(self, order: orders.Transmit) -> Result[Any, Any]:
        socket = self._socket(order)
        assert not socket.closed
        if self.now >= socket.cut_at:
            return Failure(socket.cut_error)
        if order.text == SUBSCRIBE:
            if not socket.silent:
                socket.subscribed = True
            self._send(socket, CONFIRMED)
        elif order.text == HEARTBEAT:
            self._send(socket, HEARTBEAT)
        else:
            assert order.text == PING
            self._send(socket, '{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}')
        return Success(None)

    def _listen(self, order: orders.Listen) -> Result[Any, Any]:
        socket = self._socket(order)
        assert not socket.closed
        limit = self.now + order.seconds
        while True:
            if socket.frames and socket.frames[0][0] <= self.now:
                return Success(heappop(socket.frames)[2])
            if self.now >= socket.cut_at and not socket.silent:
                return Failure(socket.cut_error)
            if self.now >= limit:
                return Success(None)
            following = [limit, socket.frames[0][0] if socket.frames else inf]
            if not socket.silent:
                following.append(socket.cut_at)
            if self.plan:
                following.append(self.plan[0][0])
            self.pass_time(max(self.now, min(following)))

    def _find_page(self, order: orders.AskPage) -> Result[Any, Any]:
        if order.reserve and self._chance(self.faults.postponed):
            return Success(orders.Postponed(5 * self.random.random()))
        self.oldest_token = max(self.oldest_token, self.now - self.token_at)
        failed = self._request_fails()
        if failed is not None:
            return failed
        if self.ended or self.denies_transcript:
            return Failure(denied("GetTranscript"))
        number = None if order.next_token is None else int(order.next_token.partition(".")[0])
        following: int | None
        if order.direction == "FORWARD":
            start = order.start or StartPosition()
            if self._chance(self.faults.unknown):
                return Failure(INVALID)
            places = [index for index, item in enumerate(self.items) if _is_at(item, start)]
            if not places and start.absolute_time is None:
                return Failure(INVALID)
            first = number if number is not None else (places or [len(self.items)])[0]
            last = first + self._size()
            following = last if last < len(self.items) else None
        else:
            last = number if number is not None else len(self.items)
            first = max(0, last - self._size())
            following = first or None
        found = tuple(self.items[first:last])
        if self._chance(self.faults.odd):
            if following is None and order.next_token is not None:
                self.repeated.add(order.next_token)
            elif number is None or self._chance(0.5):
                found, following = (), last if order.direction == "BACKWARD" else first  # a page without items
        if order.next_token in self.repeated:
            return Success(orders.PageFound(found, order.next_token, "c"))
        self.numbers += 1
        return Success(orders.PageFound(found, None if following is None else f"{following}.{self.numbers}", "c"))

    def _size(self) -> int:
        return self.random.randint(1, self.page) if self._chance(self.faults.odd) else self.page


def _is_at(item: Item, start: StartPosition) -> bool:
    if start.absolute_time is not None:
        return (item.absolute_time or "") >= start.absolute_time
    return item.id == start.id


class Run:
    """A chat in the model: the machine, driven as `receive` drives it, and what it handed out.

    Every step is held to the rules of a live chat.
    """

    def __init__(
        self,
        service: ModelService,
        options: LiveOptions = LIVE,
        position: Position | None = None,
        participant_id: str | None = None,
    ) -> None:
        self.service = service
        self.state = ChatState(ParticipantToken("participant"), options, service.now, position, participant_id)
        self.notes: list[Notification] = []
        self.ids: list[str] = []
        self.failed: Any = None
        self.skipped = 0
        self.lost_times: list[float] = []
        self.history_until: int | None = None
        """The number of items that the service had when the history was read."""
        self._read: set[str] = set()
        self._pages = 0
        self.slack = 7.0
        """Seconds in which a loss may be noticed late, since a renewal goes on."""
        self._pauses: list[tuple[float, float]] = []
        """The ends and lengths of the times in which the caller was busy, so that no socket was read."""
        self._pause, self._returned_at = 0.0, service.now
        self.seen: set[str] = set()
        """The items that earlier processes have handed out."""
        self._lost = False
        self._over = False
        self._known: set[str] = set() if position is None else set(position.after)
        self._newest: Place | None = None

    def receive(self, until: float = inf) -> Notification | None:
        """Receive once."""
        self._pause += self.service.now - self._returned_at
        try:
            return self._receive(until)
        finally:
            self._returned_at = self.service.now

    def _receive(self, until: float) -> Notification | None:
        order: orders.Order | None = None
        outcome: Result[Any, Any] | None = None
        for _ in range(20_000):
            order = self._advance(order, outcome, until)
            if isinstance(order, orders.HandOut):
                self._check(order.notification)
                return order.notification
            if isinstance(order, orders.Nothing):
                return None
            if isinstance(order, orders.Fail):
                self.failed = order.error
                return None
            outcome = self._perform(order)
        raise AssertionError(f"no progress in phase {self.state.phase}: {order}")

    def receive_to(self, phase: Phase) -> None:
        """Perform orders, and note what is handed out, until the chat is in a phase."""
        while self.state.phase != phase:
            order = self._advance(None, None, inf)
            if isinstance(order, orders.HandOut):
                self._check(order.notification)
            else:
                absorb(self.state, order, self._perform(order), self.service.now, self.service.random.random())

    def _advance(self, order: orders.Order | None, outcome: Result[Any, Any] | None, until: float) -> orders.Order:
        link, chance = self.state.link, self.service.random.random()
        following = advance(self.state, order, outcome, self.service.now, chance, until)
        if link is not None and self.state.phase == "offline":
            self._check_loss(self.service.sockets[cast("int", link.socket)])
        if self.history_until is None and not self.state.gap:
            self.history_until = len(self.service.items)
        return following

    def _perform(self, order: orders.Order) -> Result[Any, Any]:
        self.skipped += isinstance(order, orders.Tell) and order.name == "skipped"
        assert not self._over or isinstance(order, orders.Close | orders.Tell), "nothing is done after the end"
        if isinstance(order, orders.AskPage | orders.SendReceipt):
            assert str(self.state.token) == f"token-{self.service.fetches}", "the newest token is used"
        if isinstance(order, orders.Listen) and self._pause > 0:
            self._pauses.append((self.service.now, self._pause))
            self._pause = 0.0
        outcome = self.service.perform(order)
        if isinstance(order, orders.AskPage) and is_ok(outcome):
            self._read = self._read | {order.next_token} if order.next_token else set()
            self._pages = self._pages + 1 if order.next_token else 0
            assert self._pages == len(self._read), "a page is read once in a walk"
        return outcome

    def receive_until(self, time: float) -> None:
        """Receive until a time, or the end of the chat."""
        while self.service.now < time and self.failed is None:
            if isinstance(self.receive(time), ChatEnded):
                return

    def close(self) -> None:
        """Close the chat, as `close_chat` does."""
        release_sockets(self.state, 1000)
        while self.state.to_close:
            order = orders.Close(*self.state.to_close[0])
            absorb(self.state, order, self.service.perform(order), self.service.now, 0.0)
        self.state.phase = "closed"
        assert isinstance(plan(self.state, self.service.now, inf), orders.Fail | orders.Tell)

    def kill(self) -> None:
        """Let the process die: the network closes its sockets."""
        for socket in self.service.open_sockets():
            socket.closed = True
        self.service.reports.clear()

    def mark(self, kind: orders.ReceiptKind) -> None:
        """Mark the newest item, as `mark_read` and `mark_delivered` do."""
        received = [note.item for note in self.notes if isinstance(note, ItemReceived)]
        if received:
            report = participation.mark(self.state, received[-1], kind, self.service.now)
            if report is not None:
                self.service.perform(report)

    def _check_loss(self, socket: ModelSocket) -> None:
        """Check why and when a socket was lost: one heartbeat may be sent late by a pause, its answer missed in another."""
        pauses = sorted(seconds for end, seconds in self._pauses if end >= socket.silent_at)
        now, most = self.service.now, 2 * self.state.options.heartbeat + sum(pauses[-2:])
        assert socket.silent or now >= socket.cut_at or not socket.subscribed, "a connection is lost for a reason"
        assert not socket.silent or now - socket.silent_at <= most + self.slack, "silence is noticed"

    def _check(self, note: Notification) -> None:
        assert not self._over or isinstance(note, ChatEnded), "nothing is handed out after the end"
        self.notes.append(note)
        match note:
            case ConnectionLost():
                assert not self._lost, "a loss is told once"
                self._lost = True
                self.lost_times.append(self.service.now)
            case ConnectionRegained():
                assert self._lost, "a return follows a loss"
                assert note.seconds >= 0
                self._lost = False
            case ChatEnded():
                self._over = True
                assert self.service.ended or self.state.left_at is not None
                assert not self.service.open_sockets(), "the end closes the sockets"
            case ItemReceived():
                self._check_item(note)
            case ItemUpdated():
                assert note.item.id is not None
            case _:
                pass

    def _check_item(self, note: ItemReceived) -> None:
        item = note.item
        assert item.id is not None
        assert item.contact_id in ("c", None), "items of another contact are dropped"
        assert item.id not in self._known, "an item is handed out once"
        self._known.add(item.id)
        if not is_stored(item):
            return
        self.ids.append(item.id)
        place = place_of(item)
        assert note.late == (self._newest is not None and place < self._newest), "late tells the truth"
        self._newest = place if self._newest is None else max(place, self._newest)
        can_read = not (self.service.ended or self.service.denies_transcript)
        catches_up = self._lost and self.state.phase != "over" and can_read
        if catches_up and self.history_until is not None:
            before = self.service.items[self.history_until :]
            known = self._known | self.seen
            missing = [each.id for each in before if "" < place_of(each)[0] < place[0] and each.id not in known]
            assert not missing, "no frame overtakes catching up"


def shown(items: tuple[Item, ...] | list[Item]) -> list[Item]:
    """Return the items as they are compared: receipts apart, in the order of time."""
    return [item_message_metadata.put(None, item) for item in sorted(items, key=place_of)]
