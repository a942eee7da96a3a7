# pyright: reportPrivateUsage=false
"""The exchange alone: no socket, no clock, any cutting of the bytes."""

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

SHORT = {name: row.said for name, row in REPLIES.items() if len(row.said) < 400}


def started(method: str = "POST", max_body: int = MAX_BODY) -> Exchange:
    """An exchange whose request has left."""
    exchange = Exchange(ready(HttpRequest(method, "https://example.com/secret-path")), max_body)
    assert exchange.sent == "no"
    exchange.begin_sending()
    unsent = exchange.request.unsent
    assert unsent is not None
    exchange.request.advance(len(unsent))
    return exchange


def told(pieces: list[bytes], method: str = "POST") -> tuple[Outcome | None, bool]:
    """What comes of the pieces, fed until there is an outcome; then the end."""
    exchange = started(method)
    for piece in pieces:
        if piece and exchange.feed(piece):
            break
    else:
        exchange.end()
    return exchange.outcome, exchange.keep


@pytest.mark.parametrize("name", REPLIES)
def test_byte_by_byte(name: str) -> None:
    """A reply is the same in one piece and in single bytes."""
    row = REPLIES[name]
    outcome, keep = told([row.said], row.method)
    assert outcome is not None
    assert is_ok(outcome)
    assert keep is row.kept
    singly, keep = told([row.said[at : at + 1] for at in range(len(row.said))], row.method)
    assert singly == outcome
    assert keep is row.kept or "stray" in name or "body" in name


@pytest.mark.parametrize("name", SHORT)
def test_every_split(name: str) -> None:
    """And in two pieces, wherever the cut."""
    said, method = SHORT[name], REPLIES[name].method
    whole, _ = told([said], method)
    for at in range(len(said) + 1):
        assert told([said[:at], said[at:]], method)[0] == whole


@given(st.data())
def test_any_split(data: st.DataObject) -> None:
    """And in any number of pieces; a failure, too, is the same failure."""
    rows = {name: row.said for name, row in FAULTS.items() if len(row.said) < 400} | SHORT
    name = data.draw(st.sampled_from(sorted(rows)))
    said = rows[name]
    method = REPLIES[name].method if name in REPLIES else "POST"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=8)))
    pieces = [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]
    assert told(pieces, method)[0] == told([said], method)[0]


@pytest.mark.parametrize("size", [MAX_HEAD - 1, MAX_HEAD, MAX_HEAD + 1])
@pytest.mark.parametrize("step", [1000, 65_536, 10**6])
def test_the_bound_of_a_head_is_exact(size: int, step: int) -> None:
    """Whatever the pieces it comes in."""
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: \r\n\r\n"
    said = said.replace(b"A: ", b"A: " + b"b" * (size - len(said))) + b"abc"
    outcome, _ = told([said[at : at + step] for at in range(0, len(said), step)])
    assert outcome is not None
    assert is_ok(outcome) is (size <= MAX_HEAD)


@given(st.binary(max_size=300), st.booleans())
def test_garbage_is_only_refused(noise: bytes, after_a_start: bool) -> None:
    """No bytes raise, and no bytes but a reply's count as one."""
    outcome, _ = told([b"HTTP/1.1 200 OK\r\n" + noise if after_a_start else noise])
    assert outcome is not None
    assert is_err(outcome) or after_a_start


@given(st.sampled_from(sorted(SHORT)), st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_does_not_raise(name: str, at: int, byte: int) -> None:
    """One byte of a good reply changed gives some outcome."""
    said = bytearray(SHORT[name])
    said[at % len(said)] = byte
    assert told([bytes(said)])[0] is not None


@given(st.binary(max_size=2000), st.lists(st.integers(1, 300), max_size=30))
def test_chunks_come_out_whole(body: bytes, sizes: list[int]) -> None:
    """A chunked body is its chunks, one after the other."""
    said, at = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0
    for size in [*sizes, 10**6]:
        chunk = body[at : at + size]
        if chunk:
            said += b"%x\r\n%b\r\n" % (len(chunk), chunk)
        at += size
    outcome, keep = told([said + b"0\r\n\r\n"])
    assert outcome == Success(HttpResponse(200, (("Transfer-Encoding", "chunked"),), body))
    assert keep


def test_many_small_chunks_do_not_pile_up() -> None:
    """A megabyte in chunks of two bytes is one body."""
    exchange = started(max_body=2**21)
    exchange.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2**9):
        assert not exchange.feed(b"2\r\nab\r\n" * 2**10)
    assert exchange.feed(b"0\r\n\r\n")
    assert exchange.outcome is not None
    assert exchange.outcome.unwrap().body == b"ab" * 2**19


def test_phases() -> None:
    """What is going on, and how far the request has got."""
    exchange = Exchange(ready(post("https://example.com/")))
    assert (exchange.sent, str(exchange)) == ("no", "sending the request")
    exchange = started()
    assert (exchange.sent, str(exchange)) == ("maybe", "waiting for the reply")
    exchange.feed(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200")
    assert (exchange.sent, str(exchange)) == ("maybe", "reading the head of the reply")
    exchange.feed(b" OK\r\nContent-Length: 1\r\n\r\n")
    assert (exchange.sent, str(exchange)) == ("yes", "reading the body of the reply")


def test_an_unsent_request_is_not_kept() -> None:
    """A reply that came early ends its connection."""
    exchange = Exchange(ready(post("https://example.com/")))
    exchange.begin_sending()
    assert exchange.feed(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
    assert not exchange.keep


def test_nothing_is_left_to_the_collector() -> None:
    """A finished exchange is freed at once, parser and all."""
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
def test_an_interrupt_inside_a_callback_is_itself(callback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser hides what its callbacks raise; we do not."""

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
