"""A storm: one emulator, and tens of thousands of requests and frames that are mostly sensible, from a seed."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

from lensconnect import (
    EVENT_CHAT_ENDED,
    GetTranscript,
    HttpRequest,
    HttpResponse,
    SendMessage,
    decode,
    new_get_transcript,
    new_send_message,
)
from lensconnect.emulator import Emulator, HttpFault, Options, SocketAction, SocketClose
from lensconnect.emulator.chat.state import Chat
from lensconnect.emulator.server.asgi import Application
from lensconnect.emulator.wire.routes import route_of
from lensconnect.wire.limits import CLASSIC, DOCUMENTED_2026, MODEL, NONE

from .asking import HOME, SAID, Learnt, asked
from .bending import bent_request, bent_text, bent_value, written
from .talk import SUBSCRIBE, connected, described

LARGEST = 16_000
CALM = frozenset({200, 302, 307, 400, 402, 403, 404, 405, 409, 410, 413, 429})
"""What may be answered without anybody having asked for a fault."""

BREAKING = ("error", "reset")

FRAMES = (
    SUBSCRIBE, SUBSCRIBE, SUBSCRIBE.replace("aws/subscribe", "aws/unsubscribe"), '{"topic":"aws/heartbeat"}',
    '{"topic":"aws/ping"}', '{"topic":"aws/chat","content":"{}"}', SUBSCRIBE + ")",
)  # fmt: skip
LEAPS = (*(0.0, 0.001, 0.1, 0.3, 1.0, 5.0, 30.0) * 5, 61.0, 130.0, 700.0, 3_700.0, 90_000.0)


def switches(chance: Random) -> Options:
    """Switches as chance has them."""
    return Options(
        limits=chance.choice((DOCUMENTED_2026, MODEL, CLASSIC, NONE)),
        idempotency=chance.choice(("first", "refuse", "off")),
        error_type=chance.choice(("name", "url", "absent")),
        message_key=chance.choice(("message", "Message")),
        empty_replies=chance.random() < 0.5,
        end_token=chance.random() < 0.5,
        agent_ends_chat=chance.random() < 0.5,
        joins=chance.choice(("presence", "connection")),
        sixth_socket=chance.choice(("refuse", "replace")),
        agent_reads_after_end=chance.random() < 0.5,
        agent_away_seconds=chance.choice((None, 20.0)),
        quotas=chance.random() < 0.1,
        concurrent_chats=chance.choice((None, 6)),
        attachments_per_chat=chance.choice((2, 35)),
        customer_idle_seconds=chance.choice((None, 100.0)),
        customer_disconnect_seconds=chance.choice((None, 100.0)),
        agent_disconnect_seconds=chance.choice((None, 200.0)),
        scan_seconds=chance.choice((None, 0.2)),
        scan_rejects=chance.random() < 0.2,
    )


class Storm:
    """An emulator under fire.  `counts` says what came of it, by operation and status; `last` what was asked last."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.now = 1_795_341_600.0
        self.emulator = Emulator(switches(self.chance), seed=seed, clock=lambda: self.now)
        self.counts: Counter[tuple[str, int]] = Counter()
        self.last: object = None
        self._shell = Application(self.emulator, LARGEST)
        self._learnt = Learnt(self.chance)
        self._sockets: dict[str, None] = {}
        self._heard: list[SocketAction] = []

    async def blow(self, steps: int) -> None:
        """So many requests and frames."""
        done = 0
        while done < steps:
            kind = self.chance.random()
            if kind < 0.005 or not self.counts:
                await self._newcomers()
            elif kind < 0.02:
                self._wait()
            elif kind < 0.05:
                self._open_or_close()
            elif kind < 0.3 and self._sockets:
                done += 1
                self._frame()
            else:
                done += 1
                await self._request()

    def settle(self) -> None:
        """The storm is over: whatever it left, a new chat goes as it should, and every old one is in order."""
        self.now += 100.0
        self.emulator.clear_faults()
        token = connected(self.emulator, self.emulator.start_chat().participant_token)
        said = decode(
            SendMessage, self.emulator.handle(described(new_send_message("text/plain", SAID, token)))
        ).unwrap()
        kept = decode(GetTranscript, self.emulator.handle(described(new_get_transcript(token)))).unwrap().transcript
        assert [item.id for item in kept or ()][:1] == [said.id]
        assert all(map(_is_in_order, self.emulator.read(lambda state: list(state.chats.values()))))

    def _wait(self) -> None:
        self.now += self.chance.choice(LEAPS) if self.chance.random() < 0.9 else -5.0
        self.last = "a moment"
        self.emulator.tick()
        self._listen()

    async def _newcomers(self) -> None:
        """A new chat whose two sides connect, subscribe, and say something, in good order."""
        self.emulator.clear_faults()
        begun = self.emulator.start_chat()
        for token in (begun.participant_token, begun.agent_token):
            await self._ask(posted("connection", token, {"Type": ["WEBSOCKET", "CONNECTION_CREDENTIALS"]}))
            self._open(str(self._learnt.last("Socket")), SUBSCRIBE)
            said = {"ContentType": "text/plain", "Content": SAID}
            await self._ask(posted("message", str(self._learnt.last("ConnectionToken")), said))
        self._learnt.value(
            {"ContactId": begun.contact_id, "ViewToken": begun.view_token, "SessionId": begun.session_id}
        )

    async def _request(self) -> None:
        request = asked(self.chance, self._learnt)
        while self.chance.random() < 0.35:
            request = self._bent(request)
        await self._ask(request)

    async def _ask(self, request: HttpRequest) -> None:
        self.last = request
        broken = {
            fault.status for fault in self.emulator.faults() if isinstance(fault, HttpFault) and fault.kind in BREAKING
        }
        through = self.chance.random() < 0.3
        response = await self._through_the_shell(request) if through else self.emulator.handle(request)
        self._check(request, response, broken)
        self._learnt.response(response)
        self._listen()

    def _bent(self, request: HttpRequest) -> HttpRequest:
        if request.body[:1] == b"{" and self.chance.random() < 0.5:
            try:
                body = written(self.chance, bent_value(self.chance, json.loads(request.body)))
            except ValueError:
                body = request.body[1:]
            return HttpRequest(request.method, request.url, request.headers, body)
        return bent_request(self.chance, request)

    def _check(self, request: HttpRequest, response: HttpResponse, broken: set[int]) -> None:
        name = route_of(request.method, request.url).service_operation or request.method + " other"
        self.counts[name, response.status] += 1
        assert response.status in CALM | broken, response.status
        if response.status >= 400 and response.header("content-type") == "application/json":
            assert self.emulator.options.message_key in json.loads(response.body)

    async def _through_the_shell(self, request: HttpRequest) -> HttpResponse:
        """The way of a request that came over a network: what cannot come that way goes straight."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._shell(scope_of(request), receive, send)
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"])
        return HttpResponse(sent[0]["status"], headers, b"".join(part["body"] for part in sent[1:]))

    def _open_or_close(self) -> None:
        if self._sockets and self.chance.random() < 0.4:
            gone = self.chance.choice(list(self._sockets))
            self.last = f"close {gone}"
            self.emulator.close_socket(gone)
            del self._sockets[gone]
        else:
            url = str(self._learnt.one("Socket"))
            self._open(url if self.chance.random() < 0.9 else bent_text(self.chance, url), SUBSCRIBE)
        self._listen()

    def _open(self, url: str, frame: str) -> None:
        self.last = "open"
        outcome = self.emulator.open_socket(url, self._heard.append)
        if isinstance(outcome, str):
            self._sockets[outcome] = None
            self.emulator.receive_frame(outcome, frame)
        else:
            assert outcome.status in (403, 404, 429)

    def _frame(self) -> None:
        text: str | None = self.chance.choice(FRAMES)
        if self.chance.random() < 0.5:
            text = self._bent_frame(text or "")
        self.last = text
        socket = self.chance.choice(list(self._sockets))
        self.emulator.receive_frame(socket, text)
        self.counts["frame", 0] += 1
        self._listen()

    def _bent_frame(self, text: str) -> str | None:
        if self.chance.random() < 0.1:
            return None
        if self.chance.random() < 0.5 and text.endswith("}"):
            return written(self.chance, bent_value(self.chance, json.loads(text))).decode("utf-8", "surrogatepass")
        return bent_text(self.chance, text)

    def _listen(self) -> None:
        """Whatever is heard is well-formed, and a closed socket is heard of once."""
        heard, self._heard[:] = list(self._heard), []
        for one in heard:
            if isinstance(one, SocketClose):
                self._sockets.pop(one.socket_id, None)
                continue
            frame = json.loads(one.text)
            assert frame.get("topic", "").startswith("aws/") or frame["message"] == "Forbidden"
            if frame.get("topic") == "aws/chat":
                self._learnt.value(json.loads(frame["content"]))


def _is_in_order(chat: Chat) -> bool:
    times = [item.absolute_time or "" for item in chat.items]
    ends = [at for at, item in enumerate(chat.items, 1) if item.content_type == EVENT_CHAT_ENDED and at > chat.past]
    return times == sorted(set(times)) and ends == ([len(times)] if chat.over else [])


def posted(path: str, token: str, body: Any) -> HttpRequest:
    """A request in good order."""
    return HttpRequest("POST", f"{HOME}/participant/{path}", (("X-Amz-Bearer", token),), json.dumps(body).encode())


def scope_of(request: HttpRequest) -> dict[str, Any]:
    """A request as a server hands it to an application."""
    path, _, query = request.url[len("http://emulator.invalid") :].partition("?")
    raw = (path or "/").encode("utf-8", "surrogatepass")
    headers = [
        (name.lower().encode("utf-8", "replace"), value.encode("latin-1", "replace")) for name, value in request.headers
    ]
    return {
        "type": "http", "method": request.method, "path": path, "raw_path": raw, "query_string": query.encode("latin-1", "replace"),
        "headers": [(b"host", b"127.0.0.1"), *headers], "extensions": {},
    }  # fmt: skip
