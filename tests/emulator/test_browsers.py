"""What browsers and careful HTTP clients need: CORS, `100 Continue`, kept connections, doubled slashes."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from lensconnect import HttpRequest, HttpResponse
from lensconnect import emulator as doors

from .talk import Talk

ORIGIN = "http://localhost:5173"
PATHS = ["/participant/message", "//participant//views/x", "/contact/chat", "/_emulator/uploads/x", "/nowhere"]


def ask(talk: Talk, method: str, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return talk.raw(HttpRequest(method, "http://emulator.invalid" + path, sent, body))


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_allows_what_the_sdks_send(path: str) -> None:
    wanted = "amz-sdk-invocation-id,amz-sdk-request,content-type,x-amz-bearer,x-amz-user-agent"
    response = ask(
        Talk(),
        "OPTIONS",
        path,
        origin=ORIGIN,
        access_control_request_method="POST",
        access_control_request_headers=wanted,
        access_control_request_private_network="true",
    )
    assert (response.status, response.body) == (200, b"")
    assert response.header("access-control-allow-origin") == ORIGIN
    assert response.header("access-control-allow-headers") == wanted
    assert "PUT" in (response.header("access-control-allow-methods") or "")
    assert response.header("access-control-allow-private-network") == "true"
    plain = ask(Talk(), "OPTIONS", path, origin=ORIGIN)
    assert "x-amz-bearer" in (plain.header("access-control-allow-headers") or "")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_may_read_the_answer(path: str) -> None:
    response = ask(Talk(), "POST", path, origin=ORIGIN)
    assert response.status >= 400
    assert response.header("access-control-allow-origin") == ORIGIN
    assert "x-amzn-errortype" in (response.header("access-control-expose-headers") or "")
    assert ask(Talk(), "POST", path).header("access-control-allow-origin") is None


def test_the_emulators_own_door() -> None:
    talk = Talk()

    def door(method: str, path: str, body: object = None) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        response = ask(talk, method, f"//_emulator/{path}", raw)
        return response.status, json.loads(response.body)

    status, begun = door("POST", "chats", {"CustomerName": "Ada"})
    assert (status, len(begun["SessionId"])) == (200, 36)
    chat = next(one for one in door("GET", "chats")[1]["Chats"] if one["ContactId"] == begun["ContactId"])
    customer, agent = chat["Participants"]
    assert (customer["DisplayName"], customer["ParticipantToken"]) == ("Ada", begun["ParticipantToken"])
    assert (agent["ParticipantRole"], agent["Standing"]) == ("AGENT", "invited")
    home = f"chats/{begun['ContactId']}"
    assert door("POST", f"{home}/participants", {"ParticipantRole": "SUPERVISOR"})[1]["ParticipantToken"]
    interactive = "application/vnd.amazonaws.connect.message.interactive"
    said = door("POST", f"{home}/messages", {"Content": "{}", "ContentType": interactive, "DisplayName": "BOT"})[1]
    assert (said["ParticipantRole"], said["DisplayName"], said["ContentType"]) == ("SYSTEM", "BOT", interactive)
    assert len(door("POST", f"{home}/authentication")[1]["SessionId"]) == 36
    assert door("GET", f"{home}/messages")[0] == 405
    assert door("POST", f"{home}/nothing")[0] == door("POST", "chats/nobody/messages")[0] == 404
    assert door("POST", f"{home}/participants", {"ParticipantRole": "WIZARD"})[0] == 400
    assert door("POST", f"{home}/messages", {})[0] == door("POST", "chats", [])[0] == 400
    assert talk.emulator.stop_chat(begun["ContactId"])
    assert not talk.emulator.stop_chat(begun["ContactId"])
    assert door("POST", f"{home}/messages", {"Content": "late"})[0] == 400
    assert talk.emulator.say(begun["ContactId"], "late") is None


def exchanged(stream: Any) -> tuple[int, bytes]:
    """One response from a raw connection."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().strip()) != b"":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, stream.read(length)


def test_expect_100_continue_and_kept_connections() -> None:
    with doors.running() as service:
        address = urlsplit(service.base_url)
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as raw:
            stream = raw.makefile("rb")
            for _ in range(3):
                raw.sendall(
                    b"POST //_emulator//chats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
                )
                assert exchanged(stream) == (100, b"")
                raw.sendall(b"{}")
                status, body = exchanged(stream)
                assert (status, b"ContactId" in body) == (200, True)
            stream.close()
