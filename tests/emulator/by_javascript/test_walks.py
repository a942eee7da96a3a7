"""ChatJS and the AWS SDK for JavaScript v3 walk through a scripted flow, a transfer, chunks and processed messages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from lensconnect.emulator import Emulator, Options, RunningEmulator, StartedChat, running, scripted

HERE = Path(__file__).parent
FLOW = scripted({"open": "From 9 to 5."}, greeting="Welcome!", otherwise="Please ask for our hours.")
PACKAGES = ("amazon-connect-chatjs", "@aws-sdk/client-connectparticipant", "ws")


def has_packages() -> bool:
    resolve = "".join(f"require.resolve({json.dumps(name)});" for name in PACKAGES)
    return (
        shutil.which("node") is not None
        and not subprocess.run(["node", "-e", resolve], cwd=HERE, check=False, capture_output=True).returncode
    )


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not has_packages(), reason="npm install --no-package-lock --prefix tests/emulator/by_javascript"
    ),
]


class Process:
    """A client in Node: lines of JSON from it, text to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.events: list[dict[str, Any]] = []

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def next(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the client has ended"
        self.events.append(json.loads(line))
        return self.events[-1]

    def until(self, **members: object) -> dict[str, Any]:
        """Return the first event from now on that has these members."""
        while not members.items() <= (event := self.next()).items():
            pass
        return event

    def until_has(self, member: str) -> Any:
        """Return this member of the first event from now on that has it."""
        while member not in (event := self.next()):
            pass
        return event[member]

    def items(self) -> list[tuple[str, str]]:
        return [(event["contact"], event["item"]) for event in self.events if "item" in event]


@contextmanager
def node(script: str, *arguments: str) -> Iterator[Process]:
    command = ["node", "--no-warnings", script, *arguments]
    with subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        hanging = Timer(60.0, process.kill)  # ends a test that waits for something that does not come
        hanging.start()
        try:
            yield Process(process)
        finally:
            hanging.cancel()
            process.kill()


Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(node(*arguments))


def customer_of(start: Start, service: RunningEmulator, chat: StartedChat) -> Process:
    return start(
        "chatjs.cjs", service.base_url, "CUSTOMER", chat.contact_id, chat.participant_id, chat.participant_token
    )


def test_chatjs_and_the_sdk_through_a_flow_and_a_transfer(start: Start) -> None:
    with running(Emulator(flow=FLOW)) as service:
        chat = service.start_chat()
        customer = customer_of(start, service, chat)
        customer.until(item="Welcome!")
        customer.write("When are you open?")
        customer.until(item="From 9 to 5.")
        agent = start("chatjs.cjs", service.base_url, "AGENT", chat.contact_id, chat.agent_id, chat.agent_token)
        customer.until(item="participant.joined")
        agent.write("I will transfer you.")
        customer.until(item="I will transfer you.")  # the agent's WebSocket may not have been open yet
        moved = service.transfer_chat(chat.contact_id, agent="Bea")
        assert moved is not None

        sdk = start("sdk.cjs", service.base_url)

        def called(name: str, **members: object) -> dict[str, Any]:
            sdk.write(json.dumps([name, members]))
            return sdk.next()

        opened = called(
            "CreateParticipantConnection", ParticipantToken=moved.agent_token, Type=["CONNECTION_CREDENTIALS"]
        )
        token = opened["ConnectionCredentials"]["ConnectionToken"]
        called("SendMessage", ConnectionToken=token, ContentType="text/plain", Content="I am Bea.")
        customer.until(item="I am Bea.", contact=moved.contact_id)
        customer.write("Hello Bea")
        customer.until(item="Hello Bea", contact=moved.contact_id)
        agent.write("Am I still in the chat?")
        agent.until(error=403)
        transcript = called("GetTranscript", ConnectionToken=token, ContactId=chat.contact_id, MaxResults=100)[
            "Transcript"
        ]
        assert {item["ContactId"] for item in transcript} == {chat.contact_id, moved.contact_id}
        customer.write(".transcript")
        assert sorted(customer.until_has("transcript")) == sorted(item["Id"] for item in transcript)
        customer.write(".leave")
        customer.until(ended=True)
        assert [each for each in customer.items() if each[0] == chat.contact_id][-1] == (
            chat.contact_id,
            "participant.left",
        )
        assert "I am Bea." not in [item for _, item in agent.items()]


def test_chatjs_says_that_it_is_connected_before_its_websocket_is_open(start: Start) -> None:
    with running() as service:
        customer = customer_of(start, service, service.start_chat())
        assert customer.next() == {"connected": True, "open": 0}
        customer.until(item="participant.joined")


def test_chatjs_puts_the_chunks_of_an_answer_together(start: Start) -> None:
    options = Options(bot_chunk_characters=5, bot_chunk_seconds=0.2)
    with running(Emulator(options, flow=FLOW)) as service:
        customer = customer_of(start, service, service.start_chat())
        customer.until(item="Welcome!")
        customer.until(item="Welcome!")
        texts = [item for _, item in customer.items() if item.startswith("Welco")]
        assert texts == ["Welco", "Welcome!", "Welcome!"]


@pytest.mark.parametrize("result", ["processed", "rejected"])
def test_chatjs_gets_a_message_while_and_after_it_is_processed(start: Start, result: Any) -> None:
    options = Options(processing_seconds=0.5, processing_result=result)
    with running(Emulator(options, flow=FLOW)) as service:
        customer = customer_of(start, service, service.start_chat())
        customer.until(item="Welcome!")
        customer.write("Hello")
        first, second = customer.until(item="Hello"), customer.until(item="Hello")
        assert first["id"] == second["id"]
