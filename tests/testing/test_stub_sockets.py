"""Stubbed live chats: scripts of WebSockets, expected frames and requests, and errors that name their line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest
import trio
from helpers.socket_programs import do
from hypothesis import given
from hypothesis import strategies as st

import lensconnect as lc
from lensconnect.live.frames import parse
from lensconnect.programs.effects import OpenSocket, ReceiveFrame, SendFrame
from lensconnect.testing.frames import ChatFrame, HeartbeatEcho, PingAnswer, ServiceFrame, SubscribeAnswer, write
from lensconnect.testing.strategies import records_of
from lensconnect.testing.stub import (
    HEARTBEAT,
    SUBSCRIBE,
    EndlessWaitError,
    MissingRequestError,
    ScriptedTransport,
    SocketScript,
    UnexpectedConnectionError,
    UnexpectedFrameError,
    UnexpectedRequestError,
    closes,
    connection,
    event,
    expects,
    message,
    pushes,
    refused,
    stub,
    waits,
)

TOKEN = lc.ParticipantToken("secret-participant-token")
SENT = lc.SendMessageResponse(http_status=200, id="m-1")
MENU = lc.QuickReply(title="What now?", elements=(lc.TemplateElement(title="Track a parcel"),))
URL = "wss://chat.invalid/?ticket=secret-ticket"


def live(*sockets: SocketScript) -> ScriptedTransport:
    return stub({lc.SendMessage: SENT}, sockets=sockets)


def run(stubbed: ScriptedTransport, program: lc.Program[Any, Any]) -> Any:
    with lc.new_env(
        region="us-east-1",
        transport=stubbed.transport,
        sockets=stubbed.sockets,
        clock=stubbed.clock,
        jitter=lambda: 0.0,
    ) as env:
        return lc.to_result(program(env))


async def run_async(stubbed: ScriptedTransport, program: lc.Program[Any, Any]) -> Any:
    async with lc.new_async_env(
        region="us-east-1", transport=stubbed.async_transport, sockets=stubbed.async_sockets, clock=stubbed.clock
    ) as env:
        return lc.to_result(await program(env))


RUNNERS: dict[str, Callable[[ScriptedTransport, lc.Program[Any, Any]], Any]] = {
    "sync": run,
    "asyncio": lambda stubbed, program: asyncio.run(run_async(stubbed, program)),
    "trio": lambda stubbed, program: trio.run(run_async, stubbed, program),
}


def conversing(body: Callable[[lc.Chat], lc.Program[Any, Any]]) -> lc.Program[Any, Any]:
    return lc.converse(TOKEN, body)


@lc.program
def walk(chat: lc.Chat) -> lc.Steps[list[str | None]]:
    heard = list((yield from lc.replies(chat)))
    (menu,) = (content for content in map(lc.content_of, heard) if isinstance(content, lc.Interactive))
    yield from lc.answer(chat, menu, "Track a parcel")
    heard += yield from lc.replies(chat)
    return [item.content for item in heard if item.content_type == lc.CONTENT_TEXT_PLAIN]


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_program_walks_through_a_scripted_chat_in_no_time(runner: str) -> None:
    script = connection(
        pushes(message("Welcome!"), event(lc.EVENT_TYPING)),
        waits(0.9),
        pushes(message(MENU)),
        expects(lc.SendMessage),
        waits(12),
        pushes(message("What is its number?")),
    )
    with live(script) as stubbed:
        assert RUNNERS[runner](stubbed, conversing(walk)).unwrap() == ["Welcome!", "What is its number?"]
    assert 12 < stubbed.clock.now() < 20


def test_notifications_of_a_stub_tell_of_a_loss_and_of_the_end() -> None:
    @lc.program
    def kinds(chat: lc.Chat) -> lc.Steps[list[str]]:
        return (yield from lc.notifications(chat).map(lambda note: type(note).__name__).fold(_appended, list[str]()))

    first = connection(pushes(message("a")), waits(3), closes(1001))
    with live(
        first, refused(503), connection(pushes(message("b")), waits(1), pushes(event(lc.EVENT_CHAT_ENDED)))
    ) as stubbed:
        assert run(stubbed, conversing(kinds)).unwrap() == [
            "ItemReceived",
            "ConnectionLost",
            "ConnectionRegained",
            "ItemReceived",
            "ItemReceived",
            "ChatEnded",
        ]


def _appended(names: list[str], name: str) -> list[str]:
    return [*names, name]


def test_a_heartbeat_that_the_script_expects_is_not_answered() -> None:
    with live(connection(expects(HEARTBEAT))) as stubbed:
        assert run(stubbed, conversing(lc.receive)).unwrap().reason == "heartbeat"


def test_an_expected_request_that_differs_is_compared_by_lens_path_and_named_with_its_line() -> None:
    expected = lc.new_send_message(lc.CONTENT_TEXT_PLAIN, "4711", lc.ConnectionToken("stub"))
    script = connection(expects(expected))
    with pytest.raises(UnexpectedRequestError) as raised:
        run(live(script), conversing(lambda chat: lc.say(chat, "0815")))
    where = re.escape(f"{script.steps[-1].where}")
    assert re.search(r"test_stub_sockets.py, line \d+", where.replace("\\", ""))
    assert re.fullmatch(
        f"SendMessage is not the one that WebSocket 1 waits for \\({where}\\):\n"
        "  send_message_content: '0815' != '4711'",
        str(raised.value),
    )


@lc.program
def sending(*texts: str) -> lc.Steps[object]:
    """Open a WebSocket without a chat, send texts and receive a frame."""
    socket = yield from do(OpenSocket(URL, 5.0, 100))
    for text in texts:
        yield from do(SendFrame(socket, text, 5.0))
    return (yield from do(ReceiveFrame(socket, 5.0)))


def test_a_frame_that_is_not_expected_is_shown_without_its_values() -> None:
    script = connection(expects(HEARTBEAT), answers=False)
    with pytest.raises(UnexpectedFrameError) as raised:
        run(live(script), sending('{"topic":"custom","token":"secret-frame"}'))
    assert str(raised.value) == (
        f"a frame {{'topic': 'custom', 'token': ***}} is not expected on WebSocket 1 ({script.where}); "
        f"the next step is a heartbeat ({script.steps[0].where})"
    )


def test_frames_are_expected_in_order_by_text_or_by_function() -> None:
    script = connection(
        expects('{ "topic": "aws/subscribe", "content": {"topics": ["aws/chat"]} }'),
        expects(lambda text: text == "hello"),
        pushes("first", b"\x00"),
        answers=False,
    )
    with live(script) as stubbed:
        assert run(stubbed, sending(SUBSCRIBE, "hello")).unwrap() == "first"
    with pytest.raises(UnexpectedFrameError, match="a text of 5 characters is not expected"):
        run(live(script), sending("hello", SUBSCRIBE))
    with pytest.raises(UnexpectedFrameError, match="a heartbeat is not expected"):
        run(live(script), sending(HEARTBEAT))


def test_a_connection_beyond_the_script_and_one_with_another_url_are_not_expected() -> None:
    with pytest.raises(UnexpectedConnectionError, match="WebSocket 1 is not expected"):
        run(live(), sending())
    with pytest.raises(UnexpectedConnectionError, match=r"another URL than expected \(test_stub_sockets") as raised:
        run(live(connection(url="wss://other.invalid/?ticket=secret-ticket")), sending())
    assert "secret" not in str(raised.value)
    assert run(live(connection(pushes("a"), url=URL, answers=False)), sending()).unwrap() == "a"


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (
            expects(lc.SendMessage),
            r"the client, which opens it at 5 s, never sent: SendMessage \(test_stub_sockets\.py, line \d+\) on WebSocket 1",
        ),
        (pushes("a"), r"the client waited after the last step: end a chat with `event\(EVENT_CHAT_ENDED\)`"),
    ],
    ids=["expected", "ended"],
)
def test_another_connection_tells_what_came_before(step: Any, reason: str) -> None:
    stubbed = live(connection(step, answers=False))
    with suppress(MissingRequestError), stubbed:
        run(stubbed, sending())
        with pytest.raises(UnexpectedConnectionError, match=f"^WebSocket 2 is not expected; {reason}"):
            run(stubbed, sending())


def test_a_stub_without_connections_says_how_to_give_them() -> None:
    hint = re.escape("; a live chat needs `stub(..., sockets=connection(...))`")
    with pytest.raises(UnexpectedRequestError, match=f"CreateParticipantConnection is not expected; .*{hint}"):
        run(stub({}), conversing(lc.replies))
    connected = stub({lc.CreateParticipantConnection: lc.CreateParticipantConnectionResponse(http_status=200)})
    with pytest.raises(UnexpectedConnectionError, match=f"^WebSocket 1 is not expected{hint}"):
        run(connected, conversing(lc.replies))


@pytest.mark.parametrize("name", ["SendMessage", "GetTranscript", "HttpRequest"])
def test_the_name_of_a_request_as_text_is_no_step(name: str) -> None:
    with pytest.raises(TypeError, match=f"^expects takes the type of a request, .* give {name} without quotes$"):
        expects(name)


def test_a_silent_client_of_one_script_ends_after_a_day_with_the_step() -> None:
    stubbed = stub({}, sockets=connection(pushes(message("a")), expects(lc.SendMessage)))
    text = r"^the client has opened WebSockets for a day, .* and never sent: SendMessage \(test_stub_sockets"
    with pytest.raises(EndlessWaitError, match=text):
        run(stubbed, conversing(lambda chat: lc.notifications(chat).each(lambda _: lc.now())))
    assert 86_400 < stubbed.clock.now() < 100_000


def test_a_client_that_says_something_now_and_then_may_go_on_for_days() -> None:
    @lc.program
    def hourly(chat: lc.Chat) -> lc.Steps[None]:
        for _ in range(30):
            yield from lc.replies(chat, within=3600.0)
            yield from lc.say(chat, "a")
            yield from lc.sleep(3600.0)

    stubbed = stub({lc.SendMessage: SENT}, sockets=connection(pushes(message("a"))))
    lc.or_raise(run(stubbed, conversing(hourly)))


def test_one_script_serves_any_number_of_connections() -> None:
    stubbed = stub({}, sockets=connection(pushes(message("a"))))
    heard = [run(stubbed, conversing(lc.replies)).unwrap() for _ in range(2)]
    assert [[item.id for item in each] for each in heard] == [["stub-1"], ["stub-2"]]


def test_a_refused_handshake_is_its_status_or_its_error() -> None:
    cut = lc.TransportError("incomplete", "cut", "maybe")
    assert run(live(refused(403)), sending()).failure() == lc.ServiceError(403, "")
    assert run(live(refused(cut)), sending()).failure() == cut


def test_a_frame_that_is_too_large_ends_the_socket() -> None:
    error = run(live(connection(pushes("x" * 101), answers=False)), sending()).failure()
    assert (error.kind, error.sent) == ("too_large", "yes")


def test_what_was_expected_and_did_not_come_is_listed() -> None:
    left, next_one = connection(expects(lc.SendEvent), expects(HEARTBEAT)), connection()
    with pytest.raises(MissingRequestError) as raised, live(left, next_one) as stubbed:
        run(stubbed, conversing(lambda chat: lc.receive_within(chat, 0.0)))
    assert str(raised.value) == (
        f"expected by the WebSockets: SendEvent ({left.steps[-2].where}) on WebSocket 1; "
        f"a heartbeat ({left.steps[-1].where}) on WebSocket 1; a WebSocket ({next_one.where})"
    )


@pytest.mark.parametrize("error", [LookupError("raised by the test"), UnexpectedFrameError("a frame")])
def test_an_exception_has_a_note_on_what_did_not_come_unless_it_is_of_the_script(error: Exception) -> None:
    left = connection(expects(lc.SendMessage))
    with suppress(type(error)), live(left) as stubbed:
        run(stubbed, lc.converse(TOKEN, lambda chat: lc.replies(chat, within=5.0)))
        raise error
    notes = [f"expected by the WebSockets: SendMessage ({left.steps[-1].where}) on WebSocket 1"]
    assert getattr(error, "__notes__", []) == (notes if isinstance(error, LookupError) else [])


@dataclass(frozen=True)
class FrozenError(Exception):
    item: str


def test_an_exception_that_takes_no_note_is_raised_without() -> None:
    with pytest.raises(FrozenError, match="shoes"), live(connection(expects(lc.SendMessage))):
        raise FrozenError("shoes")


@lc.program
def waiting(seconds: float) -> lc.Steps[object]:
    socket = yield from do(OpenSocket(URL, 5.0, 100))
    return (yield from do(ReceiveFrame(socket, seconds)))


def test_a_wait_that_would_never_end_is_an_error() -> None:
    stubbed = live(*[connection(answers=False)] * 3)
    assert run(stubbed, waiting(80_000.0)).unwrap() is None
    with pytest.raises(EndlessWaitError, match="waited for a day"):
        run(stubbed, waiting(80_000.0))
    with pytest.raises(EndlessWaitError, match=r"waited for a day, and the script waits for: a heartbeat \(.*, line"):
        run(live(connection(expects(HEARTBEAT), answers=False)), waiting(inf))


items = records_of(lc.Item)
SERVICE_FRAMES: st.SearchStrategy[ServiceFrame] = st.one_of(
    st.builds(ChatFrame, items.filter(lambda item: item != lc.Item()), st.none() | st.text()),
    st.builds(SubscribeAnswer, st.booleans()),
    st.builds(HeartbeatEcho),
    st.builds(PingAnswer, st.none() | st.integers(0, 999)),
)


@given(SERVICE_FRAMES)
def test_a_written_frame_is_parsed_back(frame: ServiceFrame) -> None:
    assert parse(write(frame)) == frame


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: pushes(1), "pushes: a frame must be an Item, another frame, text or bytes"),
        (lambda: expects(1), "expects must be the text of a frame"),
        (lambda: waits("1"), "waits: seconds must be a number"),
        (lambda: closes(True), "closes: code must be a whole number"),
        (lambda: refused("403"), "refused: status must be a status or a TransportError"),
        (lambda: connection(HEARTBEAT), "connection: a step must be"),
        (lambda: stub({}, sockets=[HEARTBEAT]), "stub: sockets must be made by connection"),
        (lambda: stub({}, sockets=1), "stub: sockets must be a connection, or a sequence of them"),
    ],
)
def test_a_wrong_script_is_a_type_error(make: Callable[[], object], error: str) -> None:
    with pytest.raises(TypeError, match=error):
        make()


@pytest.mark.parametrize("kind", [lc.SendMessageResponse, lc.Request, int])
def test_a_type_that_no_request_has_is_not_expected(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"expects must be .* a request or its type, not the class "):
        expects(kind)
