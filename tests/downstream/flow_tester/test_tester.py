"""The tester against flows of the emulator: a right one, wrong ones, and one behind HTTP."""

from __future__ import annotations

from random import Random

import pytest

import lensconnect as lc
from lensconnect.emulator import Flow, RunningEmulator, StartedChat, scripted
from lensconnect.testing.faults import frames_duplicated
from lensconnect.testing.simulate import Simulation

from .tester import Difference, Step, walk_and_leave

MENU = lc.QuickReply(
    title="What can we do for you?",
    elements=(lc.TemplateElement(title="Track a parcel"), lc.TemplateElement(title="Talk to a person")),
)
STEPS = (
    Step("", ("Track a parcel/Talk to a person",)),
    Step("Track a parcel", ("What is its number?",)),
    Step("4711", ("It arrives tomorrow.",)),
)


def flow(number_question: str = "What is its number?") -> Flow:
    return scripted({"track": number_question, r"\d+": "It arrives tomorrow."}, greeting=MENU, otherwise="Pardon?")


@pytest.fixture
def lensconnect_flow() -> Flow:
    return flow()


def walked(simulation: Simulation, steps: tuple[Step, ...]) -> tuple[Difference, ...]:
    chat = simulation.service.start_chat()
    found = lc.or_raise(walk_and_leave(chat.participant_token, steps)(simulation.env))
    assert simulation.service.items(chat.contact_id)[-1].content_type == lc.EVENT_CHAT_ENDED
    return found


def test_a_right_flow_has_no_difference(lensconnect_env: lc.Env, lensconnect_chat: StartedChat) -> None:
    assert lc.or_raise(walk_and_leave(lensconnect_chat.participant_token, STEPS)(lensconnect_env)) == ()


def test_a_wrong_text_is_reported_with_its_step() -> None:
    (found,) = walked(Simulation(1, flow=flow("Its number, please?")), STEPS)
    assert str(found) == "step 1: expected ['What is its number?'], heard ['Its number, please?']"


def test_a_silent_flow_is_reported_at_each_step() -> None:
    assert [found.heard for found in walked(Simulation(2), STEPS)] == [(), (), ()]


def test_a_text_that_is_no_choice_is_said() -> None:
    steps = (STEPS[0], Step("Sing a song", ("Pardon?",)))
    assert walked(Simulation(3, flow=flow()), steps) == ()


@pytest.mark.parametrize("seed", range(5))
def test_a_walk_is_the_same_when_frames_come_twice(seed: int) -> None:
    twice = frames_duplicated(0.5, Random(seed).random)
    assert walked(Simulation(seed, flow=flow(), socket_fault=twice), STEPS) == ()


def test_over_http(lensconnect_server: RunningEmulator, lensconnect_chat: StartedChat) -> None:
    with lc.new_env(endpoint_url=lensconnect_server.base_url) as env:
        assert lc.or_raise(walk_and_leave(lensconnect_chat.participant_token, STEPS[:1])(env)) == ()
