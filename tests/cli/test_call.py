"""Every operation as a command: its flags are the AWS CLI's, its calls reach a running emulator, its errors say
what to do next, and no secret is shown or has to be an argument."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

import botocore
import botocore.session
import pytest
import typer

from lensconnect import (
    CLIENT_CONTENT_TYPES,
    CLIENT_EVENT_TYPES,
    CONTENT_DISPOSITION_ATTACHMENT,
    CONTENT_DISPOSITION_INLINE,
    OPERATIONS,
    SCAN_DIRECTION_BACKWARD,
    SCAN_DIRECTION_FORWARD,
    SORT_KEY_ASCENDING,
    SORT_KEY_DESCENDING,
    ConnectionToken,
    Error,
    Fault,
    InvalidEndpoint,
    InvalidRequest,
    SerializeError,
    ServiceError,
    TransportError,
    new_get_authentication_url,
    new_get_transcript,
    new_send_message,
    send_message_client_token,
)
from lensconnect.cli.advice import ANSWERS, KINDS, exit_code, next_step, said
from lensconnect.cli.app import app
from lensconnect.cli.options import command_name
from lensconnect.errors import Kind, Sent

MAIN = [sys.executable, "-W", "error", "-c", "from lensconnect.cli import main; main()"]
TOKEN = ConnectionToken("t")
TEXT = "the-chat-text"


def environment(**given: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LENSCONNECT_"))}
    return {**inherited, "COLUMNS": "200", "NO_COLOR": "1", "AWS_CONFIG_FILE": os.devnull, **given}


def lensconnect(*arguments: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAIN, *arguments],
        input=given,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Emulated(NamedTuple):
    """An emulator in a process of its own."""

    base_url: str

    def asked(self, method: str, path: str, body: object = None) -> Any:
        request = UrlRequest(f"{self.base_url}/_emulator/{path}", json.dumps(body or {}).encode(), method=method)
        with urlopen(request, timeout=10) as response:
            return json.load(response)


@pytest.fixture(scope="module")
def service() -> Iterator[Emulated]:
    command = [*MAIN, "emulator", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as running:
        assert running.stdout is not None
        yield Emulated(json.loads(running.stdout.readline())["base_url"])
        running.terminate()


class Chat:
    """A chat of its own, and commands in it; what a command answers is there for the next."""

    def __init__(self, service: Emulated) -> None:
        self.service = service
        self.started: dict[str, str] = service.asked("POST", "chats")
        self.variables = {
            "LENSCONNECT_PARTICIPANT_TOKEN": self.started["ParticipantToken"],
            "AWS_ENDPOINT_URL_CONNECTPARTICIPANT": service.base_url,
        }
        self.answers: dict[str, Any] = {}

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return lensconnect(*arguments, **{**self.variables, **variables})

    def call(self, *arguments: str) -> Any:
        """What a command answers, in AWS's JSON."""
        done = self.run(*arguments, "--output", "json")
        assert (done.returncode, done.stderr) == (0, ""), arguments
        self.answers[arguments[0]] = json.loads(done.stdout)
        return self.answers[arguments[0]]

    def open(self) -> None:
        opened = self.call("create-participant-connection", "--type", "CONNECTION_CREDENTIALS", "--type", "WEBSOCKET")
        self.variables["LENSCONNECT_CONNECTION_TOKEN"] = opened["ConnectionCredentials"]["ConnectionToken"]

    def upload(self) -> None:
        told = self.answers["start-attachment-upload"]["UploadMetadata"]
        with urlopen(UrlRequest(told["Url"], b"hello", told["HeadersToInclude"], method="PUT"), timeout=10) as response:
            assert response.status == 200


@pytest.fixture
def chat(service: Emulated) -> Chat:
    return Chat(service)


def attachment(chat: Chat) -> str:
    return str(chat.answers["start-attachment-upload"]["AttachmentId"])


FLAGS: dict[str, Callable[[Chat], list[str]]] = {
    "SendMessage": lambda _: ["--content-type", "text/plain", "--content", TEXT],
    "SendEvent": lambda _: ["--content-type", "application/vnd.amazonaws.connect.event.typing"],
    "GetTranscript": lambda _: ["--start-position", "MostRecent=5", "--sort-order", "ASCENDING", "--max-results", "9"],
    "StartAttachmentUpload": lambda _: (
        ["--content-type", "text/plain", "--attachment-size-in-bytes", "5", "--attachment-name", "a.txt"]
    ),
    "CompleteAttachmentUpload": lambda chat: ["--attachment-ids", attachment(chat)],
    "GetAttachment": lambda chat: ["--attachment-id", attachment(chat), "--url-expiry-in-seconds", "30"],
    "DescribeView": lambda chat: ["--view-token", chat.started["ViewToken"]],
    "GetAuthenticationUrl": lambda chat: (
        ["--session-id", chat.started["SessionId"], "--redirect-uri", "https://chat.example/back"]
    ),
    "CancelParticipantAuthentication": lambda chat: ["--session-id", chat.started["SessionId"]],
    "DisconnectParticipant": lambda _: [],
}
"""After the first operation, which opens the chat, in an order in which they work."""


