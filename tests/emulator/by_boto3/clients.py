"""boto3 clients of the emulator, and plain HTTP requests to its presigned URLs."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import boto3
import botocore
from botocore.config import Config

from lensconnect import emulator


def client_of(name: str, service: emulator.RunningEmulator) -> Any:
    return boto3.client(
        name,
        region_name="us-east-1",
        endpoint_url=service.base_url,
        config=Config(
            signature_version=botocore.UNSIGNED,
            retries={"max_attempts": 0},
            parameter_validation=name != "connect",
        ),
    )


def connected(client: Any, token: str) -> str:
    kinds = ["WEBSOCKET", "CONNECTION_CREDENTIALS"]
    reply = client.create_participant_connection(ParticipantToken=token, Type=kinds)
    assert reply["Websocket"]["Url"].startswith("ws://127.0.0.1:")
    return str(reply["ConnectionCredentials"]["ConnectionToken"])


def fetched(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    *,
    target: str | None = None,
) -> Any:
    """Send a request, to `target` if given, and return the response with its body read; no redirect is followed."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    connection.request(method, target or urlunsplit(("", "", *address[2:])), body, headers or {})
    response: Any = connection.getresponse()
    response.content = response.read()
    connection.close()
    return response
