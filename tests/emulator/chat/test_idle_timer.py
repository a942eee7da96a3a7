"""Idle timers: when they run, and with which limits."""

from __future__ import annotations

import json

from lensconnect import (
    HttpRequest,
    new_disconnect_participant,
)
from lensconnect.emulator import Options

from ..helpers.harness import HOME, Harness, kinds
from ..helpers.idle_chat import IdleChat


def test_timers_run_only_while_an_agent_is_in_the_chat() -> None:
    chat = IdleChat()
    chat.after(5)
    chat.harness.send(new_disconnect_participant(chat.agent)).unwrap()
    assert chat.after(1000) == ["participant.left"]
    alone = Harness(Options(customer_idle_seconds=1))
    client = alone.open_socket().subscribe()
    alone.advance(100)
    assert kinds(client.items()) == []


def test_running_timers_keep_their_limits() -> None:
    chat = IdleChat()
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
