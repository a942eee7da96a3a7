"""The application: its version, its help, and commands and options named as the AWS CLI names them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
import typer
from helpers.command_line import MAIN, environment, lensconnect

from lensconnect import OPERATIONS
from lensconnect.cli.app import app
from lensconnect.cli.options import command_name


def loaded(*names: str) -> Any:
    """Return a command as it is when it is invoked."""
    command: Any = typer.main.get_command(app)
    for name in names:
        command = command.commands[name].load() if "load" in vars(command.commands[name]) else command.commands[name]
    return command


def test_the_version_needs_no_command() -> None:
    shown = lensconnect("--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"lensconnect {version('lensconnect')}\n", "")


@pytest.mark.parametrize("name", [row.name for row in OPERATIONS])
def test_commands_and_options_are_named_as_the_aws_cli_names_them(name: str) -> None:
    model = botocore.session.get_session().get_service_model("connectparticipant").operation_model(name)
    command = loaded(botocore.xform_name(name, "-"))
    options = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    aws = {f"--{botocore.xform_name(member, '-')}" for member in model.input_shape.members}
    tokens = {"--connection-token", "--participant-token"}
    if "--connect-participant" in aws:
        aws.add("--no-connect-participant")
    own = {
        "--region",
        "--endpoint-url",
        "--profile",
        "--timeout",
        "--output",
        "--query",
        "--token-stdin",
        "--allow-plain",
        "--debug",
    }
    if name == "SendEvent":
        own |= {"--typing", "--read", "--delivered"}
    assert options == (aws - tokens) | own
    assert loaded("describe").commands.keys() == {botocore.xform_name(row.name, "-") for row in OPERATIONS}


@pytest.mark.slow
def test_help_is_not_cut_at_80_columns() -> None:
    for command in ((), ("describe",), *((command_name(row.name),) for row in OPERATIONS), ("emulator",)):
        shown = lensconnect(*command, "--help", COLUMNS="80").stdout
        assert "…" not in shown
        assert "..." not in shown.replace("=...", "").replace("[ARGS]...", "")


def test_the_help_of_a_command_is_whole_sentences() -> None:
    for name in (command_name(row.name) for row in OPERATIONS):
        for command in (loaded(name), loaded("describe", name)):
            assert command.short_help.endswith(".")
            assert "(" not in command.short_help
            assert command.help.startswith(command.short_help)


@pytest.mark.parametrize(
    ("arguments", "extra", "packages"),
    [
        (["emulator", "--port", "8080"], "emulator", ["typer", "starlette", "uvicorn"]),
        (["chat"], "tui", ["typer", "textual"]),
        (["send-message"], "cli", ["typer"]),
        (["--help"], "cli", ["typer"]),
    ],
    ids=str,
)
def test_without_its_packages_a_command_names_all_of_them_at_once(
    arguments: list[str], extra: str, packages: list[str]
) -> None:
    code = f"import sys; sys.modules['typer'] = None; sys.argv[1:] = {arguments}; {MAIN[-1]}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), text=True, check=False)
    needs, _, command = done.stderr.partition(": python -m pip install ")
    assert (done.returncode, done.stdout, needs.count("\n")) == (1, "", 0)
    assert needs == f"lensconnect: the command line (extra {extra}) needs typer"
    assert set(packages) <= {re.match(r"[a-z]*", requirement)[0] for requirement in shlex.split(command)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("send", "Hello"), "'send'. Did you mean 'send-event', 'send-message'?"),
        (("describe", "view"), "'view'. Did you mean 'describe-view'?"),
        (("lisen",), "'lisen'. Did you mean 'listen'?"),
    ],
)
def test_a_word_of_a_command_suggests_the_commands_that_have_it(words: tuple[str, ...], expected: str) -> None:
    shown = lensconnect(*words)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"No such command {expected}" in shown.stderr


FULL = "/dev/full"
UNWRITABLE = "lensconnect: the output cannot be written: No space left on device\n"


@pytest.mark.slow
@pytest.mark.skipif(not Path(FULL).exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["doc"], ["demo"], ["describe", "get-transcript"], ["emulator"]], ids=str
)
def test_an_output_that_cannot_be_written_is_one_line_and_exit_code_4(arguments: list[str]) -> None:
    for stderr, expected in ((subprocess.PIPE, UNWRITABLE), (None, None)):
        with open(FULL, "w") as full:
            done = subprocess.run(
                [*MAIN, *arguments], stdout=full, stderr=stderr or full, env=environment(), text=True, check=False
            )
        assert (done.returncode, done.stderr) == (4, expected)


@pytest.mark.parametrize("command", ["doc", "demo"])
def test_a_reader_that_goes_away_ends_the_command_without_a_word(command: str) -> None:
    with subprocess.Popen(
        [*MAIN, command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 4


@pytest.mark.parametrize(
    ("content", "closed", "expected"),
    [
        ("Hello", ">&-", (4, "", "lensconnect: the output cannot be written: Bad file descriptor\n")),
        ("Hello", ">&- 2>&-", (4, "", "")),
        ("", "2>&-", (2, "", "")),
    ],
)
def test_nothing_is_written_to_another_stream_than_the_closed_one(
    content: str, closed: str, expected: tuple[int, str, str]
) -> None:
    command = shlex.join([*MAIN, "describe", "send-message", "--content", content])
    done = subprocess.run(
        ["sh", "-c", f"{command} {closed}"], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == expected


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_text_that_the_terminal_cannot_show_is_escaped_as_in_json(encoding: str) -> None:
    content = "你好 \U0001f600"
    for output in ("json", "http"):
        shown = lensconnect(
            "describe", "send-message", "--content", content, "--output", output, PYTHONIOENCODING=encoding
        )
        assert (shown.returncode, shown.stderr.count("\n")) == (0, 1)
        assert "\\u4f60\\u597d \\ud83d\\ude00" in shown.stdout
    (body,) = [line for line in shown.stdout.splitlines() if line.startswith("{")]
    assert json.loads(body)["Content"] == content


@pytest.mark.slow
def test_commands_run_with_closed_streams() -> None:
    for closed, code in (("<&-", 2), (">&-", 2), ("2>&-", 2), ("<&- >&- 2>&-", 2)):
        command = shlex.join([*MAIN, "get-transcript", "--token-stdin"])
        done = subprocess.run(
            ["sh", "-c", f"{command} {closed} </dev/null" if "<" not in closed else f"{command} {closed}"],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_bytes_of_standard_input_that_are_not_utf8_are_an_invalid_token() -> None:
    done = lensconnect("describe", "get-transcript", "--token-stdin", stdin=b"\xff\xfe\n", PYTHONIOENCODING="utf-8")
    assert done.returncode == 2
    assert done.stderr.startswith("invalid request: LENSCONNECT_CONNECTION_TOKEN must be visible ASCII")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lensconnect send-m", ["send-message"]),
        ("lensconnect describe get-t", ["get-transcript"]),
        ("lensconnect send-event --ty", ["--typing"]),
        ("lensconnect get-transcript --sort-order A", ["ASCENDING"]),
        ("lensconnect get-transcript --output y", ["yaml"]),
        ("lensconnect doc get-t", ["get-transcript"]),
    ],
)
def test_a_shell_completes_commands_options_and_known_values(words: str, expected: list[str]) -> None:
    variables = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_LENSCONNECT_COMPLETE": "complete_bash"}
    shown = lensconnect(**variables)
    assert (shown.returncode, shown.stdout.split(), shown.stderr) == (0, expected, "")


def test_a_command_imports_no_other() -> None:
    code = "import sys; sys.argv[1:] = ['describe', 'send-event', '--typing']\n"
    code += (
        "from lensconnect.cli import main\ntry: main()\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), text=True, check=True)
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "lensconnect.cli.describe" in loaded
    unneeded = {"rich", "pydantic", "jmespath", "yaml", "starlette", "lensconnect.emulator", "lensconnect.cli.call"}
    assert not loaded & unneeded
