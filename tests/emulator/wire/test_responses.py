"""Responses: errors and empty replies."""

from __future__ import annotations

import json

import pytest

from lensconnect import SendEvent, ServiceError, decode, new_disconnect_participant
from lensconnect.emulator import Options
from lensconnect.emulator.options import ErrorType, MessageKey
from lensconnect.emulator.wire.responses import of_error

from ..helpers.harness import Harness, described


@pytest.mark.parametrize("error_type", ["name", "url", "absent"])
@pytest.mark.parametrize("message_key", ["message", "Message"])
def test_decode_reads_errors_back(error_type: ErrorType, message_key: MessageKey) -> None:
    error = ServiceError(404, "ResourceNotFoundException", "gone", resource_id="r")
    response = of_error(error, Options(error_type=error_type, message_key=message_key), "id")
    back = decode(SendEvent, response).failure()
    assert isinstance(back, ServiceError)
    code = "" if error_type == "absent" else error.code
    assert (back.status, back.code, back.message, back.request_id) == (404, code, "gone", "id")
    assert message_key in json.loads(response.body)


def test_a_reply_without_members_may_be_an_empty_body() -> None:
    for empty, body in ((False, b"{}"), (True, b"")):
        harness = Harness(Options(empty_replies=empty))
        assert harness.handle(described(new_disconnect_participant(harness.connect()))).body == body
