"""Unmodified boto3 talks to the running emulator."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore
import pytest
from botocore.config import Config

from lensconnect import emulator


@pytest.fixture(scope="module")
def service() -> Iterator[emulator.RunningEmulator]:
    with emulator.running() as served:
        yield served


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


@pytest.fixture(scope="module")
def client(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = client_of("connectparticipant", service)
    yield made
    made.close()


@pytest.fixture(scope="module")
def starter(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = client_of("connect", service)
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


def fetched(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """Any request, and its response with the body read; no redirection is followed."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    connection.request(method, f"{address.path}?{address.query}", body, headers or {})
    response: Any = connection.getresponse()
    response.content = response.read()
    connection.close()
    return response


def test_walks_the_other_operations(client: Any, starter: Any, service: emulator.RunningEmulator) -> None:
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


def test_starts_and_stops_chats(client: Any, starter: Any) -> None:
    asked = {
        "InstanceId": "i",
        "ContactFlowId": "f",
        "ParticipantDetails": {"DisplayName": "Zoë"},
        "InitialMessage": {"ContentType": "text/plain", "Content": "first"},
        "ConnectionTypes": ["CONNECTION_CREDENTIALS", "WEBSOCKET"],
        "SupportedMessagingContentTypes": ["text/plain", "text/markdown"],
        "ClientToken": "once",
        "ChatDurationInMinutes": 60,
        "Attributes": {"a": "b"},
    }
    begun = starter.start_chat_contact(**asked)
    assert begun["Websocket"]["Url"].startswith("ws://127.0.0.1:")
    again = starter.start_chat_contact(**asked)
    assert (again["ContactId"], again["ParticipantToken"]) == (begun["ContactId"], begun["ParticipantToken"])
    token = begun["ConnectionCredentials"]["ConnectionToken"]
    client.send_message(ConnectionToken=token, ContentType="text/markdown", Content="*second*")
    with pytest.raises(client.exceptions.ValidationException):
        client.send_message(ConnectionToken=token, ContentType="application/json", Content="{}")
    items = client.get_transcript(ConnectionToken=token, SortOrder="ASCENDING")["Transcript"]
    assert [item.get("Content") for item in items] == ["first", None, "*second*"]
    assert {item["DisplayName"] for item in items} == {"Zoë"}
    bot = starter.create_participant(
        InstanceId="i",
        ContactId=begun["ContactId"],
        ParticipantDetails={"ParticipantRole": "CUSTOM_BOT", "DisplayName": "Bot"},
    )
    speaking = connected(client, bot["ParticipantCredentials"]["ParticipantToken"])
    client.send_message(ConnectionToken=speaking, ContentType="text/plain", Content="beep")
    assert (
        starter.stop_contact(InstanceId="i", ContactId=begun["ContactId"])["ResponseMetadata"]["HTTPStatusCode"] == 200
    )
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.get_transcript(ConnectionToken=speaking)
    with pytest.raises(starter.exceptions.ContactNotFoundException):
        starter.stop_contact(InstanceId="i", ContactId=begun["ContactId"])
    with pytest.raises(starter.exceptions.ResourceNotFoundException):
        starter.stop_contact(InstanceId="i", ContactId="nobody")
    over = starter.start_chat_contact(**asked)
    assert over["ContactId"] == begun["ContactId"]
    assert "Websocket" not in over


@pytest.mark.parametrize(
    "wrong",
    [
        {"ConnectionTypes": ["WEBRTC_CONNECTION"]},
        {"SegmentAttributes": {"connect:Subtype": {"ValueString": "connect:Guide"}}},
        {"SupportedMessagingContentTypes": ["text/markdown"]},
        {"SupportedMessagingContentTypes": ["text/plain", "image/png"]},
        {"InitialMessage": {"ContentType": "text/markdown", "Content": "x"}},
        {"InitialMessage": {"ContentType": "text/plain", "Content": "ü" * 8193}},
        {"ChatDurationInMinutes": 59},
        {"ChatDurationInMinutes": 10_081},
        {"ParticipantDetails": {"DisplayName": "x" * 257}},
        {"Attributes": {"a b": "c"}},
        {"Attributes": {"a": "b" * 32_768}},
        {"DisconnectOnCustomerExit": ["CUSTOMER"]},
        {"PersistentChat": {"RehydrationType": "SOME", "SourceContactId": "x"}},
        {"PersistentChat": {"RehydrationType": "FROM_SEGMENT", "SourceContactId": "x"}, "RelatedContactId": "y"},
    ],
)
def test_what_starts_no_chat(starter: Any, wrong: dict[str, Any]) -> None:
    asked = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "x"}, **wrong}
    with pytest.raises(starter.exceptions.InvalidParameterException):
        starter.start_chat_contact(**asked)


