"""The ways in: transports, threads, the missing extra."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from lensconnect import (
    EVENT_CHAT_ENDED,
    GetTranscript,
    HttpRequest,
    TransportError,
    View,
    create_participant_connection_connect_participant,
    new_create_participant_connection,
    new_env,
    or_raise,
    send,
)
from lensconnect.emulator import Emulator, HttpFault, Options, RunningEmulator
from lensconnect.interpreters.contract import AsyncTransport, Transport

from .talk import Talk

REQUEST = HttpRequest("POST", "http://emulator.invalid/_emulator/chats")


def test_both_transports_keep_the_contract() -> None:
    emulator = Emulator()
    transport: Transport = emulator.transport
    async_transport: AsyncTransport = emulator.async_transport
    assert transport(REQUEST, 1.0).unwrap().status == 200
    late = transport(REQUEST, 0.0).failure()
    assert isinstance(late, TransportError)
    assert (late.kind, late.sent) == ("timeout", "no")

    async def once() -> int:
        return (await async_transport(REQUEST, 1.0)).unwrap().status

    assert asyncio.run(once()) == 200


def test_threads_take_turns() -> None:
    talk = Talk()
    token = talk.connect()
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda n: talk.say(token, str(n)), range(80)))
    page = talk.ask(GetTranscript(connection_token=token, max_results=100)).unwrap()
    times = [item.absolute_time or "" for item in page.transcript or ()]
    assert len(ids) == 80
    assert times == sorted(set(times), reverse=True)


def test_unseeded_emulators_differ() -> None:
    assert Emulator().start_chat() != Emulator().start_chat()


def test_imports_without_the_extra_and_says_what_is_missing() -> None:
    program = """
import sys
sys.modules["starlette"] = sys.modules["uvicorn"] = None
from lensconnect import emulator
emulator.Emulator().start_chat()
try:
    with emulator.running():
        pass
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "needs uvicorn: pip install 'lensconnect[emulator]'" in done.stdout


def test_behind_http_and_in_this_process_a_test_does_the_same() -> None:
    for service in (Emulator(seed="doors"), RunningEmulator(Emulator(seed="doors"), "http://127.0.0.1:1")):
        chat = service.start_chat(customer="Ada")
        service.plan(HttpFault("throttle"))
        assert service.faults() == (HttpFault("throttle"),)
        service.clear_faults()
        assert service.faults() == ()
        assert service.add_participant(chat.contact_id, "SUPERVISOR", "Third").startswith("participant-")
        assert service.add_view(chat.contact_id, View(id="own")).startswith("view-")
        assert len(service.announce_session(chat.contact_id) or "") == 36
        said = service.say(chat.contact_id, "Welcome!")
        assert service.stop_chat(chat.contact_id)
        assert service.items(chat.contact_id)[0] == said
        assert service.options == Options()


def test_what_is_due_happens_before_a_test_acts() -> None:
    talk = Talk(Options(chat_seconds=10))
    talk.now += 10
    assert talk.emulator.say(talk.chat.contact_id, "too late") is None
    assert [item.content_type for item in talk.emulator.items(talk.chat.contact_id)] == [EVENT_CHAT_ENDED]


def test_the_options_can_be_read_while_something_happens() -> None:
    seen: list[Options] = []
    service = Emulator(on_frame=lambda _: seen.append(service.options))
    chat = service.start_chat()
    with new_env(endpoint_url="https://chat.invalid", transport=service.transport) as env:
        joined = new_create_participant_connection(chat.participant_token)
        or_raise(send(joined & create_participant_connection_connect_participant.set(True))(env))
    assert seen
