"""UpdateParticipantAuthentication."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from lensconnect import (
    HttpRequest,
    new_get_authentication_url,
)

from ..helpers.harness import Harness, kinds

HOME = "https://example.com/back"


@pytest.mark.parametrize(
    ("member", "event"), [("Code", "authentication.succeeded"), ("Error", "authentication.failed")]
)
def test_the_result_of_a_login_is_pushed(member: str, event: str) -> None:
    harness = Harness()
    client = harness.open_socket().subscribe()
    url = (
        harness.send(new_get_authentication_url(harness.chat.session_id, HOME, harness.connect()))
        .unwrap()
        .authentication_url
    )
    back = harness.handle(HttpRequest("GET", url or "")).header("location") or ""
    assert back.startswith(f"{HOME}?code=")
    state = parse_qs(urlsplit(back).query)["state"][0]
    body = json.dumps({"State": state, "InstanceId": "i", member: "x"}).encode()
    client.frames()
    update = HttpRequest("POST", "http://emulator.invalid/contact/update-participant-authentication", (), body)
    assert [harness.handle(update).status for _ in range(2)] == [200, 409]
    assert kinds(client.items()) == [event]
