"""The page on the command line: its lines run in a shell, and its tables are those of the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.command_line import environment

from docs.pages import PAGES
from lensconnect.cli.advice import EXIT_CODES
from lensconnect.cli.app import COMMANDS
from lensconnect.emulator import running

PAGE = PAGES["command-line"]


@pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is not installed")
def test_the_lines_of_a_chat_print_what_the_page_says() -> None:
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
    with running() as service:
        done = subprocess.run(
            ["sh", "-euc", script.replace("http://127.0.0.1:8080", service.base_url)],
            env=environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"),
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.splitlines()[-1] == "CUSTOMER\tHello!"
    assert done.stderr == ""


def test_the_table_has_every_command() -> None:
    named = re.findall(r"^\| `lensconnect ([a-z-]+)", PAGE, re.M)
    assert sorted(named) == sorted([*COMMANDS, "describe", "send-message"])


def test_the_exit_codes_are_those_of_the_help() -> None:
    assert re.findall(r"^\| (\d+) \|", PAGE, re.M) == re.findall(r"\b\d+\b", EXIT_CODES)
