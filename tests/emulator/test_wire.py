"""Routes, media types, the shapes of errors; what junk comes to."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from lensconnect import HttpRequest, HttpResponse, SendEvent, ServiceError, decode, new_disconnect_participant
from lensconnect import emulator as doors
from lensconnect.emulator import Options
from lensconnect.emulator.options import ErrorType, MessageKey
from lensconnect.emulator.wire.responses import of_error
from lensconnect.operations import OPERATIONS

from .talk import Talk, connected, described

HOST = "http://emulator.invalid"


def post(talk: Talk, path: str, body: bytes, *headers: tuple[str, str], method: str = "POST") -> HttpResponse:
    return talk.raw(HttpRequest(method, HOST + path, headers, body))


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("/participant/transcript", "application/json", b"{}"),
        ("/participant/transcript", "application/x-amz-json-1.1", b""),
        ("//participant//transcript", "application/json; charset=UTF-8", b'{"Later":1,"MaxResults":null}'),
        ("/base/participant/transcript/", "APPLICATION/JSON", b"{}"),
    ],
)
def test_takes_what_clients_send(path: str, media_type: str, body: bytes) -> None:
    talk = Talk()
    bearer = ("x-amz-bearer", talk.connect())
    response = post(talk, path, body, bearer, ("content-type", media_type), ("Authorization", "AWS4 no"))
    assert response.status == 200
    assert response.header("Content-Type") == "application/json"
    assert len(response.header("x-amzn-requestid") or "") == 36


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"', b'{"ContentType":1}', b"{}", b"[" * 10_000])
def test_refuses_bad_bodies(body: bytes) -> None:
    talk = Talk()
    response = post(talk, "/participant/message", body, ("X-Amz-Bearer", talk.connect()))
    assert response.status == 400
    assert response.header("x-amzn-errortype") == "ValidationException"
    assert list(json.loads(response.body)) == ["message"]


def test_another_media_type_is_refused() -> None:
    talk = Talk()
    sent = (("X-Amz-Bearer", talk.connect()), ("Content-Type", "text/html"))
    assert post(talk, "/participant/transcript", b"{}", *sent).status == 400


@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        ("transcript", b'{"MaxResults":101}', "MaxResults"),
        ("transcript", b'{"StartPosition":{"MostRecent":101}}', "StartPosition.MostRecent"),
        ("attachment", b'{"AttachmentId":"a","UrlContentDisposition":"X"}', "UrlContentDisposition"),
        ("message", b'{"ContentType":"","Content":"x"}', "ContentType"),
        ("complete-attachment-upload", b'{"AttachmentIds":[""],"ClientToken":"x"}', "AttachmentIds[0]"),
    ],
)
def test_a_refusal_spells_members_as_the_caller_does(path: str, body: bytes, member: str) -> None:
    talk = Talk()
    response = post(talk, f"/participant/{path}", body, ("x-amz-bearer", talk.connect()))
    assert json.loads(response.body)["message"].startswith(f"{member} must be ")


def test_routes() -> None:
    talk = Talk()
    for path in ("/", "/participant", "/participant/", "/participant/views", "/participant/nothing", "/_emulator/x"):
        assert post(talk, path, b"").status == 404
    for row in OPERATIONS:
        path = row.path + ("/a%2Fb" if row.at("path") else "")
        response = post(talk, path, b"", method="DELETE")
        assert (response.status, response.header("allow")) == (405, row.method)
        assert post(talk, path, b"", method=row.method).status == 403


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("chat", "PUT"), ("stop", "POST"), ("participant-role-config/i/c", "PUT"), ("create-participant", "POST")],
)
def test_the_neighbouring_service_has_its_methods_too(path: str, allowed: str) -> None:
    for method in ("GET", "DELETE", "POST" if allowed == "PUT" else "PUT"):
        response = post(Talk(), f"/base//contact/{path}", b"{}", method=method)
        assert (response.status, response.header("allow")) == (405, allowed)


@pytest.mark.parametrize("error_type", ["name", "url", "absent"])
@pytest.mark.parametrize("message_key", ["message", "Message"])
def test_errors_read_back(error_type: ErrorType, message_key: MessageKey) -> None:
    error = ServiceError(404, "ResourceNotFoundException", "gone", resource_id="r")
    response = of_error(error, Options(error_type=error_type, message_key=message_key), "id")
    back = decode(SendEvent, response).failure()
    assert isinstance(back, ServiceError)
    code = "" if error_type == "absent" else error.code
    assert (back.status, back.code, back.message, back.request_id) == (404, code, "gone", "id")
    assert message_key in json.loads(response.body)


def test_replies_without_members_may_be_nothing() -> None:
    for empty, body in ((False, b"{}"), (True, b"")):
        talk = Talk(Options(empty_replies=empty))
        assert talk.raw(described(new_disconnect_participant(talk.connect()))).body == body


def test_shows_no_token() -> None:
    talk = Talk()
    token = talk.connect()
    secrets = [token, talk.chat.participant_token, talk.chat.agent_token, talk.chat.view_token]
    talk.say(token, "a secret of mine")
    shown = repr((talk.chat, talk.frames, talk.emulator, vars(talk.emulator)))
    assert not [secret for secret in [*secrets, "a secret of mine"] if secret in shown]


def test_the_server_bounds_a_body() -> None:
    with doors.running(doors.Emulator(Options(attachment_bytes=1))) as service:
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        connection.request("POST", "/participant/message", b" " * (1024 * 1024 + 2), {"Origin": "http://page"})
        response = connection.getresponse()
        assert response.status == 413
        assert response.headers["Access-Control-Allow-Origin"] == "http://page"
        assert len(response.headers["x-amzn-requestid"]) == 36
        connection.close()


def test_the_date_of_an_answer_is_the_real_one() -> None:
    with doors.running(doors.Emulator(clock=lambda: 0.0)) as service:
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        connection.request("GET", "/participant/views/x")
        sent = parsedate_to_datetime(connection.getresponse().headers["Date"])
        connection.close()
    assert abs((datetime.now(UTC) - sent).total_seconds()) < 3600


def test_the_server_takes_spaces_around_a_header_for_nothing() -> None:
    with doors.running() as service:
        token = connected(service.emulator, service.start_chat().participant_token)
        address = urlsplit(service.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        connection.request("POST", "/participant/transcript", "{}", {"X-Amz-Bearer": f" {token} \t"})
        assert connection.getresponse().status == 200
        connection.close()


def test_the_server_keeps_a_path_as_it_came() -> None:
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
