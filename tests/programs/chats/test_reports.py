"""Rules from public bug reports of other clients, held by whole chats."""

from __future__ import annotations

from helpers.forking import forks, holds_in_child

import lensconnect as lc
from lensconnect.emulator import Emulator, Options, SocketFault, running
from lensconnect.live.transcript import merge_transcripts
from lensconnect.testing.simulate import Simulation
from programs.chats.helpers.reading import contents, to_the_end
from programs.chats.helpers.runtimes import live_tables

NON_ASCII = (
    "Grüße — 你好",
    "a\u202fnarrow space",
    "👩‍👩‍👧 \U0001f600",
    "‮right to left",
    "e\u0301 and é",
    "\u2028 and \0 and \x7f",
)


@lc.program
def until_quiet(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
    """Receive until nothing comes for a second."""
    notes: list[lc.Notification] = []
    while (note := (yield from lc.receive_within(chat, 1.0))) is not None:
        notes.append(note)
    return notes


def test_a_second_chat_of_the_same_participant_doubles_nothing() -> None:
    simulation = Simulation(1)
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()

    @lc.program
    def both() -> lc.Steps[tuple[list[str], list[str], list[str | None]]]:
        first = yield from lc.open_chat(started.participant_token)
        second = yield from lc.open_chat(started.participant_token)
        yield from until_quiet(first)
        yield from until_quiet(second)
        for text in ("one", "two"):
            service.say(started.contact_id, text)
        yield from lc.say(second, "three")
        notes = [(yield from until_quiet(first)), (yield from until_quiet(second))]
        merged = merge_transcripts((yield from lc.transcript(first)), (yield from lc.transcript(second)))
        yield from lc.close_chat(first)
        yield from lc.close_chat(second)
        return contents(notes[0]), contents(notes[1]), [item.id for item in lc.items_of(merged)]

    one, other, ids = lc.or_raise(both()(env))
    assert one == other == ["one", "two", "three"]
    assert ids == [item.id for item in service.items(started.contact_id)]
    assert live_tables(env) == (0, 0)


def test_a_gap_of_hundreds_of_items_is_read_page_by_page_in_order_and_once() -> None:
    simulation = Simulation(2)
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()
    texts = [f"{number}" for number in range(730)]

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
        yield from until_quiet(chat)
        service.plan(SocketFault("expire", topic="aws/chat", count=1))
        for text in texts[:700]:
            service.say(started.contact_id, text)
        for number, text in enumerate(texts[700:]):  # while the pages are read
            simulation.at(simulation.now() + number / 50, lambda text=text: service.say(started.contact_id, text))
        simulation.at(simulation.now() + 30, lambda: service.stop_chat(started.contact_id))
        return (yield from to_the_end(chat))

    notes = lc.or_raise(lc.converse(started.participant_token, body)(env))
    assert contents(notes) == texts
    assert not any(note.late or note.past for note in notes if isinstance(note, lc.ItemReceived))
    (regained,) = (note for note in notes if isinstance(note, lc.ConnectionRegained))
    assert regained.missed >= 700
    assert sum("GetTranscript attempt 1 started" in line for line in simulation.trace) >= 8


def test_a_customer_who_leaves_hears_the_end_once() -> None:
    simulation = Simulation(3)
    env, started = simulation.env, simulation.service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
        yield from lc.say(chat, "Goodbye")
        agent = yield from lc.get_connection_token(started.agent_token)
        yield from lc.send(lc.SendMessage(content_type="text/plain", content="One moment", connection_token=agent))
        yield from until_quiet(chat)
        yield from lc.leave(chat)
        notes = yield from to_the_end(chat)
        assert (yield from lc.receive(chat)) == notes[-1]
        return notes

    notes = lc.or_raise(lc.converse(started.participant_token, body)(env))
    kinds = [note.item.content_type for note in notes if isinstance(note, lc.ItemReceived)]
    assert kinds[0] == lc.EVENT_PARTICIPANT_LEFT
    assert kinds[-1] == lc.EVENT_CHAT_ENDED
    assert notes[-1] == lc.ChatEnded("left")
    assert sum(isinstance(note, lc.ChatEnded) for note in notes) == 1
    assert sum("DisconnectParticipant attempt 1 started" in line for line in simulation.trace) == 1
    assert not any(isinstance(note, lc.ConnectionLost) for note in notes)


def test_an_agent_who_leaves_has_left_and_the_customer_goes_on() -> None:
    simulation = Simulation(4)
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()

    @lc.program
    def agent(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
        yield from lc.say(chat, "I have to go")
        yield from until_quiet(chat)
        yield from lc.leave(chat)
        return (yield from to_the_end(chat))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[tuple[list[lc.Notification], list[lc.Notification]]]:
        yield from until_quiet(chat)
        left = yield from lc.converse(started.agent_token, agent)
        service.say(started.contact_id, "Another agent will be with you soon")
        return left, (yield from until_quiet(chat))

    left, notes = lc.or_raise(lc.converse(started.participant_token, customer)(env))
    assert left[-1] == lc.ChatEnded("left")
    assert isinstance(left[-2], lc.ItemReceived)
    assert left[-2].item.content_type == lc.EVENT_PARTICIPANT_LEFT
    assert contents(notes) == ["I have to go", "Another agent will be with you soon"]
    assert not any(isinstance(note, lc.ChatEnded) for note in notes)


def test_the_greeting_of_a_flow_that_starts_with_the_subscription_is_heard() -> None:
    simulation = Simulation(5, service_options=Options(joins="presence"))
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        joined = [
            item for item in service.items(started.contact_id) if item.content_type == lc.EVENT_PARTICIPANT_JOINED
        ]
        assert joined, "the customer has joined when the chat is open, so the flow has started"
        simulation.at(simulation.now() + 1.0, lambda: service.say(started.contact_id, "Welcome!"))
        greeting = yield from lc.replies(chat)
        yield from lc.say(chat, "Hello")
        return [item.content for item in greeting]

    assert lc.or_raise(lc.converse(started.participant_token, body)(env)) == ["Welcome!"]


def test_text_in_any_script_goes_both_ways_unchanged() -> None:
    service = Emulator()
    started = service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
        yield from until_quiet(chat)
        for text in NON_ASCII:
            yield from lc.say(chat, text)
            service.say(started.contact_id, text)
        notes = yield from until_quiet(chat)
        service.stop_chat(started.contact_id)
        return notes + (yield from to_the_end(chat))

    with running(service) as server, lc.new_env(endpoint_url=server.base_url) as env:
        notes = lc.or_raise(lc.converse(started.participant_token, body)(env))
    assert contents(notes) == [text for text in NON_ASCII for _ in range(2)]


@forks
def test_a_chat_is_closed_in_a_forked_child_and_goes_on_in_the_parent() -> None:
    service = Emulator()
    started = service.start_chat()
    with running(service) as server, lc.new_env(endpoint_url=server.base_url) as env:
        chat = lc.or_raise(lc.open_chat(started.participant_token)(env))
        _ = lc.or_raise(until_quiet(chat)(env))

        def is_closed() -> bool:
            errors = [lc.to_result(lc.receive(chat)(env)).failure() for _ in range(2)]
            return all(isinstance(error, lc.TransportError) and error.kind == "closed" for error in errors)

        assert holds_in_child(is_closed)
        service.say(started.contact_id, "for the parent")
        notes = lc.or_raise(until_quiet(chat)(env))
        assert contents(notes) == ["for the parent"]
        assert not any(isinstance(note, lc.ConnectionLost) for note in notes)
        _ = lc.close_chat(chat)(env)
