"""Rows of the table: the fields that a reply of the service has, and the bounds of a reply."""

import pytest

from lensconnect import (
    CreateParticipantConnection,
    GetTranscriptResponse,
    ParticipantToken,
    SendMessage,
    new_send_message,
)
from lensconnect.operations import OPERATIONS, expect_request, operation_of
from lensconnect.record import ConnectionToken

CONNECT = operation_of(CreateParticipantConnection)


def expected(*kinds: str) -> tuple[str, ...]:
    return CONNECT.expected(CreateParticipantConnection(participant_token=ParticipantToken("p"), type=kinds))


def test_the_parts_that_are_asked_for_are_expected() -> None:
    assert expected("WEBSOCKET", "CONNECTION_CREDENTIALS") == ("websocket", "connection_credentials")
    assert expected("CONNECTION_CREDENTIALS") == ("connection_credentials",)
    assert expected("SOMETHING_NEW") == ()


def test_no_part_is_expected_without_a_type() -> None:
    assert CONNECT.expected(CreateParticipantConnection(participant_token=ParticipantToken("p"))) == ()


def test_the_usual_fields_are_always_expected() -> None:
    request = new_send_message("text/plain", "hi", ConnectionToken("t"))
    assert operation_of(SendMessage).expected(request) == ("id", "absolute_time")


def test_replies_have_at_most_1_mib_and_10000_values_unless_their_row_says_more() -> None:
    bounds = {row.name: (row.most_bytes, row.most_values) for row in OPERATIONS}
    assert bounds == {
        **dict.fromkeys(bounds, (1 << 20, 10_000)),
        "DescribeView": (4 << 20, 10_000),
        "GetTranscript": (16 << 20, 100_000),
    }


def test_only_a_request_of_the_table_is_a_request() -> None:
    request = new_send_message("text/plain", "hi", ConnectionToken("t"))
    expect_request("send", request)
    for wrong in (SendMessage, operation_of(SendMessage), None):
        with pytest.raises(TypeError, match=r"^send: request must be a request such as SendMessage\(\.\.\.\), not "):
            expect_request("send", wrong)


def test_a_reply_shows_undecoded_only_where_it_names_a_member() -> None:
    page = GetTranscriptResponse(http_status=200, next_token="", undecoded=("$.Transcript",))
    assert repr(page) == "GetTranscriptResponse(http_status=200, undecoded=('$.Transcript',), next_token='')"
    assert repr(GetTranscriptResponse(http_status=200)) == "GetTranscriptResponse(http_status=200)"