def test_every_operation_answers_in_aws_s_json(chat: Chat) -> None:
    chat.open()
    for name, flags in FLAGS.items():
        chat.call(command_name(name), *flags(chat))
        if name == "StartAttachmentUpload":
            chat.upload()
    assert {"CreateParticipantConnection", *FLAGS} == {row.name for row in OPERATIONS}
    known = botocore.session.get_session().get_service_model("connectparticipant")
    for command, answer in chat.answers.items():
        shape = next(
            known.operation_model(name).output_shape for name in known.operation_names if command_name(name) == command
        )
        assert set(answer) <= set(shape.members if shape else ()), command
    assert TEXT in [item.get("Content") for item in chat.answers["get-transcript"]["Transcript"]]


COMMANDS: Any = typer.main.get_command(app)


@pytest.mark.parametrize("name", [row.name for row in OPERATIONS])
def test_commands_and_flags_are_named_as_the_aws_cli_names_them(name: str) -> None:
    model = botocore.session.get_session().get_service_model("connectparticipant").operation_model(name)
    command = COMMANDS.commands[botocore.xform_name(name, "-")]
    flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    theirs = {f"--{botocore.xform_name(member, '-')}" for member in model.input_shape.members}
    tokens = {"--connection-token", "--participant-token"}
    if "--connect-participant" in theirs:
        theirs.add("--no-connect-participant")
    own = {
        "--region",
        "--endpoint-url",
        "--profile",
        "--timeout",
        "--output",
        "--token-stdin",
        "--allow-plain",
        "--debug",
    }
    assert flags == (theirs - tokens) | own
    assert COMMANDS.commands["describe"].commands.keys() == {botocore.xform_name(row.name, "-") for row in OPERATIONS}


def test_help_says_how_to_give_a_token_and_what_an_enum_may_be() -> None:
    shown = lensconnect("get-transcript", "--help").stdout
    for expected in (
        "LENSCONNECT_CONNECTION_TOKEN",
        "--token-stdin",
        "file://PATH",
        "BACKWARD, FORWARD",
        "Exit codes: 0",
    ):
        assert expected in shown
    assert "Usage: lensconnect get-transcript" in shown


KNOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "send-event": {"--content-type": CLIENT_EVENT_TYPES},
    "send-message": {"--content-type": CLIENT_CONTENT_TYPES},
    "get-transcript": {
        "--scan-direction": (SCAN_DIRECTION_BACKWARD, SCAN_DIRECTION_FORWARD),
        "--sort-order": (SORT_KEY_ASCENDING, SORT_KEY_DESCENDING),
    },
    "get-attachment": {"--url-content-disposition": (CONTENT_DISPOSITION_ATTACHMENT, CONTENT_DISPOSITION_INLINE)},
    "create-participant-connection": {"--type": ("CONNECTION_CREDENTIALS", "WEBRTC_CONNECTION", "WEBSOCKET")},
    "start-attachment-upload": {},
}


@pytest.mark.parametrize("command", KNOWN)
def test_help_and_doc_list_the_known_values(command: str) -> None:
    helped = " ".join(lensconnect(command, "--help", COLUMNS="80").stdout.split())
    told = " ".join(lensconnect("doc", command).stdout.split())
    for flag, words in KNOWN[command].items():
        assert f"{flag} {', '.join(words)}" in helped
        assert ", ".join(words) in told
    assert ("Known values" in helped) is bool(KNOWN[command])


def test_at_80_columns_help_cuts_nothing() -> None:
    for command in ((), ("describe",), *((command_name(row.name),) for row in OPERATIONS), ("emulator",)):
        shown = lensconnect(*command, "--help", COLUMNS="80").stdout
        assert "…" not in shown
        assert "..." not in shown.replace("=...", "").replace("[ARGS]...", "")


