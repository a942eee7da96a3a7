"""Cassettes of live chats: frames without secrets, replayed in order and in no time, by requests and by the clock."""

from __future__ import annotations

import asyncio
import inspect
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.socket_programs import do

import lensconnect as lc
from lensconnect.emulator import Emulator
from lensconnect.live.frames import HEARTBEAT, PING, SUBSCRIBE, ChatFrame, PingAnswer, SubscribeAnswer, parse
from lensconnect.programs.effects import OpenSocket, ReceiveFrame, SendFrame
from lensconnect.testing.cassette import (
    Cassette,
    MaskedTextWarning,
    MissingRequestError,
    RecordedExchange,
    RecordedSocket,
    ScriptedTransport,
    SocketEvent,
    Tape,
    UnexpectedConnectionError,
    UnexpectedFrameError,
    UnexpectedRequestError,
    load,
    recording,
    recording_sockets,
    replaying,
    save,
    scrubbed,
)
from lensconnect.testing.faults import frames_planned, scheduled
from lensconnect.testing.frames import message, write
from lensconnect.testing.leaping_sockets import LeapingSockets
from lensconnect.testing.simulate import LeapingClock, Simulation
from lensconnect.testing.stub import closes, connection, event, expects, pushes, refused, stub, waits

TOKEN = lc.ParticipantToken("todays-token")
URL = "wss://chat.invalid/?ticket=secret-ticket"


@lc.program
def walk(chat: lc.Chat) -> lc.Steps[list[object]]:
    """Look at everything that a chat brings, with the times."""
    seen: list[object] = []
    for text in ("first", "second"):
        yield from lc.say(chat, text)
        seen.append(tuple(item.id for item in (yield from lc.replies(chat, within=20.0))))
    seen.append((yield from lc.receive_within(chat, 5.0)))
    seen.append(type((yield from lc.receive(chat))).__name__)
    seen.append(type((yield from lc.receive(chat))).__name__)
    return seen


def session() -> ScriptedTransport:
    """Return a service for `walk`: replies that come by request and by time, a loss, a refused handshake, the end."""
    first = connection(
        expects(lc.SendMessage),
        pushes(message("secret-answer", item_id="a")),
        waits(0.5),
        pushes(message("secret-answer", item_id="b")),
        expects(lc.SendMessage),
        waits(12.0),
        pushes(message("secret-answer", item_id="c")),
        waits(30.0),
        closes(1011),
    )
    ends = connection(waits(1.0), pushes(event(lc.EVENT_CHAT_ENDED)))
    return stub({lc.SendMessage: lc.SendMessageResponse(http_status=200, id="m")}, sockets=[first, refused(503), ends])


def converse(transport: Any, sockets: Any, clock: Any) -> list[object]:
    with lc.new_env(region="us-east-1", transport=transport, sockets=sockets, clock=clock, jitter=lambda: 0.5) as env:
        return lc.or_raise(lc.converse(TOKEN, walk)(env))


def record(**options: Any) -> tuple[Cassette, list[object]]:
    with session() as stubbed:
        tape = Tape(**options)
        seen = converse(recording(tape)(stubbed.transport), recording_sockets(tape)(stubbed.sockets), stubbed.clock)
    return tape.cassette, seen


def test_a_replay_gives_the_same_notifications_as_the_session(tmp_path: Path) -> None:
    cassette, seen = record()
    save(cassette, tmp_path / "chat.json")
    assert load(tmp_path / "chat.json") == cassette == scrubbed(cassette)
    assert seen == [("a", "b"), ("c",), None, "ConnectionLost", "ConnectionRegained"]
    for _ in range(2):
        with replaying(load(tmp_path / "chat.json"), allow_masked=True) as replay:
            assert converse(replay.transport, replay.sockets, replay.clock) == seen


async def replay_on_asyncio(cassette: Cassette, keep: Tape) -> list[object]:
    with replaying(cassette, allow_masked=True) as replay:
        async with lc.new_async_env(
            region="us-east-1",
            transport=recording(keep)(replay.async_transport),
            sockets=recording_sockets(keep)(replay.async_sockets),
            clock=replay.clock,
        ) as env:
            return lc.or_raise(await lc.converse(TOKEN, walk)(env))


def test_a_replay_on_asyncio_can_be_recorded_again() -> None:
    cassette, seen = record()
    tape = Tape(clock=lambda: 0.0)
    assert asyncio.run(replay_on_asyncio(cassette, tape)) == seen
    contents = [[event.content for event in socket.events] for socket in cassette.sockets]
    again = [[event.content for event in socket.events] for socket in tape.cassette.sockets]
    assert again == contents


