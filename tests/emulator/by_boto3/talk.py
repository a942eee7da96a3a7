"""How a boto3 client joins a chat."""

from __future__ import annotations

from typing import Any


def connected(client: Any, token: str) -> str:
    kinds = ["WEBSOCKET", "CONNECTION_CREDENTIALS"]
    reply = client.create_participant_connection(ParticipantToken=token, Type=kinds)
    assert reply["Websocket"]["Url"].startswith("ws://127.0.0.1:")
    return str(reply["ConnectionCredentials"]["ConnectionToken"])
