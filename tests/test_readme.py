"""What the README shows is what happens."""

import asyncio
import contextlib
import io
import re
from pathlib import Path

import lensconnect
from lensconnect import emulator
from lensconnect.testing.laws import check_transport

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)


def test_the_chat_in_twelve_lines_runs_and_sends_once() -> None:
    chat = next(block for block in BLOCKS if "Emulator()" in block)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(chat, {})
    assert printed.getvalue() == "True\n"


def test_an_interpreter_of_the_user_s_own_runs_a_program_over_http() -> None:
    import http.client
    from urllib.parse import urlsplit

    names = {**vars(lensconnect), **vars(http.client), "closing": contextlib.closing, "urlsplit": urlsplit}
    exec(next(block for block in BLOCKS if "def mine" in block), names)
    with (
        emulator.running() as service,
        lensconnect.new_env(endpoint_url=service.base_url, transport=names["mine"]) as env,
    ):
        request = lensconnect.new_create_participant_connection(service.start_chat().participant_token)
        wanted = lensconnect.create_participant_connection_connect_participant.set(True)
        assert lensconnect.or_raise(lensconnect.send(request & wanted)(env)).http_status == 200
    broken = check_transport(lambda: names["mine"], only=["a reply with a length", "103 before the reply"]).failed
    assert [check.name for check in broken] == ["103 before the reply"]


def test_the_asyncio_lines_perform_a_program() -> None:
    names = dict(vars(lensconnect))
    exec(next(block for block in BLOCKS if "new_async_env" in block), names)
    with emulator.running() as service:
        request = lensconnect.new_create_participant_connection(service.start_chat().participant_token)
        wanted = lensconnect.create_participant_connection_connect_participant.set(True)
        outcome = asyncio.run(names["perform"](lensconnect.send(request & wanted), endpoint_url=service.base_url))
        assert lensconnect.or_raise(outcome).http_status == 200


def test_the_boto3_lines_make_the_call_they_show() -> None:
    import boto3
    from botocore.stub import Stubber

    names: dict[str, object] = {}
    exec(next(block for block in BLOCKS if "start_chat_contact" in block), names)
    connect = boto3.client("connect", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(connect) as stubber:
        stubber.add_response(
            "start_chat_contact",
            {"ParticipantToken": "from-the-back-end"},
            {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Ada"}},
        )
        names["boto3"] = type("boto3", (), {"client": staticmethod(lambda _: connect)})
        assert names["participant_token"]("i", "f") == "from-the-back-end"  # type: ignore[operator]


def test_the_set_up_commands_are_single_lines_that_need_only_python() -> None:
    commands = re.findall(r"<!-- (\w+) -->\n```sh\n(.*?)```", README, re.S)
    assert [name for name, _ in commands] == ["demo", "test"]
    assert all(command.startswith("python3 -m venv") and command.count("\n") == 1 for _, command in commands)


def test_the_first_screen_is_short() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.S)
    assert len(prose.split()) <= 450