@lc.program
def hear_twice(chat: lc.Chat) -> lc.Steps[list[int]]:
    first = yield from lc.replies(chat)
    second = yield from lc.replies(chat)
    return [len(first), len(second)]


def begin_session(simulation: Simulation) -> lc.Program[list[int], lc.Error]:
    """Plan what an agent says in a simulation, and return a program that hears it."""
    chat = simulation.service.start_chat()
    for time in (20.0, 20.3, 45.0):
        simulation.at(time, lambda: simulation.service.say(chat.contact_id, "secret-answer"))
    return lc.converse(chat.participant_token, hear_twice)


def recorded_drivers(tape: Tape) -> list[int]:
    """Record the drivers of a simulation."""
    simulation = Simulation(7)
    service = simulation.service
    with lc.new_env(
        endpoint_url="https://simulated.invalid",
        transport=recording(tape)(service.transport),
        sockets=recording_sockets(tape)(service.sockets),
        clock=simulation.clock,
    ) as env:
        return lc.or_raise(begin_session(simulation)(env))


def recorded_drivers_on_asyncio(tape: Tape) -> list[int]:
    simulation = Simulation(7)
    service = simulation.service

    async def run() -> list[int]:
        async with lc.new_async_env(
            endpoint_url="https://simulated.invalid",
            transport=recording(tape)(service.async_transport),
            sockets=recording_sockets(tape)(service.async_sockets),
            clock=simulation.clock,
        ) as env:
            return lc.or_raise(await begin_session(simulation)(env))

    return asyncio.run(run())


def recorded_simulation(tape: Tape) -> list[int]:
    simulation = Simulation(7, fault=recording(tape), socket_fault=recording_sockets(tape))
    return lc.or_raise(begin_session(simulation)(simulation.env))


def recorded_participant(tape: Tape) -> list[int]:
    simulation = Simulation(7, chance=0.0, fault=recording(tape), socket_fault=recording_sockets(tape))
    outcome: lc.Result[list[int], lc.Error] | None = simulation.run({"one": begin_session(simulation)})["one"]
    assert outcome is not None
    return lc.or_raise(outcome)


def recorded_behind_faults(tape: Tape) -> list[int]:
    """Record behind wrappers that pass the clock on."""
    healthy_frames = frames_planned([])
    simulation = Simulation(
        7,
        fault=recording(tape),
        socket_fault=lambda driver: recording_sockets(tape)(scheduled([healthy_frames])(healthy_frames(driver))),
    )
    return lc.or_raise(begin_session(simulation)(simulation.env))


RECORDED = [
    recorded_drivers,
    recorded_drivers_on_asyncio,
    recorded_simulation,
    recorded_participant,
    recorded_behind_faults,
]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.__name__)
def test_a_simulation_is_recorded_in_simulated_time(recorded: Callable[[Tape], list[int]]) -> None:
    tape = Tape()
    assert recorded(tape) == [2, 1]
    assert 40.0 < sum(event.seconds for event in tape.cassette.sockets[0].events) < 50.0
    with replaying(tape.cassette, allow_masked=True) as replay:
        env = lc.new_env(region="us-east-1", transport=replay.transport, sockets=replay.sockets, clock=replay.clock)
        assert lc.or_raise(lc.converse(TOKEN, hear_twice)(env)) == [2, 1]


def test_a_leaping_clock_is_that_of_a_tape() -> None:
    clock, tape = LeapingClock(), Tape()
    driver = recording_sockets(tape)(LeapingSockets(Emulator(clock=clock.now), clock).sync)
    assert lc.is_err(driver(OpenSocket(URL, 5.0, 1000)))
    tape.seconds()
    clock.sleep(100.0)
    assert 100.0 <= tape.seconds() < 110.0


def test_a_tape_keeps_the_clock_that_it_was_given() -> None:
    tape = Tape(clock=lambda: 0.0)
    assert recorded_simulation(tape) == [2, 1]
    assert {event.seconds for event in tape.cassette.sockets[0].events} == {0.0}


def test_no_url_no_token_and_no_text_is_in_the_file(tmp_path: Path) -> None:
    cassette, _ = record()
    save(cassette, tmp_path / "chat.json")
    text = (tmp_path / "chat.json").read_text()
    assert "secret" not in text
    assert "todays-token" not in text
    kept, _ = record(keep_content=True)
    save(kept, tmp_path / "chat.json")
    assert (tmp_path / "chat.json").read_text().count("secret-answer") == 3


