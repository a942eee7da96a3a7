"""Every operation as a command: its calls reach a running emulator, and its errors come with advice."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

import botocore
import botocore.session
import pytest
from botocore.parsers import RestJSONParser
from helpers.command_line import MAIN, environment, lensconnect

from lensconnect import EVENT_MESSAGE_DELIVERED, EVENT_MESSAGE_READ, EVENT_TYPING
from lensconnect.cli.options import command_name
from lensconnect.emulator import running
from lensconnect.emulator.operations import HANDLERS

TEXT = "the-chat-text"


class Emulated(NamedTuple):
    """An emulator behind HTTP."""

    base_url: str

    def admin(self, method: str, path: str, body: object = None) -> Any:
        request = UrlRequest(f"{self.base_url}/_emulator/{path}", json.dumps(body or {}).encode(), method=method)
        with urlopen(request, timeout=10) as response:
            return json.load(response)


@pytest.fixture(scope="module")
def service() -> Iterator[Emulated]:
    with running() as served:
        yield Emulated(served.base_url)


class Chat:
    """A new chat, the commands run in it, and the reply of each command for the next one."""

    def __init__(self, service: Emulated) -> None:
        self.service = service
        self.started: dict[str, str] = service.admin("POST", "chats")
        self.variables = {
            "LENSCONNECT_PARTICIPANT_TOKEN": self.started["ParticipantToken"],
            "LENSCONNECT_VIEW_TOKEN": self.started["ViewToken"],
            "AWS_ENDPOINT_URL_CONNECTPARTICIPANT": service.base_url,
        }
        self.replies: dict[str, Any] = {}

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return lensconnect(*arguments, **{**self.variables, **variables})

    def call(self, *arguments: str) -> Any:
        """Run a command and return its reply as AWS's JSON."""
        completed = self.run(*arguments, "--output", "json")
        assert (completed.returncode, completed.stderr) == (0, ""), arguments
        self.replies[arguments[0]] = json.loads(completed.stdout)
        return self.replies[arguments[0]]

    def open(self) -> None:
        opened = self.call("create-participant-connection", "--type", "CONNECTION_CREDENTIALS", "--type", "WEBSOCKET")
        self.variables["LENSCONNECT_CONNECTION_TOKEN"] = opened["ConnectionCredentials"]["ConnectionToken"]

    def upload(self) -> None:
        upload = self.replies["start-attachment-upload"]["UploadMetadata"]
        request = UrlRequest(upload["Url"], b"hello", upload["HeadersToInclude"], method="PUT")
        with urlopen(request, timeout=10) as response:
            assert response.status == 200


@pytest.fixture
def chat(service: Emulated) -> Chat:
    return Chat(service)


def attachment(chat: Chat) -> str:
    return str(chat.replies["start-attachment-upload"]["AttachmentId"])


OPTIONS: dict[str, Callable[[Chat], list[str]]] = {
    "SendMessage": lambda _: ["--content-type", "text/plain", "--content", TEXT],
    "SendEvent": lambda _: ["--content-type", "application/vnd.amazonaws.connect.event.typing"],
    "GetTranscript": lambda _: ["--start-position", "MostRecent=5", "--sort-order", "ASCENDING", "--max-results", "9"],
    "StartAttachmentUpload": lambda _: (
        ["--content-type", "text/plain", "--attachment-size-in-bytes", "5", "--attachment-name", "a.txt"]
    ),
    "CompleteAttachmentUpload": lambda chat: ["--attachment-ids", attachment(chat)],
    "GetAttachment": lambda chat: ["--attachment-id", attachment(chat), "--url-expiry-in-seconds", "30"],
    "DescribeView": lambda _: [],
    "GetAuthenticationUrl": lambda chat: (
        ["--session-id", chat.started["SessionId"], "--redirect-uri", "https://chat.example/back"]
    ),
    "CancelParticipantAuthentication": lambda chat: ["--session-id", chat.started["SessionId"]],
    "DisconnectParticipant": lambda _: [],
}
"""The options of each operation that the emulator knows, but the first, which opens the chat, in an order that works."""


