"""AdminApi: the same methods in process and behind the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lensconnect import EVENT_CHAT_ENDED, View, leave
from lensconnect.emulator import Emulator, HttpFault, Options, RunningEmulator

from .helpers.harness import Harness


def test_emulator_and_running_emulator_have_the_same_admin_api() -> None:
    for service in (Emulator(seed="doors"), RunningEmulator(Emulator(seed="doors"), "http://127.0.0.1:1")):
        chat = service.start_chat(customer="Ada")
        (fault_id,) = service.plan(HttpFault("throttle"))
        assert service.faults() == (HttpFault("throttle"),)
        assert service.remove_fault(fault_id)
        service.clear_faults()
        assert service.faults() == ()
        assert service.add_participant(chat.contact_id, "SUPERVISOR", "Third").startswith("participant-")
        assert service.add_view(chat.contact_id, View(id="own")).startswith("view-")
        assert len(service.announce_session(chat.contact_id) or "") == 36
        message = service.say(chat.contact_id, "Welcome!")
        assert service.transfer_chat(chat.contact_id) is None
        assert not service.fail_transfer(chat.contact_id)
        assert service.stop_chat(chat.contact_id)
        assert service.items(chat.contact_id)[0] == message
        assert service.options == Options()


@pytest.mark.parametrize(
    "act",
    [
        lambda service, chat: service.say(chat, "Hello"),
        lambda service, chat: service.say(chat, "Hello", as_agent=True),
        lambda service, chat: service.items(chat),
        lambda service, chat: service.join(chat, leave),
        lambda service, chat: service.stop_chat(chat),
        lambda service, chat: service.transfer_chat(chat),
        lambda service, chat: service.announce_session(chat),
        lambda service, chat: service.add_view(chat, View(id="own")),
    ],
)
def test_an_unknown_chat_is_a_key_error_with_a_hint(act: Callable[[Emulator, str], object]) -> None:
    service = Emulator()
    with pytest.raises(KeyError) as raised:
        act(service, "participant-" + 64 * "a")
    assert str(raised.value) == "no chat has the contact_id 'participant-***': give that of a started chat"


def test_due_timers_run_before_an_action() -> None:
    harness = Harness(Options(chat_seconds=10))
    harness.now += 10
    assert harness.emulator.say(harness.chat.contact_id, "too late") is None
    assert [item.content_type for item in harness.emulator.items(harness.chat.contact_id)] == [EVENT_CHAT_ENDED]