def test_a_frame_keeps_only_what_its_type_knows() -> None:
    token = "secret-connection-token"
    unknown = json.dumps({"message": "Forbidden", "connectionId": "secret"})
    events = (
        SocketEvent("client", SUBSCRIBE),
        SocketEvent("client", unknown),
        SocketEvent("service", write(SubscribeAnswer(False))),
        SocketEvent("service", unknown),
        SocketEvent("service", b"secret"),
        SocketEvent("service", ""),
        SocketEvent("service", write(message("a", item_id="m")).replace("aws/chat", 'aws/chat", "secret": "secret')),
        SocketEvent("service", lc.TransportError("incomplete", "lost", "yes")),
    )
    clean = scrubbed(
        Cassette(keep_content=True, sockets=(RecordedSocket(events), RecordedSocket((), lc.ServiceError(403, token))))
    )
    assert "secret" not in "".join(str(event.content) for event in clean.sockets[0].events)
    assert [event.content for event in clean.sockets[0].events][:6] == [
        SUBSCRIBE,
        "***",
        write(SubscribeAnswer(False)),
        "***",
        b"***",
        "",
    ]
    assert clean.sockets[1].refused == lc.ServiceError(403, "")
    assert "secret" not in repr(Cassette(sockets=(RecordedSocket(events),)))


@lc.program
def sending(*texts: str) -> lc.Steps[list[object]]:
    socket = yield from do(OpenSocket(URL, 5.0, 1000))
    received: list[object] = []
    for text in texts:
        yield from do(SendFrame(socket, text, 5.0))
        received.append((yield from do(ReceiveFrame(socket, 0.0))))
    return received


def replay_sockets(cassette: Cassette, program: lc.Program[Any, Any]) -> Any:
    with replaying(cassette) as replay:
        env = lc.new_env(region="us-east-1", transport=replay.transport, sockets=replay.sockets, clock=replay.clock)
        return lc.or_raise(program(env))


def test_answers_of_control_frames_are_replayed_and_then_the_usual_ones_come() -> None:
    unhealthy = write(PingAnswer(500))
    events = (
        SocketEvent("client", PING),
        SocketEvent("client", HEARTBEAT),
        SocketEvent("service", unhealthy),
    )
    cassette = Cassette(sockets=(RecordedSocket(events),))
    assert replay_sockets(cassette, sending(HEARTBEAT, PING, PING, HEARTBEAT)) == [
        None,
        unhealthy,
        write(PingAnswer(200)),
        HEARTBEAT,
    ]


def test_a_frame_of_the_client_is_compared_and_a_connection_counted() -> None:
    cassette = Cassette(sockets=(RecordedSocket((SocketEvent("client", "secret-text"),)),))
    assert replay_sockets(cassette, sending("another-text")) == [None], "texts are masked, and not compared"
    with pytest.raises(UnexpectedFrameError, match="a text of 4 characters is not the next frame of WebSocket 1"):
        replay_sockets(cassette, sending("text", "more"))
    with pytest.raises(UnexpectedConnectionError, match="the cassette has 1 WebSockets, and one more is opened"):
        replay_sockets(cassette, sending("text").bind(lambda _: sending()))
    with pytest.raises(MissingRequestError, match=r"a text of 3 characters on WebSocket 1$"):
        replay_sockets(cassette, sending())
    with pytest.raises(MissingRequestError, match="expected by the WebSockets: WebSocket 1"):
        replay_sockets(cassette, lc.now())


@lc.program
def receiving_around(*steps: lc.Program[Any, Any]) -> lc.Steps[list[object]]:
    """Open a WebSocket, and receive before each step and after the last."""
    socket = yield from do(OpenSocket(URL, 5.0, 1000))
    received = [(yield from do(ReceiveFrame(socket, 5.0)))]
    for step in steps:
        yield from step
        received.append((yield from do(ReceiveFrame(socket, 5.0))))
    return received


def test_a_frame_waits_for_the_requests_before_it() -> None:
    events = (SocketEvent("service", "***", after=2, seconds=1.0),)
    cassette = sent_texts(says=2).__replace__(sockets=(RecordedSocket(events),))
    assert replay_sockets(cassette, receiving_around(say("a"), say("b"))) == [None, None, "***"]


def test_a_frame_waits_for_the_subscription_before_it() -> None:
    events = (
        SocketEvent("client", SUBSCRIBE),
        SocketEvent("service", write(SubscribeAnswer(True))),
        SocketEvent("service", "***"),
    )
    with replaying(Cassette(sockets=(RecordedSocket(events),))) as replay:
        socket = replay.sockets(OpenSocket(URL, 5.0, 1000)).unwrap()
        assert socket.receive(5.0).unwrap() is None
        socket.send(SUBSCRIBE, 5.0)
        assert [socket.receive(0.0).unwrap() for _ in range(3)] == [write(SubscribeAnswer(True)), "***", None]


