"""The WebSocket without I/O: however the bytes are cut, the same frames and the same loss come of them."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from interpreters.sockets.helpers.peer import BINARY, CONTINUATION, PING, TEXT, accept_of, close, frame
from lensconnect.errors import TransportError
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.programs.effects import OpenSocket

OPENING = OpenSocket("wss://chat.example/participant/socket?ticket=t", 1.0, 1000)


def opened() -> tuple[WebSocket, bytes]:
    """Return a WebSocket that has sent its handshake, and the reply that accepts it."""
    web = WebSocket(OPENING)
    assert web.unsent is not None
    reply = accept_of(bytes(web.unsent))
    web.advance(len(web.unsent))
    assert web.unsent is None
    return web, reply


def frames_of(web: WebSocket) -> list[str | bytes]:
    taken: list[str | bytes] = []
    while (message := web.take()) is not None:
        taken.append(message)
    return taken


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


messages = st.lists(
    st.one_of(
        st.text(max_size=300).map(lambda value: (frame(TEXT, value.encode()), value)),
        st.binary(max_size=300).map(lambda value: (frame(BINARY, value), value)),
        st.tuples(st.text(max_size=200), st.integers(0, 800)).map(
            lambda drawn: (
                frame(TEXT, drawn[0].encode()[: drawn[1]], fin=False)
                + frame(PING, b"between")
                + frame(CONTINUATION, drawn[0].encode()[drawn[1] :]),
                drawn[0],
            )
        ),
    ),
    max_size=6,
)
ends = st.sampled_from(
    [b"", close(1001), close(4000) + b"more", frame(TEXT, b"x" * 1001), b"\x83\x00", frame(TEXT, b"\xff")]
)


@given(messages, ends, st.lists(st.integers(0, 5000), max_size=40))
def test_frames_and_loss_do_not_depend_on_how_the_bytes_are_cut(
    sent: list[tuple[bytes, str | bytes]], end: bytes, cuts: list[int]
) -> None:
    whole, reply = opened()
    data = b"".join(encoded for encoded, _ in sent) + end
    whole.feed(reply + data)
    web, reply = opened()
    for piece in pieces(reply + data, cuts):
        web.feed(piece)
    assert web.is_open
    assert frames_of(web) == frames_of(whole) == [message for _, message in sent]
    assert web.loss == whole.loss
    assert (web.loss is None) == (end == b"")


@given(st.binary(max_size=400), st.lists(st.integers(0, 5000), max_size=20), st.booleans())
def test_no_bytes_raise_anything(data: bytes, cuts: list[int], accepts: bool) -> None:
    web, reply = opened()
    for piece in pieces((reply if accepts else b"") + data, cuts):
        web.feed(piece)
    web.end()
    frames_of(web)
    assert web.loss is not None or web.refused is not None
    for queued in (web.unsent, web.unsent):
        if queued is not None:
            web.advance(len(queued))


def test_bytes_to_send_keep_their_order_however_they_are_taken() -> None:
    web, reply = opened()
    web.feed(reply)
    web.send("one")
    web.feed(frame(PING, b"two"))
    web.send("three" * 100)
    web.send_close(1000)
    sent = bytearray()
    while web.unsent is not None:
        taken = bytes(web.unsent[:7])
        sent += taken
        web.advance(len(taken))
    opcodes, place = [], 0
    while place < len(sent):
        opcodes.append(sent[place] & 15)
        size = sent[place + 1] & 127
        place += 6 + (size if size < 126 else 2 + int.from_bytes(sent[place + 2 : place + 4], "big"))
    assert opcodes == [1, 10, 1, 8]


def test_pongs_for_a_peer_that_does_not_read_are_bounded() -> None:
    web, reply = opened()
    web.feed(reply)
    web.send("never sent")
    for _ in range(20_000):
        web.feed(frame(PING, b"x" * 125))
        if web.loss is not None:
            break
    assert web.loss == TransportError("protocol", "the peer sends pings and does not read", "yes")


def test_the_handshake_asks_for_no_compression_and_no_subprotocol() -> None:
    web = WebSocket(OPENING)
    assert web.unsent is not None
    head = bytes(web.unsent).decode()
    assert not re.search("(?i)extension|protocol:|origin|authorization|user-agent|cookie", head)
