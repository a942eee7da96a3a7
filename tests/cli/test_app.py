"""The application: its version, its help, and commands and options named as the AWS CLI names them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import botocore
import botocore.session
import pytest
import typer
from helpers.command_line import lensconnect

from lensconnect import OPERATIONS
from lensconnect.cli.app import app
from lensconnect.cli.options import command_name

COMMANDS: Any = typer.main.get_command(app)


def test_the_version_needs_no_command() -> None:
    shown = lensconnect("--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"lensconnect {version('lensconnect')}\n", "")


@pytest.mark.parametrize("name", [row.name for row in OPERATIONS])
def test_commands_and_options_are_named_as_the_aws_cli_names_them(name: str) -> None:
    model = botocore.session.get_session().get_service_model("connectparticipant").operation_model(name)
    command = COMMANDS.commands[botocore.xform_name(name, "-")]
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
        "--token-stdin",
        "--allow-plain",
        "--debug",
    }
    assert options == (aws - tokens) | own
    assert COMMANDS.commands["describe"].commands.keys() == {botocore.xform_name(row.name, "-") for row in OPERATIONS}


def test_help_is_not_cut_at_80_columns() -> None:
    for command in ((), ("describe",), *((command_name(row.name),) for row in OPERATIONS), ("emulator",)):
        shown = lensconnect(*command, "--help", COLUMNS="80").stdout
        assert "…" not in shown
        assert "..." not in shown.replace("=...", "").replace("[ARGS]...", "")


def test_the_help_of_a_command_is_whole_sentences() -> None:
    for name in (command_name(row.name) for row in OPERATIONS):
        for command in (COMMANDS.commands[name], COMMANDS.commands["describe"].commands[name]):
            assert command.short_help.endswith(".")
            assert "(" not in command.short_help
            assert command.help.startswith(command.short_help)