def test_an_exchange_that_has_not_ended_is_not_counted() -> None:
    tape = Tape(clock=lambda: 0.0)
    request = lc.HttpRequest("GET", "https://x.invalid/")
    tape.begin(request, 1.0)
    tape.begin(request, 1.0)(lc.Success(lc.HttpResponse(200)))
    begun = tape.begin_socket()
    begun.opened()
    begun.note("service", "a")
    assert [event.after for event in tape.cassette.sockets[0].events] == [1]
    assert len(tape.cassette.exchanges) == 1


def say(text: str) -> lc.Program[Any, lc.Error]:
    return lc.send(lc.new_send_message(lc.CONTENT_TEXT_PLAIN, text, lc.ConnectionToken("t")))


def sent_texts(says: int = 1, **options: Any) -> Cassette:
    tape = Tape(**options)
    stubbed = stub({lc.SendMessage: lc.SendMessageResponse(http_status=200, id="m")})
    with lc.new_env(region="us-east-1", transport=recording(tape)(stubbed.transport)) as env:
        for _ in range(says):
            lc.or_raise(say("secret-text")(env))
    return tape.cassette


def test_texts_of_requests_are_compared_if_they_are_kept_or_hashed(tmp_path: Path) -> None:
    sentences: dict[str, dict[str, bool]] = {
        "not kept; a replay gives *** for each, and does not check the texts of requests": {},
        "not kept; a replay gives *** for each, and checks the texts of requests by their hashes": {
            "check_content": True
        },
        "kept; a replay checks those of requests": {"keep_content": True},
    }
    for sentence, options in sentences.items():
        save(sent_texts(**options), tmp_path / "sent.json")
        file = json.loads((tmp_path / "sent.json").read_text())
        assert file["texts"] == sentence
        assert ("secret-text" in str(file)) == ("keep_content" in options)
        cassette = load(tmp_path / "sent.json")
        assert cassette == scrubbed(cassette)
        replay_sockets(cassette, say("secret-text"))
        if options:
            with pytest.raises(UnexpectedRequestError, match="send_message_content"):
                replay_sockets(cassette, say("another-text"))
        else:
            replay_sockets(cassette, say("another-text"))


@lc.program
def read_all(chat: lc.Chat) -> lc.Steps[tuple[str | None, ...]]:
    return tuple(item.content for item in (yield from lc.replies(chat)))


def recorded_texts(*, keep_content: bool = False) -> Cassette:
    first, second = (message("secret-text", item_id=each) for each in "ab")
    service = stub({}, sockets=connection(pushes(first, second.__replace__(display_name="secret-name"))))
    tape = Tape(keep_content=keep_content)
    with lc.new_env(
        region="us-east-1",
        transport=recording(tape)(service.transport),
        sockets=recording_sockets(tape)(service.sockets),
        clock=service.clock,
    ) as env:
        assert lc.or_raise(lc.converse(TOKEN, read_all)(env)) == ("secret-text",) * 2
    return tape.cassette


def replay_texts(replay: ScriptedTransport) -> tuple[str | None, ...]:
    env = lc.new_env(region="us-east-1", transport=replay.transport, sockets=replay.sockets, clock=replay.clock)
    return lc.or_raise(lc.converse(TOKEN, read_all)(env))


def test_each_kind_of_masked_text_is_one_warning_at_the_line_that_replays() -> None:
    cassette = recorded_texts()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
        with replaying(cassette) as replay:
            assert replay_texts(replay) == ("***",) * 2
    assert {(each.category, each.filename, each.lineno) for each in caught} == {(MaskedTextWarning, __file__, line)}
    masked = [str(each.message).partition(", as this cassette keeps no texts: ") for each in caught]
    assert [head for head, _, _ in masked] == [
        f"the replay gives the program '***' for {lens}" for lens in ("item_content", "item_display_name")
    ]
    assert {remedy for _, _, remedy in masked} == {
        "record it with Tape(keep_content=True); if the program does not read it, use replaying(..., allow_masked=True)"
    }


def test_a_masked_text_in_a_reply_is_a_warning() -> None:
    page = lc.GetTranscriptResponse(http_status=200, transcript=(message("secret-text"),))
    service, tape = stub({lc.GetTranscript: page}), Tape()
    read = lc.send(lc.new_get_transcript(lc.ConnectionToken("t")))
    with lc.new_env(region="us-east-1", transport=recording(tape)(service.transport)) as env:
        lc.or_raise(read(env))
    with pytest.warns(MaskedTextWarning, match="for item_content, as this cassette keeps no texts"):
        replay_sockets(tape.cassette, read)


