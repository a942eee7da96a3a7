"""Every operation, called with boto3."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lensconnect import emulator

from .clients import connected, fetched


def test_a_chat_from_start_to_end(client: Any, service: emulator.RunningEmulator) -> None:
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


def test_a_flow_and_a_transfer(client: Any, service: emulator.RunningEmulator) -> None:
    chat = service.start_chat()
    customer, agent = connected(client, chat.participant_token), connected(client, chat.agent_token)
    flow = emulator.scripted({"open": "From 9 to 5."})
    assert service.join(chat.contact_id, flow, role="SYSTEM", display_name="BOT")
    client.send_message(ConnectionToken=customer, ContentType="text/plain", Content="When are you open?")
    client.send_message(ConnectionToken=agent, ContentType="text/plain", Content="I will transfer you.")
    moved = service.transfer_chat(chat.contact_id, agent="Bea")
    assert moved is not None
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_transcript(ConnectionToken=agent)
    bea = connected(client, moved.agent_token)
    client.send_message(ConnectionToken=bea, ContentType="text/plain", Content="I am Bea.")
    for contact_id in (chat.contact_id, moved.contact_id):
        page = client.get_transcript(
            ConnectionToken=customer, ContactId=contact_id, MaxResults=100, SortOrder="ASCENDING"
        )
        contents = [(item["Content"], item["ContactId"]) for item in page["Transcript"] if "Content" in item]
        assert page["InitialContactId"] == chat.contact_id
        assert contents == [
            ("When are you open?", chat.contact_id),
            ("From 9 to 5.", chat.contact_id),
            ("I will transfer you.", chat.contact_id),
            ("I am Bea.", moved.contact_id),
        ]


def test_the_admin_api_starts_chats(client: Any, service: emulator.RunningEmulator) -> None:
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


def test_stopping_ends_the_server_thread() -> None:
    before = threading.active_count()
    with emulator.running():
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_attachments_views_and_authentication(client: Any, starter: Any, service: emulator.RunningEmulator) -> None:
    chat = service.start_chat()
    token = connected(client, chat.participant_token)
    announced = client.start_attachment_upload(
        ConnectionToken=token, ContentType="text/plain", AttachmentSizeInBytes=5, AttachmentName="a b.txt"
    )
    target = announced["UploadMetadata"]
    assert fetched("PUT", target["Url"], b"hello", target["HeadersToInclude"]).status == 200
    client.complete_attachment_upload(ConnectionToken=token, AttachmentIds=[announced["AttachmentId"]])
    found = client.get_attachment(
        ConnectionToken=token,
        AttachmentId=announced["AttachmentId"],
        UrlExpiryInSeconds=5,
        UrlContentDisposition="INLINE",
    )
    file = fetched("GET", found["Url"])
    assert (file.content, found["AttachmentSizeInBytes"]) == (b"hello", 5)
    assert file.headers["content-disposition"].startswith("inline")
    view = client.describe_view(ConnectionToken=token, ViewToken=chat.view_token)["View"]
    assert json.loads(view["Content"]["Template"])
    home = "https://example.com/back"
    url = client.get_authentication_url(ConnectionToken=token, SessionId=chat.session_id, RedirectUri=home)
    back = fetched("GET", url["AuthenticationUrl"])
    assert back.status == 302
    assert back.headers["location"].startswith(f"{home}?code=")
    state = parse_qs(urlsplit(back.headers["location"]).query)["state"][0]
    starter.update_participant_authentication(State=state, InstanceId="i", Code="c")
    with pytest.raises(starter.exceptions.ConflictException):
        starter.update_participant_authentication(State=state, InstanceId="i", Code="c")
    session = service.emulator.announce_session(chat.contact_id)
    client.cancel_participant_authentication(ConnectionToken=token, SessionId=session)
    client.disconnect_participant(ConnectionToken=token)
