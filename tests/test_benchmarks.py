"""Questions are measured, the floor of a send is a client, and two trees are compared case by case."""

from __future__ import annotations

import select
import socket
import subprocess
import sys

import pytest
from helpers.introspection import ROOT

from benchmarks.message import REQUEST
from benchmarks.server import BODY, REPLY
from benchmarks.straight_line import send_straight
from lensconnect import SendMessageResponse, send_message_content


def straight(*replies: bytes) -> SendMessageResponse:
    """Send by the straight-line floor to a peer that has sent these bytes, one after the other, when it is asked."""
    ours, peer = socket.socketpair()
    with ours, peer:
        ours.setblocking(False)
        readable = select.poll()
        readable.register(ours, select.POLLIN)
        waits = iter(replies)

        class Poll:
            def poll(self, milliseconds: float) -> object:
                if milliseconds and (data := next(waits, None)) is not None:
                    peer.sendall(data) if data else peer.shutdown(socket.SHUT_WR)
                return readable.poll(0)

        return send_straight(ours, Poll(), "example.com", REQUEST, 1.0)  # type: ignore[arg-type]


def test_the_floor_of_a_send_reads_a_reply_however_it_is_cut() -> None:
    whole = straight(REPLY)
    assert whole.id == "0a6d3c1e-53c1-4a7e-9f1b-000000000001"
    assert straight(*(REPLY[at : at + 1] for at in range(len(REPLY)))) == whole


@pytest.mark.parametrize(
    "reply",
    [
        REPLY.replace(b"HTTP/1.1", b"RTSP/1.0"),
        REPLY.replace(b" 200 ", b" 500 "),
        REPLY.replace(b"Date:", b"Da te:"),
        REPLY.replace(b"Date:", b"Content-Length: 1\r\nDate:"),
        REPLY.replace(b"Content-Length:", b"X:"),
        REPLY.replace(b"Date:", b"Transfer-Encoding: chunked\r\nDate:"),
        REPLY.replace(b"Date:", b"Content-Encoding: gzip\r\nDate:"),
        REPLY.replace(b"Date:", b"x-amzn-ErrorType: AccessDeniedException\r\nDate:"),
        REPLY.replace(BODY, b"{}".ljust(len(BODY))),
        REPLY.replace(b"2026-11", b"2026-\xff1"),
        REPLY + b"H",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    ],
)
def test_the_floor_of_a_send_refuses_what_is_no_reply(reply: bytes) -> None:
    assert reply != REPLY
    with pytest.raises(ValueError, match=r"\w"):
        straight(*(reply[at : at + 60_000] for at in range(0, len(reply), 60_000)), b"")


def test_the_floor_of_a_send_checks_the_request_and_the_time() -> None:
    with pytest.raises(ValueError, match="bounds"):
        send_straight(None, None, "", send_message_content.set("")(REQUEST), 1.0)  # type: ignore[arg-type]
    with pytest.raises(TimeoutError):
        straight()


@pytest.mark.slow
def test_a_tree_compared_with_itself_has_ratios_near_one() -> None:
    command = [sys.executable, "-m", "benchmarks.compare", str(ROOT), "optics", "--rounds=9", "--restarts=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["question", "before", "after", "ratio", "quartiles"]
    assert len(lines) == 13
    assert all(line.startswith("optics: ") and 0.3 < float(line.split()[-2]) < 3 for line in lines)


@pytest.mark.slow
def test_a_send_is_asked_three_ways() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "send"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for case in ("send a message", "send a message over TLS", "send a message over TLS, reply after 2 ms"):
        for rival in ("boto3", "boto3 default", "straight line"):
            assert f"send: {case:<46} {rival} " in done.stdout


@pytest.mark.slow
def test_live_chats_are_measured_beside_bare_sockets_and_websockets() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "live", "receive"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "not measured" not in done.stdout
    for row in (
        "live: frame to item                                  msgspec",
        "receive: receive, paced                              poll + recv",
        "receive: receive on asyncio, paced                   websockets",
        "receive: receive on asyncio, paced, many chats       20 chats",
        "receive: memory of an idle chat, 200 in one AsyncEnv receiving",
    ):
        assert row in done.stdout