def test_a_replay_with_texts_does_not_warn_nor_one_that_allows_masks() -> None:
    with replaying(recorded_texts(keep_content=True)) as replay:
        assert replay_texts(replay) == ("secret-text",) * 2
    with replaying(recorded_texts(), allow_masked=True) as replay:
        assert replay_texts(replay) == ("***",) * 2


def test_the_masked_bytes_of_a_file_are_a_warning_whatever_the_tape_keeps() -> None:
    file = lc.HttpRequest("GET", "https://bucket.invalid/file")
    exchange = RecordedExchange(file, lc.Success(lc.HttpResponse(200, (), b"secret-text")))
    for keep_content in (False, True):
        replay = replaying(Cassette((exchange,), keep_content))
        with pytest.warns(MaskedTextWarning, match="for the bytes of a file, as no cassette keeps them: use a stub"):
            assert replay.transport(file, 1.0).unwrap().body == b"***"


@lc.program
def answering(chat: lc.Chat) -> lc.Steps[None]:
    yield from lc.replies(chat, within=100.0)
    yield from lc.say(chat, "An answer")


@lc.program
def uploading(chat: lc.Chat) -> lc.Steps[list[object]]:
    yield from lc.say(chat, "A question", client_token="An answer")
    heard = yield from lc.replies(chat, within=50.0)
    yield from lc.attach(chat, b"hello", name="t.txt")
    return [(item.content, item.content_type, item.contact_id, item.participant_role) for item in heard]


def test_a_chat_with_an_upload_is_replayed_as_it_was(tmp_path: Path) -> None:
    tape = Tape(keep_content=True)
    simulation = Simulation(7, chance=0.0, flow=answering, fault=recording(tape), socket_fault=recording_sockets(tape))
    chat = simulation.service.start_chat()
    heard = simulation.run({"one": lc.converse(chat.participant_token, uploading)})["one"]
    assert heard == lc.Success([("An answer", "text/plain", chat.contact_id, "SYSTEM")])
    save(tape.cassette, tmp_path / "chat.json")
    assert replay_sockets(load(tmp_path / "chat.json"), lc.converse(TOKEN, uploading)) == heard.unwrap()


def test_only_the_header_values_of_an_upload_that_may_be_secret_are_masked_in_frames() -> None:
    headers = {"Content-Type": "text/plain", "x-amz-meta-contact_id": "contact-4711", "x-amz-secret": "secret-key"}
    metadata = lc.UploadMetadata(url=URL, headers_to_include=headers)
    reply = lc.StartAttachmentUploadResponse(http_status=200, attachment_id="a", upload_metadata=metadata)
    service, tape = stub({lc.StartAttachmentUpload: reply}), Tape(keep_content=True)
    upload = lc.new_start_attachment_upload(
        "text/plain", 5, "t.txt", "client-token", lc.ConnectionToken("secret-token")
    )
    with lc.new_env(region="us-east-1", transport=recording(tape)(service.transport)) as env:
        assert lc.to_result(lc.send(upload)(env)) == lc.Success(reply)
    texts = ["text/plain", "contact-4711", "client-token", "content-type", "secret-key", "secret-token", URL]
    socket = tape.begin_socket()
    socket.opened()
    for text in texts:
        socket.note("service", write(message(text)))
    parsed = [parse(cast("str", event.content)) for event in tape.cassette.sockets[0].events]
    assert [each.item.content for each in parsed if isinstance(each, ChatFrame)] == [*texts[:4], *["***"] * 3]


def test_hashes_of_two_tapes_differ() -> None:
    first, second = (json.loads(sent_texts(check_content=True).exchanges[0].request.body)["Content"] for _ in range(2))
    assert first != second
    assert first.startswith("***text-")


def test_a_cassette_without_a_version_is_read_and_one_of_a_later_version_is_not(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text('{"keep_content": true, "exchanges": []}')
    assert load(tmp_path / "old.json") == Cassette(keep_content=True)
    (tmp_path / "new.json").write_text('{"version": 3, "keep_content": true, "exchanges": []}')
    with pytest.raises(ValueError, match="the format 3 of the cassette is newer than 2"):
        load(tmp_path / "new.json")


def test_an_opening_that_was_cancelled_is_not_recorded() -> None:
    tape = Tape()
    tape.begin_socket()
    assert tape.cassette.sockets == ()
