"""WebSocket connections: tickets, subscriptions, pushed items and their end."""

from __future__ import annotations

import json

from lensconnect import (
    create_participant_connection_connect_participant,
    new_create_participant_connection,
    new_disconnect_participant,
    new_send_event,
    send_event_content,
)
from lensconnect.emulator import Options

from ..helpers.harness import SUBSCRIBE, Harness, WebSocketClient, item_in, kinds

EVENT = "application/vnd.amazonaws.connect.event."


def status(client: WebSocketClient) -> int:
    assert client.refusal is not None
    return client.refusal.status


def joined(harness: Harness) -> int:
    return sum("participant.joined" in frame.text for frame in harness.frames) // 2


def test_a_url_opens_one_websocket_before_it_expires() -> None:
    harness = Harness()
    url, late = harness.socket_url(), harness.socket_url()
    harness.now += 99.9
    assert WebSocketClient(harness, url).id
    assert status(WebSocketClient(harness, url)) == 403
    harness.now += 0.1
    assert status(WebSocketClient(harness, late)) == 403
    assert status(WebSocketClient(harness, late.replace("ticket=", "ticket=x"))) == 403
    assert status(WebSocketClient(harness, "ws://emulator.invalid/elsewhere")) == 404
    for changed in ("//participant/socket?", "/participant/socket?x=y&", "/participant/socket??"):
        assert status(WebSocketClient(harness, harness.socket_url().replace("/participant/socket?", changed))) == 403


def test_a_sixth_websocket_is_refused() -> None:
    harness = Harness()
    clients = [harness.open_socket() for _ in range(5)]
    sixth = harness.socket_url()
    assert status(WebSocketClient(harness, sixth)) == 429
    assert harness.open_socket(harness.chat.agent_token).id
    harness.emulator.close_socket(clients[0].id)
    assert WebSocketClient(harness, sixth).id


def test_a_sixth_websocket_replaces_the_oldest() -> None:
    harness = Harness(Options(sixth_socket="replace", sockets_per_participant=2))
    clients = [harness.open_socket() for _ in range(3)]
    assert [client.frames() for client in clients] == [[{"closed": 1001}], [], []]


def test_items_are_pushed_only_while_subscribed() -> None:
    harness = Harness()
    client = harness.open_socket()
    token = harness.connect()
    harness.say(token, "unheard")
    assert client.frames() == []
    assert client.subscribe().items() == []
    harness.say(token, "heard")
    assert [item["Content"] for item in client.items()] == ["heard"]
    assert (
        client.send('{"topic":"aws/unsubscribe","content":{"topics":["aws/chat"]}}')[0]["content"]["status"]
        == "success"
    )
    harness.say(token, "unheard")
    assert client.frames() == []


def test_items_are_pushed_to_every_subscribed_websocket() -> None:
    harness = Harness()
    clients = [
        harness.open_socket().subscribe(),
        harness.open_socket().subscribe(),
        harness.open_socket(harness.chat.agent_token).subscribe(),
    ]
    token = harness.connect()
    for client in clients:
        client.frames()
    identity = harness.say(token, "hello")
    harness.send(new_send_event(EVENT + "typing", token)).unwrap()
    for client in clients:
        message, typing = client.items()
        assert (message["Id"], message["Content"], message["ParticipantRole"]) == (identity, "hello", "CUSTOMER")
        assert message["InitialContactId"] == message["ContactId"] == harness.chat.contact_id
        assert typing["ContentType"] == EVENT + "typing"
    other = Harness().open_socket()
    assert other.frames() == []


def test_participant_joined_is_pushed_once() -> None:
    harness = Harness()
    client = harness.open_socket()
    answer, frame = client.send(SUBSCRIBE)
    assert answer["content"]["status"] == "success"
    assert kinds([item_in(frame)]) == ["participant.joined"]
    assert harness.open_socket().subscribe().items() == []


def test_when_a_participant_has_joined() -> None:
    harness = Harness()
    client = harness.open_socket()
    assert joined(harness) == 0
    client.subscribe()
    assert joined(harness) == 1
    connect = create_participant_connection_connect_participant.set(True)
    harness.send(connect(new_create_participant_connection(harness.chat.agent_token))).unwrap()
    assert joined(harness) == 2
    silent = Harness()
    silent.send(new_send_event(EVENT + "connection.acknowledged", silent.connect())).unwrap()
    assert joined(silent) == 1
    at_once = Harness(Options(joins="connection"))
    at_once.socket_url()
    assert joined(at_once) == 1


def test_with_joins_subscription_a_customer_joins_by_nothing_else_than_that_and_connect_participant() -> None:
    harness = Harness(Options(joins="subscription"))
    harness.say(harness.connect(), "Hello")
    assert joined(harness) == 0
    harness.open_socket().subscribe()
    assert joined(harness) == 1
    harness.connect(harness.chat.agent_token)
    assert joined(harness) == 2
    other = Harness(Options(joins="subscription"))
    connect = create_participant_connection_connect_participant.set(True)
    other.send(connect(new_create_participant_connection(other.chat.participant_token))).unwrap()
    assert joined(other) == 1


