"""Plan faults in Python and by HTTP: their JSON, their checks, their probability and scope."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    OPERATIONS,
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOMER,
    HttpRequest,
    ParticipantRole,
    new_get_transcript,
)
from lensconnect.emulator import HttpFault, SocketFault, StartedChat
from lensconnect.emulator.wire.routes import CONNECT_OPERATIONS

from ..helpers.harness import Harness, described


def call_admin(harness: Harness, method: str, body: object = None, path: str = "") -> tuple[int, Any]:
    raw = b"" if body is None else json.dumps(body).encode()
    response = harness.handle(HttpRequest(method, f"http://emulator.invalid/_emulator/faults{path}", (), raw))
    return response.status, json.loads(response.body)


def test_a_list_that_was_read_is_planned_again_with_new_ids() -> None:
    harness = Harness()
    harness.emulator.plan(
        HttpFault("error", operation="SendMessage", count=2, status=503, contact_id="a chat"),
        HttpFault("drop", probability=0.5),
        SocketFault("drop", participant_role=PARTICIPANT_ROLE_CUSTOMER),
        SocketFault("silence", topic="aws/heartbeat", participant_id="someone"),
    )
    planned = harness.emulator.faults()
    listed = call_admin(harness, "GET")[1]
    call_admin(harness, "DELETE")
    status, answer = call_admin(harness, "POST", listed)
    assert (status, answer["FaultIds"]) == (200, ["5", "6", "7", "8"])
    assert harness.emulator.faults() == planned
    assert call_admin(harness, "POST", answer["Faults"][-1])[1]["FaultIds"] == ["9"]


def test_faults_are_planned_listed_and_cleared_by_http() -> None:
    harness = Harness()
    status, answer = call_admin(harness, "POST", {"Kind": "throttle", "Operation": "SendEvent", "Count": 3})
    assert status == 200
    assert answer["Faults"][0] == {
        "FaultId": "1", "On": "http", "Happened": 0, "Kind": "throttle", "Operation": "SendEvent", "Probability": 1.0, "Count": 3, "Status": 500, "Seconds": 1.0
    }  # fmt: skip
    request = {"Seed": "s", "Faults": [{"Kind": "duplicate"}, {"Kind": "drop", "Topic": "aws/chat"}, {"Kind": "drop"}]}
    assert [fault["On"] for fault in call_admin(harness, "POST", request)[1]["Faults"]] == ["http", "socket", "socket"]
    assert call_admin(harness, "GET")[1] == call_admin(harness, "GET")[1]
    assert answer["FaultIds"] == ["1"]
    assert call_admin(harness, "DELETE") == (200, {"Faults": []})
    assert call_admin(harness, "PUT")[0] == 405


def test_a_seed_comes_alone_or_beside_a_fault() -> None:
    harness = Harness()
    assert call_admin(harness, "POST", {"Seed": "s"}) == (200, {"FaultIds": [], "Faults": []})
    assert call_admin(harness, "POST", {"Seed": "s", "Kind": "drop"})[0] == 200
    assert harness.emulator.faults() == (HttpFault("drop"),)


def test_a_fault_is_removed_by_its_id() -> None:
    harness = Harness()
    emulator = harness.emulator
    faults = HttpFault("throttle"), SocketFault("drop"), HttpFault("error")
    first, second, third = emulator.plan(*faults)
    assert emulator.remove_fault(first)
    assert emulator.faults() == (faults[2], faults[1])
    assert not emulator.remove_fault(first)
    assert call_admin(harness, "DELETE", path=f"/{second}")[1]["Faults"][0]["FaultId"] == third
    assert [call_admin(harness, method, path=f"/{second}")[0] for method in ("DELETE", "GET")] == [404, 405]
    assert "No fault of this id is planned" in call_admin(harness, "DELETE", path=f"/{second}")[1]["message"]
    emulator.clear_faults()
    assert {first, second, third}.isdisjoint(emulator.plan(*faults))


def test_a_fault_that_has_happened_for_the_last_time_cannot_be_removed() -> None:
    harness = Harness()
    token = harness.connect()
    (fault_id,) = harness.emulator.plan(HttpFault("throttle", count=1))
    assert harness.error_of(new_get_transcript(token))[0] == 429
    assert not harness.emulator.remove_fault(fault_id)


def test_a_fault_tells_how_many_times_it_has_happened() -> None:
    harness = Harness()
    token = harness.connect()
    request, frame = harness.emulator.plan(HttpFault("throttle", count=2), SocketFault("drop", count=1))
    assert harness.error_of(new_get_transcript(token))[0] == 429
    assert [fault["Happened"] for fault in call_admin(harness, "GET")[1]["Faults"]] == [1, 0]
    assert harness.error_of(new_get_transcript(token))[0] == 429
    assert [harness.emulator.happened(each) for each in (request, frame)] == [2, 0]
    answer = call_admin(harness, "POST", {"Faults": call_admin(harness, "GET")[1]["Faults"]})[1]
    assert answer["FaultIds"] == ["3"]
    harness.emulator.clear_faults()
    assert [harness.emulator.happened(each) for each in (request, frame)] == [2, 0]
    with pytest.raises(LookupError, match="no fault was planned with the id '99'"):
        harness.emulator.happened("99")


WRONG_SCOPES: list[tuple[Callable[[StartedChat], dict[str, Any]], str]] = [
    (lambda chat: {"contact_id": chat}, "contact_id must be text or None, not a value of type StartedChat"),
    (lambda chat: {"participant_id": 3}, "participant_id must be text or None, not a value of type int"),
    (lambda chat: {"participant_id": chat.agent_token}, "participant_id must be the id of a participant, not a token"),
    (lambda chat: {"participant_id": chat.agent_id, "participant_role": PARTICIPANT_ROLE_CUSTOMER}, "has the role AGENT"),
    (lambda chat: {"participant_id": chat.agent_id, "contact_id": "another"}, "is in another chat"),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "words"), WRONG_SCOPES)
@pytest.mark.parametrize("kind", [HttpFault, SocketFault])
def test_a_fault_of_nobody_is_refused(
    kind: type[HttpFault | SocketFault], scope: Callable[[StartedChat], dict[str, Any]], words: str
) -> None:
    harness = Harness()
    harness.emulator.start_chat()
    with pytest.raises((TypeError, ValueError), match=words):
        harness.emulator.plan(kind("drop", **scope(harness.chat)))
    assert harness.emulator.faults() == ()


def test_the_refusal_of_a_count_names_no_value_of_python() -> None:
    answer = call_admin(Harness(), "POST", {"Kind": "drop", "Count": 0})[1]
    assert answer["message"] == "count must be a whole number from 1 up, not 0"


@pytest.mark.parametrize(
    "request_body", [[], {}, 1, {"Kind": "x"}, {"Kind": ["drop"]}, {"Kind": "error", "Status": 200}, {"Faults": [1]}, {"Faults": "x"},
             {"Kind": "delay", "Seconds": 1e9}, {"Kind": "drop", "Probability": "x"}, {"Kind": "drop", "Probability": 1.1},
             {"Kind": "drop", "Probability": -0.1}, {"Kind": "drop", "Count": 0}, {"Kind": "drop", "Count": 1.5},
             {"Faults": {"Kind": "drop"}}, {"Faults": 5}, {"Faults": None}, {"Seed": 7}, {"Seed": 7, "Kind": "drop"},
             {"Kind": "drop", "Operaton": "SendMessage"}, {"Kind": "drop", "Topic": "aws/chat", "Operation": "SendMessage"},
             {"Kind": "drop", "On": "sockets"}, {"Faults": [{"Kind": "drop", "Seed": "s"}]}, {"Faults": [], "Kind": "drop"}]
)  # fmt: skip
def test_an_invalid_fault_is_refused(request_body: object) -> None:
    harness = Harness()
    assert call_admin(harness, "POST", request_body)[0] == 400
    assert harness.emulator.faults() == ()


ROBOT = ParticipantRole("ROBOT")
MISSPELLED: list[tuple[Any, dict[str, str], str]] = [
    (HttpFault("throtle"), {"Kind": "throtle"}, "throttle"),  # type: ignore[arg-type]
    (HttpFault("duplicate"), {"Kind": "duplicat"}, "truncate"),  # type: ignore[arg-type]
    (HttpFault("throttle", operation="SendMesage"), {"Kind": "throttle", "Operation": "SendMesage"}, "SendMessage"),
    (HttpFault("drop", operation="upload"), {"Kind": "drop", "Operation": "upload"}, "Upload"),
    (HttpFault("drop", operation="StartChat"), {"Kind": "drop", "Operation": "StartChat"}, "StartChatContact"),
    (SocketFault("silense"), {"Kind": "silense"}, "silence"),  # type: ignore[arg-type]
    (SocketFault("drop", topic="chat"), {"Kind": "drop", "Topic": "chat"}, "aws/chat"),
    (HttpFault("drop", participant_role=ROBOT), {"Kind": "drop", "ParticipantRole": "ROBOT"}, "CUSTOM_BOT"),
]


@pytest.mark.parametrize(("fault", "entry", "suggestion"), MISSPELLED)
def test_an_unknown_name_is_refused_with_the_known_ones(fault: Any, entry: dict[str, str], suggestion: str) -> None:
    harness = Harness()
    with pytest.raises(
        ValueError, match=rf"unknown (kind|operation|topic|participant role).* use one of .*\b{suggestion}\b"
    ):
        harness.emulator.plan(HttpFault("drop"), fault)
    status, answer = call_admin(harness, "POST", {"Seed": "s", "Faults": [{"Kind": "drop"}, entry]})
    assert (status, f" {suggestion}" in answer["message"]) == (400, True)
    assert harness.emulator.faults() == ()


def test_each_operation_can_have_a_fault() -> None:
    harness = Harness()
    names = [*(row.name for row in OPERATIONS), *CONNECT_OPERATIONS, "Upload", "Download"]
    harness.emulator.plan(*(HttpFault("drop", operation=name) for name in names))
    assert len(harness.emulator.faults()) == len(names) >= len(OPERATIONS)


@settings(max_examples=20, deadline=None)
@given(seed=st.text(max_size=5), probability=st.floats(0, 1))
def test_the_seed_decides_which_requests_fail(seed: str, probability: float) -> None:
    def statuses() -> list[int]:
        harness = Harness()
        token = harness.connect()
        harness.emulator.clear_faults(seed)
        harness.emulator.plan(HttpFault("throttle", probability=probability))
        return [harness.handle(described(new_get_transcript(token))).status for _ in range(30)]

    outcomes = statuses()
    assert outcomes == statuses()
    assert probability not in (0, 1) or set(outcomes) == {429 if probability else 200}


def test_a_fault_applies_to_its_chat_alone() -> None:
    harness = Harness()
    token, other_token = harness.connect(), harness.connect(harness.emulator.start_chat().participant_token)
    harness.emulator.plan(HttpFault("throttle", contact_id=harness.chat.contact_id))
    assert harness.error_of(new_get_transcript(token))[0] == 429
    harness.send(new_get_transcript(other_token)).unwrap()


@pytest.mark.parametrize("by", ["role", "participant"])
def test_a_fault_applies_to_its_role_or_its_participant_alone(by: str) -> None:
    harness = Harness()
    chat = harness.chat
    customer, agent = harness.connect(), harness.connect(chat.agent_token)
    role, identity = (PARTICIPANT_ROLE_CUSTOMER, None) if by == "role" else (None, chat.participant_id)
    harness.emulator.plan(
        HttpFault("throttle", participant_role=role, participant_id=identity),
        HttpFault("error", operation="StartChatContact", participant_role=role, participant_id=identity),
    )
    assert harness.error_of(new_get_transcript(customer))[0] == 429
    harness.send(new_get_transcript(agent)).unwrap()
    start = HttpRequest("PUT", "http://emulator.invalid/contact/chat", (), START)
    assert harness.handle(start).status == 200


START = b'{"InstanceId":"i","ContactFlowId":"f","ParticipantDetails":{"DisplayName":"Ada"}}'


def test_a_fault_of_frames_applies_to_its_role_alone() -> None:
    harness = Harness()
    customer, agent = harness.open_socket().subscribe(), harness.open_socket(harness.chat.agent_token).subscribe()
    harness.emulator.plan(SocketFault("drop", topic="aws/chat", participant_role=PARTICIPANT_ROLE_AGENT))
    for client in (customer, agent):
        client.frames()
    harness.emulator.say(harness.chat.contact_id, "Hello")
    assert [len(client.items()) for client in (customer, agent)] == [1, 0]


def test_a_fault_stays_with_its_chat_through_a_transfer() -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.say(harness.chat.contact_id, "Hello", as_agent=True)
    harness.emulator.transfer_chat(harness.chat.contact_id)
    harness.emulator.plan(HttpFault("throttle", contact_id=harness.chat.contact_id))
    assert harness.error_of(new_get_transcript(token))[0] == 429