@pytest.mark.slow
def test_every_operation_of_the_emulator_prints_aws_json(chat: Chat) -> None:
    chat.open()
    for name, options in OPTIONS.items():
        chat.call(command_name(name), *options(chat))
        if name == "StartAttachmentUpload":
            chat.upload()
    assert {"CreateParticipantConnection", *OPTIONS} == {request.__name__ for request in HANDLERS}
    service_model = botocore.session.get_session().get_service_model("connectparticipant")
    operations = {command_name(name): service_model.operation_model(name) for name in service_model.operation_names}
    for command, reply in chat.replies.items():
        response = {"body": json.dumps(reply).encode(), "headers": {}, "status_code": 200}
        parsed = RestJSONParser().parse(response, operations[command].output_shape)
        parsed.pop("ResponseMetadata")
        assert parsed == reply, command  # boto3 returns the same members
    assert TEXT in [item.get("Content") for item in chat.replies["get-transcript"]["Transcript"]]


@pytest.mark.slow
def test_a_transcript_is_a_line_of_time_id_role_and_content_for_each_item(chat: Chat) -> None:
    chat.open()
    hostile = "[red]bold[/] " + "x" * 100 + "\x1b[2J"
    for text in ("Hello\nthere", hostile):
        chat.call("send-message", "--content", text)
    chat.call("send-message", "--content-type", "application/json", "--content", "{}")
    shown = chat.run("get-transcript", "--sort-order", "ASCENDING", COLUMNS="80").stdout
    prefix = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  [0-9a-f-]{36}  CUSTOMER  "
    contents = [re.sub(prefix, "", line) for line in shown.splitlines() if re.match(prefix, line)]
    assert contents == ["participant.joined", "Hello there", hostile.replace("\x1b", "?"), "application/json {}"]
    assert "Item(" not in shown