def test_receipts_are_pushed_to_the_author_only() -> None:
    harness = Harness()
    customer, agent_client = (
        harness.open_socket().subscribe(),
        harness.open_socket(harness.chat.agent_token).subscribe(),
    )
    identity = harness.say(harness.connect(), "read me")
    agent = harness.connect(harness.chat.agent_token)
    customer.frames()
    agent_client.frames()
    content = json.dumps({"messageId": identity})
    harness.send(send_event_content.put(content, new_send_event(EVENT + "message.read", agent))).unwrap()
    (receipt,) = customer.items()
    assert receipt["Type"] == "MESSAGEMETADATA"
    assert receipt["MessageMetadata"]["Receipts"][0]["RecipientParticipantId"] == harness.chat.agent_id
    assert agent_client.frames() == []


def test_the_end_of_the_chat_closes_every_websocket() -> None:
    harness = Harness()
    clients = [harness.open_socket().subscribe(), harness.open_socket(harness.chat.agent_token).subscribe()]
    unsubscribed, unused = harness.open_socket(), harness.socket_url()
    for client in clients:
        client.frames()
    harness.send(new_disconnect_participant(harness.connect())).unwrap()
    for client in clients:
        *frames, closing = client.frames()
        assert kinds(json.loads(frame["content"]) for frame in frames) == ["participant.left", "chat.ended"]
        assert closing == {"closed": 1000}
        assert client.send('{"topic":"aws/heartbeat"}') == []
    assert unsubscribed.frames() == [{"closed": 1000}]
    assert status(WebSocketClient(harness, unused)) == 403


def test_stop_chat_pushes_every_participant_left() -> None:
    harness = Harness()
    clients = [
        harness.open_socket(token).subscribe() for token in (harness.chat.participant_token, harness.chat.agent_token)
    ]
    for client in clients:
        client.frames()
    assert harness.emulator.stop_chat(harness.chat.contact_id)
    heard = [(kinds([item])[0], item.get("ParticipantRole")) for item in clients[0].items()]
    assert heard == [("participant.left", "AGENT"), ("participant.left", "CUSTOMER"), ("chat.ended", None)]


def test_a_chat_survives_the_loss_of_its_websockets() -> None:
    harness = Harness()
    clients = [harness.open_socket().subscribe(), harness.open_socket(harness.chat.agent_token).subscribe()]
    for client in clients:
        harness.emulator.close_socket(client.id)
    harness.advance(3600)
    assert harness.say(harness.connect(), "still here")


def test_an_agent_is_removed_after_agent_away_seconds() -> None:
    harness = Harness(Options(agent_away_seconds=20))
    customer, agent = harness.open_socket().subscribe(), harness.open_socket(harness.chat.agent_token).subscribe()
    customer.frames()
    harness.emulator.close_socket(agent.id)
    harness.advance(10)
    again = harness.open_socket(harness.chat.agent_token).subscribe()
    harness.advance(5)
    harness.emulator.close_socket(again.id)
    harness.advance(19.9)
    assert customer.items() == []
    harness.advance(0.1)
    (left,) = customer.items()
    assert (kinds([left]), left["ParticipantRole"]) == (["participant.left"], "AGENT")
    harness.emulator.close_socket(customer.id)
    harness.advance(600)
    assert harness.say(harness.connect(), "still here")


def test_a_participant_who_left_receives_only_the_end() -> None:
    harness = Harness()
    customer, agent_client = (
        harness.open_socket().subscribe(),
        harness.open_socket(harness.chat.agent_token).subscribe(),
    )
    harness.send(new_disconnect_participant(harness.connect(harness.chat.agent_token))).unwrap()
    agent_client.frames()
    token = harness.connect()
    harness.say(token, "still there?")
    assert agent_client.frames() == []
    assert agent_client.send('{"topic":"aws/heartbeat"}')
    harness.send(new_disconnect_participant(token)).unwrap()
    assert kinds(agent_client.items()) == ["chat.ended"]
    assert kinds(customer.items())[-2:] == ["participant.left", "chat.ended"]


def test_a_websocket_expires_after_an_hour() -> None:
    harness = Harness(Options(socket_quiet_seconds=None))
    client = harness.open_socket().subscribe()
    client.frames()
    harness.advance(3599.9)
    assert client.frames() == []
    harness.advance(0.1)
    assert client.frames() == [{"closed": 1001}]
    assert harness.open_socket().id


def test_a_quiet_websocket_is_closed() -> None:
    harness = Harness()
    client = harness.open_socket()
    for _ in range(3):
        harness.advance(400)
        assert client.send('{"topic":"aws/heartbeat"}')
    harness.advance(599)
    assert client.frames() == []
    harness.advance(1)
    assert client.frames() == [{"closed": 1001}]
