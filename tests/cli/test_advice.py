"""Advice: an exit code and a next step for every error, and no control characters from a peer."""

from __future__ import annotations

from typing import get_args

import pytest

from lensconnect import (
    OPERATIONS,
    ConnectionToken,
    Error,
    Fault,
    InvalidEndpoint,
    InvalidRequest,
    SerializeError,
    ServiceError,
    TransportError,
    new_get_authentication_url,
    new_get_transcript,
    new_send_message,
    send_message_client_token,
)
from lensconnect.cli.advice import STATUS_ADVICE, TRANSPORT_ADVICE, advice, advice_in_doubt, error_text, exit_code
from lensconnect.errors import Kind, Sent

TOKEN = ConnectionToken("t")
TEXT = "the-chat-text"

ERRORS: list[Error] = [
    InvalidRequest((Fault("content", "1..16384 characters", 0),)),
    InvalidEndpoint("no region"),
    SerializeError(200, "not JSON"),
    *(TransportError(kind, "x", sent) for kind in get_args(Kind) for sent in get_args(Sent)),
    *(ServiceError(error.status, error.code) for row in OPERATIONS for error in row.errors),
    *(ServiceError(status, "") for status in (301, 418, 501, 503)),
]
MESSAGE = new_send_message("text/plain", TEXT, TOKEN) & send_message_client_token.set("my token")


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_every_error_has_advice(error: Error) -> None:
    read = advice(error, advice_in_doubt(new_get_transcript(TOKEN)))
    write = advice(error, advice_in_doubt(MESSAGE))
    unrepeatable = advice(error, advice_in_doubt(new_get_authentication_url("s" * 36, "https://x", TOKEN)))
    is_in_doubt = exit_code(error) == 3
    assert ("--client-token 'my token'" in write) is is_in_doubt
    assert ("may act twice" in unrepeatable) is is_in_doubt
    assert ("It is safe to try again" in read) is is_in_doubt
    assert (exit_code(error) == 2) is isinstance(error, InvalidRequest | InvalidEndpoint)
    if isinstance(error, TransportError):
        assert is_in_doubt is (error.sent != "no")
        assert ("Nothing was sent" in write) is (error.sent == "no")
    for text in (read, write, unrepeatable):
        assert text.endswith((".", "'my token'"))
        assert TEXT not in text


def test_a_file_that_cannot_be_written_is_no_invalid_request() -> None:
    error = InvalidRequest((Fault("path", "the path of a file that can be written: no space left on device"),))
    assert exit_code(error) == 4
    assert error_text(error) == "--output-file must be the path of a file that can be written: no space left on device"


def test_every_kind_and_every_modelled_status_has_advice_of_its_own() -> None:
    assert set(TRANSPORT_ADVICE) == set(get_args(Kind))
    assert {error.status for row in OPERATIONS for error in row.errors} == set(STATUS_ADVICE)
    texts = [*TRANSPORT_ADVICE.values(), *STATUS_ADVICE.values()]
    assert len(set(texts)) == len(texts)


def test_faults_are_named_by_option() -> None:
    faults = (
        Fault("start_position.most_recent", "0..100", 101),
        Fault("attachment_ids[0]", "text"),
        Fault("participant_token", "x"),
    )
    assert error_text(InvalidRequest(faults)) == (
        "invalid request: --start-position.most_recent must be 0..100 (size 101); --attachment-ids[0] must be text; "
        "LENSCONNECT_PARTICIPANT_TOKEN must be x"
    )


def test_a_peer_cannot_write_to_the_terminal() -> None:
    assert error_text(ServiceError(400, "\x1b[31m", "\x1b]0;title\x07\r\n\x9b2J")).isprintable()