def test_a_transcript_is_read_as_lines_of_when_who_and_what(chat: Chat) -> None:
    chat.open()
    hostile = "[red]bold[/] " + "x" * 100 + "\x1b[2J"
    for text in ("Hello\nthere", hostile):
        chat.call("send-message", "--content", text)
    chat.call("send-message", "--content-type", "application/json", "--content", "{}")
    shown = chat.run("get-transcript", "--sort-order", "ASCENDING", COLUMNS="80").stdout
    lines = [line.rstrip() for line in shown.splitlines()]
    when = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  CUSTOMER  "
    said = [re.sub(when, "", line) for line in lines if re.match(when, line)]
    assert lines[0].split() == ["time", "who", "what"]
    assert said[0] == "participant.joined"
    assert said[1] == "Hello there"
    assert said[2].startswith("[red]bold[/]")
    assert said[3] == "application/json {}"
    assert hostile.replace("\x1b", "?").replace(" ", "") in "".join(shown.split()).replace("CUSTOMER", "")
    assert "Item(" not in shown
    assert max(map(len, lines)) <= 80


def test_a_description_is_for_where_sending_would_go(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-central-1\n[profile other]\nregion = eu-west-2\n")

    def address(*arguments: str, **variables: str) -> str:
        shown = lensconnect("describe", "send-event", "--content-type", "x", *arguments, **variables).stdout
        return shown.removeprefix("POST https://participant.connect.").partition(".")[0]

    config = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    assert address() == "us-east-1"
    assert address(**config) == "eu-central-1"
    assert address("--profile", "other", **config) == "eu-west-2"
    assert address("--profile", "other", "--region", "us-west-2", **config) == "us-west-2"
    assert address(AWS_REGION="ca-central-1", **config) == "ca-central-1"
    assert lensconnect("describe", "send-event", "--content-type", "x", "--profile", "none").returncode == 2


def test_a_description_says_how_to_see_what_it_masks() -> None:
    asked = ("describe", "send-event", "--content-type", "x")
    assert lensconnect(*asked).stderr == "*** stands for a secret: --reveal shows it.\n"
    assert lensconnect(*asked, "--reveal").stderr == ""


def test_a_message_is_plain_text_unless_told(chat: Chat) -> None:
    chat.open()
    chat.call("send-message", "--content", TEXT)
    assert TEXT in chat.run("get-transcript").stdout
    assert '"ContentType":"text/plain"' in lensconnect("describe", "send-message", "--content", TEXT).stdout


def test_nothing_secret_is_shown_or_has_to_be_an_argument(chat: Chat, tmp_path: Path) -> None:
    chat.open()
    token = chat.variables.pop("LENSCONNECT_CONNECTION_TOKEN")
    (tmp_path / "text").write_text(TEXT)
    said = ("send-message", "--content-type", "text/plain", "--content", f"file://{tmp_path}/text", "--debug")
    done = lensconnect(*said, "--token-stdin", given=token + "\n", **chat.variables)
    assert (done.returncode, done.stderr.count("SendMessage attempt 1")) == (0, 2)
    read = chat.run("get-transcript", "--debug", LENSCONNECT_CONNECTION_TOKEN=token)
    assert TEXT in read.stdout
    opened = chat.run("create-participant-connection", "--type", "CONNECTION_CREDENTIALS", "--debug")
    assert "*** stands for a secret: --output json shows it." in opened.stderr
    for secret in (token, chat.started["ParticipantToken"], "connection-"):
        assert secret not in done.stdout + done.stderr + read.stdout + read.stderr + opened.stdout + opened.stderr
    assert TEXT not in done.stdout + done.stderr + read.stderr


def test_a_token_that_is_typed_is_not_shown(chat: Chat) -> None:
    ours, theirs = pty.openpty()
    command = [*MAIN, "create-participant-connection", "--connect-participant", "--token-stdin"]
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(**chat.variables),
        start_new_session=True,
    ) as running:
        os.close(theirs)
        shown = b""
        while not shown.endswith(b"participant token: "):
            shown += os.read(ours, 1024)
        os.write(ours, chat.started["ParticipantToken"].encode() + b"\n")
        assert running.wait(30) == 0
        assert chat.started["ParticipantToken"].encode() not in os.read(ours, 1024)
    os.close(ours)


# Errors


