"""Unmodified aiobotocore, in a virtual environment of its own.

It pins a botocore whose model of the service is older than the one the rest of the suite compares with, so
the two cannot be installed together.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect

from lensconnect import emulator

from .helpers.harness import SUBSCRIBE, item_in, kinds

session_of: Any = pytest.importorskip(
    "aiobotocore.session", reason="aiobotocore is not here: it pins an older botocore than the suite needs"
)


async def walk(service: emulator.RunningEmulator) -> list[str]:
    configured: Any = pytest.importorskip("aiobotocore.config")
    unsigned = pytest.importorskip("botocore").UNSIGNED
    config = configured.AioConfig(signature_version=unsigned, retries={"max_attempts": 0})
    made: dict[str, Any] = {"region_name": "us-east-1", "endpoint_url": service.base_url, "config": config}
    async with (
        session_of.get_session().create_client("connectparticipant", **made) as client,
        session_of.get_session().create_client("connect", **made) as starter,
    ):
        begun = await starter.start_chat_contact(
            InstanceId="i", ContactFlowId="f", ParticipantDetails={"DisplayName": "Ada"}
        )
        connection = await client.create_participant_connection(
            ParticipantToken=begun["ParticipantToken"], Type=["WEBSOCKET", "CONNECTION_CREDENTIALS"]
        )
        token = connection["ConnectionCredentials"]["ConnectionToken"]
        async with connect(connection["Websocket"]["Url"], proxy=None) as socket:
            await socket.send(SUBSCRIBE)
            assert json.loads(await socket.recv())["content"]["status"] == "success"
            await client.send_message(ConnectionToken=token, ContentType="text/plain", Content="hello")
            page = await client.get_transcript(ConnectionToken=token)
            assert [item.get("Content") for item in page["Transcript"]] == ["hello", None]
            await client.disconnect_participant(ConnectionToken=token)
            with pytest.raises(client.exceptions.AccessDeniedException):
                await client.get_transcript(ConnectionToken=token)
            return kinds([item_in(json.loads(frame)) async for frame in socket])


def test_a_chat_from_start_to_end() -> None:
    with emulator.running() as service:
        heard = asyncio.run(walk(service))
    assert heard == ["participant.joined", "text/plain", "participant.left", "chat.ended"]
