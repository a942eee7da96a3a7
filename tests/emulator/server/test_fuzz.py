"""Fuzz the server: pipelined mutated requests, bursts of mutated frames, and bytes that are neither."""

from __future__ import annotations

import http.client
import json
import logging
import random
import re
import socket
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lensconnect import HttpRequest, HttpResponse
from lensconnect.emulator import Emulator, HttpFault, RunningEmulator, SocketFault, running

from ..helpers.fuzz_session import EXPECTED_STATUSES, FRAMES
from ..helpers.harness import SUBSCRIBE, socket_url
from ..helpers.mutations import mutate_request, mutate_text
from ..helpers.request_generator import HOME, SECRET_TEXT, Observed, generate_request

REQUESTS = 4_000
BURST = 40
FRAMES_SENT = 3_000
LAST = '{"topic":"aws/unsubscribe","content":{"topics":["the last"]}}'
CUTS = [HttpFault(kind, probability=0.01) for kind in ("drop", "reset", "truncate")]
FAREWELL = b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
CARRIED = re.compile(r"[\x21-\x7e]+")
VALUE = re.compile(r"[\x20-\x7e]*")


@pytest.mark.slow
def test_the_server_survives_and_prints_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING, logger="websockets.client")
    caplog.set_level(logging.DEBUG)  # the last call sets what is kept
    rng = random.Random(2)
    with running(Emulator(seed="session")) as service:
        observed = Observed(rng)
        observed.value(start_chat(service))
        answered = 0
        while answered < REQUESTS:
            service.emulator.plan(*CUTS)
            answered += len(send_pipelined(service, observed, islice(mutated_requests(rng, observed), BURST)))
            service.emulator.clear_faults()
            send_junk(rng, address_of(service))
        answered_frames = sum(send_frames(service, rng, FRAMES_SENT // 10) for _ in range(10))
        receive_with_faults(service, rng)
        assert start_chat(service)["ContactId"]
    assert answered_frames >= FRAMES_SENT
    output = "".join(capfd.readouterr()) + caplog.text
    assert SECRET_TEXT not in output
    assert not re.search("[0-9a-f]{64}|Traceback", output)


def address_of(service: RunningEmulator) -> tuple[str, int]:
    address = urlsplit(service.base_url)
    return address.hostname or "", address.port or 0


def start_chat(service: RunningEmulator) -> dict[str, Any]:
    connection = http.client.HTTPConnection(*address_of(service), timeout=5)
    connection.request("POST", "/_emulator/chats")
    chat: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return chat


def mutated_requests(rng: random.Random, observed: Observed) -> Iterator[HttpRequest]:
    """Generate mutated requests that HTTP can carry and that plan no fault."""
    while True:
        request = generate_request(rng, observed)
        while rng.random() < 0.35:
            request = mutate_request(rng, request)
        texts = [request.method, request.url, *(name for name, _ in request.headers)]
        carried = all(map(CARRIED.fullmatch, texts)) and all(VALUE.fullmatch(value) for _, value in request.headers)
        if carried and request.method != "HEAD" and "faults" not in request.url:
            yield request


def bytes_of_request(request: HttpRequest, authority: str) -> bytes:
    """Return the bytes of a request."""
    own = {"host", "content-length"}
    headers = [(name, value) for name, value in request.headers if name.lower() not in own]
    lines = [f"{request.method} {request.url.removeprefix(HOME) or '/'} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{name}: {value}" for name, value in (*headers, ("Content-Length", str(len(request.body))))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + request.body


def send_pipelined(
    service: RunningEmulator, observed: Observed, sent_requests: Iterable[HttpRequest]
) -> list[HttpResponse]:
    """Send requests at once on one connection; return the responses until it is closed."""
    answers: list[HttpResponse] = []
    sent = b"".join(bytes_of_request(request, urlsplit(service.base_url).netloc) for request in sent_requests)
    with socket.create_connection(address_of(service), timeout=5) as raw, raw.makefile("rb") as stream:
        raw.sendall(sent + FAREWELL)
        while (answer := read_response(stream)) is not None:
            assert answer.status in EXPECTED_STATUSES
            observed.response(answer)
            answers.append(answer)
    return answers


def read_response(stream: Any) -> HttpResponse | None:
    """Return the next complete response, `None` at the end of the connection."""
    try:
        head = stream.readline().split()
        headers = http.client.parse_headers(stream)
        body = stream.read(int(headers.get("content-length", "0")))
    except ConnectionError:
        return None
    whole = len(head) > 1 and len(body) == int(headers.get("content-length", "0"))
    return HttpResponse(int(head[1]), tuple(headers.items()), body) if whole else None


def send_junk(rng: random.Random, address: tuple[str, int]) -> None:
    """Send bytes that are not HTTP, or only begin like it."""
    heads = [b"", b"POST /participant/message HTTP/1.1\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
             b"GET /participant/socket?ticket=\xff HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
             b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]  # fmt: skip
    with socket.create_connection(address, timeout=5) as raw:
        raw.sendall(rng.choice(heads) + rng.randbytes(rng.randrange(80)))


def send_frames(service: RunningEmulator, rng: random.Random, frames: int) -> int:
    """Send frames in one burst; return how many were answered before the last."""
    answered_frames = 0
    with connect(socket_url(service, service.start_chat().participant_token), proxy=None) as client:
        for _ in range(frames):
            frame = mutate_text(rng, rng.choice(FRAMES)).encode("utf-8", "replace")
            client.send(frame if rng.random() < 0.1 else frame.decode())
        client.send(LAST)
        while "the last" not in str(client.recv(timeout=5)):
            answered_frames += 1
    return answered_frames


def receive_with_faults(service: RunningEmulator, rng: random.Random) -> None:
    """Use WebSockets while frames are dropped, duplicated and reordered, and connections expire."""
    kinds = ("drop", "duplicate", "reorder", "expire")
    service.emulator.plan(*(SocketFault(kind, probability=0.05) for kind in kinds))
    for _ in range(10):
        with connect(socket_url(service, service.start_chat().participant_token), proxy=None) as client:
            try:
                for _ in range(20):
                    client.send(rng.choice((SUBSCRIBE, "{", '{"topic":"aws/ping"}')))
                    client.recv(timeout=0.02)
            except (TimeoutError, ConnectionClosed):
                pass
    service.emulator.clear_faults()
