"""Options of the operations: tokens are never options, and the help names every known value."""

from __future__ import annotations

import pytest
from helpers.command_line import lensconnect

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