def test_what_a_chat_may_start_with(client: Any, starter: Any) -> None:
    asked = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "x"}}
    begun = starter.start_chat_contact(**asked, ConnectionTypes=["AUTHENTICATION_SESSION"])
    assert not {"Websocket", "ConnectionCredentials"} & set(begun)
    token = connected(client, begun["ParticipantToken"])
    assert client.get_transcript(ConnectionToken=token)["Transcript"] == []
    interactive = "application/vnd.amazonaws.connect.message.interactive"
    starter.start_chat_contact(
        **asked,
        SegmentAttributes={"connect:Subtype": {"ValueString": "connect:Guide"}},
        SupportedMessagingContentTypes=["text/plain", interactive, f"{interactive}.response"],
    )


def test_streaming_starts_and_stops(starter: Any) -> None:
    asked = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "x"}}
    streaming = {"ChatStreamingConfiguration": {"StreamingEndpointArn": "arn:aws:sns:us-east-1:0:t"}}
    begun = starter.start_chat_contact(**asked, **streaming)
    contact = {"InstanceId": "i", "ContactId": begun["ContactId"]}
    first = starter.start_contact_streaming(**contact, **streaming, ClientToken="a")["StreamingId"]
    assert starter.start_contact_streaming(**contact, **streaming, ClientToken="a")["StreamingId"] == first
    assert starter.start_contact_streaming(**contact, **streaming, ClientToken="b")["StreamingId"] != first
    for one in (first, begun["StreamingId"]):
        starter.stop_contact_streaming(**contact, StreamingId=one)
        with pytest.raises(starter.exceptions.ResourceNotFoundException):
            starter.stop_contact_streaming(**contact, StreamingId=one)
    starter.stop_contact(**contact)
    with pytest.raises(starter.exceptions.ResourceNotFoundException):
        starter.start_contact_streaming(**contact, **streaming, ClientToken="a")


def test_a_persistent_chat_goes_on(client: Any, starter: Any) -> None:
    def begin(source: str | None = None, kind: str = "ENTIRE_PAST_SESSION") -> tuple[str, str]:
        more: Any = {"PersistentChat": {"RehydrationType": kind, "SourceContactId": source}} if source else {}
        begun = starter.start_chat_contact(
            InstanceId="i",
            ContactFlowId="f",
            ParticipantDetails={"DisplayName": "x"},
            ConnectionTypes=["CONNECTION_CREDENTIALS"],
            **more,
        )
        assert begun.get("ContinuedFromContactId") == source
        token = begun["ConnectionCredentials"]["ConnectionToken"]
        for n in range(3):
            client.send_message(ConnectionToken=token, ContentType="text/plain", Content=f"{begun['ContactId']} {n}")
        return begun["ContactId"], token

    def pages(token: str, **members: Any) -> list[list[dict[str, Any]]]:
        found: list[list[dict[str, Any]]] = []
        following: dict[str, str] = {}
        while not found or following:
            reply = client.get_transcript(ConnectionToken=token, **members, **following)
            found.append(reply["Transcript"])
            following = {"NextToken": reply["NextToken"]} if reply["NextToken"] else {}
        return found

    first, token = begin()
    client.disconnect_participant(ConnectionToken=token)
    second, token = begin(first)
    assert [len(page) for page in pages(token)] == [4, 6]
    client.disconnect_participant(ConnectionToken=token)
    third, token = begin(second)
    now, *past = pages(token, MaxResults=5)
    assert {item["ContactId"] for item in now} == {third}
    items = [item for page in past for item in page]
    assert {item["RelatedContactId"] for item in items} == {first, second}
    assert not any("ContactId" in item for item in items)
    ids = [item["Id"] for item in now + items]
    assert len(ids) == len(set(ids)) == 4 + 6 + 6
    times = [item["AbsoluteTime"] for item in now + items]
    assert times == sorted(times, reverse=True)
    assert len(pages(token, StartPosition={"MostRecent": 100}, ScanDirection="FORWARD")[0]) == 4
    with pytest.raises(client.exceptions.ValidationException):
        client.get_transcript(ConnectionToken=token, StartPosition={"Id": items[0]["Id"]})
    segment = begin(second, "FROM_SEGMENT")[1]
    assert sum(map(len, pages(segment))) == 4 + 6


def test_sets_timers(starter: Any, client: Any, service: emulator.RunningEmulator) -> None:
    chat = service.start_chat()

    def config(*timers: dict[str, Any]) -> None:
        starter.update_participant_role_config(
            InstanceId="i",
            ContactId=chat.contact_id,
            ChannelConfiguration={"Chat": {"ParticipantTimerConfigList": list(timers)}},
        )

    def timer(value: dict[str, Any], role: str = "CUSTOMER") -> dict[str, Any]:
        return {"ParticipantRole": role, "TimerType": "IDLE", "TimerValue": value}

    config(timer({"ParticipantTimerDurationInMinutes": 2}), timer({"ParticipantTimerAction": "Unset"}, "AGENT"))
    for wrong in (timer({"ParticipantTimerDurationInMinutes": 1}), timer({"ParticipantTimerDurationInMinutes": 481})):
        with pytest.raises(starter.exceptions.InvalidParameterException):
            config(wrong)
