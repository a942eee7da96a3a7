"""A small model of the service and the network, for the state machine alone: it performs orders, without programs.

Everything is decided by one seed.  Frames can be lost, doubled and delayed; sockets can be cut, fall silent, and
expire; requests can fail.  The transcript of the model is the truth that a reader's is compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import Any, NamedTuple

from lensconnect import (
    CONTENT_TEXT_PLAIN,
    EVENT_CHAT_ENDED,
    EVENT_TYPING,
    LIVE,
    ChatEnded,
    Item,
    LiveOptions,
    Notification,
    ParticipantToken,
    ServiceError,
    StartPosition,
    TransportError,
)
from lensconnect.jsontext import dumps
from lensconnect.live import orders
from lensconnect.live.frames import HEARTBEAT, PING, SUBSCRIBE
from lensconnect.live.machine import advance
from lensconnect.live.position import Position
from lensconnect.live.state import ChatState
from lensconnect.record import to_members
from lensconnect.results import Failure, Result, Success

DENIED = ServiceError(403, "AccessDeniedException", "Access denied", "r-1", operation="CreateParticipantConnection")
THROTTLED = ServiceError(429, "ThrottlingException", "Rate exceeded", "r-2")
RESET = TransportError("reset", "the connection was reset (close code 1006)", "yes")


class Faults(NamedTuple):
    """Probabilities; of frames for each frame, of sockets for each second, of requests for each request."""

    lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    cut: float = 0.0
    silent: float = 0.0
    refused: float = 0.0
    throttled: float = 0.0


HEALTHY = Faults()


class ModelSocket:
    """One socket of the model; `frames` is a heap of (time, number, text)."""

    def __init__(self, number: int, opened: float) -> None:
        self.number = number
        self.opened = opened
        self.frames: list[tuple[float, int, str]] = []
        self.subscribed = False
        self.silent = False
        self.cut_at = opened + 3600.0
        self.closed = False


class ModelService:
    """The service, the network, and the clock."""

    def __init__(self, seed: int, faults: Faults = HEALTHY, page: int = 100) -> None:
        self.random = Random(seed)
        self.faults = faults
        self.page = page
        self.now = 1000.0
        self.items: list[Item] = []
        self.sockets: dict[int, ModelSocket] = {}
        self.opened = 0
        self.fetches = 0
        self.most_open = 0
        self.ended = False
        self.numbers = 0
        self.plan: list[tuple[float, int, Callable[[], None]]] = []
        self.steps = 0

    # --- the other side

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Let something happen at a time."""
        self.numbers += 1
        heappush(self.plan, (time, self.numbers, action))

    def post(self, content: str, **fields: Any) -> Item:
        """Store a message and push it."""
        self.numbers += 1
        item = Item(
            absolute_time=self._text(self.now),
            content=content,
            content_type=fields.pop("content_type", CONTENT_TEXT_PLAIN),
            id=f"m{self.numbers}",
            type=fields.pop("type", "MESSAGE"),
            participant_id="agent",
            participant_role="AGENT",
            contact_id="c",
            **fields,
        )
        self.items.append(item)
        self.push(item)
        return item

    def typing(self) -> None:
        """Push a typing event, which no transcript holds."""
        self.numbers += 1
        self.push(
            Item(absolute_time=self._text(self.now), content_type=EVENT_TYPING, id=f"t{self.numbers}", type="EVENT")
        )

    def end(self) -> None:
        """End the chat."""
        if not self.ended:
            self.numbers += 1
            ended = Item(
                absolute_time=self._text(self.now), content_type=EVENT_CHAT_ENDED, id=f"e{self.numbers}", type="EVENT"
            )
            self.items.append(ended)
            self.push(ended)
            self.ended = True

    def push(self, item: Item) -> None:
        """Send an item to every subscribed socket, through the faults."""
        text = dumps(
            {
                "topic": "aws/chat",
                "contentType": "application/json",
                "content": dumps({**to_members(item), "InitialContactId": "c"}).decode(),
            }
        ).decode()
        for socket in self.sockets.values():
            if socket.subscribed and not socket.closed:
                if self._chance(self.faults.lost):
                    continue
                self._send(socket, text, 1.5 * self.random.random() if self._chance(self.faults.delayed) else 0.0)
                if self._chance(self.faults.doubled):
                    self._send(socket, text, self.random.random())

    def _send(self, socket: ModelSocket, text: str, delay: float = 0.0) -> None:
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
        return self.random.random() < probability

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
        if seconds <= 0:
            return
        for socket in self.sockets.values():
            if not socket.closed:
                if self._chance(1 - (1 - self.faults.cut) ** seconds):
                    socket.cut_at = min(socket.cut_at, self.now)
                if self._chance(1 - (1 - self.faults.silent) ** seconds):
                    socket.silent = True

    # --- orders

    def perform(self, order: orders.Order) -> Result[Any, Any]:
        """Perform an order, as the programs and the network would."""
        self.steps += 1
        match order:
            case orders.FetchConnection():
                return self._fetch()
            case orders.Open():
                return self._open(order.url)
            case orders.Transmit():
                return self._receive(order)
            case orders.Listen():
                return self._listen(order)
            case orders.Close():
                self.sockets[order.socket].closed = True  # type: ignore[index]
                return Success(None)
            case orders.AskPage():
                return self._find_page(order)
            case orders.Wait():
                assert order.seconds > 0
                self.pass_time(self.now + order.seconds)
                return Success(None)
            case _:
                return Success(None)

    def _request_fails(self) -> Result[Any, Any] | None:
        self.pass_time(self.now + 0.05 * self.random.random())
        if self._chance(self.faults.throttled):
            return Failure(self.random.choice((THROTTLED, RESET, ServiceError(500, "", None))))
        return None

    def _fetch(self) -> Result[Any, Any]:
        failed = self._request_fails()
        if failed is not None:
            return failed
        if self.ended:
            return Failure(DENIED)
        self.fetches += 1
        return Success(orders.ConnectionFound(f"wss://model/{self.fetches}", f"token-{self.fetches}"))

    def _open(self, url: str) -> Result[Any, Any]:
        assert url == f"wss://model/{self.fetches}", "a URL is opened once, and only the newest"
        self.pass_time(self.now + 0.05 * self.random.random())
        if self._chance(self.faults.refused):
            return Failure(self.random.choice((ServiceError(403, ""), ServiceError(429, ""), RESET)))
        self.opened += 1
        self.sockets[self.opened] = ModelSocket(self.opened, self.now)
        self.most_open = max(self.most_open, sum(not socket.closed for socket in self.sockets.values()))
        return Success(self.opened)

    def _receive(self, order: orders.Transmit) -> Result[Any, Any]:
        socket = self.sockets[order.socket]  # type: ignore[index]
        assert not socket.closed
        if self.now >= socket.cut_at:
            return Failure(RESET)
        if order.text == SUBSCRIBE:
            if not socket.silent:
                socket.subscribed = True
            self._send(socket, '{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}')
        elif order.text == HEARTBEAT:
            self._send(socket, HEARTBEAT)
        else:
            assert order.text == PING
            self._send(socket, '{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}')
        return Success(None)

    def _listen(self, order: orders.Listen) -> Result[Any, Any]:
        socket = self.sockets[order.socket]  # type: ignore[index]
        assert not socket.closed
        limit = self.now + order.seconds
        while True:
            if socket.frames and socket.frames[0][0] <= self.now:
                return Success(heappop(socket.frames)[2])
            if self.now >= socket.cut_at and not socket.silent:
                return Failure(RESET)
            if self.now >= limit:
                return Success(None)
            following = [limit, socket.frames[0][0] if socket.frames else inf]
            if not socket.silent:
                following.append(max(socket.cut_at, self.now))
            if self.plan:
                following.append(self.plan[0][0])
            self.pass_time(max(self.now, min(following)))
            if min(following) <= self.now and not socket.frames and self.now < socket.cut_at:
                self.pass_time(min(limit, self.now + 0.001))

    def _find_page(self, order: orders.AskPage) -> Result[Any, Any]:
        failed = self._request_fails()
        if failed is not None:
            return failed
        if self.ended:
            return Failure(
                ServiceError(403, "AccessDeniedException", "Access denied", "r-3", operation="GetTranscript")
            )
        if order.direction == "FORWARD":
            start = order.start or StartPosition()
            places = [
                index
                for index, item in enumerate(self.items)
                if item.id == start.id
                or (start.absolute_time is not None and (item.absolute_time or "") >= start.absolute_time)
            ]
            if not places:
                return Failure(ServiceError(400, "ValidationException", "no such item", "r-4"))
            first = int(order.next_token) if order.next_token else places[0]
            found = self.items[first : first + self.page]
            following = first + self.page
            token = str(following) if following < len(self.items) else None
        else:
            last = int(order.next_token) if order.next_token else len(self.items)
            found = self.items[max(0, last - self.page) : last]
            token = str(last - self.page) if last > self.page else None
        return Success(orders.PageFound(tuple(found), token, "c"))


