"""Sockets of an emulator in this process: tickets, control frames, what is heard and when it ends."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    create_participant_connection_connect_participant,
    new_create_participant_connection,
    new_disconnect_participant,
    new_send_event,
    send_event_content,
)
from lensconnect.emulator import Options

from .talk import SUBSCRIBE, Ear, Talk, item_in, kinds

EVENT = "application/vnd.amazonaws.connect.event."


def status(ear: Ear) -> int:
    assert ear.refusal is not None
    return ear.refusal.status


def test_a_ticket_opens_one_socket_within_its_time() -> None:
    talk = Talk()
    url, late = talk.socket_url(), talk.socket_url()
    talk.now += 99.9
    assert Ear(talk, url).id
    assert status(Ear(talk, url)) == 403
    talk.now += 0.1
    assert status(Ear(talk, late)) == 403
    assert status(Ear(talk, late.replace("ticket=", "ticket=x"))) == 403
    assert status(Ear(talk, "ws://emulator.invalid/elsewhere")) == 404
    assert Ear(talk, talk.socket_url().replace("/participant", "//participant/")).id


def test_five_sockets_and_no_more() -> None:
    talk = Talk()
    ears = [talk.ear() for _ in range(5)]
    sixth = talk.socket_url()
    assert status(Ear(talk, sixth)) == 429
    assert talk.ear(talk.chat.agent_token).id
    talk.emulator.close_socket(ears[0].id)
    assert Ear(talk, sixth).id


def test_the_sixth_socket_may_take_the_place_of_the_first() -> None:
    talk = Talk(Options(sixth_socket="replace", sockets_per_participant=2))
    ears = [talk.ear() for _ in range(3)]
    assert [ear.frames() for ear in ears] == [[{"closed": 1001}], [], []]


def test_heartbeats_and_pings() -> None:
    ear = Talk().ear()
    assert ear.says('{"topic":"aws/heartbeat"}') == [{"topic": "aws/heartbeat"}]
    assert ear.says('{"topic":"aws/ping"}') == [{"topic": "aws/ping", "statusCode": 200, "statusContent": "OK"}]


JUNK = [
    "",
    "x",
    "{",
    "[]",
    "null",
    "1" * 400,
    "{}",
    '{"topic":1}',
    '{"topic":"aws/chat"}',
    '{"topic":["a"]}',
    "[" * 999,
]


@pytest.mark.parametrize("text", [*JUNK, None, "\ud800", SUBSCRIBE + "))"])
def test_junk_gets_the_gateways_error(text: str | None) -> None:
    ear = Talk().ear()
    (answer,) = ear.says(text)
    assert answer.keys() == {"message", "connectionId", "requestId"}
    assert (answer["message"], answer["connectionId"]) == ("Forbidden", ear.id)
    assert ear.says('{"topic":"aws/heartbeat"}')


@pytest.mark.parametrize("content", ["", ',"content":{}', ',"content":{"topics":["x"]}', ',"content":{"topics":"x"}'])
def test_a_subscription_may_fail(content: str) -> None:
    ear = Talk().ear()
    (answer,) = ear.says('{"topic":"aws/subscribe"' + content + "}")
    assert (answer["topic"], answer["content"]["status"]) == ("aws/subscribe", "failure")


def test_a_stray_parenthesis_is_overlooked() -> None:
    ear = Talk().ear()
    assert ear.says(SUBSCRIBE + ")")[0]["content"]["status"] == "success"
    assert "message" in Talk(Options(stray_parenthesis=False)).ear().says(SUBSCRIBE + ")")[0]


def test_nothing_is_heard_before_a_subscription() -> None:
    talk = Talk()
    ear = talk.ear()
    token = talk.connect()
    talk.say(token, "unheard")
    assert ear.frames() == []
    assert ear.subscribe().items() == []
    talk.say(token, "heard")
    assert [item["Content"] for item in ear.items()] == ["heard"]
    assert (
        ear.says('{"topic":"aws/unsubscribe","content":{"topics":["aws/chat"]}}')[0]["content"]["status"] == "success"
    )
    talk.say(token, "unheard")
    assert ear.frames() == []


def test_everyone_hears_everything_on_every_socket() -> None:
    talk = Talk()
    ears = [talk.ear().subscribe(), talk.ear().subscribe(), talk.ear(talk.chat.agent_token).subscribe()]
    token = talk.connect()
    for ear in ears:
        ear.frames()
    identity = talk.say(token, "hello")
    talk.ask(new_send_event(EVENT + "typing", token)).unwrap()
    for ear in ears:
        message, typing = ear.items()
        assert (message["Id"], message["Content"], message["ParticipantRole"]) == (identity, "hello", "CUSTOMER")
        assert message["InitialContactId"] == message["ContactId"] == talk.chat.contact_id
        assert typing["ContentType"] == EVENT + "typing"
    other = Talk().ear()
    assert other.frames() == []


def test_being_there_is_said_once_and_heard_by_who_comes() -> None:
    talk = Talk()
    ear = talk.ear()
    answer, frame = ear.says(SUBSCRIBE)
    assert answer["content"]["status"] == "success"
    assert kinds([item_in(frame)]) == ["participant.joined"]
    assert talk.ear().subscribe().items() == []


def joined(talk: Talk) -> int:
    return sum("participant.joined" in frame.text for frame in talk.frames) // 2


def test_when_a_participant_is_in() -> None:
    talk = Talk()
    ear = talk.ear()
    assert joined(talk) == 0
    ear.subscribe()
    assert joined(talk) == 1
    connect = create_participant_connection_connect_participant.set(True)
    talk.ask(connect(new_create_participant_connection(talk.chat.agent_token))).unwrap()
    assert joined(talk) == 2
    silent = Talk()
    silent.ask(new_send_event(EVENT + "connection.acknowledged", silent.connect())).unwrap()
    assert joined(silent) == 1
    at_once = Talk(Options(joins="connection"))
    at_once.socket_url()
    assert joined(at_once) == 1


def test_receipts_are_for_the_author_alone() -> None:
    talk = Talk()
    mine, theirs = talk.ear().subscribe(), talk.ear(talk.chat.agent_token).subscribe()
    identity = talk.say(talk.connect(), "read me")
    agent = talk.connect(talk.chat.agent_token)
    mine.frames()
    theirs.frames()
    content = json.dumps({"messageId": identity})
    talk.ask(send_event_content.put(content, new_send_event(EVENT + "message.read", agent))).unwrap()
    (receipt,) = mine.items()
    assert receipt["Type"] == "MESSAGEMETADATA"
    assert receipt["MessageMetadata"]["Receipts"][0]["RecipientParticipantId"] == talk.chat.agent_id
    assert theirs.frames() == []


def test_the_end_is_heard_and_closes_every_socket() -> None:
    talk = Talk()
    ears = [talk.ear().subscribe(), talk.ear(talk.chat.agent_token).subscribe()]
    unsubscribed, unused = talk.ear(), talk.socket_url()
    for ear in ears:
        ear.frames()
    talk.ask(new_disconnect_participant(talk.connect())).unwrap()
    for ear in ears:
        *frames, closing = ear.frames()
        assert kinds(json.loads(frame["content"]) for frame in frames) == ["participant.left", "chat.ended"]
        assert closing == {"closed": 1000}
        assert ear.says('{"topic":"aws/heartbeat"}') == []
    assert unsubscribed.frames() == [{"closed": 1000}]
    assert status(Ear(talk, unused)) == 403


def test_the_customer_of_a_stopped_chat_hears_everyone_leave() -> None:
    talk = Talk()
    ears = [talk.ear(token).subscribe() for token in (talk.chat.participant_token, talk.chat.agent_token)]
    for ear in ears:
        ear.frames()
    assert talk.emulator.stop_chat(talk.chat.contact_id)
    heard = [(kinds([item])[0], item.get("ParticipantRole")) for item in ears[0].items()]
    assert heard == [("participant.left", "AGENT"), ("participant.left", "CUSTOMER"), ("chat.ended", None)]


def test_lost_sockets_do_not_end_a_chat() -> None:
    talk = Talk()
    ears = [talk.ear().subscribe(), talk.ear(talk.chat.agent_token).subscribe()]
    for ear in ears:
        talk.emulator.close_socket(ear.id)
    talk.pass_time(3600)
    assert talk.say(talk.connect(), "still here")


def test_an_agent_may_be_away_for_so_long() -> None:
    talk = Talk(Options(agent_away_seconds=20))
    customer, agent = talk.ear().subscribe(), talk.ear(talk.chat.agent_token).subscribe()
    customer.frames()
    talk.emulator.close_socket(agent.id)
    talk.pass_time(10)
    again = talk.ear(talk.chat.agent_token).subscribe()
    talk.pass_time(5)
    talk.emulator.close_socket(again.id)
    talk.pass_time(19.9)
    assert customer.items() == []
    talk.pass_time(0.1)
    (left,) = customer.items()
    assert (kinds([left]), left["ParticipantRole"]) == (["participant.left"], "AGENT")
    talk.emulator.close_socket(customer.id)
    talk.pass_time(600)
    assert talk.say(talk.connect(), "still here")


def test_who_has_left_hears_only_the_end() -> None:
    talk = Talk()
    mine, theirs = talk.ear().subscribe(), talk.ear(talk.chat.agent_token).subscribe()
    talk.ask(new_disconnect_participant(talk.connect(talk.chat.agent_token))).unwrap()
    theirs.frames()
    token = talk.connect()
    talk.say(token, "still there?")
    assert theirs.frames() == []
    assert theirs.says('{"topic":"aws/heartbeat"}')
    talk.ask(new_disconnect_participant(token)).unwrap()
    assert kinds(theirs.items()) == ["chat.ended"]
    assert kinds(mine.items())[-2:] == ["participant.left", "chat.ended"]


def test_a_socket_lives_for_an_hour() -> None:
    talk = Talk(Options(socket_quiet_seconds=None))
    ear = talk.ear().subscribe()
    ear.frames()
    talk.pass_time(3599.9)
    assert ear.frames() == []
    talk.pass_time(0.1)
    assert ear.frames() == [{"closed": 1001}]
    assert talk.ear().id


def test_a_quiet_socket_is_closed() -> None:
    talk = Talk()
    ear = talk.ear()
    for _ in range(3):
        talk.pass_time(400)
        assert ear.says('{"topic":"aws/heartbeat"}')
    talk.pass_time(599)
    assert ear.frames() == []
    talk.pass_time(1)
    assert ear.frames() == [{"closed": 1001}]