def test_exit_codes_and_words_for_what_goes_wrong(chat: Chat) -> None:
    chat.open()
    message = ("send-message", "--content-type", "text/plain", "--content", TEXT)

    def ended(code: int, *words: str, arguments: tuple[str, ...] = message, **variables: str) -> str:
        done = chat.run(*arguments, **variables)
        assert (done.returncode, done.stdout) == (code, "")
        for word in words:
            assert word in done.stderr
        return done.stderr

    ended(2, "no token: set LENSCONNECT_CONNECTION_TOKEN", LENSCONNECT_CONNECTION_TOKEN="")
    ended(2, "--content-type must be 1..100", "Nothing was sent", arguments=(*message, "--content-type", ""))
    ended(2, "no token: standard input was empty", arguments=(*message, "--token-stdin"))
    ended(2, "LENSCONNECT_CONNECTION_TOKEN must be", LENSCONNECT_CONNECTION_TOKEN="a b")
    ended(
        2,
        "plain http",
        "--allow-plain",
        "--endpoint-url",
        arguments=(*message, "--endpoint-url", "http://chat.example"),
    )
    ended(2, "file:///nowhere", arguments=("send-event", "--content-type", "file:///nowhere"))
    ended(2, "--timeout", arguments=(*message, "--timeout", "0"))
    ended(2, "no region", AWS_ENDPOINT_URL_CONNECTPARTICIPANT="")
    ended(1, "403 AccessDeniedException", "the chat is over", LENSCONNECT_CONNECTION_TOKEN="wrong")
    ended(1, "Nobody answers", "Nothing was sent: it is safe", arguments=(*message, "--endpoint-url", closed_port()))
    chat.service.asked("POST", "faults", {"Kind": "drop", "ContactId": chat.started["ContactId"]})
    told = ended(3, "It may have arrived: to try again without doing it twice, add --client-token ", arguments=message)
    assert "safe to try again" in ended(3, arguments=("get-transcript",))
    chat.service.asked("DELETE", "faults")
    again = shlex.split(told[told.index("--client-token") :])
    chat.call(*message, *again)
    page = chat.call("get-transcript")["Transcript"]
    assert [item.get("Content") for item in page].count(TEXT) == 1


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as once:
        return f"http://127.0.0.1:{once.getsockname()[1]}"


def test_an_interrupted_call_says_that_it_may_have_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [*MAIN, "send-message", "--content-type", "text/plain", "--content", TEXT, "--endpoint-url", url]
        variables = environment(LENSCONNECT_CONNECTION_TOKEN="t")
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables
        ) as running:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(65536).startswith(b"POST /participant/message ")
                running.send_signal(signal.SIGINT)
                out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err.startswith("SendMessage: interrupted.  It may have arrived: to try again")
    assert "Traceback" not in err


ERRORS: list[Error] = [
    InvalidRequest((Fault("content", "1..16384 characters", 0),)),
    InvalidEndpoint("no region"),
    SerializeError(200, "not JSON"),
    *(TransportError(kind, "x", sent) for kind in get_args(Kind) for sent in get_args(Sent)),
    *(ServiceError(error.status, error.code) for row in OPERATIONS for error in row.errors),
    *(ServiceError(status, "") for status in (301, 418, 501, 503)),
]
MESSAGE = new_send_message("text/plain", TEXT, TOKEN) & send_message_client_token.set("mine it is")


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_every_error_has_a_word_on_what_to_do_next(error: Error) -> None:
    reading = next_step(error, new_get_transcript(TOKEN))
    writing = next_step(error, MESSAGE)
    once = next_step(error, new_get_authentication_url("s" * 36, "https://x", TOKEN))
    doubt = exit_code(error) == 3
    assert ("--client-token 'mine it is'" in writing) is doubt
    assert ("may do it twice" in once) is doubt
    assert ("It is safe to try again" in reading) is doubt
    assert (exit_code(error) == 2) is isinstance(error, InvalidRequest | InvalidEndpoint)
    if isinstance(error, TransportError):
        assert doubt is (error.sent != "no")
        assert ("Nothing was sent" in writing) is (error.sent == "no")
    for text in (reading, writing, once):
        assert text.endswith((".", "'mine it is'"))
        assert TEXT not in text


def test_every_kind_and_every_modelled_answer_has_a_word_of_its_own() -> None:
    assert set(KINDS) == set(get_args(Kind))
    assert {error.status for row in OPERATIONS for error in row.errors} == set(ANSWERS)
    words = [*KINDS.values(), *ANSWERS.values()]
    assert len(set(words)) == len(words)


def test_faults_are_named_by_flag() -> None:
    faults = (
        Fault("start_position.most_recent", "0..100", 101),
        Fault("attachment_ids[0]", "text"),
        Fault("participant_token", "x"),
    )
    assert said(InvalidRequest(faults)) == (
        "invalid request: --start-position.most_recent must be 0..100 (size 101); --attachment-ids[0] must be text; "
        "LENSCONNECT_PARTICIPANT_TOKEN must be x"
    )


def test_a_peer_cannot_write_to_the_terminal() -> None:
    assert said(ServiceError(400, "\x1b[31m", "\x1b]0;title\x07\r\n\x9b2J")).isprintable()
