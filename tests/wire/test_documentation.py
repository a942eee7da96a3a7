"""doc: the tables of an operation, and whether a second sending is safe; the help of a constructor."""

from __future__ import annotations

import inspect

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


def test_the_text_of_an_operation_has_its_purpose_and_its_tables() -> None:
    assert (
        str(lc.doc(lc.DescribeView))
        == f"""\
DescribeView  GET /participant/views/{{ViewToken}}

{inspect.getdoc(lc.DescribeView)}

Request
  view_token        ViewToken        str  required  1..1000 characters  in the path
  connection_token  ConnectionToken  str  required  1..1000 characters  in the header

Reply
  http_status  HttpStatus  int           required
  undecoded    Undecoded   tuple of str  optional
  view         View        View          optional

Errors
  403 AccessDeniedException
  500 InternalServerException
  429 ThrottlingException
  400 ValidationException
  404 ResourceNotFoundException

Safe to send again: always"""
    )


def test_the_known_values_of_a_field_follow_its_row() -> None:
    request = str(lc.doc(lc.SendMessage)).partition("Request\n")[2].partition("\nReply")[0]
    assert (
        request
        == """\
  content_type      ContentType      str  required  1..100 characters
      text/plain, text/markdown, application/json,
      application/vnd.amazonaws.connect.message.interactive.response
  content           Content          str  required  1..16384 characters
  connection_token  ConnectionToken  str  required  1..1000 characters   in the header
  client_token      ClientToken      str  optional  0..500 characters
"""
    )


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
