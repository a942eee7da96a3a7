"""A synchronous send over a kept connection calls few Python functions and the system five times.

Counts carry no noise, so a change that makes a send dearer fails here before a benchmark can tell.  A bound that is no
longer reached is to be lowered.  OpenSSL reads a record in two parts, so over TLS the fifth call is two for the system.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from interpreters.helpers.certificates import authority_file, serving
from interpreters.helpers.servers import PatientServer, ServerConnection
from lensconnect import ConnectionToken, Env, new_env, new_send_message, or_raise, send

REQUEST = new_send_message("text/plain", "Good morning", ConnectionToken("t" * 300))
BODY = b'{"AbsoluteTime":"2026-11-03T10:00:00.123Z","Id":"m-1"}'
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: 4f0e7b44\r\nDate: Tue, 03 Nov 2026 10:00:00 GMT\r\n\r\n"
) % len(BODY) + BODY
SYSTEM_MODULES = {"_socket", "_ssl", "posix", "nt", "select", "socket", "ssl", "time"}
WITHOUT_SYSTEM_CALL = {"monotonic", "pending"}  # a Unix-like system reads its clock without one
FRAMES = {"plain": 106, "tls": 115}
"""Calls and resumptions of Python functions with CPython 3.11, four of them for the headers of the reply."""


class Profile:
    """Lists the functions that the thread enters, and its calls of the system."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.system_calls: list[str] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if (
            event == "call" and frame.f_globals.get("__name__") != "lensconnect.interpreters.unrun"
        ):  # at work in tests alone
            self.frames.append(frame.f_code.co_qualname)
        elif event == "c_call" and argument.__name__ not in WITHOUT_SYSTEM_CALL:
            module = argument.__module__ or type(argument.__self__).__module__
            if module in SYSTEM_MODULES:
                self.system_calls.append(argument.__name__)


def profile_of_a_send(env: Env) -> Profile:
    for _ in range(5):  # opens the connection, fills the caches and reads the session tickets of TLS
        or_raise(send(REQUEST)(env))
    profile, before = Profile(), sys.getprofile()
    gc.collect()
    gc.disable()  # or callbacks of the collector may be counted
    sys.setprofile(profile)
    try:
        send(REQUEST)(env)
    finally:
        sys.setprofile(before)
        gc.enable()
    return profile


@pytest.mark.parametrize(
    ("way", "write", "read"), [("plain", "send", "recv_into"), ("tls", "write", "read")], ids=["plain", "tls"]
)
def test_a_send_has_few_frames_and_five_system_calls(way: str, write: str, read: str, tmp_path: Path) -> None:
    def answer(connection: ServerConnection) -> None:
        while connection.read_request():
            connection.send(REPLY)

    context = serving() if way == "tls" else None
    with (
        PatientServer(answer, context) as peer,
        new_env(endpoint_url=peer.url(""), ca_bundle=authority_file(tmp_path) if context else None) as env,
    ):
        profile = profile_of_a_send(env)
    assert profile.system_calls == ["urandom", "poll", write, "poll", read]
    assert len(profile.frames) <= FRAMES[way], profile.frames
