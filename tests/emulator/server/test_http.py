"""HTTP details of the server: 100-continue, keep-alive, bounds, dates, headers and paths."""

from __future__ import annotations

import asyncio
import http.client
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from starlette.requests import HTTPConnection

import lensconnect as lc
from lensconnect import decode
from lensconnect import emulator as doors
from lensconnect.emulator import Options
from lensconnect.emulator.server.asgi import _http_request

from ..helpers.harness import connected, described
from ..helpers.uploads import DATA, announcement


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
    """A signed header of an upload arrives as its bytes were signed; bytes that are not UTF-8 equal no text."""
    values = "聊天.txt\u202f\U0001f600é".encode(), "é".encode("latin-1")
    scope = {"type": "http", "path": "/", "query_string": b"", "headers": [(b"x-name", value) for value in values]}
    request = _http_request(HTTPConnection(scope), "PUT", b"")
    assert request.headers == (("x-name", "聊天.txt\u202f\U0001f600é"), ("x-name", "\ufffd"))


@pytest.mark.parametrize("name", ["Grüße.txt", "聊天 \U0001f600.txt"])
def test_a_file_name_counts_as_its_bytes_in_utf_8(name: str) -> None:
    with doors.running(doors.Emulator(doors.Options(file_names="utf8"))) as service:
        token = connected(service.emulator, service.start_chat().participant_token)
        announced = decode(lc.StartAttachmentUpload, service.emulator.handle(described(announcement(token, name))))
        metadata = announced.unwrap().upload_metadata
        assert metadata is not None
        headers = dict(metadata.headers_to_include or {})
        disposition = headers.pop("Content-Disposition")
        assert disposition == f'attachment; filename="{name}"'

        def put(value: bytes) -> int:
            address = urlsplit(metadata.url or "")
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
            connection.request("PUT", address.path, DATA, {**headers, "Content-Disposition": value})
            status = connection.getresponse().status
            connection.close()
            return status

        latin, escaped = disposition.encode("latin-1", "replace"), quote(disposition, safe=' ;="').encode()
        assert [put(value) for value in (latin, escaped, disposition.encode())] == [403, 403, 200]


@pytest.mark.parametrize("transport", ["direct", "aiohttp"])
def test_lensconnect_sends_a_file_name_in_utf_8(transport: str) -> None:
    with doors.running(doors.Emulator(doors.Options(file_names="utf8"))) as service:
        chat = service.start_chat()
        program = lc.join_chat(chat.participant_token).bind(
            lambda joined: lc.attach(joined, b"Hello", name="Grüße 聊天.txt")
        )
        if transport == "direct":
            with lc.new_env(endpoint_url=service.base_url) as env:
                lc.or_raise(program(env))
        else:
            asyncio.run(_attached(service.base_url, program))
        assert (service.items(chat.contact_id)[-1].attachments or ())[0].attachment_name == "Grüße 聊天.txt"


async def _attached(url: str, program: lc.Program[object, lc.Error]) -> None:
    async with lc.new_async_env(endpoint_url=url, transport="aiohttp") as env:
        lc.or_raise(await program(env))


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
