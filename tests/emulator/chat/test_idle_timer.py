"""Idle timers: when they run, and with which limits."""

from __future__ import annotations

import json

from lensconnect import (
    HttpRequest,
    new_disconnect_participant,
)
from lensconnect.emulator import Options

from ..helpers.harness import HOME, Harness, WebSocketClient, kinds


class Watched:
    """A chat whose customer may be silent for ten seconds, and for twenty more."""

    def __init__(self, options: Options | None = None) -> None:
        self.harness = Harness(options or Options(customer_idle_seconds=10, customer_disconnect_seconds=20))
        self.client: WebSocketClient = self.harness.open_socket().subscribe()
        self.token = self.harness.connect()
        self.agent = self.harness.connect(self.harness.chat.agent_token)
        self.client.frames()

    def after(self, seconds: float) -> list[str]:
        self.harness.advance(seconds)
        return kinds(self.client.items())


def test_timers_run_only_while_an_agent_is_in_the_chat() -> None:
    chat = Watched()
    chat.after(5)
    chat.harness.send(new_disconnect_participant(chat.agent)).unwrap()
    assert chat.after(1000) == ["participant.left"]
    alone = Harness(Options(customer_idle_seconds=1))
    client = alone.open_socket().subscribe()
    alone.advance(100)
    assert kinds(client.items()) == []


def test_running_timers_keep_their_limits() -> None:
    chat = Watched()
    timer = {
        "ParticipantRole": "CUSTOMER",
        "TimerType": "IDLE",
        "TimerValue": {"ParticipantTimerDurationInMinutes": 480},
    }
    body = {"ChannelConfiguration": {"Chat": {"ParticipantTimerConfigList": [timer]}}}
    url = f"{HOME.url}/contact/participant-role-config/i/{chat.harness.chat.contact_id}"
    assert chat.harness.handle(HttpRequest("PUT", url, (), json.dumps(body).encode())).status == 200
    assert chat.after(10) == ["participant.idle"]
    chat.harness.send(new_disconnect_participant(chat.agent)).unwrap()
    newcomer = chat.harness.emulator.add_participant(chat.harness.chat.contact_id, "AGENT", "Another")
    chat.harness.connect(newcomer)
    assert chat.after(1000) == ["participant.left", "participant.joined"]
