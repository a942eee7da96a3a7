"""Faults of requests: the error or the delivery in place of the response, in process and over the network."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from lensconnect import Endpoint, HttpResponse, TransportError, describe, new_get_transcript, new_send_message
from lensconnect.emulator import Emulator, HttpFault, running
from lensconnect.emulator.chat.fault_plan import HttpKind
from lensconnect.interpreters.direct import DirectTransport

from ..helpers.harness import Harness, connected, described


def contents(harness: Harness, token: Any) -> list[str | None]:
    return [item.content for item in harness.send(new_get_transcript(token)).unwrap().transcript or () if item.content]


def test_a_fault_prevents_the_operation() -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.plan(
        HttpFault("throttle", operation="SendMessage", count=2), HttpFault("error", status=503, count=1)
    )
    send = new_send_message("text/plain", "x", token)
    assert harness.error_of(send) == harness.error_of(send) == (429, "ThrottlingException")
    assert harness.error_of(new_get_transcript(token)) == (503, "ServiceUnavailableException")
    assert contents(harness, token) == []
    assert harness.emulator.faults() == ()
    harness.emulator.plan(HttpFault("error"))
    assert harness.error_of(send) == harness.error_of(send) == (500, "InternalServerException")
    harness.emulator.clear_faults()
    harness.send(send).unwrap()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (402, "ServiceQuotaExceededException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (409, "ConflictException"),
        (418, "UnknownError"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (504, "ServiceUnavailableException"),
    ],
)
def test_an_error_has_the_code_of_its_status(status: int, code: str) -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.plan(HttpFault("error", status=status))
    assert harness.error_of(new_get_transcript(token)) == (status, code)


@pytest.mark.parametrize(
    ("kind", "acts", "error_kind", "sent"),
    [
        ("drop", True, "incomplete", "maybe"),
        ("truncate", True, "incomplete", "yes"),
        ("reset", False, "reset", "maybe"),
        ("delay", True, "timeout", "maybe"),
    ],
)
def test_a_fault_changes_the_response_in_process(kind: HttpKind, acts: bool, error_kind: str, sent: str) -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.plan(HttpFault(kind, count=1, seconds=9.0))
    error = harness.emulator.transport(described(new_send_message("text/plain", "x", token)), 0.01).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, error.sent) == (error_kind, sent)
    assert contents(harness, token) == (["x"] if acts else [])


def send_message(address: Any, token: str) -> HttpResponse | str:
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    try:
        body = json.dumps({"ContentType": "text/plain", "Content": "x"})
        connection.request("POST", "/participant/message", body, {"X-Amz-Bearer": token})
        response = connection.getresponse()
        return HttpResponse(response.status, (), response.read())
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def test_a_fault_changes_the_response_over_the_network() -> None:
    emulator = Emulator()
    with running(emulator) as service:
        address = urlsplit(service.base_url)
        token = connected(emulator, service.start_chat().participant_token)
        for kind in ("drop", "reset", "truncate", "delay"):
            emulator.plan(HttpFault(kind, operation="SendMessage", count=1, seconds=0.3))
        outcomes = [send_message(address, token) for _ in range(3)]
        assert outcomes == ["RemoteDisconnected", "ConnectionResetError", "IncompleteRead"]
        start = time.monotonic()
        late, whole = send_message(address, token), send_message(address, token)
        assert 0.3 <= time.monotonic() - start < 3
        for response in (late, whole):
            assert isinstance(response, HttpResponse)
            assert response.status == 200


@pytest.mark.parametrize("kind", ["drop", "reset", "truncate"])
def test_the_error_is_the_same_in_process_and_over_the_network(kind: HttpKind) -> None:
    emulator = Emulator()
    with running(emulator) as service, DirectTransport() as direct:
        token = connected(emulator, service.start_chat().participant_token)
        read = describe(new_get_transcript(token), Endpoint(service.base_url)).unwrap()
        emulator.plan(HttpFault(kind, count=2))
        in_process, over_network = emulator.transport(read, 5.0).failure(), direct(read, 5.0).failure()
    assert (in_process.kind, in_process.sent) == (over_network.kind, over_network.sent)
