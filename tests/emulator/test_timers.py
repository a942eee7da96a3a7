"""What happens when nobody does anything, on a clock in hand."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    EVENT_AUTHENTICATION_INITIATED,
    HttpRequest,
    new_disconnect_participant,
    new_get_authentication_url,
    new_get_transcript,
    new_send_event,
)
from lensconnect.emulator import Options

from .talk import HOME, Ear, Talk, kinds
from .test_attachments import Upload

TYPING = "application/vnd.amazonaws.connect.event.typing"
DENIED = (403, "AccessDeniedException")


class Watched:
    """A chat whose customer may be silent for ten seconds, and for twenty more."""

    def __init__(self, options: Options | None = None) -> None:
        self.talk = Talk(options or Options(customer_idle_seconds=10, customer_disconnect_seconds=20))
        self.ear: Ear = self.talk.ear().subscribe()
        self.token = self.talk.connect()
        self.agent = self.talk.connect(self.talk.chat.agent_token)
        self.ear.frames()

    def after(self, seconds: float) -> list[str]:
        self.talk.pass_time(seconds)
        return kinds(self.ear.items())


def test_a_silence_ends_the_chat_in_two_steps() -> None:
    chat = Watched()
    assert chat.after(9.9) == []
    assert chat.after(0.1) == ["participant.idle"]
    assert chat.after(19.9) == []
    assert chat.after(0.1) == ["participant.autodisconnection", "participant.left", "chat.ended"]
    assert chat.talk.refusal(new_get_transcript(chat.token)) == DENIED


def test_one_leap_of_the_clock_does_the_same() -> None:
    chat = Watched()
    kinds_seen = chat.after(1000)
    assert kinds_seen == ["participant.idle", "participant.autodisconnection", "participant.left", "chat.ended"]


def test_a_message_brings_back_and_typing_does_not() -> None:
    chat = Watched()
    chat.after(9)
    chat.talk.say(chat.token, "still here")
    assert chat.after(9) == ["text/plain"]
    chat.talk.ask(new_send_event(TYPING, chat.token)).unwrap()
    assert chat.after(1) == ["typing", "participant.idle"]
    chat.talk.say(chat.agent, "are you?")
    chat.after(19)
    chat.talk.say(chat.token, "yes")
    assert chat.after(9) == ["participant.returned", "text/plain"]
    assert chat.after(1) == ["participant.idle"]
    stored = [item.content_type for item in chat.talk.ask(new_get_transcript(chat.token)).unwrap().transcript or ()]
    assert not [kind for kind in stored if "idle" in (kind or "") or "returned" in (kind or "")]


def test_the_clocks_run_only_while_an_agent_is_there() -> None:
    chat = Watched()
    chat.after(5)
    chat.talk.ask(new_disconnect_participant(chat.agent)).unwrap()
    assert chat.after(1000) == ["participant.left"]
    alone = Talk(Options(customer_idle_seconds=1))
    ear = alone.ear().subscribe()
    alone.pass_time(100)
    assert kinds(ear.items()) == []


def test_a_disconnection_without_idleness_counts_at_once() -> None:
    chat = Watched(Options(agent_disconnect_seconds=30))
    assert chat.after(29.9) == []
    assert chat.after(0.1) == ["participant.autodisconnection", "participant.left", "chat.ended"]


def test_timers_stay_as_they_were_when_the_agent_joined() -> None:
    chat = Watched()
    timer = {
        "ParticipantRole": "CUSTOMER",
        "TimerType": "IDLE",
        "TimerValue": {"ParticipantTimerDurationInMinutes": 480},
    }
    wish = {"ChannelConfiguration": {"Chat": {"ParticipantTimerConfigList": [timer]}}}
    url = f"{HOME.url}/contact/participant-role-config/i/{chat.talk.chat.contact_id}"
    assert chat.talk.raw(HttpRequest("PUT", url, (), json.dumps(wish).encode())).status == 200
    assert chat.after(10) == ["participant.idle"]
    chat.talk.ask(new_disconnect_participant(chat.agent)).unwrap()
    newcomer = chat.talk.emulator.add_participant(chat.talk.chat.contact_id, "AGENT", "Another")
    chat.talk.connect(newcomer)
    assert chat.after(1000) == ["participant.left", "participant.joined"]


def test_a_session_is_announced_and_times_out() -> None:
    talk = Talk()
    ear, token = talk.ear().subscribe(), talk.connect()
    ear.frames()
    talk.pass_time(100)
    assert ear.frames() == []
    session = talk.emulator.announce_session(talk.chat.contact_id)
    (announced,) = ear.items()
    assert announced["ContentType"] == EVENT_AUTHENTICATION_INITIATED
    assert json.loads(announced["Content"]) == {"SessionId": session}
    talk.pass_time(60)
    assert kinds(ear.items()) == ["authentication.timeout"]
    assert talk.refusal(new_get_authentication_url(session or "", "https://x.invalid", token))[0] == 400
    talk.pass_time(600)
    assert ear.items() == []


@pytest.mark.parametrize(("rejects", "status"), [(False, "APPROVED"), (True, "REJECTED")])
def test_a_scan_is_heard_when_it_is_over(rejects: bool, status: str) -> None:
    upload = Upload(Options(scan_seconds=10.0, scan_rejects=rejects))
    ear = upload.talk.ear().subscribe()
    ear.frames()
    upload.shared()
    (before,) = ear.items()
    assert before["Attachments"][0]["Status"] == "IN_PROGRESS"
    upload.talk.pass_time(9.9)
    assert ear.items() == []
    upload.talk.pass_time(0.1)
    (after,) = ear.items()
    assert (after["Id"], after["Attachments"][0]["Status"]) == (before["Id"], status)


def test_a_chat_ends_by_itself() -> None:
    talk = Talk(Options(chat_seconds=100, unseen_seconds=10))
    ear = talk.ear().subscribe()
    ear.frames()
    talk.pass_time(99.9)
    assert ear.frames() == []
    talk.pass_time(0.1)
    assert kinds(ear.items()) == ["chat.ended"]


def test_a_chat_may_wait_for_its_customer() -> None:
    talk = Talk(Options(unseen_seconds=300))
    agent = talk.connect(talk.chat.agent_token)
    talk.pass_time(299)
    talk.say(agent, "anybody?")
    talk.pass_time(1)
    assert talk.refusal(new_get_transcript(agent)) == DENIED


def test_what_is_over_takes_no_room() -> None:
    talk = Talk()
    for _ in range(10):
        talk.socket_url()
        talk.connect()
    talk.pass_time(90_001)
    state = vars(talk.emulator)["_state"]
    assert not state.tickets
    assert {grant.kind for grant in state.tokens.values()} == {"participant"}
    assert state.timers.next_due() is None
