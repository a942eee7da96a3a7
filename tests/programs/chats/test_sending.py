"""Sending: answers to interactive messages, replies without an Id, and files."""

from __future__ import annotations

import lensconnect as lc
from lensconnect.testing.simulate import Simulation
from programs.chats.helpers.altered_replies import without_member


def test_an_answer_is_said_and_another_choice_is_refused() -> None:
    simulation = Simulation(1)
    service, started = simulation.service, simulation.service.start_chat()
    asked = lc.interactive_of(lc.QuickReply("Good?", (lc.TemplateElement("Yes"),)))
    chat = lc.or_raise(lc.join_chat(started.participant_token)(simulation.env))
    lc.or_raise(lc.answer(chat, asked, "Yes")(simulation.env))
    assert [item.content for item in service.items(started.contact_id) if item.type == "MESSAGE"] == ["Yes"]
    assert isinstance(lc.to_result(lc.answer(chat, asked, "No")(simulation.env)).failure(), lc.InvalidRequest)


def test_a_reply_without_an_id_is_a_success() -> None:
    simulation = Simulation(2, fault=without_member("Id"))
    chat = lc.or_raise(lc.join_chat(simulation.service.start_chat().participant_token)(simulation.env))
    assert lc.or_raise(lc.say(chat, "Hello")(simulation.env)).id is None


def test_a_download_is_a_program_with_the_token_of_the_chat() -> None:
    simulation = Simulation(3)
    chat = lc.or_raise(lc.join_chat(simulation.service.start_chat().participant_token)(simulation.env))
    assert lc.download(chat, "a-1", "new") == lc.download(chat, "a-1", "new") != lc.download(chat, "a-2", "new")


def test_a_download_into_memory_takes_20_mib_unless_told_otherwise() -> None:
    chat = lc.Chat("1")
    assert lc.download_bytes(chat, "a-1") == lc.download_bytes(chat, "a-1", most=20 * 1024 * 1024)
    assert lc.download_bytes(chat, "a-1") != lc.download_bytes(chat, "a-1", most=20 * 1024 * 1024 + 1)
