"""FuzzSession: one emulator under generated and mutated requests and frames, from a seed."""

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
from lensconnect.emulator.chat.state import ChatRecord
from lensconnect.emulator.server.asgi import Application
from lensconnect.emulator.wire.routes import route_of
from lensconnect.wire.limits import CLASSIC, DOCUMENTED_2026, MODEL, NONE

from .harness import SUBSCRIBE, connected, described
from .mutations import mutate_request, mutate_text, mutate_value, written
from .request_generator import HOME, SECRET_TEXT, Observed, generate_request

EXPECTED_STATUSES = frozenset({200, 302, 307, 400, 402, 403, 404, 405, 409, 410, 413, 429})
"""The statuses of responses while no fault is planned."""

BREAKING = ("error", "reset")

FRAMES = (
    SUBSCRIBE, SUBSCRIBE, SUBSCRIBE.replace("aws/subscribe", "aws/unsubscribe"), '{"topic":"aws/heartbeat"}',
    '{"topic":"aws/ping"}', '{"topic":"aws/chat","content":"{}"}', SUBSCRIBE + ")",
)  # fmt: skip
TIME_STEPS = (*(0.0, 0.001, 0.1, 0.3, 1.0, 5.0, 30.0) * 5, 61.0, 130.0, 700.0, 3_700.0, 90_000.0)


def random_options(rng: Random) -> Options:
    """Return random options."""
    return Options(
        limits=rng.choice((DOCUMENTED_2026, MODEL, CLASSIC, NONE)),
        idempotency=rng.choice(("first", "refuse", "off")),
        error_type=rng.choice(("name", "url", "absent")),
        message_key=rng.choice(("message", "Message")),
        empty_replies=rng.random() < 0.5,
        end_token=rng.random() < 0.5,
        agent_ends_chat=rng.random() < 0.5,
        joins=rng.choice(("presence", "presence", "subscription", "connection")),
        bot_chunk_characters=rng.choice((None, 5)),
        bot_chunk_seconds=rng.choice((0.0, 0.2)),
        processing_seconds=rng.choice((None, None, None, 0.2)),
        processing_result=rng.choice(("processed", "failed", "failed_delivered", "rejected")),
        file_names=rng.choice(("percent", "utf8")),
        transfer_keeps_contact=rng.random() < 0.2,
        body_bytes=rng.choice((8192, 1024 * 1024)),
        sixth_socket=rng.choice(("refuse", "replace")),
        agent_reads_after_end=rng.random() < 0.5,
        agent_away_seconds=rng.choice((None, 20.0)),
        quotas=rng.random() < 0.1,
        concurrent_chats=rng.choice((None, 6)),
        attachments_per_chat=rng.choice((2, 35)),
        customer_idle_seconds=rng.choice((None, 100.0)),
        customer_disconnect_seconds=rng.choice((None, 100.0)),
        agent_disconnect_seconds=rng.choice((None, 200.0)),
        scan_seconds=rng.choice((None, 0.2)),
        scan_rejects=rng.random() < 0.2,
    )


