"""Several participants in one simulation: a seed decides everything, and a failing one is shrunk to a short story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lensconnect import (
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOMER,
    Chat,
    ConnectionRegained,
    Error,
    ItemReceived,
    Notification,
    ParticipantToken,
    Program,
    Steps,
    attach,
    call,
    converse,
    leave,
    notifications,
    now,
    or_raise,
    program,
    receive,
    replies,
    say,
    sleep,
)
from lensconnect.emulator import Flow, FlowChat
from lensconnect.testing.choices import Choices, shrunk
from lensconnect.testing.faults import frames_planned, scheduled, throttled
from lensconnect.testing.simulate import FailingSeedError, Simulation, check_seeds

Answer = Callable[[Chat, list[str | None], Notification], Program[None, Error]]


@program
def answer(chat: Chat, asked: list[str | None], note: Notification) -> Steps[None]:
    match note:
        case ItemReceived(item) if item.participant_role == PARTICIPANT_ROLE_CUSTOMER and item.content:
            asked.append(item.content)
            yield from say(chat, f"You asked: {item.content}")
        case _:
            pass


@program
def answer_again_after_a_loss(chat: Chat, asked: list[str | None], note: Notification) -> Steps[None]:
    yield from answer(chat, asked, note)
    if isinstance(note, ConnectionRegained) and asked:
        yield from say(chat, f"You asked: {asked[-1]}")


def bot(token: ParticipantToken, answers: Answer) -> Program[None, Error]:
    asked: list[str | None] = []
    return converse(token, lambda chat: notifications(chat).each(lambda note: answers(chat, asked, note)))


@program
def ask(chat: Chat, questions: int) -> Steps[list[str | None]]:
    heard: list[str | None] = []
    for number in range(questions):
        yield from say(chat, f"question {number}")
        heard += [item.content for item in (yield from replies(chat, within=60.0))]
    yield from leave(chat)
    return heard


def scenario(simulation: Simulation, answers: Answer) -> Any:
    chat = simulation.service.start_chat()
    questions = 1 + simulation.draw(2)
    outcomes = simulation.run(
        {
            "customer": converse(chat.participant_token, lambda chat: ask(chat, questions)),
            "bot": bot(chat.agent_token, answers),
        }
    )
    items = simulation.service.items(chat.contact_id)
    texts = [item.content for item in items if item.participant_role == PARTICIPANT_ROLE_AGENT and item.content]
    assert len(texts) == len(set(texts)), f"answered twice: {texts}"
    return outcomes


def test_a_mistake_after_a_reconnect_is_found_and_shrunk_to_one_fault() -> None:
    with pytest.raises(FailingSeedError) as raised:
        check_seeds(lambda simulation: scenario(simulation, answer_again_after_a_loss), range(15, 100))
    lines = raised.value.lines
    assert len(lines) <= 15
    assert lines[-1].startswith("AssertionError: answered twice: ['You asked: question 0', 'You asked: question 0']")
    assert sum("does not come: the WebSocket closes" in line for line in lines) == 1
    assert not any("question 1" in line or "reply is lost" in line for line in lines)
    assert str(raised.value).startswith(f"seed {raised.value.seed} fails")


@program
def speak(chat: Chat, name: str, spoken: list[tuple[float, str]]) -> Steps[None]:
    yield from sleep(5.0)
    yield from say(chat, f"I am the {name}")
    spoken.append(((yield from now()), name))


def speak_at_one_time(simulation: Simulation) -> None:
    chat = simulation.service.start_chat()
    spoken: list[tuple[float, str]] = []
    tokens = {"agent": chat.agent_token, "customer": chat.participant_token}
    bodies = {name: lambda chat, name=name: speak(chat, name, spoken) for name in tokens}
    simulation.run({name: converse(tokens[name], bodies[name]) for name in tokens}, until=60.0)
    assert spoken == sorted(spoken), "the agent is first at one time"


def test_the_seed_decides_the_order_of_steps_at_one_time() -> None:
    with pytest.raises(FailingSeedError, match="AssertionError: the agent is first at one time") as raised:
        check_seeds(speak_at_one_time, range(10))
    times = [line.split()[0] for line in raised.value.lines if "I am" in line]
    assert times == ["5.0", "5.0"]
    check_seeds(speak_at_one_time, range(10), new=lambda choices: Simulation(choices, chance=0.0))


def test_the_bot_without_the_mistake_passes() -> None:
    check_seeds(lambda simulation: scenario(simulation, answer), range(15))


def test_a_seed_decides_everything() -> None:
    stories = [Simulation(seed, chance=0.3) for seed in (1, 1, 2)]
    for simulation in stories:
        scenario(simulation, answer)
    one, again, other = (simulation.story.lines for simulation in stories)
    assert one == again != other
    assert any("lost" in line or "throttled" in line for line in one + other)


def test_each_participant_has_its_result_and_none_if_time_is_up() -> None:
    simulation = Simulation(1, chance=0.0)
    outcomes = scenario(simulation, answer)
    assert or_raise(outcomes["customer"]) == ["You asked: question 0"]
    assert simulation.run({"slow": sleep(1e9)}, until=simulation.now() + 100.0) == {"slow": None}


def test_the_story_tells_where_a_program_waits_that_has_not_ended() -> None:
    simulation = Simulation(1, chance=0.0)
    chat = simulation.service.start_chat()
    outcomes = simulation.run({"customer": converse(chat.participant_token, waits_for_ever)}, until=100.0)
    assert outcomes == {"customer": None}
    (end,) = [line for line in simulation.story.lines if "has not ended" in line]
    line = waits_for_ever.__wrapped__.__code__.co_firstlineno + 3
    assert end == f"   100.0  customer  has not ended: it waits in waits_for_ever (test_check_seeds.py, line {line})"


def test_a_program_that_another_one_cancels_is_not_told_as_late() -> None:
    simulation = Simulation(1, chance=0.0)
    chat = simulation.service.start_chat()
    broken = now().map(lambda time: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        simulation.run({"customer": converse(chat.participant_token, waits_for_ever), "broken": broken})
    assert not any("has not ended" in line for line in simulation.story.lines)


@program
def waits_for_ever(chat: Chat) -> Steps[None]:
    while True:
        yield from receive(chat)


@program
def send_a_file(chat: Chat) -> Steps[None]:
    yield from replies(chat, within=60.0)
    yield from attach(chat, b"the terms", name="terms.txt")


def test_faults_and_files_of_participants_are_in_the_story() -> None:
    dropped = frames_planned(["none", "none", "drop"])  # the answer to the subscription, an event, the message
    simulation = Simulation(1, chance=0.0, fault=scheduled([throttled]), socket_fault=dropped)
    chat = simulation.service.start_chat()
    simulation.at(5.0, lambda: simulation.service.say(chat.contact_id, "lost"))
    simulation.at(9.0, lambda: simulation.service.say(chat.contact_id, "heard"))
    outcomes = simulation.run({"customer": converse(chat.participant_token, send_a_file)})
    assert or_raise(outcomes["customer"]) is None
    lines = [line.split(maxsplit=2)[2] for line in simulation.story.lines]
    assert lines[0] == "does CreateParticipantConnection, which fails"
    assert [line for line in lines if "receives" in line or "file" in line] == ["receives 'heard'", "uploads a file"]


def test_an_exception_of_a_participant_ends_the_run() -> None:
    def fail() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Simulation(1).run({"slow": sleep(1e9), "broken": call(fail)})


@program
def broken_flow(chat: FlowChat) -> Steps[None]:
    yield from say(chat, "Welcome!")
    raise ZeroDivisionError("planted")


@program
def refused_flow(chat: FlowChat) -> Steps[None]:
    yield from say(chat, "Welcome!")
    yield from say(chat, "")


@pytest.mark.parametrize(
    ("flow", "failure"),
    [(broken_flow, "ZeroDivisionError: planted"), (refused_flow, "LensconnectError: 400 ValidationException")],
)
def test_a_flow_that_fails_fails_the_seed(flow: Flow, failure: str) -> None:
    def meet(simulation: Simulation) -> None:
        token = simulation.service.start_chat().participant_token
        simulation.run({"customer": converse(token, lambda chat: replies(chat))})

    with pytest.raises(FailingSeedError, match=f"(?s)'Welcome!'.*{failure}"):
        check_seeds(meet, [5], new=lambda choices: Simulation(choices, flow=flow))


def test_a_long_story_is_cut_in_the_middle() -> None:
    story = Simulation(1).story
    for number in range(40):
        story.add("bot", f"says {number}")
    for most in (10, 15, 39, 40):
        lines = story.ending("the end", most)
        assert len(lines) == most
        assert [lines[0][-2:], lines[3][-2:], lines[-2][-2:], lines[-1]] == [" 0", " 3", "39", "the end"]
        assert lines[4].strip() == f"... {42 - most} lines: check_seeds(..., lines=41) shows them"
    assert story.ending("the end", 41) == story.ending("the end", 100) == [*story.lines, "the end"]


def test_all_lines_of_a_failing_seed_are_shown_on_demand() -> None:
    def talk(simulation: Simulation) -> None:
        for number in range(20):
            simulation.story.add("bot", f"says {number}")
        raise ZeroDivisionError

    with pytest.raises(FailingSeedError, match=r"\.\.\. 7 lines: check_seeds\(\.\.\., lines=21\) shows them"):
        check_seeds(talk, [1])
    with pytest.raises(FailingSeedError) as raised:
        check_seeds(talk, [1], lines=21)
    assert [line.split()[-1] for line in raised.value.lines] == [*map(str, range(20)), "ZeroDivisionError:"]
    with pytest.raises(ValueError, match="check_seeds: lines must be a whole number from 10 up"):
        check_seeds(talk, [1], lines=9)


def test_a_long_line_of_a_story_is_cut() -> None:
    story = Simulation(1).story
    story.add("bot", f"says {'x' * 500}\n")
    (line,) = story.lines
    assert line.endswith("xxx...")
    assert len(line) == len("     0.0  bot       ") + 100


@pytest.mark.parametrize(
    ("recording", "fails", "least"),
    [
        ([3, 0, 7, 1, 0, 9], lambda made: sum(made) >= 4, [0, 0, 0, 0, 0, 4]),
        ([5, 5, 5, 5], lambda made: made[1:2] == [5], [0, 5]),
        ([1, 0, 0, 0, 2], lambda made: 2 in made and (made[0] == 1 or made[1] == 2), [0, 2]),
        ([1, 2, 3], lambda made: True, []),
    ],
)
def test_a_recording_is_shrunk(recording: list[int], fails: Callable[[list[int]], bool], least: list[int]) -> None:
    assert fails(recording)
    assert shrunk(recording, fails) == least


def test_a_replay_is_quiet_beyond_its_end_and_within_bounds() -> None:
    choices = Choices(1, [9, 2])
    assert [choices.draw(5), choices.draw(5), choices.draw(5), choices.draw(5, 0.9)] == [5, 2, 0, 0]


@program
def impatient_flow(chat: FlowChat) -> Steps[None]:
    yield from sleep(1.0)
    pytest.fail("the flow saw a mistake")


@pytest.mark.parametrize("flow", [None, impatient_flow])
def test_a_failure_of_pytest_ends_a_run(flow: Flow | None) -> None:
    simulation = Simulation(1, chance=0.0, flow=flow)
    chat = simulation.service.start_chat()
    if flow is None:
        simulation.at(
            1.0, lambda: (simulation.service.say(chat.contact_id, "Hello"), pytest.fail("so saw the other side"))
        )
    with pytest.raises(pytest.fail.Exception, match="saw"):
        simulation.run({"customer": converse(chat.participant_token, lambda chat: replies(chat, within=60.0))})
    assert simulation.now() < 10


class UntoldError(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UntoldError(), "UntoldError: a value of type UntoldError"),
        (pytest.fail.Exception("a mistake"), "Failed: a mistake"),
    ],
)
def test_a_scenario_fails_its_seed_by_any_failure(error: BaseException, words: str) -> None:
    def scenario(simulation: Simulation) -> None:
        if simulation.draw(9) > 3:
            raise error

    with pytest.raises(FailingSeedError, match=f"seed 0 fails.*(?s:.*){words}") as raised:
        check_seeds(scenario, range(10))
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), pytest.skip.Exception("not today")], ids=repr)
def test_an_exception_that_is_no_failure_leaves_the_check_and_names_the_seed(error: BaseException) -> None:
    def scenario(simulation: Simulation) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        check_seeds(scenario, [7])
    assert raised.value.__notes__ == ["in the scenario of seed 7"]


async def asynchronous(simulation: Simulation) -> None:
    pass


@pytest.mark.parametrize(
    "scenario", [asynchronous, lambda simulation: sleep(1.0), lambda simulation: (each for each in ())]
)
def test_a_scenario_that_runs_nothing_is_refused(scenario: Callable[[Simulation], object]) -> None:
    with pytest.raises(TypeError, match="the scenario must be a plain function that runs its programs"):
        check_seeds(scenario, [1])


def test_a_draw_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="most must be a whole number from 0 up, not -1"):
        Simulation(1).draw(-1)
