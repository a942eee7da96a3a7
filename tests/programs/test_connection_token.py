"""get_connection_token: one request for CONNECTION_CREDENTIALS alone, and its connection token."""

from __future__ import annotations

from typing import Any

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator
from lensconnect.programs.effects import Perform

TOKEN = lc.ParticipantToken("a-participant-token")


def rehearsed(status: int, body: bytes, *headers: tuple[str, str]) -> Any:
    found = lc.rehearse(lc.get_connection_token(TOKEN), [lc.HttpResponse(status, headers, body)])
    (performed,) = [each.request for each in found.effects if isinstance(each, Perform)]
    assert performed.body == b'{"Type":["CONNECTION_CREDENTIALS"]}'
    return found.outcome


def test_the_token_that_it_returns_is_good_for_the_other_operations() -> None:
    service = Emulator()
    with lc.new_env(endpoint_url="https://chat.invalid", transport=service.transport) as env:
        token = lc.or_raise(lc.get_connection_token(service.start_chat().participant_token)(env))
        assert lc.is_ok(lc.to_result(lc.send(lc.GetTranscript(connection_token=token))(env)))


@pytest.mark.parametrize("credentials", [b'{"Expiry":"2026-12-01T00:00:00.000Z"}', b'{"ConnectionToken":""}'])
def test_a_reply_without_a_token_is_a_serialize_error(credentials: bytes) -> None:
    outcome = rehearsed(200, b'{"ConnectionCredentials":%b}' % credentials)
    assert outcome == lc.Failure(lc.SerializeError(200, "the reply has no connection token"))


def test_an_error_of_the_service_is_its_failure() -> None:
    outcome = rehearsed(403, b'{"message":"no"}', ("x-amzn-ErrorType", "AccessDeniedException"))
    assert isinstance(outcome.failure(), lc.ServiceError)
    assert outcome.failure().code == "AccessDeniedException"


def test_it_is_a_value_that_shows_no_token() -> None:
    assert lc.get_connection_token(TOKEN) == lc.get_connection_token(TOKEN)
    assert TOKEN not in repr(lc.get_connection_token(TOKEN))
