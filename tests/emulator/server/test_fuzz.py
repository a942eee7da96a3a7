"""The same over sockets: thousands of requests pipelined on kept connections, frames in bursts, and bytes that are neither."""

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
from lensconnect import emulator as doors
from lensconnect.emulator import Emulator, HttpFault, RunningEmulator, SocketFault

from ..helpers.fuzz_session import EXPECTED_STATUSES, FRAMES
from ..helpers.harness import SUBSCRIBE
from ..helpers.mutations import mutate_request, mutate_text
from ..helpers.request_generator import HOME, SECRET_TEXT, Observed, generate_request
from .test_websocket import socket_url

REQUESTS = 4_000
BURST = 40
FRAMES_SENT = 3_000
LAST = '{"topic":"aws/unsubscribe","content":{"topics":["the last"]}}'
CUTS = [HttpFault(kind, probability=0.01) for kind in ("drop", "reset", "truncate")]
FAREWELL = b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
CARRIED = re.compile(r"[\x21-\x7e]+")
VALUE = re.compile(r"[\x20-\x7e]*")


@pytest.mark.slow
def test_the_server_goes_on_and_says_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING, logger="websockets.client")
    caplog.set_level(logging.DEBUG)  # the last call sets what is kept
    rng = random.Random(2)
    with doors.running(Emulator(seed="session")) as service:
        observed = Observed(rng)
        observed.value(begun(service))
        answered = 0
        while answered < REQUESTS:
            service.emulator.plan(*CUTS)
            answered += len(burst(service, observed, islice(requests(rng, observed), BURST)))
            service.emulator.clear_faults()
            junk(rng, home(service))
        heard = sum(babble(service, rng, FRAMES_SENT // 10) for _ in range(10))
        listen_to_faults(service, rng)
        assert begun(service)["ContactId"]
    assert heard >= FRAMES_SENT
    said = "".join(capfd.readouterr()) + caplog.text
    assert SECRET_TEXT not in said
    assert not re.search("[0-9a-f]{64}|Traceback", said)


def home(service: RunningEmulator) -> tuple[str, int]:
    address = urlsplit(service.base_url)
    return address.hostname or "", address.port or 0


def begun(service: RunningEmulator) -> dict[str, Any]:
    connection = http.client.HTTPConnection(*home(service), timeout=5)
    connection.request("POST", "/_emulator/chats")
    chat: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return chat


def requests(rng: random.Random, observed: Observed) -> Iterator[HttpRequest]:
    """Bent requests that HTTP can carry, and that plan no fault."""
    while True:
        request = generate_request(rng, observed)
        while rng.random() < 0.35:
            request = mutate_request(rng, request)
        texts = [request.method, request.url, *(name for name, _ in request.headers)]
        carried = all(map(CARRIED.fullmatch, texts)) and all(VALUE.fullmatch(value) for _, value in request.headers)
        if carried and request.method != "HEAD" and "faults" not in request.url:
            yield request


def bytes_of(request: HttpRequest, authority: str) -> bytes:
    """A request as it travels."""
    own = {"host", "content-length"}
    headers = [(name, value) for name, value in request.headers if name.lower() not in own]
    lines = [f"{request.method} {request.url.removeprefix(HOME) or '/'} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{name}: {value}" for name, value in (*headers, ("Content-Length", str(len(request.body))))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + request.body


def burst(service: RunningEmulator, observed: Observed, asking: Iterable[HttpRequest]) -> list[HttpResponse]:
    """Everything at once on one connection, and what is answered until it is cut."""
    answers: list[HttpResponse] = []
    sent = b"".join(bytes_of(request, urlsplit(service.base_url).netloc) for request in asking)
    with socket.create_connection(home(service), timeout=5) as raw, raw.makefile("rb") as stream:
        raw.sendall(sent + FAREWELL)
        while (answer := answer_in(stream)) is not None:
            assert answer.status in EXPECTED_STATUSES
            observed.response(answer)
            answers.append(answer)
    return answers


def answer_in(stream: Any) -> HttpResponse | None:
    """The next whole response, `None` where the connection ends."""
    try:
        head = stream.readline().split()
        headers = http.client.parse_headers(stream)
        body = stream.read(int(headers.get("content-length", "0")))
    except ConnectionError:
        return None
    whole = len(head) > 1 and len(body) == int(headers.get("content-length", "0"))
    return HttpResponse(int(head[1]), tuple(headers.items()), body) if whole else None


def junk(rng: random.Random, address: tuple[str, int]) -> None:
    """Bytes that are no HTTP, or only begin like it."""
    heads = [b"", b"POST /participant/message HTTP/1.1\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
             b"GET /participant/socket?ticket=\xff HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
             b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]  # fmt: skip
    with socket.create_connection(address, timeout=5) as raw:
        raw.sendall(rng.choice(heads) + rng.randbytes(rng.randrange(80)))


def babble(service: RunningEmulator, rng: random.Random, frames: int) -> int:
    """Frames in one burst: how many were answered before the last."""
    heard = 0
    with connect(socket_url(service, service.start_chat().participant_token), proxy=None) as line:
        for _ in range(frames):
            frame = mutate_text(rng, rng.choice(FRAMES)).encode("utf-8", "replace")
            line.send(frame if rng.random() < 0.1 else frame.decode())
        line.send(LAST)
        while "the last" not in str(line.recv(timeout=5)):
            heard += 1
    return heard


def listen_to_faults(service: RunningEmulator, rng: random.Random) -> None:
    """Sockets that lose, double and swap what is said, and end before their time."""
    kinds = ("drop", "duplicate", "reorder", "expire")
    service.emulator.plan(*(SocketFault(kind, probability=0.05) for kind in kinds))
    for _ in range(10):
        with connect(socket_url(service, service.start_chat().participant_token), proxy=None) as line:
            try:
                for _ in range(20):
                    line.send(rng.choice((SUBSCRIBE, "{", '{"topic":"aws/ping"}')))
                    line.recv(timeout=0.02)
            except (TimeoutError, ConnectionClosed):
                pass
    service.emulator.clear_faults()
