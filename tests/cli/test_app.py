"""The command line as its user meets it: in a process of its own."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

from lensconnect import OPERATIONS
from lensconnect.cli.demo import STEPS
from lensconnect.cli.options import command_name
from lensconnect.emulator import running

TOKEN = "s3cret-token"


def lensconnect(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LENSCONNECT_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "from lensconnect.cli import main; main()", *arguments],
        input=given,
        env={**clean, "COLUMNS": "100", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_demo_runs_a_whole_chat_and_shows_no_token() -> None:
    shown = lensconnect("demo", COLUMNS="80")
    assert (shown.returncode, shown.stderr) == (0, "")
    for expected in (
        "X-Amz-Bearer: ***",
        "client_token='demo-1'",
        "Hello, is anybody there?",
        "invalid request",
        "403",
    ):
        assert expected in shown.stdout
    assert "connection-" not in shown.stdout.replace("connection-token", "")


def test_what_the_demo_shows_can_be_typed_in_and_comes_to_the_same() -> None:
    """Every line of code, at the width of a plain terminal, run from what was printed."""
    shown = lensconnect("demo", COLUMNS="80").stdout
    code = [line.rstrip() for line in re.findall(r"^ {3}(\S.*)$", shown, re.M)]
    assert code == [line for step in STEPS for line in step.code.splitlines()]
    with running() as service:
        known: dict[str, Any] = {"service": service}
        for line in code:
            exec(line, known)
        assert eval(code[-1], known) is True
        assert f"\n     {eval(code[-1], known)}" in shown


def test_the_version_needs_no_command() -> None:
    shown = lensconnect("--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"lensconnect {version('lensconnect')}\n", "")


@pytest.mark.parametrize("output", ["curl", "http", "json"])
def test_describe_masks_the_token_unless_told(output: str) -> None:
    arguments = ("describe", "send-event", "--content-type", "text/plain", "--output", output)
    masked = lensconnect(*arguments, LENSCONNECT_CONNECTION_TOKEN=TOKEN)
    assert masked.returncode == 0
    assert "/participant/event" in masked.stdout
    assert TOKEN not in masked.stdout + masked.stderr
    revealed = lensconnect(*arguments, "--reveal", "--token-stdin", given=TOKEN + "\n")
    assert TOKEN in revealed.stdout


def test_flags_are_named_and_nested_as_the_aws_cli_has_them() -> None:
    for start_position in ("Id=m-1,MostRecent=3", '{"Id":"m-1","MostRecent":3}'):
        shown = lensconnect("describe", "get-transcript", "--start-position", start_position, "--max-results", "5")
        assert '{"MaxResults":5,"StartPosition":{"Id":"m-1","MostRecent":3}}' in shown.stdout
    shown = lensconnect("describe", "create-participant-connection", "--type", "WEBSOCKET", "--no-connect-participant")
    assert '{"Type":["WEBSOCKET"],"ConnectParticipant":false}' in shown.stdout


def test_faults_go_to_stderr_with_exit_code_2() -> None:
    shown = lensconnect("describe", "get-transcript", "--max-results", "101", "--next-token", "x" * 1001)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "--max-results must be 0..100 (size 101)" in shown.stderr
    assert "--next-token must be 1..1000 characters (size 1001)" in shown.stderr
    assert lensconnect("describe", "get-transcript", "--start-position", "Nonsense=1").returncode == 2
    assert lensconnect("describe", "get-transcript", "--start-position", "MostRecent=many").returncode == 2


def test_every_operation_has_a_page_and_a_description() -> None:
    listed = lensconnect("doc").stdout
    described = lensconnect("describe", "--help").stdout
    for row in OPERATIONS:
        assert command_name(row.name) in listed
        assert command_name(row.name) in described
    assert "429 ThrottlingException" in lensconnect("doc", "send-event").stdout
    assert lensconnect("doc", "send-pigeon").returncode == 2


def test_no_flag_takes_a_token() -> None:
    for command in ("send-event", "create-participant-connection"):
        shown = lensconnect("describe", command, "--help").stdout
        assert "--connection-token" not in shown
        assert "--participant-token" not in shown