class Run:
    """A chat in the model: the machine, driven as `receive` drives it, and what it handed out."""

    def __init__(
        self,
        service: ModelService,
        options: LiveOptions = LIVE,
        position: Position | None = None,
        advance: Callable[..., orders.Order] = advance,
    ) -> None:
        self.service = service
        self.state = ChatState(ParticipantToken("participant"), options, service.now, position)
        self.notes: list[Notification] = []
        self.failed: Any = None
        self._advance = advance

    def receive(self, until: float = inf) -> Notification | None:
        """Receive once."""
        order: orders.Order | None = None
        outcome: Result[Any, Any] | None = None
        for _ in range(100_000):
            order = self._advance(self.state, order, outcome, self.service.now, self.service.random.random(), until)
            if isinstance(order, orders.HandOut):
                self.notes.append(order.notification)
                return order.notification
            if isinstance(order, orders.Nothing):
                return None
            if isinstance(order, orders.Fail):
                self.failed = order.error
                return None
            outcome = self.service.perform(order)
        raise AssertionError(f"no progress in phase {self.state.phase}: {order}")

    def receive_until(self, time: float) -> None:
        """Receive until a time, or the end of the chat."""
        while self.service.now < time and self.failed is None:
            if isinstance(self.receive(time), ChatEnded):
                return
