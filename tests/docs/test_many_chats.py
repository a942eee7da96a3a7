"""The process of docs/many-chats.md closes every chat on SIGTERM, and the next one goes on without losing a message."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from docs.pages import write_programs
from lensconnect import PARTICIPANT_ROLE_CUSTOMER
from lensconnect.emulator import Emulator, StartedChat, running
from lensconnect.emulator.server import websocket

CHATS = 20


@pytest.fixture
def closes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ends of WebSockets that the service has seen."""
    seen: list[str] = []
    log = websocket._Session._log

    def note(session: websocket._Session, direction: str, text: str) -> None:
        seen.extend([text] * (direction == "close"))
        log(session, direction, text)  # type: ignore[arg-type]

    monkeypatch.setattr(websocket._Session, "_log", note)
    return seen


@contextmanager
def bot(url: str, folder: Path) -> Generator[subprocess.Popen[str]]:
    """Run the bot of the page in a process of its own; send it SIGTERM at the end, and expect it to stop."""
    command = [sys.executable, "-W", "error", "bot.py", url, str(folder)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "")


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for another process."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def answers(service: Emulator, chat: StartedChat) -> list[str]:
    """Return what the bot has answered in a chat, sorted."""
    items = service.items(chat.contact_id)
    return sorted(item.content for item in items if item.participant_role == PARTICIPANT_ROLE_CUSTOMER and item.content)


def test_many_chats_stop_at_sigterm_and_go_on_in_the_next_process(closes: list[str], tmp_path: Path) -> None:
    write_programs("many-chats", tmp_path)
    service = Emulator()
    chats = [service.start_chat() for _ in range(CHATS)]
    texts: list[str] = []

    def say(count: int) -> None:
        for _ in range(count):
            texts.append(f"{len(texts)}")
            for chat in chats:
                service.say(chat.contact_id, texts[-1])

    def answered() -> int:
        return sum(len(answers(service, chat)) for chat in chats)

    tokens = {f"chat-{number}": chat.participant_token for number, chat in enumerate(chats)}
    (tmp_path / "chats.json").write_text(json.dumps(tokens))
    with running(service) as server:
        say(2)
        with bot(server.base_url, tmp_path):
            wait_until(lambda: answered() >= CHATS)
            say(5)
            wait_until(lambda: answered() >= 3 * CHATS)
        wait_until(lambda: service.read(lambda state: not state.sockets))
        say(2)
        closes.clear()  # a service that was writing when the first process ended may see no close frame
        with bot(server.base_url, tmp_path):
            wait_until(lambda: answered() >= len(texts) * CHATS)
        wait_until(lambda: service.read(lambda state: not state.sockets))
        assert closes == ["by the client, 1000"] * CHATS
    for chat in chats:
        assert answers(service, chat) == sorted(f"You said: {text}" for text in texts)
