"""Who may ask what, and when no longer."""

from __future__ import annotations

import pytest

from lensconnect import (
    CONNECTION_TYPE_WEBRTC_CONNECTION,
    ConnectionToken,
    HttpRequest,
    ParticipantToken,
    Reply,
    Request,
    create_participant_connection_connect_participant,
    create_participant_connection_type,
    disconnect_participant_client_token,
    http_request_headers,
    new_create_participant_connection,
    new_describe_view,
    new_disconnect_participant,
    new_get_transcript,
    new_send_event,
    new_send_message,
    send_message_client_token,
)
from lensconnect.emulator import Options

from .talk import Talk, described

DENIED = (403, "AccessDeniedException")
TYPING = "application/vnd.amazonaws.connect.event.typing"


def asked(token: str) -> list[Request[Reply]]:
    bearer = ConnectionToken(token)
    return [
        new_send_message("text/plain", "x", bearer),
        new_send_event(TYPING, bearer),
        new_get_transcript(bearer),
        new_disconnect_participant(bearer),
        new_describe_view("v", bearer),
    ]


def test_the_wrong_kind_of_token_is_denied() -> None:
    talk = Talk()
    token = talk.connect()
    for request in asked(talk.chat.participant_token) + asked("unknown"):
        assert talk.refusal(request) == DENIED
    connect = create_participant_connection_connect_participant.set(True)
    assert talk.refusal(connect(new_create_participant_connection(ParticipantToken(token)))) == DENIED


def test_no_token_is_denied_before_anything_is_looked_at() -> None:
    talk = Talk()
    url = "http://emulator.invalid/participant/message"
    response = talk.raw(HttpRequest("POST", url, (), b"nonsense"))
    assert response.status == 403
    assert response.header("X-Amzn-ErrorType") == "AccessDeniedException"


def test_everything_is_denied_after_the_end() -> None:
    talk = Talk()
    customer, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    said = send_message_client_token.put("said", new_send_message("text/plain", "before", customer))
    assert talk.ask(said).unwrap() == talk.ask(said).unwrap()
    leaving = disconnect_participant_client_token.put("once", new_disconnect_participant(customer))
    assert talk.ask(leaving).unwrap().http_status == 200
    assert talk.refusal(said) == DENIED
    for token in (customer, agent):
        for request in asked(token):
            assert talk.refusal(request) == DENIED
            broken = described(request) & http_request_headers.modify(lambda held: held)
            assert talk.raw(HttpRequest(broken.method, broken.url, broken.headers, b"{")).status == 403
    for held in (talk.chat.participant_token, talk.chat.agent_token):
        assert talk.refusal(new_create_participant_connection(held)) == DENIED
    assert talk.ask(leaving).unwrap().http_status == 200
    assert talk.refusal(disconnect_participant_client_token.put("twice", leaving)) == DENIED


def test_an_agent_who_leaves_is_out_and_the_chat_goes_on() -> None:
    talk = Talk()
    customer, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    talk.ask(new_disconnect_participant(agent)).unwrap()
    assert talk.refusal(new_get_transcript(agent)) == DENIED
    kinds = [item.content_type for item in talk.ask(new_get_transcript(customer)).unwrap().transcript or ()]
    assert [(kind or "").rpartition(".")[2] for kind in kinds] == ["left", "joined", "joined"]


def test_an_agent_may_end_the_chat() -> None:
    talk = Talk(Options(agent_ends_chat=True))
    customer, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    talk.ask(new_disconnect_participant(agent)).unwrap()
    assert talk.refusal(new_get_transcript(customer)) == DENIED


def test_an_agent_may_read_after_the_end() -> None:
    talk = Talk(Options(agent_reads_after_end=True))
    customer, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    talk.ask(new_disconnect_participant(customer)).unwrap()
    assert talk.ask(new_get_transcript(agent)).unwrap().transcript
    assert talk.refusal(new_get_transcript(customer)) == DENIED
    assert talk.refusal(new_send_message("text/plain", "x", agent)) == DENIED


def test_a_connection_token_lives_for_a_day_and_a_new_one_does_not_end_it() -> None:
    talk = Talk()
    old, new = talk.connect(), talk.connect()
    assert old != new
    talk.now += 86_399
    assert talk.say(old, "still")
    talk.now += 1
    assert talk.refusal(new_get_transcript(old)) == DENIED
    assert talk.say(talk.connect(), "again")


def test_a_connection_asks_for_something() -> None:
    talk = Talk()
    nothing = new_create_participant_connection(talk.chat.participant_token)
    assert talk.refusal(nothing) == (400, "ValidationException")
    reply = talk.ask(nothing & create_participant_connection_connect_participant.set(True)).unwrap()
    assert (reply.websocket, reply.connection_credentials, reply.web_rtc_connection) == (None, None, None)


def test_a_meeting_has_the_form_of_one() -> None:
    talk = Talk()
    wanted = create_participant_connection_type.set((CONNECTION_TYPE_WEBRTC_CONNECTION,))
    reply = talk.ask(wanted(new_create_participant_connection(talk.chat.participant_token))).unwrap()
    assert (reply.websocket, reply.connection_credentials) == (None, None)
    assert reply.web_rtc_connection is not None
    assert reply.web_rtc_connection.meeting is not None
    assert len(reply.web_rtc_connection.meeting.meeting_id or "") == 36


@pytest.mark.parametrize("other", ["start", "seed"])
def test_chats_do_not_know_each_other(other: str) -> None:
    talk = Talk()
    token = talk.connect()
    talk.say(token, "mine")
    stranger = talk.emulator.start_chat() if other == "start" else Talk().emulator.start_chat()
    assert stranger.participant_token != talk.chat.participant_token
    if other == "start":
        theirs = talk.connect(stranger.participant_token)
        contents = [item.content for item in talk.ask(new_get_transcript(theirs)).unwrap().transcript or ()]
        assert contents == [None]
