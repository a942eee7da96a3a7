"""No token, URL or text of a chat is in a log, a trace, an observer's event, or a traceback."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

import pytest
import trio
from helpers.introspection import PACKAGE

import lensconnect as lc
from lensconnect.emulator import Emulator, SocketFault, StartedChat, running
from lensconnect.testing.simulate import Simulation

TEXT, ANSWER = "Zq7Question", "Zq7Answer"


class Secrets:
    """The tokens and URLs of one chat, as the service gave them."""

    def __init__(self, service: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.service, self.urls = service, list[str]()
        open_socket = service.open_socket

        def note(url: str, hear: Any) -> Any:
            self.urls.append(url.partition("?")[2])
            return open_socket(url, hear)

        monkeypatch.setattr(service, "open_socket", note)

    def tokens(self, started: StartedChat) -> list[str]:
        """Return them: each is in at least one message of the protocol, so the search could find it."""
        tokens = self.service.read(lambda state: list(state.tokens))
        assert len(tokens) > 1
        assert self.urls
        return [started.participant_token, *tokens, *self.urls]


def story(service: Emulator, started: StartedChat) -> Callable[[lc.Chat], lc.Program[None, lc.Error]]:
    """Return a conversation with a lost connection, whose handler raises at the end."""

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[None]:
        yield from lc.say(chat, TEXT)
        service.say(started.contact_id, ANSWER)
        for item in (yield from lc.replies(chat, quiet=0.1, within=5.0)):
            yield from lc.mark_read(chat, item)
        service.plan(SocketFault("expire", topic="aws/chat", count=1))
        service.say(started.contact_id, ANSWER)
        while not isinstance((yield from lc.receive(chat)), lc.ConnectionRegained):
            pass
        yield from lc.say(chat, TEXT)
        raise ZeroDivisionError("a mistake in a handler")

    return body


def frames_of(trace: TracebackType | None) -> Iterator[FrameType]:
    """Return the frames of the package in a traceback."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(str(PACKAGE)):
            yield trace.tb_frame
        trace = trace.tb_next


def assert_hidden(error: BaseException, secrets: list[str]) -> None:
    """Assert that neither a traceback shows a secret nor a local variable of a frame of the package."""
    text = "".join(traceback.format_exception(error))
    assert [secret for secret in (*secrets, TEXT, ANSWER) if secret in text] == []
    frames = list(frames_of(error.__traceback__))
    assert frames
    for frame in frames:
        for name, value in frame.f_locals.items():
            shown = repr(value)
            assert not any(secret in shown for secret in secrets), (frame.f_code.co_qualname, name)


@contextmanager
def everything_logged() -> Generator[list[str]]:
    """Collect the records of every logger at every level: as text, with their arguments, and with exceptions."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {self.format(record)} {record.args!r}")

    handler, root = Keeping(), logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def run_sync(program: lc.Program[Any, lc.Error], url: str, observer: lc.Observer) -> None:
    with lc.new_env(endpoint_url=url, observe=observer) as env:
        program(env)


def run_async(transport: str) -> Callable[..., None]:
    async def main(program: lc.Program[Any, lc.Error], url: str, observer: lc.Observer) -> None:
        async with lc.new_async_env(endpoint_url=url, transport=transport, observe=observer) as env:
            await program(env)

    return lambda *arguments: asyncio.run(main(*arguments), debug=True)


def run_trio(program: lc.Program[Any, lc.Error], url: str, observer: lc.Observer) -> None:
    async def main() -> None:
        async with lc.new_async_env(endpoint_url=url, transport="httpx2", observe=observer) as env:
            await program(env)

    trio.run(main)


RUNS: dict[str, Callable[..., None]] = {
    "sync": run_sync,
    "asyncio": run_async("direct"),
    "aiohttp": run_async("aiohttp"),
    "httpx2": run_async("httpx2"),
    "trio": run_trio,
}


@pytest.mark.parametrize("run", RUNS)
def test_no_log_event_or_traceback_shows_a_secret(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Emulator()
    started, known = service.start_chat(), Secrets(service, monkeypatch)
    events: list[lc.Event] = []
    program = lc.converse(started.participant_token, story(service, started))
    with running(service) as server, everything_logged() as lines:
        observer = lc.log_to()

        def observe(event: lc.Event) -> None:
            events.append(event)
            observer(event)

        with pytest.raises(ZeroDivisionError) as raised:
            RUNS[run](program, server.base_url, observe)
        logging.getLogger("handler").exception("failed", exc_info=raised.value)
    secrets = known.tokens(started)
    assert_hidden(raised.value, secrets)
    of_the_client = [line for line in lines if not line.startswith("uvicorn")]
    assert any("WebSocket attempt 1 opened" in line for line in of_the_client)
    for line in (*of_the_client, *map(repr, events)):
        assert [secret for secret in (*secrets, TEXT, ANSWER) if secret in line] == []


@pytest.mark.parametrize("asynchronous", [False, True])
def test_no_trace_of_a_simulation_shows_a_secret(asynchronous: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation(1)
    started, known = simulation.service.start_chat(), Secrets(simulation.service, monkeypatch)
    program = lc.converse(started.participant_token, story(simulation.service, started))

    async def main() -> None:
        await program(simulation.async_env)

    with pytest.raises(ZeroDivisionError) as raised:
        asyncio.run(main()) if asynchronous else program(simulation.env)
    secrets = known.tokens(started)
    assert_hidden(raised.value, secrets)
    text = "\n".join(simulation.trace)
    assert "SendMessage" in text
    assert [secret for secret in (*secrets, TEXT, ANSWER) if secret in text] == []
