"""HTTP details of the server: 100-continue, keep-alive, bounds, dates, headers and paths."""

from __future__ import annotations

import http.client
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from lensconnect import emulator as doors
from lensconnect.emulator import Options
from lensconnect.emulator.server.asgi import _http_request

from ..helpers.harness import connected


def exchanged(stream: Any) -> tuple[int, bytes]:
    """One response from a raw connection."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().strip()) != b"":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, stream.read(length)


def test_100_continue_and_keep_alive() -> None:
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


def test_a_body_is_bounded() -> None:
    with doors.running(doors.Emulator(Options(body_bytes=1024 * 1024))) as service:
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        connection.request("POST", "/participant/message", b" " * (1024 * 1024 + 2), {"Origin": "http://page"})
        response = connection.getresponse()
        assert response.status == 413
        assert response.headers["Access-Control-Allow-Origin"] == "http://page"
        assert len(response.headers["x-amzn-requestid"]) == 36
        connection.close()


def test_the_date_header_is_the_real_time() -> None:
    with doors.running(doors.Emulator(clock=lambda: 0.0)) as service:
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        connection.request("GET", "/participant/views/x")
        sent = parsedate_to_datetime(connection.getresponse().headers["Date"])
        connection.close()
    assert abs((datetime.now(UTC) - sent).total_seconds()) < 3600


def test_spaces_around_a_header_value_are_ignored() -> None:
    with doors.running() as service:
        token = connected(service.emulator, service.start_chat().participant_token)
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        connection.request("POST", "/participant/transcript", "{}", {"X-Amz-Bearer": f" {token} \t"})
        assert connection.getresponse().status == 200
        connection.close()


def test_the_text_of_a_header_is_utf_8() -> None:
    """A signed header of an upload arrives as its bytes were signed; bytes that are not UTF-8 are Latin-1."""
    values = "聊天.txt\u202f\U0001f600é".encode(), "é".encode("latin-1")
    scope = {"type": "http", "path": "/", "query_string": b"", "headers": [(b"x-name", value) for value in values]}
    request = _http_request(HTTPConnection(scope), "PUT", b"")
    assert request.headers == (("x-name", "聊天.txt\u202f\U0001f600é"), ("x-name", "é"))


def test_a_path_is_kept_undecoded() -> None:
    with doors.running() as service:
        chat = service.start_chat()
        token = connected(service.emulator, chat.participant_token)
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        for path in ("a%2Fb", "a%0Ab", "a%3Fb", "%C3%A9"):
            connection.request("GET", f"//participant/views/{path}", headers={"X-Amz-Bearer": token})
            response = connection.getresponse()
            response.read()
            assert (response.status, response.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
        connection.close()
