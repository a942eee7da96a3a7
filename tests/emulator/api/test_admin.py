"""The admin API over HTTP."""

from __future__ import annotations

import json
from typing import Any

from lensconnect import HttpRequest, HttpResponse

from ..helpers.harness import Harness


def ask(harness: Harness, method: str, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return harness.handle(HttpRequest(method, "http://emulator.invalid" + path, sent, body))


def test_the_admin_api_starts_and_lists_chats() -> None:
    harness = Harness()

    def call(method: str, path: str, body: object = None) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        response = ask(harness, method, f"//_emulator/{path}", raw)
        return response.status, json.loads(response.body)

    status, begun = call("POST", "chats", {"CustomerName": "Ada"})
    assert (status, len(begun["SessionId"])) == (200, 36)
    chat = next(one for one in call("GET", "chats")[1]["Chats"] if one["ContactId"] == begun["ContactId"])
    customer, agent = chat["Participants"]
    assert (customer["DisplayName"], customer["ParticipantToken"]) == ("Ada", begun["ParticipantToken"])
    assert (agent["ParticipantRole"], agent["Standing"]) == ("AGENT", "invited")
    home = f"chats/{begun['ContactId']}"
    assert call("POST", f"{home}/participants", {"ParticipantRole": "SUPERVISOR"})[1]["ParticipantToken"]
    interactive = "application/vnd.amazonaws.connect.message.interactive"
    message = call("POST", f"{home}/messages", {"Content": "{}", "ContentType": interactive, "DisplayName": "BOT"})[1]
    assert (message["ParticipantRole"], message["DisplayName"], message["ContentType"]) == (
        "SYSTEM",
        "BOT",
        interactive,
    )
    assert len(call("POST", f"{home}/authentication")[1]["SessionId"]) == 36
    assert call("GET", f"{home}/messages")[0] == 405
    assert call("POST", f"{home}/nothing")[0] == call("POST", "chats/nobody/messages")[0] == 404
    assert call("POST", f"{home}/participants", {"ParticipantRole": "WIZARD"})[0] == 400
    assert call("POST", f"{home}/messages", {})[0] == call("POST", "chats", [])[0] == 400
    for path, body in (
        ("chats", {"CustomerNam": "Ada"}),
        ("chats", {"SupportedMessagingContentTypes": ["text/plan"]}),
        (f"{home}/messages", {"Content": ""}),
        (f"{home}/participants", {"Role": "AGENT"}),
        (f"{home}/transfer", {"Fail": True}),
        ("flows", {"Name": "x", "Greeting": "Hi", "Answer": "x"}),
    ):
        status, answer = call("POST", path, body)
        assert (status, "message" in answer) == (400, True)
    assert harness.emulator.stop_chat(begun["ContactId"])
    assert not harness.emulator.stop_chat(begun["ContactId"])
    assert call("POST", f"{home}/messages", {"Content": "late"})[0] == 400
    assert harness.emulator.say(begun["ContactId"], "late") is None
