"""The contract suite finds every socket driver here that breaks a rule, and its tiers hold one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, get_args

import pytest

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.interpreters.sockets.protocol import SocketDriver
from lensconnect.interpreters.sockets.sync_socket import DirectSockets
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Success
from lensconnect.testing.contract import CHECKS, SOCKET_CHECKS, TIERS, Risk, Tier
from lensconnect.testing.contract.plan import in_tier
from lensconnect.testing.laws import assert_sockets, check_sockets, check_transport


class BrokenSockets:
    """A socket driver that keeps every rule; each subclass breaks one."""

    def __init__(self) -> None:
        self.driver = DirectSockets(DirectTransport())

    def __call__(self, opening: OpenSocket, /) -> Any:
        return self.driver(opening).map(self.wrapped)

    def wrapped(self, connection: Any) -> Any:
        return type("Connection", (_Connection,), {"broken": self})(connection)

    def send(self, connection: Any, text: str, seconds: float) -> Any:
        return connection.send(text, seconds)

    def receive(self, connection: Any, seconds: float) -> Any:
        return connection.receive(seconds)

    def close(self, connection: Any, code: int) -> Any:
        return connection.close(code)


class _Connection:
    broken: BrokenSockets

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def send(self, text: str, seconds: float, /) -> Any:
        return self.broken.send(self._connection, text, seconds)

    def receive(self, seconds: float, /) -> Any:
        return self.broken.receive(self._connection, seconds)

    def close(self, code: int, /) -> Any:
        return self.broken.close(self._connection, code)


class ShowsTheUrl(BrokenSockets):
    def __call__(self, opening: OpenSocket, /) -> Any:
        return super().__call__(opening).alt(lambda _: TransportError("connect", opening.url, "no"))


class ReportsARefusalAsAnError(BrokenSockets):
    def __call__(self, opening: OpenSocket, /) -> Any:
        return super().__call__(opening).alt(lambda _: TransportError("protocol", "refused", "maybe"))


class TakesItsTime(BrokenSockets):
    def __call__(self, opening: OpenSocket, /) -> Any:
        return super().__call__(opening.__replace__(seconds=max(opening.seconds, 1.5)))


class CutsFrames(BrokenSockets):
    def receive(self, connection: Any, seconds: float) -> Any:
        return super().receive(connection, seconds).map(lambda frame: frame and frame[:100])


class LosesTheLoss(BrokenSockets):
    def receive(self, connection: Any, seconds: float) -> Any:
        return super().receive(connection, seconds).lash(lambda _: Success(None))


class ReportsALossAsUnsent(BrokenSockets):
    def receive(self, connection: Any, seconds: float) -> Any:
        return super().receive(connection, seconds).alt(lambda error: error.__replace__(sent="no"))


class RaisesInsteadOfWaiting(BrokenSockets):
    def receive(self, connection: Any, seconds: float) -> Any:
        frame = super().receive(connection, seconds)
        if frame == Success(None):
            raise TimeoutError
        return frame


class DropsWhatItSends(BrokenSockets):
    def send(self, connection: Any, text: str, seconds: float) -> Any:
        return Success(None)


class LeavesConnectionsOpen(BrokenSockets):
    kept: ClassVar[list[Any]] = []

    def close(self, connection: Any, code: int) -> Any:
        self.kept.append(connection)


class ClosesWithoutItsCode(BrokenSockets):
    def close(self, connection: Any, code: int) -> Any:
        super().close(connection, 1000)


class RefusesEverything(BrokenSockets):
    def __call__(self, opening: OpenSocket, /) -> Any:
        return Failure(ServiceError(403, ""))


BROKEN_RULES: list[Any] = [
    (ShowsTheUrl, "handshake: no listener on the port", "message"),
    (ReportsARefusalAsAnError, "handshake: refused with 403", "name"),
    pytest.param(TakesItsTime, "time: a silent handshake", "time", marks=pytest.mark.slow),
    (CutsFrames, "frame: byte by byte", "message"),
    (LosesTheLoss, "loss: close 1001", "reply"),
    (ReportsALossAsUnsent, "loss: the end inside a frame", "message"),
    pytest.param(RaisesInsteadOfWaiting, "time: no frame", "message", marks=pytest.mark.slow),
    (DropsWhatItSends, "sent: texts", "message"),
    (LeavesConnectionsOpen, "close: its code, and calls after it", "message"),
    (ClosesWithoutItsCode, "close: its code, and calls after it", "name"),
    (RefusesEverything, "frame: text", "message"),
]


@pytest.mark.parametrize(("make", "check", "risk"), BROKEN_RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_rule_is_found(make: Callable[[], SocketDriver], check: str, risk: Risk) -> None:
    report = check_sockets(make, only=[check])
    assert [(each.name, each.risk) for each in report.failed] == [(check, risk)]
    while LeavesConnectionsOpen.kept:
        LeavesConnectionsOpen.kept.pop().close(1000)


def test_the_report_of_a_broken_rule_is_raised() -> None:
    with pytest.raises(AssertionError, match="0 of 1 checks passed"):
        assert_sockets(RefusesEverything, only=["frame: text"])


@pytest.mark.parametrize("known", [CHECKS, SOCKET_CHECKS])
def test_each_tier_holds_the_one_before_and_the_last_holds_all(known: tuple[str, ...]) -> None:
    safe, careful, complete = (set(in_tier(known, tier)) for tier in get_args(Tier))
    assert safe < careful < complete == set(known)
    assert list(TIERS) == list(get_args(Tier))


def test_a_tier_selects_its_checks_and_skips_some() -> None:
    report = check_sockets(lambda: DirectSockets(DirectTransport()), tier="safe", skip={"loss": "x", "handshake": "y"})
    assert report.passed, str(report)
    left_out = {name for name, _ in report.skipped}
    assert left_out == {name for name in SOCKET_CHECKS if name.startswith(("loss", "handshake"))}
    assert {check.name for check in report.checks} == set(in_tier(SOCKET_CHECKS, "safe")) - left_out


def test_a_tier_that_does_not_exist_and_two_choices_are_mistakes() -> None:
    unknown: Any = "quick"
    with pytest.raises(ValueError, match="there is no tier 'quick': use safe, careful, complete"):
        check_transport(DirectTransport, tier=unknown)
    with pytest.raises(ValueError, match="not by both"):
        check_transport(DirectTransport, tier="safe", only=["cut"])
