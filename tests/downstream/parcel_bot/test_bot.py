"""The bot as a contact flow, as a participant beside the customer, and its parts alone."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator, Flow, FlowChat, HttpFault, SocketFault, StartedChat
from lensconnect.testing.simulate import Simulation

from .bot import FAREWELL, HELP, PERSON, SORRY, answer_to, bot, conversation, number_in, open_question

PLACES = {"4711": "on its way", "0815": "at your neighbour's"}


def find_parcel(number: str) -> lc.Program[str | None, lc.Error]:
    if number == "5000":
        return lc.Program.from_result(lc.Failure(lc.TransportError("connect", "no data base", "no")))
    return lc.Program.from_value(PLACES.get(number))


def texts(items: tuple[lc.Item, ...]) -> list[str | None]:
    return [item.content for item in items if item.content_type == lc.CONTENT_TEXT_PLAIN]


@lc.program
def asking(customer: lc.Chat, *questions: str) -> lc.Steps[list[str | None]]:
    """Ask one question after the other; return the answers."""
    heard: list[str | None] = []
    for question in questions:
        yield from lc.say(customer, question)
        heard += texts((yield from lc.replies(customer)))
    return heard


# -- as the contact flow ----------------------------------------------------------------------------------------------


def play(chat: FlowChat) -> lc.Program[None, lc.Error]:
    return conversation(chat, find_parcel)


@pytest.fixture
def lensconnect_flow() -> Flow:
    return play


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where is 4711?", "Parcel 4711 is on its way."),
        ("0815", "Parcel 0815 is at your neighbour's."),
        ("Is 9999 there?", "There is no parcel 9999."),
        ("Hello", HELP),
        ("What about 5000?", SORRY),
    ],
)
def test_each_question_has_its_answer(
    question: str, answer: str, lensconnect_env: lc.Env, lensconnect_chat: StartedChat
) -> None:
    asked = lc.converse(lensconnect_chat.participant_token, lambda customer: asking(customer, question))
    assert lc.or_raise(asked(lensconnect_env)) == [answer]


def test_the_bot_leaves_the_customer_to_a_person(
    lensconnect_env: lc.Env, lensconnect_chat: StartedChat, lensconnect_emulator: Emulator
) -> None:
    asked = lc.converse(lensconnect_chat.participant_token, lambda customer: asking(customer, "0815", PERSON))
    assert lc.or_raise(asked(lensconnect_env)) == ["Parcel 0815 is at your neighbour's.", FAREWELL]
    assert lensconnect_emulator.items(lensconnect_chat.contact_id)[-1].content_type == lc.EVENT_CHAT_ENDED


# -- beside the customer -----------------------------------------------------------------------------------------------


def both(simulation: Simulation, *questions: str) -> list[str | None]:
    """Run a bot and a customer at once; return what the customer heard."""
    chat = simulation.service.start_chat()
    token = simulation.service.add_participant(chat.contact_id, lc.PARTICIPANT_ROLE_CUSTOM_BOT, "Parcel bot")

    @lc.program
    def customer(me: lc.Chat) -> lc.Steps[list[str | None]]:
        heard = yield from asking(me, *questions)
        yield from lc.leave(me)
        return heard

    async def run() -> list[str | None]:
        asked = lc.converse(chat.participant_token, customer)(simulation.async_env)
        playing = bot(token, find_parcel)(simulation.async_env)
        heard, played = await asyncio.gather(asked, playing)
        lc.or_raise(played)
        return lc.or_raise(heard)

    return asyncio.run(run())


def test_the_bot_as_a_participant_answers_what_was_asked_before_it_came() -> None:
    assert both(Simulation(1), "4711", "0815") == ["Parcel 4711 is on its way.", "Parcel 0815 is at your neighbour's."]


@pytest.mark.parametrize("kind", ["throttle", "drop", "error"])
def test_a_bad_network_repeats_and_loses_no_answer(kind: Literal["throttle", "drop", "error"]) -> None:
    simulation = Simulation(2)
    simulation.service.plan(HttpFault(kind, operation="SendMessage", count=2))
    assert both(simulation, "4711", "0815") == ["Parcel 4711 is on its way.", "Parcel 0815 is at your neighbour's."]


def test_frames_that_come_twice_are_answered_once() -> None:
    simulation = Simulation(3)
    simulation.service.plan(SocketFault("duplicate", probability=1.0))
    assert both(simulation, "4711") == ["Parcel 4711 is on its way."]


# -- the parts ---------------------------------------------------------------------------------------------------------


def test_a_restarted_bot_answers_the_open_question_only() -> None:
    customer, its_own = lc.PARTICIPANT_ROLE_CUSTOMER, lc.PARTICIPANT_ROLE_CUSTOM_BOT
    question = lc.Item(type=lc.CHAT_ITEM_TYPE_MESSAGE, participant_role=customer, content="4711")
    answered = lc.Item(type=lc.CHAT_ITEM_TYPE_MESSAGE, participant_role=its_own, content="It is there.")
    assert open_question([]) is None
    assert open_question([answered, question]) is question
    assert open_question([question, answered]) is None


def test_a_number_has_4_to_12_digits() -> None:
    assert [number_in(text) for text in ("no. 0815!", "123", "1" * 13, "4711 or 0815")] == ["0815", None, None, "4711"]


def test_the_answer_needs_no_chat() -> None:
    assert lc.or_raise(answer_to("0815", find_parcel)(Simulation(4).env)) == "Parcel 0815 is at your neighbour's."
