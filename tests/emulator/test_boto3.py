"""Unmodified boto3 talks to the running emulator."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore
import pytest
from botocore.config import Config

from lensconnect import emulator


@pytest.fixture(scope="module")
def service() -> Iterator[emulator.RunningEmulator]:
    with emulator.running() as served:
        yield served


@pytest.fixture(scope="module")
def client(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = boto3.client(
        "connectparticipant",
        region_name="us-east-1",
        endpoint_url=service.base_url,
        config=Config(signature_version=botocore.UNSIGNED, retries={"max_attempts": 0}),
    )
    yield made
    made.close()


def connected(client: Any, token: str) -> str:
    kinds = ["WEBSOCKET", "CONNECTION_CREDENTIALS"]
    reply = client.create_participant_connection(ParticipantToken=token, Type=kinds)
    assert reply["Websocket"]["Url"].startswith("ws://127.0.0.1:")
    return str(reply["ConnectionCredentials"]["ConnectionToken"])


def test_walks_a_chat(client: Any, service: emulator.RunningEmulator) -> None:
    chat = service.start_chat()
    customer, agent = connected(client, chat.participant_token), connected(client, chat.agent_token)
    typing = "application/vnd.amazonaws.connect.event.typing"
    client.send_event(ConnectionToken=customer, ContentType=typing)
    client.send_event(ConnectionToken=agent, ContentType=typing)
    sent = client.send_message(ConnectionToken=customer, ContentType="text/plain", Content="Grüße 👋")
    page = client.get_transcript(ConnectionToken=agent, SortOrder="ASCENDING")
    kinds = [item["ContentType"].rpartition(".")[2] for item in page["Transcript"]]
    assert kinds == ["joined", "joined", "text/plain"]
    assert page["Transcript"][-1]["Content"] == "Grüße 👋"
    assert page["Transcript"][-1]["Id"] == sent["Id"]
    client.disconnect_participant(ConnectionToken=customer)
    with pytest.raises(client.exceptions.AccessDeniedException) as denied:
        client.get_transcript(ConnectionToken=agent)
    assert denied.value.response["Error"] == {"Code": "AccessDeniedException", "Message": "Access denied"}


def test_starts_chats_by_http(client: Any, service: emulator.RunningEmulator) -> None:
    address = urlsplit(service.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.request("POST", "/_emulator/chats")
    response = connection.getresponse()
    chat = json.loads(response.read())
    connection.close()
    assert response.status == 200
    assert {"ContactId", "ParticipantToken", "AgentToken", "ViewToken", "SessionId"} <= chat.keys()
    assert len(chat["SessionId"]) == 36
    connected(client, chat["ParticipantToken"])
    connected(client, chat["AgentToken"])


def test_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with emulator.running():
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
