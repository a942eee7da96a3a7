"""doc: the last line says whether a second sending is safe; the help of a constructor says what it leaves out."""

from __future__ import annotations

import pytest

import lensconnect as lc

SAFE_TO_SEND_AGAIN = {
    "always": "Safe to send again: always",
    "with_client_token": "Safe to send again: with the same ClientToken",
    "never": "Safe to send again: never",
}


@pytest.mark.parametrize("row", lc.OPERATIONS, ids=lambda row: row.name)
def test_the_last_line_says_when_a_second_sending_is_safe(row: lc.Operation[lc.Request[lc.Reply], lc.Reply]) -> None:
    assert lc.doc(row).splitlines()[-1] == SAFE_TO_SEND_AGAIN[row.repeat]


def test_a_session_is_used_up_by_the_first_sending() -> None:
    assert lc.doc(lc.GetAuthenticationUrl).endswith("Safe to send again: never")


def test_the_constructor_of_a_connection_says_that_its_request_alone_is_refused() -> None:
    documentation = " ".join((lc.new_create_participant_connection.__doc__ or "").split())
    assert "The service refuses it as it is" in documentation
    assert "get_connection_token" in documentation


def test_an_interactive_session_shows_the_lines() -> None:
    shown = lc.doc(lc.SendMessage)
    assert repr(shown) == str(shown)
    assert "\n" in repr(shown)
