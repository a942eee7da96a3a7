"""A crowd of chats at one emulator: a socket for each side of each, everyone talking, nothing lost.

join      POST /_emulator/chats, CreateParticipantConnection and a subscribed socket for both sides
talk      sends, one after the other for each participant, until everyone has heard everything
check     every message once at both sockets and in the transcript, in one order, its sender's
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
"""How many requests are on their way at a time, whatever the size of the crowd."""

PATIENCE = 60.0
BOTH = (CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS)
SUBSCRIBE = '{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}'
TEXT = "Good morning, my parcel has not arrived yet."

T = TypeVar("T")
R = TypeVar("R", bound=Reply)


class Participant:
    """One side of a chat: what it says and when, on which socket it listens, and all it hears."""

    def __init__(self, role: str, token: ConnectionToken, socket: ClientConnection) -> None:
        self.role = role
        self.token = token
        self.socket = socket
        self.said: dict[str, float] = {}
        self.heard: list[str] = []

    def begin(self) -> str:
        """The next thing to say, whose time counts from now."""
        text = f"{self.role} {len(self.said)}: {TEXT}"
        self.said[text] = perf_counter()
        return text


class Crowd:
    """Everyone at one emulator.  `delays` holds how long each message was on its way to the other side."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.direct = AsyncDirectTransport()
        self.env = new_async_env(endpoint_url=base_url, transport=self.direct, retry=NO_RETRY)
        self.chats: list[tuple[Participant, Participant]] = []
        self.listening: list[asyncio.Task[None]] = []
        self.delays: list[float] = []
        self.awaited = 0
        self.quiet = asyncio.Event()

    @property
    def participants(self) -> list[Participant]:
        return [one for chat in self.chats for one in chat]

    async def join(self, chats: int) -> None:
        """So many chats more."""
        self.chats += await several(self._chat() for _ in range(chats))

    async def _chat(self) -> tuple[Participant, Participant]:
        request = HttpRequest("POST", f"{self.base_url}/_emulator/chats", (), b"{}")
        chat = orjson.loads((await self.direct(request, PATIENCE)).unwrap().body)
        customer = await self._participant("CUSTOMER", chat["ParticipantToken"])
        agent = await self._participant("AGENT", chat["AgentToken"])
        for one, other in ((customer, agent), (agent, customer)):
            self.listening.append(asyncio.create_task(self._listen(one, other)))
        return customer, agent

    async def _participant(self, role: str, token: ParticipantToken) -> Participant:
        opened = await self._ask(create_participant_connection_type.set(BOTH)(new_create_participant_connection(token)))
        assert opened.websocket is not None
        assert opened.connection_credentials is not None
        socket = await connect(str(opened.websocket.url), compression=None, ping_interval=None, proxy=None)
        await socket.send(SUBSCRIBE)
        return Participant(role, ConnectionToken(str(opened.connection_credentials.connection_token)), socket)

    async def _ask(self, request: Request[R]) -> R:
        return or_raise(await send(request)(self.env))

    async def _listen(self, one: Participant, other: Participant) -> None:
        async for frame in one.socket:
            item = item_in(frame)
            if item.get("Type") != "MESSAGE":
                continue
            one.heard.append(item["Content"])
            if item["ParticipantRole"] == other.role:
                self.delays.append(perf_counter() - other.said[item["Content"]])
            self.awaited -= 1
            if not self.awaited:
                self.quiet.set()

    async def talk(self, speakers: Iterable[Participant], each: int, at_once: int = AT_ONCE) -> float:
        """Everyone says so many things, and everyone hears them; the seconds it took."""
        turns = deque((one, each) for one in speakers)
        self.awaited = 2 * each * len(turns)
        self.quiet.clear()
        began = perf_counter()
        await asyncio.gather(*(self._take_turns(turns) for _ in range(at_once)))
        try:
            await asyncio.wait_for(self.quiet.wait(), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{self.awaited} frames did not come") from None
        return perf_counter() - began

    async def _take_turns(self, turns: deque[tuple[Participant, int]]) -> None:
        """Let whoever has waited longest say one thing, until nobody has anything left to say."""
        while turns:
            one, left = turns.popleft()
            await self._ask(new_send_message("text/plain", one.begin(), one.token))
            if left > 1:
                turns.append((one, left - 1))

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """With the emulator's page open, as far as the server can tell."""
        url = f"{self.base_url.replace('http', 'ws')}/_emulator/feed"
        async with connect(url, compression=None, max_size=None, proxy=None) as page:
            looking = asyncio.create_task(_read(page))
            yield
        await looking

    async def check(self) -> None:
        """Nothing was lost, doubled or put out of order, on any socket or in any transcript."""
        await several(self._check(*chat) for chat in self.chats)

    async def _check(self, customer: Participant, agent: Participant) -> None:
        kept = await self._transcript(customer.token)
        assert kept == customer.heard == agent.heard, "the sockets and the transcript differ"
        for one in (customer, agent):
            assert [text for text in kept if text.startswith(one.role)] == list(one.said), "lost or out of order"

    async def _transcript(self, token: ConnectionToken) -> list[str]:
        pages: list[list[str]] = []
        asked = new_get_transcript(token) & get_transcript_max_results.set(100)
        request: Any = asked & get_transcript_sort_order.set(SORT_KEY_ASCENDING)
        while True:
            page = await self._ask(request)
            pages.insert(0, [item.content for item in page.transcript if item.type == "MESSAGE"])
            if not page.next_token:
                return [text for texts in pages for text in texts]
            request = request & get_transcript_next_token.set(page.next_token)

    async def leave(self) -> None:
        """Everyone hangs up."""
        await several(one.socket.close() for one in self.participants)
        await asyncio.gather(*self.listening)
        await self.env.close()
        await self.direct.close()


async def _read(page: ClientConnection) -> None:
    async for _ in page:
        pass


def item_in(frame: str | bytes) -> dict[str, Any]:
    """The chat item a frame carries; nothing for another frame."""
    content = orjson.loads(frame).get("content")
    return orjson.loads(content) if isinstance(content, str) else {}


async def several(doing: Iterable[Awaitable[T]]) -> list[T]:
    """All of them, so many at a time; what they give, as it comes."""
    waiting, given = iter(doing), list[T]()

    async def some() -> None:
        for one in waiting:
            given.append(await one)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return given
