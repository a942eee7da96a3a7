"""The operations of the Amazon Connect API, called by boto3."""

from __future__ import annotations

from typing import Any

import pytest

from lensconnect import emulator

from .clients import connected


def test_chats_start_and_stop(client: Any, starter: Any) -> None:
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
        {"SupportedMessagingContentTypes": []},
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
def test_invalid_start_chat_contact_requests_are_refused(starter: Any, wrong: dict[str, Any]) -> None:
    asked = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "x"}, **wrong}
    with pytest.raises(starter.exceptions.InvalidParameterException):
        starter.start_chat_contact(**asked)


def test_every_member_of_start_chat_contact_is_accepted(client: Any, starter: Any) -> None:
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


def test_a_persistent_chat_holds_past_items(client: Any, starter: Any) -> None:
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


def test_timers_of_a_role_are_set(starter: Any, client: Any, service: emulator.RunningEmulator) -> None:
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
    right = timer({"ParticipantTimerDurationInMinutes": 480})
    config(*[right] * 6)
    too_short, too_long = (timer({"ParticipantTimerDurationInMinutes": minutes}) for minutes in (1, 481))
    for wrong in ([too_short], [too_long], [right] * 7):
        with pytest.raises(starter.exceptions.InvalidParameterException):
            config(*wrong)
