"""Views and authentication sessions."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from lensconnect import (
    HttpRequest,
    ServiceError,
    View,
    new_cancel_participant_authentication,
    new_describe_view,
    new_get_authentication_url,
)
from lensconnect.emulator.operations import HANDLERS
from lensconnect.operations import OPERATIONS

from .talk import Talk, kinds

INVALID = (400, "ValidationException")
HOME = "https://example.com/back"


def test_every_operation_has_a_handler() -> None:
    assert {row.request for row in OPERATIONS} == set(HANDLERS)


def test_views_belong_to_their_chat() -> None:
    talk = Talk()
    token = talk.connect()
    view = talk.ask(new_describe_view(talk.chat.view_token, token)).unwrap().view
    assert view is not None
    assert view.content is not None
    assert json.loads(view.content.template or "")
    own = talk.emulator.add_view(talk.chat.contact_id, View(id="own", name="Own"))
    assert talk.ask(new_describe_view(own, token)).unwrap().view == View(id="own", name="Own")
    other = talk.emulator.start_chat()
    assert talk.refusal(new_describe_view(other.view_token, token)) == (403, "AccessDeniedException")
    with pytest.raises(KeyError):
        talk.emulator.add_view("nobody", View())


@pytest.mark.parametrize("view_token", ["unknown", "a/b+c=d e~-._:é"])
def test_an_unknown_view_is_not_found(view_token: str) -> None:
    talk = Talk()
    error = talk.ask(new_describe_view(view_token, talk.connect())).failure()
    assert isinstance(error, ServiceError)
    assert (error.status, error.code) == (404, "ResourceNotFoundException")
    assert (error.resource_type, error.resource_id) == ("CONTACT", talk.chat.contact_id)


def test_an_authentication_url_is_given_once_within_a_minute() -> None:
    talk = Talk()
    token = talk.connect()
    request = new_get_authentication_url(talk.chat.session_id, HOME, token)
    assert talk.ask(request).unwrap().authentication_url
    assert talk.refusal(request) == INVALID
    late = Talk()
    late.now += 60
    assert late.refusal(new_get_authentication_url(late.chat.session_id, HOME, late.connect())) == INVALID
    assert talk.refusal(new_get_authentication_url("x" * 36, HOME, token)) == INVALID
    assert talk.refusal(new_get_authentication_url("short", HOME, token)) == INVALID


@pytest.mark.parametrize(
    ("member", "heard"), [("Code", "authentication.succeeded"), ("Error", "authentication.failed")]
)
def test_how_a_login_ended_is_heard(member: str, heard: str) -> None:
    talk = Talk()
    ear = talk.ear().subscribe()
    url = talk.ask(new_get_authentication_url(talk.chat.session_id, HOME, talk.connect())).unwrap().authentication_url
    back = talk.raw(HttpRequest("GET", url or "")).header("location") or ""
    assert back.startswith(f"{HOME}?code=")
    state = parse_qs(urlsplit(back).query)["state"][0]
    wish = json.dumps({"State": state, "InstanceId": "i", member: "x"}).encode()
    ear.frames()
    update = HttpRequest("POST", "http://emulator.invalid/contact/update-participant-authentication", (), wish)
    assert [talk.raw(update).status for _ in range(2)] == [200, 409]
    assert kinds(ear.items()) == [heard]


def test_a_session_can_be_cancelled_again_and_again() -> None:
    talk = Talk()
    token = talk.connect()
    talk.frames.clear()
    for _ in range(2):
        talk.ask(new_cancel_participant_authentication(talk.chat.session_id, token)).unwrap()
    assert sum("authentication.cancelled" in frame.text for frame in talk.frames) == 2
    assert talk.refusal(new_get_authentication_url(talk.chat.session_id, HOME, token)) == INVALID
    assert talk.refusal(new_cancel_participant_authentication("x" * 36, token)) == INVALID
