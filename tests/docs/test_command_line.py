"""The page on the command line: its lines run in a shell, and its tables are those of the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from helpers.command_line import environment

from docs.pages import MODULES, PAGES
from lensconnect.cli.advice import EXIT_CODES
from lensconnect.cli.app import COMMANDS
from lensconnect.cli.emulator import load_flow
from lensconnect.cli.reply import NO_REPLY
from lensconnect.emulator import Emulator, RunningEmulator, running

PAGE = PAGES["command-line"]


ONE, LIVE = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is not installed"
)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-euc", script], env=environment(PATH=path), cwd=folder, capture_output=True, text=True, check=False
    )


def run_in_shell(script: str, service: RunningEmulator, folder: Path) -> list[str]:
    done = shell(script.replace("http://127.0.0.1:8080", service.base_url), folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@needs_curl
def test_the_lines_of_a_chat_print_what_the_page_says(tmp_path: Path) -> None:
    with running() as service:
        assert run_in_shell(ONE, service, tmp_path)[-1] == "CUSTOMER\tHello!"


@needs_curl
def test_the_lines_of_a_live_chat_print_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "support_flow.py").write_text(MODULES["emulator"]["support_flow.py"])
    with running(Emulator(flow=load_flow(str(tmp_path / "support_flow.py")))) as service:
        lines = run_in_shell(LIVE, service, tmp_path)
    assert lines[:2] == ["Welcome!", "From 9 to 5."]
    assert (tmp_path / "copy.txt").read_text() == "my parcel"
    assert "From 9 to 5." in (tmp_path / "transcript.html").read_text()


SCRIPT, WORKFLOW = re.findall(r"```(?:sh|yaml)\n(.*?)```", PAGES["flow-tester"], re.S)


@pytest.mark.slow
@needs_curl
@pytest.mark.parametrize("works", [True, False])
def test_the_script_of_ci_passes_with_a_flow_and_fails_with_the_line_of_a_broken_one(
    works: bool, tmp_path: Path
) -> None:
    *_, command = (step["run"] for step in yaml.safe_load(WORKFLOW)["jobs"]["flow"]["steps"] if "run" in step)
    *_, script, flow = command.split()
    broken = "from lensconnect import say\n\ndef flow(chat):\n    return say(chat, 1 / 0)\n"
    (tmp_path / flow).write_text(MODULES["emulator"]["support_flow.py"] if works else broken)
    (tmp_path / script).write_text(SCRIPT if works else SCRIPT.replace("--within 10", "--within 0.1"))
    done = shell(command, tmp_path)
    assert done.stderr == ("" if works else "reply: no answer in 0.1 s\n")
    assert done.returncode == (0 if works else 1)
    assert works or f"failed at {flow}:4: ZeroDivisionError" in done.stdout


def test_the_table_has_every_command() -> None:
    named = re.findall(r"^\| `lensconnect ([a-z-]+)", PAGE, re.M)
    assert sorted(named) == sorted([*COMMANDS, "describe", "send-message"])


def test_the_exit_codes_are_those_of_the_help() -> None:
    assert set(re.findall(r"^\| (\d+) \|", PAGE, re.M)) == {*re.findall(r"\b\d+\b", EXIT_CODES), str(NO_REPLY)}
