# pyright: reportPrivateUsage=false
"""Exchange without I/O, with its input cut in any way."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.helpers.transports import Outcome, post
from interpreters.transports.direct.test_replies import REPLIES
from interpreters.transports.direct.test_request_writer import ready
from interpreters.transports.test_reply_faults import FAULTS, MAX_BODY
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.http11 import MAX_HEAD, Exchange, _Reader
from lensconnect.results import Success, is_err, is_ok

SHORT = {name: row.sent_bytes for name, row in REPLIES.items() if len(row.sent_bytes) < 400}


def started(method: str = "POST", max_body: int = MAX_BODY) -> Exchange:
    """Return an exchange whose request is sent."""
    exchange = Exchange(ready(HttpRequest(method, "https://example.com/secret-path")), max_body)
    assert exchange.sent == "no"
    exchange.begin_sending()
    unsent = exchange.request.unsent
    assert unsent is not None
    exchange.request.advance(len(unsent))
    return exchange


def outcome_of(pieces: list[bytes], method: str = "POST") -> tuple[Outcome | None, bool]:
    """Feed the pieces until there is an outcome, then the end; return the outcome and `keep`."""
    exchange = started(method)
    for piece in pieces:
        if piece and exchange.feed(piece):
            break
    else:
        exchange.end()
    return exchange.outcome, exchange.keep


@pytest.mark.parametrize("name", REPLIES)
def test_byte_by_byte(name: str) -> None:
    """A reply in single bytes has the outcome of the same reply in one piece."""
    row = REPLIES[name]
    outcome, keep = outcome_of([row.sent_bytes], row.method)
    assert outcome is not None
    assert is_ok(outcome)
    assert keep is row.kept
    singly, keep = outcome_of([row.sent_bytes[at : at + 1] for at in range(len(row.sent_bytes))], row.method)
    assert singly == outcome
    assert keep is row.kept or "stray" in name or "body" in name


@pytest.mark.parametrize("name", SHORT)
def test_any_two_pieces(name: str) -> None:
    """A reply in two pieces has the same outcome, wherever it is cut."""
    sent_bytes, method = SHORT[name], REPLIES[name].method
    whole, _ = outcome_of([sent_bytes], method)
    for at in range(len(sent_bytes) + 1):
        assert outcome_of([sent_bytes[:at], sent_bytes[at:]], method)[0] == whole


@given(st.data())
def test_any_pieces(data: st.DataObject) -> None:
    """A reply, or a fault, in any number of pieces has the same outcome."""
    rows = {name: row.sent_bytes for name, row in FAULTS.items() if len(row.sent_bytes) < 400} | SHORT
    name = data.draw(st.sampled_from(sorted(rows)))
    sent_bytes = rows[name]
    method = REPLIES[name].method if name in REPLIES else "POST"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent_bytes)), max_size=8)))
    pieces = [sent_bytes[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent_bytes)], strict=True)]
    assert outcome_of(pieces, method)[0] == outcome_of([sent_bytes], method)[0]


@pytest.mark.parametrize(
    "sent_bytes",
    [
        b"HTTP/1.1 600 Odd\r\nContent-Length: 20\r\n\r\n" + b"x" * 20,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n" + b"x" * 20 + b"no chunk",
    ],
    ids=["head, body", "body, framing"],
)
def test_the_first_fault_counts(sent_bytes: bytes) -> None:
    """Of two faults the first one is reported, in one piece or in several."""
    outcomes: list[object] = []
    for at in range(len(sent_bytes)):
        exchange = started(max_body=10)
        assert exchange.feed(sent_bytes[:at]) or exchange.feed(sent_bytes[at:])
        outcomes.append(exchange.outcome)
    assert outcomes == outcomes[:1] * len(outcomes)


@pytest.mark.parametrize("size", [MAX_HEAD - 1, MAX_HEAD, MAX_HEAD + 1])
@pytest.mark.parametrize("step", [1000, 65_536, 10**6])
def test_the_limit_of_a_head_is_exact(size: int, step: int) -> None:
    """The limit does not depend on the pieces."""
    sent_bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: \r\n\r\n"
    sent_bytes = sent_bytes.replace(b"A: ", b"A: " + b"b" * (size - len(sent_bytes))) + b"abc"
    outcome, _ = outcome_of([sent_bytes[at : at + step] for at in range(0, len(sent_bytes), step)])
    assert outcome is not None
    assert is_ok(outcome) is (size <= MAX_HEAD)


@given(st.binary(max_size=300), st.booleans())
def test_garbage_is_refused(noise: bytes, after_a_start: bool) -> None:
    """No bytes raise, and only a reply succeeds."""
    outcome, _ = outcome_of([b"HTTP/1.1 200 OK\r\n" + noise if after_a_start else noise])
    assert outcome is not None
    assert is_err(outcome) or after_a_start or noise.startswith(b"HTTP/1.")


@given(st.sampled_from(sorted(SHORT)), st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_does_not_raise(name: str, at: int, byte: int) -> None:
    """A reply with one changed byte has some outcome."""
    sent_bytes = bytearray(SHORT[name])
    sent_bytes[at % len(sent_bytes)] = byte
    assert outcome_of([bytes(sent_bytes)])[0] is not None


@given(st.binary(max_size=2000), st.lists(st.integers(1, 300), max_size=30))
def test_chunks_are_joined(body: bytes, sizes: list[int]) -> None:
    """A chunked body is the concatenation of its chunks."""
    sent_bytes, at = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0
    for size in [*sizes, 10**6]:
        chunk = body[at : at + size]
        if chunk:
            sent_bytes += b"%x\r\n%b\r\n" % (len(chunk), chunk)
        at += size
    outcome, keep = outcome_of([sent_bytes + b"0\r\n\r\n"])
    assert outcome == Success(HttpResponse(200, (("Transfer-Encoding", "chunked"),), body))
    assert keep


def test_many_small_chunks_are_joined_early() -> None:
    """A megabyte in chunks of two bytes is joined."""
    exchange = started(max_body=2**21)
    exchange.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2**9):
        assert not exchange.feed(b"2\r\nab\r\n" * 2**10)
    assert exchange.feed(b"0\r\n\r\n")
    assert exchange.outcome is not None
    assert exchange.outcome.unwrap().body == b"ab" * 2**19


def test_phase_and_sent() -> None:
    """`str(exchange)` names the phase; `sent` follows it."""
    exchange = Exchange(ready(post("https://example.com/")))
    assert (exchange.sent, str(exchange)) == ("no", "sending the request")
    exchange = started()
    assert (exchange.sent, str(exchange)) == ("maybe", "waiting for the reply")
    exchange.feed(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200")
    assert (exchange.sent, str(exchange)) == ("maybe", "reading the head of the reply")
    exchange.feed(b" OK\r\nContent-Length: 1\r\n\r\n")
    assert (exchange.sent, str(exchange)) == ("yes", "reading the body of the reply")


def test_an_unsent_request_is_not_kept() -> None:
    """A connection is not kept after a reply that came before the whole request was sent."""
    exchange = Exchange(ready(post("https://example.com/")))
    exchange.begin_sending()
    assert exchange.feed(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
    assert not exchange.keep


def test_a_finished_exchange_is_freed_without_gc() -> None:
    """A finished exchange is freed by reference counting."""
    exchange = started()
    exchange.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    reader = weakref.ref(exchange._reader)
    gc.disable()
    try:
        del exchange
        assert reader() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("callback", ["on_message_begin", "on_header", "on_headers_complete", "on_message_complete"])
def test_an_interrupt_inside_a_callback_is_raised(callback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """httptools wraps an exception of a callback; the exchange raises it itself."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_Reader, callback, interrupt)
    with pytest.raises(KeyboardInterrupt):
        started().feed(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    try:
        int("x")
    except ValueError:
        with pytest.raises(KeyboardInterrupt):
            started().feed(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