@pytest.mark.slow
def test_lists_and_short_events_are_given_as_on_a_command_line(chat: Chat) -> None:
    opened = chat.call("create-participant-connection", "--type", "WEBSOCKET", "CONNECTION_CREDENTIALS")
    assert opened.keys() == {"Websocket", "ConnectionCredentials"}
    chat.variables["LENSCONNECT_CONNECTION_TOKEN"] = opened["ConnectionCredentials"]["ConnectionToken"]
    message = chat.call("send-message", "--content", TEXT)["Id"]
    for arguments, content_type in (
        (["--typing"], EVENT_TYPING),
        (["--read", message], EVENT_MESSAGE_READ),
        (["--delivered", message], EVENT_MESSAGE_DELIVERED),
    ):
        chat.call("send-event", *arguments)
        described = chat.run("describe", "send-event", *arguments).stdout
        assert f'"ContentType":"{content_type}"' in described
        assert (message in described) is (message in arguments)
    for arguments in ([], ["--typing", "--read", message], ["--content-type", EVENT_TYPING, "--typing"]):
        refused = chat.run("send-event", *arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--content-type, --typing, --read, --delivered: give exactly one of them" in refused.stderr


def test_a_message_is_plain_text_by_default(chat: Chat) -> None:
    chat.open()
    chat.call("send-message", "--content", TEXT)
    assert TEXT in chat.run("get-transcript").stdout


@pytest.mark.slow
def test_no_secret_is_shown_or_has_to_be_an_argument(chat: Chat, tmp_path: Path) -> None:
    chat.open()
    token = chat.variables.pop("LENSCONNECT_CONNECTION_TOKEN")
    (tmp_path / "text").write_text(TEXT)
    message = ("send-message", "--content-type", "text/plain", "--content", f"file://{tmp_path}/text", "--debug")
    sent = lensconnect(*message, "--token-stdin", stdin=token + "\n", **chat.variables)
    assert (sent.returncode, sent.stderr.count("SendMessage attempt 1")) == (0, 2)
    transcript = chat.run("get-transcript", "--debug", LENSCONNECT_CONNECTION_TOKEN=token)
    assert TEXT in transcript.stdout
    opened = chat.run("create-participant-connection", "--type", "CONNECTION_CREDENTIALS", "--debug")
    assert "*** stands for a secret: --output json shows it." in opened.stderr
    outputs = "".join(run.stdout + run.stderr for run in (sent, transcript, opened))
    for secret in (token, chat.started["ParticipantToken"], "connection-"):
        assert secret not in outputs
    assert TEXT not in sent.stdout + sent.stderr + transcript.stderr


def test_a_typed_token_is_not_echoed(chat: Chat) -> None:
    terminal, child = pty.openpty()
    command = [*MAIN, "create-participant-connection", "--connect-participant", "--token-stdin"]
    with subprocess.Popen(
        command,
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=child,
        env=environment(**chat.variables),
        start_new_session=True,
    ) as process:
        os.close(child)
        shown = b""
        while not shown.endswith(b"participant token: "):
            shown += os.read(terminal, 1024)
        os.write(terminal, chat.started["ParticipantToken"].encode() + b"\n")
        assert process.wait(30) == 0
        assert chat.started["ParticipantToken"].encode() not in os.read(terminal, 1024)
    os.close(terminal)


@pytest.mark.slow
def test_errors_have_exit_codes_and_advice(chat: Chat) -> None:
    chat.open()
    message = ("send-message", "--content-type", "text/plain", "--content", TEXT)

    def failed(code: int, *texts: str, arguments: tuple[str, ...] = message, **variables: str) -> str:
        completed = chat.run(*arguments, **variables)
        assert (completed.returncode, completed.stdout) == (code, "")
        for text in texts:
            assert text in completed.stderr
        return completed.stderr

    failed(2, "no token: set LENSCONNECT_CONNECTION_TOKEN", LENSCONNECT_CONNECTION_TOKEN="")
    failed(2, "--content-type must be 1..100", "Nothing was sent", arguments=(*message, "--content-type", ""))
    failed(2, "no token: standard input was empty", arguments=(*message, "--token-stdin"))
    failed(2, "LENSCONNECT_CONNECTION_TOKEN must be", LENSCONNECT_CONNECTION_TOKEN="a b")
    failed(
        2,
        "plain http",
        "--allow-plain",
        "--endpoint-url",
        arguments=(*message, "--endpoint-url", "http://chat.example"),
    )
    failed(2, "file:///nowhere", arguments=("send-event", "--content-type", "file:///nowhere"))
    failed(2, "--timeout", arguments=(*message, "--timeout", "0"))
    failed(2, "no region", AWS_ENDPOINT_URL_CONNECTPARTICIPANT="")
    failed(1, "403 AccessDeniedException", "the chat is over", LENSCONNECT_CONNECTION_TOKEN="wrong")
    failed(
        1,
        "The host does not answer",
        "Nothing was sent: it is safe",
        arguments=(*message, "--endpoint-url", closed_port()),
    )
    chat.service.admin("POST", "faults", {"Kind": "drop", "ContactId": chat.started["ContactId"]})
    advice = failed(3, "It may have arrived: to try again without acting twice, add --client-token ", arguments=message)
    assert "safe to try again" in failed(3, arguments=("get-transcript",))
    chat.service.admin("DELETE", "faults")
    again = shlex.split(advice[advice.index("--client-token") :])
    chat.call(*message, *again)
    page = chat.call("get-transcript")["Transcript"]
    assert [item.get("Content") for item in page].count(TEXT) == 1


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_host_that_refuses_is_named_with_its_port_and_the_setting_of_the_url() -> None:
    url = closed_port()
    token = {"LENSCONNECT_CONNECTION_TOKEN": "t"}
    for arguments, variables, setting in (
        (("--endpoint-url", url), {}, "check --region or --endpoint-url, and any firewall"),
        (
            (),
            {"AWS_ENDPOINT_URL_CONNECTPARTICIPANT": url},
            "check AWS_ENDPOINT_URL_CONNECTPARTICIPANT or --endpoint-url,",
        ),
        ((), {"AWS_ENDPOINT_URL": url}, "check AWS_ENDPOINT_URL or --endpoint-url,"),
    ):
        shown = lensconnect("send-message", "--content", TEXT, *arguments, **token, **variables)
        assert (shown.returncode, shown.stdout) == (1, "")
        assert f"connect: {url.removeprefix('http://')}: connection refused" in shown.stderr
        assert setting in shown.stderr


def test_an_interrupted_call_warns_that_it_may_have_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [*MAIN, "send-message", "--content-type", "text/plain", "--content", TEXT, "--endpoint-url", url]
        variables = environment(LENSCONNECT_CONNECTION_TOKEN="t")
        listener.settimeout(60)
        # A shell that starts the tests in the background may ignore SIGINT, and a child inherits that.
        command[command.index("-c") + 1] = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + MAIN[-1]
        )
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables
        ) as process:
            try:
                connection, _ = listener.accept()
                with connection:
                    assert connection.recv(65536).startswith(b"POST /participant/message ")
                    process.send_signal(signal.SIGINT)
                    out, err = process.communicate(timeout=60)
            finally:
                process.kill()
    assert (process.returncode, out) == (130, "")
    assert err.startswith("SendMessage: interrupted.  It may have arrived: to try again")
    assert "Traceback" not in err
