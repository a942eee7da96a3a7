"""`lensconnect emulator`, in a process of its own."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from helpers.command_line import lensconnect
from helpers.forking import forks, holds_in_child

from lensconnect.cli.emulator import instructions
from lensconnect.emulator import Options
from lensconnect.emulator.options import parse_options
from lensconnect.wire.limits import NONE

RUN = [sys.executable, "-m", "lensconnect", "emulator"]


CREDENTIALS = b'{"Type":["CONNECTION_CREDENTIALS"]}'


def request(base_url: str, method: str, path: str, token: str = "", body: bytes = CREDENTIALS) -> tuple[int, bytes]:
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    connection.request(method, path, body, {"X-Amz-Bearer": token})
    response = connection.getresponse()
    reply = response.read()
    connection.close()
    return response.status, reply


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_a_signal_ends_it(number: signal.Signals) -> None:
    with subprocess.Popen([*RUN, "--port", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        base_url = json.loads(running.stdout.readline())["base_url"]
        chat = json.loads(request(base_url, "POST", "/_emulator/chats", body=b"")[1])
        assert request(base_url, "POST", "/participant/connection", chat["ParticipantToken"])[0] == 200
        assert request(base_url, "POST", "/participant/connection", "wrong")[0] == 403
        running.send_signal(number)
        out, err = running.stdout.read(), running.stderr.read()
        assert (running.wait(10), out, err) == (0, b"", b"")


@pytest.mark.slow
def test_it_prints_instructions_and_an_error_if_the_port_is_taken() -> None:
    with subprocess.Popen(RUN, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        instructions = "".join(iter(running.stdout.readline, "Ctrl-C ends it.\n"))
        order = [
            "No flow answers",
            "curl -X POST",
            "lensconnect chat",
            "lensconnect reply",
            "lensconnect create-participant-connection",
            "lensconnect send-message",
            "aws ",
            "boto3",
        ]
        assert sorted(order, key=instructions.index) == order
        port = str(urlsplit(first.split()[-1]).port)
        second = subprocess.run([*RUN, "--port", port], capture_output=True, text=True, timeout=20)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == f"lensconnect: cannot listen on 127.0.0.1, port {port}: Address already in use\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ([], "No flow answers (--flow FILE.py sets one)."),
        (["shop"], "The flow shop answers."),
        (["shop", "tax"], "The flow shop answers; a chat can also be started with tax."),
    ],
    ids=str,
)
def test_the_instructions_name_the_flows_and_the_commands_that_come_next(flows: list[str], expected: str) -> None:
    shown = instructions("http://127.0.0.1:8080", flows).splitlines()
    assert shown[1] == expected
    assert [line.split("(")[0].split()[:2] for line in shown if line.startswith("  lensconnect ")] == [
        ["lensconnect", "chat"],
        ["lensconnect", "reply"],
    ]
    assert max(map(len, shown)) <= 110


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """Serve an emulator with options, another URL in its replies, and a limit of 64 open files until it raises it."""
    resource = pytest.importorskip("resource")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))

    options = ["--option", "message_key=Message", "--option", "quotas=true", "--url", "https://chat.example"]
    with subprocess.Popen([*RUN, "--json", *options], stdout=subprocess.PIPE, preexec_fn=limit_files) as running:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())["base_url"]
        running.terminate()


def test_it_raises_the_limit_of_open_files(base_url: str) -> None:
    address = urlsplit(base_url)
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(socket.create_connection((address.hostname or "", address.port or 0)))
        assert request(base_url, "GET", "/_emulator/chats")[0] == 200


def test_it_takes_options_by_name(base_url: str) -> None:
    token = json.loads(request(base_url, "POST", "/_emulator/chats", body=b"")[1])["ParticipantToken"]
    opened = json.loads(request(base_url, "POST", "/participant/connection", token)[1])
    token = opened["ConnectionCredentials"]["ConnectionToken"]
    replies = [request(base_url, "POST", "/participant/transcript", token) for _ in range(20)]
    assert (429, b'{"Message":"Rate exceeded"}') in replies


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("nothing=1", "there is no option 'nothing'"),
        ("quota=true", "there is no option 'quota': is it quotas?"),
        ("quotas", "quotas has no value: give quotas=VALUE, true or false"),
        ("quotas=perhaps", "quotas must be true or false, not perhaps"),
        ("idempotency=never", "idempotency must be one of first, refuse, off, not never"),
        ("joins=never", "joins must be one of presence, subscription, connection, not never"),
        ("limits=small", "documented_2026"),
        ("limits=[]", "documented_2026"),
        ("attachment_types=[1]", "attachment_types must be a list of text, not [1]"),
        ("upload_seconds=-1", "upload_seconds must be a number from 0 up, not -1"),
        ("scan_seconds=soon", "scan_seconds must be a number from 0 up, or null, not soon"),
    ],
)
def test_an_invalid_option_is_refused_with_the_valid_ones(option: str, expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        parse_options([option])
    completed = lensconnect("emulator", "--option", option)
    assert (completed.returncode, "--option" in completed.stderr) == (2, True)


def test_options_have_their_defaults_unless_given() -> None:
    assert parse_options([]) == Options()
    assert parse_options(["socket_quiet_seconds=null", "limits=none"]) == Options(
        socket_quiet_seconds=None, limits=NONE
    )


@forks
def test_a_url_that_is_no_origin_is_a_usage_error() -> None:
    def is_usage_error() -> bool:
        done = lensconnect("emulator", "--url", "http://chat.example/base")
        text = " ".join(done.stderr.replace("│", "").split())
        return (done.returncode, done.stdout) == (2, "") and "without a path" in text

    assert holds_in_child(is_usage_error), "in a child, because the command sets handlers of signals"


@forks
def test_a_flow_without_its_decorator_is_a_usage_error_that_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    file.write_text("from lensconnect import say\n\ndef greet(chat):\n    yield from say(chat, 'Welcome!')\n")

    def is_usage_error() -> bool:
        done = lensconnect("emulator", "--flow", f"{file}:greet")
        place = f'write @program above the function greet, File "{file}", line 3'
        return (done.returncode, done.stdout) == (2, "") and place in done.stderr

    assert holds_in_child(is_usage_error)


@forks
def test_a_file_without_the_flow_names_its_functions(tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    file.write_text(
        "from lensconnect import leave, program, say\n\n@program\ndef start(chat):\n    yield from leave(chat)\n"
    )

    def is_usage_error() -> bool:
        done = lensconnect("emulator", "--flow", str(file))
        return (
            done.returncode == 2 and "has no function flow; it has start: name one, as in shop.py:start" in done.stderr
        )

    assert holds_in_child(is_usage_error)


def test_it_prints_the_failure_of_a_flow_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    file.write_text("def flow(chat):\n    raise ValueError('participant-' + 'a' * 64)\n")
    command = [*RUN, "--json", "--flow", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        base_url = json.loads(running.stdout.readline())["base_url"]
        chat = json.loads(request(base_url, "POST", "/_emulator/chats", body=b"")[1])
        body = b'{"Type":["CONNECTION_CREDENTIALS"],"ConnectParticipant":true}'
        request(base_url, "POST", "/participant/connection", chat["ParticipantToken"], body)
        place = f"{file}:2"
        error = "ValueError: participant-***"
        assert running.stderr.readline() == (
            f"chat {chat['ContactId']}: the flow shop of SYSTEM_MESSAGE failed at {place}: {error}\n"
        )
        (shown,) = json.loads(request(base_url, "GET", "/_emulator/chats")[1])["Chats"]
        assert [flow["Line"] for flow in shown["Flows"]] == [place]
        running.send_signal(signal.SIGTERM)
        running.communicate()


@forks
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"shop.py": "import os\n\nimport nowhere\n"}, "No module named 'nowhere', File \"shop.py\", line 3"),
        ({"shop.py": "def flow(:\n"}, "invalid syntax (shop.py, line 1)"),
        ({"shop.py": "import tax\n", "tax.py": "\n1 / 0\n"}, 'division by zero, File "FOLDER/tax.py", line 2'),
        ({"shop.py": "\nimport lensconnect\nlensconnect.say('x')\n"}, ', File "shop.py", line 3'),
    ],
    ids=["a missing module", "bad syntax", "a module beside it", "a wrong call"],
)
def test_a_file_that_cannot_be_run_is_a_usage_error_that_names_the_line(
    files: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    def is_usage_error() -> bool:
        done = lensconnect("emulator", "--flow", "shop.py")
        return (done.returncode, done.stdout) == (2, "") and done.stderr.strip().endswith(
            expected.replace("FOLDER", str(tmp_path.resolve()))
        )

    assert holds_in_child(is_usage_error)


def test_it_listens_on_the_given_host_and_admits_that_of_the_url() -> None:
    options = ["--host", "127.0.0.2", "--json", "--url", "http://emulator:8080"]
    with subprocess.Popen([*RUN, *options], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        address = urlsplit(json.loads(running.stdout.readline())["base_url"])
        assert address.hostname == "127.0.0.2"

        def status(host: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.2", address.port, timeout=5)
            connection.request("GET", "/_emulator/chats", headers={"Host": host})
            found = connection.getresponse().status
            connection.close()
            return found

        hosts = ["emulator:8080", f"127.0.0.2:{address.port}", "localhost", "other:8080"]
        assert [status(host) for host in hosts] == [200, 200, 200, 403]
        running.send_signal(signal.SIGTERM)


@forks
def test_a_host_that_does_not_exist_is_an_error() -> None:
    def is_error() -> bool:
        done = lensconnect("emulator", "--host", "none.invalid")
        text = "lensconnect: cannot listen on none.invalid, port 0: "
        reason = done.stderr.removeprefix(text)
        return (done.returncode, done.stdout) == (1, "") and not re.search(text + "|Unknown error|while", reason)

    assert holds_in_child(is_error)


def test_the_given_url_is_in_the_replies(base_url: str) -> None:
    chat = json.loads(request(base_url, "POST", "/_emulator/chats", body=b"")[1])
    body = b'{"Type":["WEBSOCKET"]}'
    opened = json.loads(request(base_url, "POST", "/participant/connection", chat["ParticipantToken"], body)[1])
    assert opened["Websocket"]["Url"].startswith("wss://chat.example/participant/socket?ticket=")
