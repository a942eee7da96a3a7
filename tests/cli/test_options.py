"""Options of the operations: tokens are never options, and the help names every known value."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from helpers.chat_commands import Started
from helpers.command_line import MAIN, environment, lensconnect

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
    Request,
)
from lensconnect.cli.options import summary
from lensconnect.operations import Reply


def test_no_option_takes_a_token() -> None:
    for command in ("send-event", "create-participant-connection"):
        shown = lensconnect("describe", command, "--help").stdout
        assert "--connection-token" not in shown
        assert "--participant-token" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("describe", "send-message", "--content", "caf\udce9"),
        ("describe", "send-event", "--read", "caf\udce9"),
        ("describe", "get-transcript", "--start-position", "Id=caf\udce9"),
        ("describe", "complete-attachment-upload", "--attachment-ids", "a", "caf\udce9"),
        ("download", "caf\udce9"),
        ("attach", "caf\udce9"),
        ("attach", "a.txt", "--name", "caf\udce9"),
    ],
)
def test_a_text_that_is_not_utf_8_is_refused_before_anything_is_sent(arguments: tuple[str, ...]) -> None:
    shown = lensconnect(*arguments, LENSCONNECT_CONNECTION_TOKEN="t", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "caf\\udce9: not UTF-8" in shown.stderr


def test_a_text_that_only_the_locale_cannot_decode_is_sent_as_it_was_typed() -> None:
    command = [*MAIN, "describe", "send-message", "--content", "café", "--output", "json"]
    locale = environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    shown = subprocess.run(command, env=locale, capture_output=True, check=True)
    assert json.loads(shown.stdout)["body"]["Content"] == "café"


TOKENS = {"describe-view": ("view-token", "/participant/views/"), "get-transcript": ("next-token", '"NextToken":"')}


@pytest.mark.slow
@pytest.mark.parametrize("command", TOKENS)
def test_a_view_or_next_token_is_read_from_a_variable_a_file_or_standard_input(command: str, tmp_path: Path) -> None:
    option, before = TOKENS[command]
    variable = f"LENSCONNECT_{option.upper().replace('-', '_')}"
    (tmp_path / "token").write_text("from-a-file\n")
    reveal = ("describe", command, "--reveal")
    shown = lensconnect(*reveal, **{variable: "from-a-variable"})
    assert f"{before}from-a-variable" in shown.stdout
    shown = lensconnect(*reveal, f"--{option}", f"file://{tmp_path}/token", **{variable: "from-a-variable"})
    assert f"{before}from-a-file" in shown.stdout
    shown = lensconnect(*reveal, f"--{option}", "-", "--token-stdin", stdin="first-line\nsecond-line\n")
    assert f"{before}first-line" in shown.stdout
    assert "X-Amz-Bearer: second-line" in shown.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", TOKENS)
def test_a_token_among_the_arguments_is_refused_and_not_repeated(command: str) -> None:
    option, _ = TOKENS[command]
    for prefix in ((), ("describe",)):
        shown = lensconnect(*prefix, command, f"--{option}", "s3cret", LENSCONNECT_CONNECTION_TOKEN="t")
        assert (shown.returncode, shown.stdout, "s3cret" in shown.stderr) == (2, "", False)
        assert "every user of the machine can read the arguments of a process" in " ".join(shown.stderr.split())
        assert f"LENSCONNECT_{option.upper().replace('-', '_')}" in shown.stderr


def test_a_required_token_that_is_nowhere_is_named() -> None:
    shown = lensconnect("describe-view", LENSCONNECT_CONNECTION_TOKEN="t")
    expected = "no token: set LENSCONNECT_VIEW_TOKEN, or give --view-token file://PATH or --view-token -\n"
    assert (shown.returncode, shown.stderr) == (2, expected)
    assert "/participant/views/***" in lensconnect("describe", "describe-view").stdout


def test_a_token_that_is_nowhere_is_named_with_the_way_to_get_one(chat: Started) -> None:
    shown = chat.run("send-message", "--content", "Hello")
    missing, origin = shown.stderr.splitlines()
    assert (shown.returncode, missing.startswith("no token: set LENSCONNECT_CONNECTION_TOKEN")) == (2, True)
    way, without = origin.split(".  ")
    opened = json.loads(chat.run(*way.split("`")[1].split()[1:]).stdout)
    token = opened["ConnectionCredentials"]["ConnectionToken"]
    assert chat.run("send-message", "--content", "Hello", LENSCONNECT_CONNECTION_TOKEN=token).returncode == 0
    for command in without.removesuffix(" need the participant token alone.").replace(" and", ",").split(", "):
        assert " participant token " in " ".join(lensconnect(command, "--help").stdout.split())
    shown = lensconnect("listen", AWS_REGION="us-east-1")
    assert "StartChatContact" in shown.stderr.splitlines()[1]


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--connection-token", "--participant-token=x"])
def test_an_option_for_a_token_is_answered_with_the_ways_to_give_one(option: str) -> None:
    for command in (("send-event",), ("describe", "send-event")):
        shown = lensconnect(*command, option, "x")
        name = option.partition("=")[0]
        variable = f"LENSCONNECT{name.upper().replace('--', '_').replace('-', '_')}"
        assert shown.returncode == 2
        assert f"{name}: there is no such option: set {variable}, or use --token-stdin" in shown.stderr


def test_the_help_of_an_option_is_the_line_that_documents_its_field() -> None:
    shown = " ".join(lensconnect("complete-attachment-upload", "--help").stdout.split())
    assert "the id from the reply to StartAttachmentUpload; exactly 1 entry" in shown


def test_the_help_tells_how_to_give_a_token() -> None:
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


KNOWN_VALUES: dict[str, dict[str, tuple[str, ...]]] = {
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


@pytest.mark.slow
@pytest.mark.parametrize("command", KNOWN_VALUES)
def test_help_and_doc_list_the_known_values(command: str) -> None:
    help_text = " ".join(lensconnect(command, "--help", COLUMNS="80").stdout.split())
    documentation = " ".join(lensconnect("doc", command).stdout.split())
    for option, values in KNOWN_VALUES[command].items():
        assert f"{option} {', '.join(values)}" in help_text
        assert ", ".join(values) in documentation
    assert ("Known values" in help_text) is bool(KNOWN_VALUES[command])


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Pin a message (`POST /participant/pin`).\n\nIt stays pinned.", "Pin a message."),
        (
            "Pin a message, e.g. a long one.  It stays\npinned.\n\nMore.",
            "Pin a message, e.g. a long one. It stays pinned.",
        ),
        (None, "PinMessage"),
    ],
    ids=["with a path", "two sentences", "no docstring"],
)
def test_the_summary_of_an_operation_is_its_first_paragraph(docstring: str | None, expected: str) -> None:
    class PinMessage(Request[Reply], frozen=True, kw_only=True):
        pass

    PinMessage.__doc__ = docstring
    assert summary(OPERATIONS[0].__replace__(request=PinMessage)) == expected
