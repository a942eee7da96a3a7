"""Many chats at one emulator, with a WebSocket for each participant; check that no message is lost.

join             POST /_emulator/chats, CreateParticipantConnection and a subscribed WebSocket for both participants
send_messages    each participant sends its messages in sequence, until all frames have arrived
check            every message is once at both WebSockets and in the transcript, in the order it was sent in
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, TypeVar

import orjson
from websockets.asyncio.client import ClientConnection, connect

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    NO_RETRY,
    SORT_KEY_ASCENDING,
    ConnectionToken,
    HttpRequest,
    ParticipantToken,
    Reply,
    Request,
    create_participant_connection_type,
    get_transcript_max_results,
    get_transcript_next_token,
    get_transcript_sort_order,
    new_async_env,
    new_create_participant_connection,
    new_get_transcript,
    new_send_message,
    or_raise,
    send,
)
from lensconnect.interpreters.direct import AsyncDirectTransport

AT_ONCE = 16
"""The number of concurrent requests, for any number of chats."""

PATIENCE = 60.0
BOTH = (CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS)
SUBSCRIBE = '{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}'
TEXT = "Good morning, my parcel has not arrived yet."

T = TypeVar("T")
R = TypeVar("R", bound=Reply)


class Participant:
    """One participant: its WebSocket, the messages it sent with their times, and the messages it received."""

    def __init__(self, role: str, token: ConnectionToken, socket: ClientConnection) -> None:
        self.role = role
        self.token = token
        self.socket = socket
        self.sent: dict[str, float] = {}
        self.received: list[str] = []

    def next_message(self) -> str:
        """Return the text of the next message and note its time."""
        text = f"{self.role} {len(self.sent)}: {TEXT}"
        self.sent[text] = perf_counter()
        return text


class Crowd:
    """All chats at one emulator.  `delays` holds the seconds from each send to the other participant's frame."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.direct = AsyncDirectTransport()
        self.env = new_async_env(endpoint_url=base_url, transport=self.direct, retry=NO_RETRY)
        self.chats: list[tuple[Participant, Participant]] = []
        self.listening: list[asyncio.Task[None]] = []
        self.delays: list[float] = []
        self.missing_frames = 0
        self.all_arrived = asyncio.Event()

    @property
    def participants(self) -> list[Participant]:
        return [participant for chat in self.chats for participant in chat]

    async def join(self, chats: int) -> None:
        """Start `chats` more chats."""
        self.chats += await run_concurrently(self._chat() for _ in range(chats))

    async def _chat(self) -> tuple[Participant, Participant]:
        request = HttpRequest("POST", f"{self.base_url}/_emulator/chats", (), b"{}")
        chat = orjson.loads((await self.direct(request, PATIENCE)).unwrap().body)
        customer = await self._participant("CUSTOMER", chat["ParticipantToken"])
        agent = await self._participant("AGENT", chat["AgentToken"])
        for receiver, other in ((customer, agent), (agent, customer)):
            self.listening.append(asyncio.create_task(self._listen(receiver, other)))
        return customer, agent

    async def _participant(self, role: str, token: ParticipantToken) -> Participant:
        opened = await self._call(
            create_participant_connection_type.set(BOTH)(new_create_participant_connection(token))
        )
        assert opened.websocket is not None
        assert opened.connection_credentials is not None
        socket = await connect(str(opened.websocket.url), compression=None, ping_interval=None, proxy=None)
        await socket.send(SUBSCRIBE)
        return Participant(role, ConnectionToken(str(opened.connection_credentials.connection_token)), socket)

    async def _call(self, request: Request[R]) -> R:
        return or_raise(await send(request)(self.env))

    async def _listen(self, receiver: Participant, other: Participant) -> None:
        async for frame in receiver.socket:
            item = item_in(frame)
            if item.get("Type") != "MESSAGE":
                continue
            receiver.received.append(item["Content"])
            if item["ParticipantRole"] == other.role:
                self.delays.append(perf_counter() - other.sent[item["Content"]])
            self.missing_frames -= 1
            if not self.missing_frames:
                self.all_arrived.set()

    async def send_messages(self, senders: Iterable[Participant], each: int, at_once: int = AT_ONCE) -> float:
        """Let each sender send `each` messages, wait for all frames, and return the seconds it took."""
        queue = deque((sender, each) for sender in senders)
        self.missing_frames = 2 * each * len(queue)
        self.all_arrived.clear()
        began = perf_counter()
        await asyncio.gather(*(self._send_from(queue) for _ in range(at_once)))
        try:
            await asyncio.wait_for(self.all_arrived.wait(), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{self.missing_frames} frames did not come") from None
        return perf_counter() - began

    async def _send_from(self, queue: deque[tuple[Participant, int]]) -> None:
        """Send one message of the participant that has waited longest, until none has messages left."""
        while queue:
            sender, left = queue.popleft()
            await self._call(new_send_message("text/plain", sender.next_message(), sender.token))
            if left > 1:
                queue.append((sender, left - 1))

    @asynccontextmanager
    async def page_open(self) -> AsyncIterator[None]:
        """Subscribe to the feed of the agent's page, as the open page does."""
        url = f"{self.base_url.replace('http', 'ws')}/_emulator/feed"
        async with connect(url, compression=None, max_size=None, proxy=None) as page:
            reading = asyncio.create_task(_read(page))
            yield
        await reading

    async def check(self) -> None:
        """Check that no message was lost, duplicated or reordered, on any WebSocket or in any transcript."""
        await run_concurrently(self._check(*chat) for chat in self.chats)

    async def _check(self, customer: Participant, agent: Participant) -> None:
        stored = await self._transcript(customer.token)
        assert stored == customer.received == agent.received, "the WebSockets and the transcript differ"
        for sender in (customer, agent):
            assert [text for text in stored if text.startswith(sender.role)] == list(sender.sent), (
                "lost or out of order"
            )

    async def _transcript(self, token: ConnectionToken) -> list[str]:
        pages: list[list[str]] = []
        first = new_get_transcript(token) & get_transcript_max_results.set(100)
        request: Any = first & get_transcript_sort_order.set(SORT_KEY_ASCENDING)
        while True:
            page = await self._call(request)
            pages.insert(0, [item.content for item in page.transcript if item.type == "MESSAGE"])
            if not page.next_token:
                return [text for texts in pages for text in texts]
            request = request & get_transcript_next_token.set(page.next_token)

    async def leave(self) -> None:
        """Close all WebSockets and the environment."""
        await run_concurrently(participant.socket.close() for participant in self.participants)
        await asyncio.gather(*self.listening)
        await self.env.close()
        await self.direct.close()


async def _read(page: ClientConnection) -> None:
    async for _ in page:
        pass


def item_in(frame: str | bytes) -> dict[str, Any]:
    """Return the chat item that a frame carries, or an empty dictionary."""
    content = orjson.loads(frame).get("content")
    return orjson.loads(content) if isinstance(content, str) else {}


async def run_concurrently(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    """Await all, `AT_ONCE` at a time; return the results in the order of completion."""
    waiting, results = iter(awaitables), list[T]()

    async def worker() -> None:
        for awaitable in waiting:
            results.append(await awaitable)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return results
