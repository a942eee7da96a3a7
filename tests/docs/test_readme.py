"""What the README shows is what happens."""

import asyncio
import contextlib
import io
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from helpers.introspection import ROOT
from helpers.type_checkers import CHECKERS

import lensconnect
from lensconnect import emulator
from lensconnect.testing.laws import check_transport

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)


def block(holding: str) -> str:
    return next(block for block in BLOCKS if holding in block)


def opening(service: emulator.RunningEmulator) -> lensconnect.CreateParticipantConnection:
    request = lensconnect.new_create_participant_connection(service.start_chat().participant_token)
    return request & lensconnect.create_participant_connection_connect_participant.set(True)


def test_the_chat_in_twelve_lines_runs_and_sends_once() -> None:
    chat = block("Emulator()")
    assert len(chat.replace("\n\n", "\n").splitlines()) == 12
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(chat, {})
    assert printed.getvalue() == "True\n"


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_checkers_accept_it(checker: str, tmp_path: Path) -> None:
    if find_spec(checker) is None and not os.environ.get("CI"):
        pytest.skip(f"{checker} is not installed")
    (chat := tmp_path / "chat.py").write_text(block("Emulator()"))
    assert CHECKERS[checker](chat) == {}


def test_a_token_is_masked_in_what_it_is_in_and_shows_itself_when_it_is_taken_out() -> None:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(block("Emulator()"), names)
    token = names["token"]
    shown = f"{names['hello']!r} {names['opened']!r} {names['env']!r} {names['service'].start_chat()!r}"
    assert "'***'" in shown
    assert token not in shown
    assert str(token) == token


def test_an_interpreter_of_the_user_s_own_runs_a_program_over_http() -> None:
    names: dict[str, Any] = {}
    exec(block("def mine"), names)
    with (
        emulator.running() as service,
        lensconnect.new_env(endpoint_url=service.base_url, transport=names["mine"]) as env,
    ):
        assert lensconnect.or_raise(lensconnect.send(opening(service))(env)).http_status == 200


def test_the_suite_says_of_it_what_the_readme_says() -> None:
    names: dict[str, Any] = {}
    exec(block("def mine"), names)
    well = ["a reply with a length", "an error status is a reply", "unsent: nobody listens"]
    badly = ["103 before the reply", "refused: gzip", "cut: inside a header"]
    report = check_transport(lambda: names["mine"], only=[*well, *badly])
    assert [check.name for check in report.checks if check.passed] == well
    assert [check.name for check in report.failed] == badly
    assert all("succeeded" in check.why or "status 103" in check.why for check in report.failed)


def test_the_asyncio_lines_perform_a_program() -> None:
    names: dict[str, Any] = {"lc": lensconnect}
    exec(block("new_async_env"), names)
    with emulator.running() as service:
        program = lensconnect.send(opening(service))
        outcome = asyncio.run(names["perform"](program, endpoint_url=service.base_url))
        assert lensconnect.or_raise(outcome).http_status == 200


def test_the_boto3_lines_make_the_call_they_show() -> None:
    import boto3
    from botocore.stub import Stubber

    names: dict[str, Any] = {}
    exec(block("start_chat_contact"), names)
    connect = boto3.client("connect", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(connect) as stubber:
        stubber.add_response(
            "start_chat_contact",
            {"ParticipantToken": "from-the-back-end"},
            {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Ada"}},
        )
        names["boto3"] = type("boto3", (), {"client": staticmethod(lambda _: connect)})
        assert names["participant_token"]("i", "f") == "from-the-back-end"


def test_the_set_up_commands_are_single_lines_that_need_only_python() -> None:
    commands = re.findall(r"<!-- (\w+) -->\n```sh\n(.*?)```", README, re.S)
    assert [name for name, _ in commands] == ["demo", "test"]
    assert all(command.startswith("python3 -m venv") and command.count("\n") == 1 for _, command in commands)


def test_its_links_lead_somewhere() -> None:
    linked = re.findall(r"\]\(((?!https:)[^)]+)\)", README)
    assert not [path for path in linked if not (ROOT / path).exists()]
    assert {Path(path).name for path in linked} >= {page.name for page in (ROOT / "lensconnect/docs").glob("*.md")}


def test_the_first_screen_is_short() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.S)
    assert len(prose.split()) <= 450
