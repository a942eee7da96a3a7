"""ReplayedSockets: the WebSockets of a cassette, as a script.

due of a frame = the later of: the last request before it, the subscription before it, the frame before it
+ the recorded time since then
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from lensconnect.errors import ServiceError, TransportError
from lensconnect.live.frames import ChatFrame, HeartbeatEcho, ParsedFrame, PingAnswer, SubscribeAnswer, parse
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success
from lensconnect.testing.cassette.exchanges import RecordedSocket
from lensconnect.testing.frames import answer_to, control_topic, shown_frame
from lensconnect.testing.scripted import ReceivedRequest
from lensconnect.testing.scripted_sockets import SocketPeer, UnexpectedConnectionError, UnexpectedFrameError
from lensconnect.testing.timeline import SimulatedClock

_SUBSCRIBE = "aws/subscribe"
_TOPICS: dict[type[ParsedFrame], str] = {
    SubscribeAnswer: _SUBSCRIBE,
    HeartbeatEcho: "aws/heartbeat",
    PingAnswer: "aws/ping",
}


class ReplayedSockets:
    """The WebSockets of a cassette, in the order in which they were opened.

    `met` are the numbers of the exchanges so far; `give` is called with each chat frame that the program gets.
    """

    def __init__(
        self,
        sockets: Sequence[RecordedSocket],
        clock: SimulatedClock,
        met: Sequence[int],
        scrub: Callable[[str | bytes], str | bytes],
        give: Callable[[ChatFrame], object],
    ) -> None:
        self._left = deque(sockets)
        self._clock, self._met, self._scrub, self._give = clock, met, scrub, give
        self._times: dict[int, float] = {}
        self._peers: list[_ReplayedPeer] = []

    @property
    def remaining(self) -> tuple[str, ...]:
        """The WebSockets that were not opened, and the frames of the client that are left, control frames apart."""
        first = len(self._peers) + 1
        left = (f"WebSocket {number}" for number in range(first, first + len(self._left)))
        return (*(expected for peer in self._peers for expected in peer.remaining), *left)

    def open(self, _: OpenSocket, /) -> Result[SocketPeer, TransportError | ServiceError]:
        """Open the next WebSocket; the ServiceError or TransportError of one that was refused.

        `UnexpectedConnectionError` if no more were recorded.
        """
        if not self._left:
            raise UnexpectedConnectionError(f"the cassette has {len(self._peers)} WebSockets, and one more is opened")
        recorded = self._left.popleft()
        peer = _ReplayedPeer(len(self._peers) + 1, recorded, self._clock, self._time_after, self._scrub, self._give)
        self._peers.append(peer)
        return Success(peer) if recorded.refused is None else Failure(recorded.refused)

    def hear_request(self, _: ReceivedRequest, /) -> None:
        """Note the time of the exchange that was just met."""
        for number in self._met[len(self._times) :]:
            self._times[number] = self._clock.now()

    def _time_after(self, exchanges: int) -> float:
        """Return the time at which the last of the first exchanges was met, `math.inf` if one was not."""
        return max((self._times.get(number, inf) for number in range(1, exchanges + 1)), default=-inf)


class _Due(NamedTuple):
    """A frame of the service, or the loss; `seconds` is the time since the last of what it comes after."""

    content: str | bytes | TransportError
    exchanges: int
    subscriptions: int
    seconds: float


class _ReplayedPeer:
    """The service's side of one WebSocket."""

    def __init__(
        self,
        number: int,
        recorded: RecordedSocket,
        clock: SimulatedClock,
        time_after: Callable[[int], float],
        scrub: Callable[[str | bytes], str | bytes],
        give: Callable[[ChatFrame], object],
    ) -> None:
        self._number, self._clock, self._time_after = number, clock, time_after
        self._scrub, self._give = scrub, give
        self._answers: defaultdict[str, deque[list[str]]] = defaultdict(deque)
        self._texts = deque[str | bytes]()
        self._frames = deque[_Due]()
        self._read(recorded)
        self._waiting = deque[str | bytes]()
        self._last = clock.now()
        self._subscribed: list[float] = []

    def _read(self, recorded: RecordedSocket) -> None:
        """Sort the events: answers by the topic of their frame, other frames of the client, and those that come by time."""
        unanswered: defaultdict[str, deque[list[str]]] = defaultdict(deque)
        subscriptions, seconds, after = 0, 0.0, 0
        for event in recorded.events:
            seconds = event.seconds + (seconds if event.after == after else 0.0)
            after = event.after
            content = event.content
            if event.sender == "client":
                topic = None if isinstance(content, TransportError) else control_topic(str(content))
                if topic is not None:
                    answer = list[str]()
                    self._answers[topic].append(answer)
                    unanswered[topic].append(answer)
                elif not isinstance(content, TransportError):
                    self._texts.append(content)
                continue
            topic = None if isinstance(content, TransportError) else _TOPICS.get(type(parse(content)))
            if topic is not None and isinstance(content, str) and unanswered[topic]:
                unanswered[topic].popleft().append(content)
                if topic == _SUBSCRIBE:
                    subscriptions, seconds = subscriptions + 1, 0.0
                continue
            self._frames.append(_Due(content, after, subscriptions, seconds))
            seconds = 0.0

    @property
    def remaining(self) -> list[str]:
        """The frames of the client that are left, control frames apart."""
        return [f"{shown_frame(str(text))} on WebSocket {self._number}" for text in self._texts]

    def hear(self, text: str, /) -> None:
        topic = control_topic(text)
        if topic is None:
            if not self._texts or self._texts[0] != self._scrub(text):
                raise UnexpectedFrameError(f"{shown_frame(text)} is not the next frame of WebSocket {self._number}")
            self._texts.popleft()
            return
        answers = self._answers[topic]
        self._waiting.extend(answers.popleft() if answers else [answer_to(text) or ""])
        if topic == _SUBSCRIBE:
            self._subscribed.append(self._clock.now())

    def take(self) -> str | bytes | TransportError | None:
        if self._waiting:
            return self._waiting.popleft()
        due = self.due()
        if due > self._clock.now():
            return None
        content = self._frames[0].content
        if not isinstance(content, TransportError):  # a loss stays
            self._last = due
            self._frames.popleft()
            parsed = parse(content)
            if isinstance(parsed, ChatFrame):
                self._give(parsed)
        return content

    def due(self) -> float:
        if not self._frames:
            return inf
        frame = self._frames[0]
        if len(self._subscribed) < frame.subscriptions:
            return inf
        times = (self._last, self._time_after(frame.exchanges), *self._subscribed[: frame.subscriptions])
        return max(times) + frame.seconds

    def close(self, code: int, /) -> None:
        """Do nothing: a cassette has no closes of the client."""