class FuzzSession:
    """One emulator.  `counts` holds how often each operation had each status, `last` the last input."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.now = 1_795_341_600.0
        self.emulator = Emulator(random_options(self.rng), seed=seed, clock=lambda: self.now)
        self.counts: Counter[tuple[str, int]] = Counter()
        self.last: object = None
        self._application = Application(self.emulator)
        self._observed = Observed(self.rng)
        self._sockets: dict[str, None] = {}
        self._received: list[SocketAction] = []

    async def run(self, steps: int) -> None:
        """Send so many requests and frames."""
        done = 0
        while done < steps:
            kind = self.rng.random()
            if kind < 0.005 or not self.counts:
                await self._start_chat()
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

    def check_recovery(self) -> None:
        """Check that a new chat works and that the transcript of every chat is in order."""
        self.now += 100.0
        self.emulator.clear_faults()
        token = connected(self.emulator, self.emulator.start_chat().participant_token)
        message = decode(
            SendMessage, self.emulator.handle(described(new_send_message("text/plain", SECRET_TEXT, token)))
        ).unwrap()
        kept = decode(GetTranscript, self.emulator.handle(described(new_get_transcript(token)))).unwrap().transcript
        is_stored = self.emulator.options.processing_seconds is None
        assert ([item.id for item in kept or ()][:1] == [message.id]) == is_stored
        assert all(map(_is_in_order, self.emulator.read(lambda state: list(state.chats.values()))))

    def _wait(self) -> None:
        self.now += self.rng.choice(TIME_STEPS) if self.rng.random() < 0.9 else -5.0
        self.last = "clock moved"
        self.emulator.tick()
        self._check_frames()

    async def _start_chat(self) -> None:
        """Start a chat whose two participants connect, subscribe and send a message."""
        self.emulator.clear_faults()
        begun = self.emulator.start_chat()
        for token in (begun.participant_token, begun.agent_token):
            await self._ask(post_request("connection", token, {"Type": ["WEBSOCKET", "CONNECTION_CREDENTIALS"]}))
            self._open(str(self._observed.last("Socket")), SUBSCRIBE)
            message = {"ContentType": "text/plain", "Content": SECRET_TEXT}
            await self._ask(post_request("message", str(self._observed.last("ConnectionToken")), message))
        self._observed.value(
            {"ContactId": begun.contact_id, "ViewToken": begun.view_token, "SessionId": begun.session_id}
        )

    async def _request(self) -> None:
        request = generate_request(self.rng, self._observed)
        while self.rng.random() < 0.35:
            request = self._mutated(request)
        await self._ask(request)

    async def _ask(self, request: HttpRequest) -> None:
        self.last = request
        broken = {
            fault.status for fault in self.emulator.faults() if isinstance(fault, HttpFault) and fault.kind in BREAKING
        }
        through = self.rng.random() < 0.3
        response = await self._send_through_application(request) if through else self.emulator.handle(request)
        self._check(request, response, broken)
        self._observed.response(response)
        self._check_frames()

    def _mutated(self, request: HttpRequest) -> HttpRequest:
        if request.body[:1] == b"{" and self.rng.random() < 0.5:
            try:
                body = written(self.rng, mutate_value(self.rng, json.loads(request.body)))
            except ValueError:
                body = request.body[1:]
            return HttpRequest(request.method, request.url, request.headers, body)
        return mutate_request(self.rng, request)

    def _check(self, request: HttpRequest, response: HttpResponse, broken: set[int]) -> None:
        name = route_of(request.method, request.url).service_operation or request.method + " other"
        self.counts[name, response.status] += 1
        assert response.status in EXPECTED_STATUSES | broken, response.status
        if response.status >= 400 and response.header("content-type") == "application/json":
            assert self.emulator.options.message_key in json.loads(response.body)

    async def _send_through_application(self, request: HttpRequest) -> HttpResponse:
        """Send a request through the ASGI application, as a server would."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._application(scope_of(request), receive, send)
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"])
        return HttpResponse(sent[0]["status"], headers, b"".join(part["body"] for part in sent[1:]))

    def _open_or_close(self) -> None:
        if self._sockets and self.rng.random() < 0.4:
            gone = self.rng.choice(list(self._sockets))
            self.last = f"close {gone}"
            self.emulator.close_socket(gone)
            del self._sockets[gone]
        else:
            url = str(self._observed.one("Socket"))
            self._open(url if self.rng.random() < 0.9 else mutate_text(self.rng, url), SUBSCRIBE)
        self._check_frames()

    def _open(self, url: str, frame: str) -> None:
        self.last = "open"
        outcome = self.emulator.open_socket(url, self._received.append)
        if isinstance(outcome, str):
            self._sockets[outcome] = None
            self.emulator.receive_frame(outcome, frame)
        else:
            assert outcome.status in (403, 404, 429)

    def _frame(self) -> None:
        text: str | None = self.rng.choice(FRAMES)
        if self.rng.random() < 0.5:
            text = self._mutated_frame(text or "")
        self.last = text
        socket = self.rng.choice(list(self._sockets))
        self.emulator.receive_frame(socket, text)
        self.counts["frame", 0] += 1
        self._check_frames()

    def _mutated_frame(self, text: str) -> str | None:
        if self.rng.random() < 0.1:
            return None
        if self.rng.random() < 0.5 and text.endswith("}"):
            return written(self.rng, mutate_value(self.rng, json.loads(text))).decode("utf-8", "surrogatepass")
        return mutate_text(self.rng, text)

    def _check_frames(self) -> None:
        """Check that every frame is well-formed, and that each WebSocket is closed once."""
        received, self._received[:] = list(self._received), []
        for one in received:
            if isinstance(one, SocketClose):
                self._sockets.pop(one.socket_id, None)
                continue
            frame = json.loads(one.text)
            assert frame.get("topic", "").startswith("aws/") or frame["message"] == "Forbidden"
            if frame.get("topic") == "aws/chat":
                self._observed.value(json.loads(frame["content"]))


def _is_in_order(chat: ChatRecord) -> bool:
    times = [item.absolute_time or "" for item in chat.items]
    ends = [at for at, item in enumerate(chat.items, 1) if item.content_type == EVENT_CHAT_ENDED and at > chat.past]
    return times == sorted(set(times)) and ends == ([len(times)] if chat.over else [])


def post_request(path: str, token: str, body: Any) -> HttpRequest:
    """Return a request of the participant service."""
    return HttpRequest("POST", f"{HOME}/participant/{path}", (("X-Amz-Bearer", token),), json.dumps(body).encode())


def scope_of(request: HttpRequest) -> dict[str, Any]:
    """Return the ASGI scope of a request."""
    path, _, query = request.url[len("http://emulator.invalid") :].partition("?")
    raw = (path or "/").encode("utf-8", "surrogatepass")
    headers = [
        (name.lower().encode("utf-8", "replace"), value.encode("latin-1", "replace")) for name, value in request.headers
    ]
    return {
        "type": "http", "method": request.method, "path": path, "raw_path": raw, "query_string": query.encode("latin-1", "replace"),
        "headers": [(b"host", b"127.0.0.1"), *headers], "extensions": {},
    }  # fmt: skip
