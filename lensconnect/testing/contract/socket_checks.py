"""Calls and expectations of the checks of socket drivers, beside those of `checks`."""

from __future__ import annotations

from typing import Any, cast, get_args

from lensconnect.errors import Kind, Sent, ServiceError, TransportError
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, is_err, is_ok
from lensconnect.testing.contract.checks import (
    CANARY,
    BrokenRuleError,
    CallOutcome,
    CheckSteps,
    MakeCalls,
    SocketCall,
    expect,
)
from lensconnect.testing.contract.report import Risk
from lensconnect.testing.contract.scripted_server import ScriptedServer

__all__ = [
    "FRAME_BYTES",
    "close_socket",
    "expect_frame",
    "expect_loss",
    "expect_none",
    "expect_refusal",
    "expect_sent",
    "expect_unopened",
    "open_socket",
    "opened_socket",
    "opening_of",
    "receive_frame",
    "send_frame",
    "socket_error",
]

FRAME_BYTES = 1 << 20
"""The largest frame of every check but one."""


def opening_of(
    server: ScriptedServer, seconds: float = 5.0, frame_bytes: int = FRAME_BYTES, *, scheme: str = "ws"
) -> OpenSocket:
    """Return an opening of a WebSocket of the server, with a secret URL."""
    return OpenSocket(server.url("/canary?ticket=canary", scheme=scheme), seconds, frame_bytes)


def open_socket(opening: OpenSocket, cancel_after: float | None = None) -> CheckSteps[CallOutcome]:
    """Open a WebSocket."""
    (ended,) = yield MakeCalls((SocketCall("open", (opening,), None, cancel_after),))
    return ended


def opened_socket(opening: OpenSocket) -> CheckSteps[Any]:
    """Open a WebSocket and return the connection."""
    outcome = _well_formed((yield from open_socket(opening)))
    if is_err(outcome):
        raise BrokenRuleError(f"the WebSocket was not opened: {_kind_of(outcome.failure())}")
    connection = outcome.unwrap()
    for method in ("send", "receive", "close"):
        expect(callable(getattr(connection, method, None)), f"the connection has no method {method}")
    return connection


def send_frame(connection: object, text: str, seconds: float = 5.0) -> CheckSteps[CallOutcome]:
    """Send a text."""
    (ended,) = yield MakeCalls((SocketCall("send", (text, seconds), connection),))
    return ended


def receive_frame(
    connection: object, seconds: float = 5.0, cancel_after: float | None = None
) -> CheckSteps[CallOutcome]:
    """Receive a frame."""
    (ended,) = yield MakeCalls((SocketCall("receive", (seconds,), connection, cancel_after),))
    return ended


def close_socket(connection: object, code: int = 1000) -> CheckSteps[None]:
    """Close the connection; it raises nothing."""
    (ended,) = yield MakeCalls((SocketCall("close", (code,), connection),))
    expect(ended.raised is None, f"close raised {type(ended.raised).__name__}: {ended.raised}")


def expect_frame(ended: CallOutcome, frame: str | bytes) -> None:
    """Expect this frame."""
    outcome = _well_formed(ended)
    if is_err(outcome):
        raise BrokenRuleError(f"failed with {_kind_of(outcome.failure())} instead of a frame")
    received = outcome.unwrap()
    expect(received is not None, "no frame came")
    expect(type(received) is type(frame), f"a frame of type {type(received).__name__}", "name")
    expect(received == frame, f"another frame, or a part of it: {len(received)} instead of {len(frame)}")


def expect_none(ended: CallOutcome) -> None:
    """Expect that nothing came, without an error."""
    outcome = _well_formed(ended)
    if is_err(outcome):
        raise BrokenRuleError(f"failed with {_kind_of(outcome.failure())} instead of None", "time")
    expect(outcome.unwrap() is None, "a frame instead of None")


def expect_sent(ended: CallOutcome) -> None:
    """Expect a frame to be sent."""
    expect(is_ok(_well_formed(ended)), "the frame was not sent")


def socket_error(ended: CallOutcome, kinds: str, sents: str) -> TransportError:
    """Expect a TransportError whose `kind` and `sent` are among these words, separated by spaces, and return it."""
    outcome = _well_formed(ended)
    if is_ok(outcome):
        raise BrokenRuleError("succeeded instead of failing", "reply")
    error = outcome.failure()
    if not isinstance(error, TransportError):
        raise BrokenRuleError(f"failed with a {type(error).__name__}", "name")
    sent_risk: Risk = "message" if error.sent == "no" else "name"
    expect(error.sent in sents.split(), f"sent {error.sent!r} instead of {sents!r}", sent_risk)
    expect(error.kind in kinds.split(), f"kind {error.kind!r} instead of {kinds!r}", "name")
    return error


def expect_loss(ended: CallOutcome, kinds: str, code: str) -> None:
    """Expect the loss of the WebSocket, with the close code in its message."""
    error = socket_error(ended, kinds, "yes")
    expect(code in error.message, f"the message of the loss does not name {code}", "name")


def expect_refusal(ended: CallOutcome, status: int) -> None:
    """Expect a refused handshake, as a ServiceError with its status and no code."""
    outcome = _well_formed(ended)
    if is_ok(outcome):
        raise BrokenRuleError("a refused handshake was accepted", "reply")
    error = outcome.failure()
    expect(isinstance(error, ServiceError), f"failed with {_kind_of(error)} instead of a ServiceError", "name")
    expect(error == ServiceError(status, ""), "not the status alone", "name")


def expect_unopened(ended: CallOutcome, kinds: str, sents: str) -> None:
    """Expect an opening to fail with a TransportError."""
    socket_error(ended, kinds, sents)


def _kind_of(error: object) -> str:
    return error.kind if isinstance(error, TransportError) else type(error).__name__


def _well_formed(ended: CallOutcome) -> Result[Any, Any]:
    """Expect a `Result`, whose error is a known one and shows no secret, and return it."""
    expect(ended.raised is None, f"raised {type(ended.raised).__name__}: {ended.raised}")
    expect(ended.outcome is not None, f"did not return within {ended.took:.1f} s", "time")
    expect(isinstance(ended.outcome, Result), f"returned a {type(ended.outcome).__name__}")
    outcome = cast("Result[Any, Any]", ended.outcome)
    if is_err(outcome):
        error = outcome.failure()
        expect(isinstance(error, TransportError | ServiceError), f"failed with a {type(error).__name__}", "name")
        expect(CANARY not in f"{error}{error!r}", "its message shows the URL or a frame")
        if isinstance(error, TransportError):
            expect(error.kind in get_args(Kind), f"kind {error.kind!r} is not a known kind", "name")
            expect(error.sent in get_args(Sent), f"sent {error.sent!r} is not a known word", "name")
    return outcome
