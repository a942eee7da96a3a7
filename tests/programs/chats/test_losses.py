"""Lost connections: what is noticed, how soon, and what ends nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator, HttpFault, SocketFault, running
from lensconnect.emulator.websockets import connections
from lensconnect.interpreters.sockets.protocol import SocketConnection
from lensconnect.programs.primitives import now
from lensconnect.results import Failure, Success
from lensconnect.testing.simulate import Simulation
from programs.chats.helpers.reading import to_the_end
from programs.chats.helpers.runtimes import RUNTIMES

HEARTBEAT = 10.0


@lc.program
def next_of(chat: lc.Chat, kind: type[lc.Notification], seconds: float = 300.0) -> lc.Steps[lc.Notification]:
    """Receive up to a notification of this kind, which must come within so many seconds."""
    until = (yield from now()) + seconds
    note: lc.Notification | None = None
    while not isinstance(note, kind):
        assert (yield from now()) < until, "it did not come in time"
        note = yield from lc.receive_within(chat, until - (yield from now()))
    return note


@lc.program
def until_quiet(chat: lc.Chat) -> lc.Steps[None]:
    """Receive the history, and what else is there."""
    while (yield from lc.receive_within(chat, 0.5)) is not None:
        pass


@lc.program
def silenced(
    chat: lc.Chat, fall_silent: Callable[[], object], times: int
) -> lc.Steps[list[tuple[float, lc.Notification]]]:
    """Let the peer fall silent again and again; return how long it took to notice, and what was told."""
    found: list[tuple[float, lc.Notification]] = []
    yield from until_quiet(chat)
    for _ in range(times):
        fall_silent()
        begun = yield from now()
        lost = yield from next_of(chat, lc.ConnectionLost)
        found.append(((yield from now()) - begun, lost))
        yield from next_of(chat, lc.ConnectionRegained)
    return found


def dead_link(service: Emulator, options: lc.LiveOptions) -> lc.Program[list[tuple[float, lc.Notification]], lc.Error]:
    """Return a chat whose peer falls silent twice, the link staying open."""
    started = service.start_chat()

    def fall_silent() -> None:
        service.plan(SocketFault("silence", count=1))
        service.say(started.contact_id, "never seen on this socket")

    return lc.converse(started.participant_token, lambda chat: silenced(chat, fall_silent, 2), options=options)


def test_a_dead_link_is_noticed_within_two_heartbeats_and_so_is_the_next() -> None:
    simulation = Simulation(1)
    found = lc.or_raise(dead_link(simulation.service, lc.LIVE)(simulation.env))
    for seconds, lost in found:
        assert HEARTBEAT <= seconds <= 2 * HEARTBEAT
        assert isinstance(lost, lc.ConnectionLost)
        assert lost.reason == "heartbeat"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_dead_link_is_noticed_on_a_real_socket(runtime: str) -> None:
    service = Emulator()
    with running(service) as server:
        options = lc.LiveOptions(heartbeat=0.4, backoff=lc.Backoff(first=0.1))
        (found,) = RUNTIMES[runtime]([dead_link(service, options)], server.base_url)
    assert [lost.reason for _, lost in found] == ["heartbeat", "heartbeat"]
    assert all(seconds < 3 for seconds, _ in found), "two heartbeats, and some time for a busy machine"


def lose_socket(simulation: Simulation, contact_id: str) -> None:
    """Close the WebSocket of a chat, which is not over."""
    simulation.service.plan(SocketFault("expire", topic="aws/chat", count=1))
    simulation.service.say(contact_id, "missed")


def test_a_throttled_way_back_is_tried_again() -> None:
    simulation = Simulation(2)
    started = simulation.service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[lc.Notification]:
        simulation.service.plan(HttpFault("throttle", operation="CreateParticipantConnection", count=4))
        lose_socket(simulation, started.contact_id)
        return (yield from next_of(chat, lc.ConnectionRegained))

    note = lc.or_raise(lc.converse(started.participant_token, body)(simulation.env))
    assert isinstance(note, lc.ConnectionRegained)
    assert note.missed == 1
    assert 7 <= note.seconds <= 30


PAGE_OF_A_PROXY = lc.HttpResponse(403, (("content-type", "text/html"),), b"<html><body>Access denied</body></html>")


@pytest.mark.parametrize("operation", ["connection", "transcript"])
def test_the_403_of_a_stranger_ends_nothing(operation: str) -> None:
    strangers: list[None] = []

    def fault(transport: lc.Transport) -> lc.Transport:
        def perform(request: lc.HttpRequest, seconds: float, /) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            if strangers and request.url.endswith(f"/participant/{operation}"):
                strangers.pop()
                return Success(PAGE_OF_A_PROXY)
            return transport(request, seconds)

        return perform

    simulation = Simulation(3, fault=fault)
    started = simulation.service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[lc.Notification]:
        strangers.extend([None] * 3)
        lose_socket(simulation, started.contact_id)
        return (yield from next_of(chat, lc.ConnectionRegained))

    note = lc.or_raise(lc.converse(started.participant_token, body)(simulation.env))
    assert isinstance(note, lc.ConnectionRegained)
    assert note.missed == 1
    assert strangers == []


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_close_with_1000_before_the_end_is_a_loss(runtime: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "GOING_AWAY", 1000)
    service = Emulator()
    started = service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
        yield from until_quiet(chat)
        service.plan(SocketFault("expire", topic="aws/chat", count=1))
        service.say(started.contact_id, "missed")
        return [(yield from next_of(chat, lc.ConnectionLost)), (yield from next_of(chat, lc.ConnectionRegained))]

    with running(service) as server:
        program = lc.converse(started.participant_token, body)
        ((lost, regained),) = RUNTIMES[runtime]([program], server.base_url)
    assert lost.reason == "closed"
    assert "1000" in lost.detail
    assert regained.missed == 1


def assert_ended(notes: list[lc.Notification]) -> None:
    """Assert that the end was read from the socket, as the item that says so."""
    assert notes[-1] == lc.ChatEnded("ended")
    assert isinstance(notes[-2], lc.ItemReceived)
    assert notes[-2].item.content_type == lc.EVENT_CHAT_ENDED
    assert not any(isinstance(note, lc.ConnectionLost) for note in notes)


def test_what_came_before_a_heartbeat_that_cannot_be_sent_is_received() -> None:
    class Breaking:
        """A connection on which the chat ends, and then nothing can be sent."""

        def __init__(self, connection: SocketConnection) -> None:
            self.connection = connection
            self.receive, self.close = connection.receive, connection.close

        def send(self, text: str, seconds: float, /) -> lc.Result[None, lc.TransportError]:
            if "heartbeat" in text:
                simulation.service.stop_chat(started.contact_id)
                return Failure(lc.TransportError("reset", "broken", "no"))
            return self.connection.send(text, seconds)

    simulation = Simulation(4, socket_fault=lambda driver: lambda opening: driver(opening).map(Breaking))
    started = simulation.service.start_chat()
    assert_ended(lc.or_raise(lc.converse(started.participant_token, to_the_end)(simulation.env)))


def test_the_end_is_read_from_a_socket_whose_renewal_is_denied() -> None:
    asked: list[str] = []

    def fault(transport: lc.Transport) -> lc.Transport:
        def perform(request: lc.HttpRequest, seconds: float, /) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            asked.extend(["connection"] * request.url.endswith("/participant/connection"))
            if len(asked) == 2:
                simulation.service.stop_chat(started.contact_id)
            return transport(request, seconds)

        return perform

    simulation = Simulation(5, fault=fault)
    started = simulation.service.start_chat()
    assert_ended(lc.or_raise(lc.converse(started.participant_token, to_the_end)(simulation.env)))
    assert len(asked) == 2
