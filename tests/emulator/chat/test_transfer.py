"""Transfers: the events, the contacts, the agent who leaves and the one who joins; and live chats through them."""

from __future__ import annotations

import json

import lensconnect as lc
from lensconnect.emulator import FlowChat, Options, StartedChat, transfer
from lensconnect.testing.simulate import Simulation

from ..helpers.harness import Harness, kinds
from ..helpers.harness import connected as connection_token


def harness_with_agent(options: Options | None = None) -> Harness:
    harness = Harness(options)
    harness.emulator.say(harness.chat.contact_id, "I will transfer you.", as_agent=True)
    return harness


def transferred(harness: Harness) -> str:
    chat = harness.emulator.transfer_chat(harness.chat.contact_id, agent="Bea")
    assert chat is not None
    return chat.contact_id


def test_transfer_succeeded_names_no_participant_and_reaches_the_agent_who_transferred_alone() -> None:
    harness = harness_with_agent()
    harness.connect()
    harness.pushed_items()
    transferred(harness)
    pushed = harness.pushed_items()
    (reader, event), *left = pushed
    assert (reader, kinds([event]), "ParticipantId" in event) == (harness.chat.agent_id, ["transfer.succeeded"], False)
    assert {(reader, *kinds([item])) for reader, item in left} == {
        (harness.chat.participant_id, "participant.left"), (harness.chat.agent_id, "participant.left"),
    }  # fmt: skip


def test_items_after_a_transfer_have_another_contact_and_the_same_initial_one() -> None:
    harness = harness_with_agent()
    client, token = harness.open_socket().subscribe(), harness.connect()
    new = transferred(harness)
    harness.emulator.say(new, "I am Bea.", as_agent=True)
    harness.say(token, "Hello Bea")
    first = harness.chat.contact_id
    items = client.items()
    assert {item["InitialContactId"] for item in items} == {first}
    assert [item["ContactId"] == new for item in items] == [False, True, True, True]
    stored = harness.transcript(token)
    assert [item.contact_id == new for item in stored] == [True] * 3 + [False] * 5


def test_each_contact_of_a_chat_finds_it() -> None:
    harness = harness_with_agent()
    token = harness.connect()
    new, emulator = transferred(harness), harness.emulator
    assert emulator.items(harness.chat.contact_id) == emulator.items(new)
    request = lc.new_get_transcript(token)
    pages = [
        harness.send(lc.get_transcript_contact_id.put(each, request)).unwrap() for each in (None, new, first(harness))
    ]
    assert pages[0].transcript
    assert [page.transcript for page in pages] == [pages[0].transcript] * 3
    assert {page.initial_contact_id for page in pages} == {first(harness)}
    assert emulator.stop_chat(new)
    assert not emulator.stop_chat(first(harness))
    assert len(emulator.read(lambda state: state.chats)) == 1


def first(harness: Harness) -> str:
    return harness.chat.contact_id


def test_a_next_token_survives_a_transfer() -> None:
    harness = harness_with_agent()
    token = harness.connect()
    request = lc.get_transcript_max_results.set(2)(lc.new_get_transcript(token))
    page = harness.send(request).unwrap()
    transferred(harness)
    assert harness.send(lc.get_transcript_next_token.put(page.next_token, request)).unwrap().transcript


def test_the_agent_who_transferred_is_out_and_the_next_one_joins() -> None:
    harness = harness_with_agent()
    agent = harness.connect(harness.chat.agent_token)
    chat = harness.emulator.transfer_chat(harness.chat.contact_id, agent="Bea")
    assert chat is not None
    assert harness.error_of(lc.new_get_transcript(agent)) == (403, "AccessDeniedException")
    harness.connect(chat.agent_token)
    joined = harness.emulator.items(chat.contact_id)[-1]
    assert (joined.participant_id, joined.display_name) == (chat.agent_id, "Bea")


def test_a_transfer_that_fails_changes_nothing_but_the_transcript() -> None:
    harness = harness_with_agent()
    harness.pushed_items()
    assert harness.emulator.fail_transfer(harness.chat.contact_id)
    ((reader, item),) = harness.pushed_items()
    assert (reader, kinds([item])) == (harness.chat.agent_id, ["transfer.failed"])
    assert harness.emulator.items(harness.chat.contact_id)[-1].contact_id == harness.chat.contact_id
    harness.connect(harness.chat.agent_token)


def test_the_option_transfer_keeps_contact() -> None:
    harness = harness_with_agent(Options(transfer_keeps_contact=True))
    assert transferred(harness) == harness.chat.contact_id


def test_without_an_agent_nothing_is_transferred() -> None:
    harness = Harness()
    contact = harness.chat.contact_id
    assert harness.emulator.transfer_chat(contact) is None
    assert not harness.emulator.fail_transfer(contact)
    harness.emulator.say(contact, "Bye", as_agent=True)
    harness.emulator.stop_chat(contact)
    assert harness.emulator.transfer_chat(contact) is None


def test_a_transfer_over_http() -> None:
    harness = Harness()
    url = f"https://emulator.invalid/_emulator/chats/{harness.chat.contact_id}/transfer"

    def post(url: str, body: bytes = b"") -> tuple[int, dict[str, str]]:
        response = harness.handle(lc.HttpRequest("POST", url, (), body))
        return response.status, json.loads(response.body)

    assert [post(url, body)[0] for body in (b"", b'{"Fails":true}')] == [400, 400]
    harness.emulator.say(harness.chat.contact_id, "Hello", as_agent=True)
    assert post(url, b'{"Fails":true}') == (200, {})
    status, reply = post(url, b'{"AgentName":"Bea"}')
    assert (status, sorted(reply)) == (200, ["AgentId", "AgentToken", "ContactId"])
    connection_token(harness.emulator, lc.ParticipantToken(reply["AgentToken"]))
    assert post(url.replace(harness.chat.contact_id, reply["ContactId"]))[0] == 200


# --- live chats


BEFORE, MOVED, LATER = 30.0, 60.0, 900.0
"""The seconds of a simulation: Bea's predecessor speaks, Bea takes over, and two comparisons with the transcript later."""


def simulated() -> tuple[Simulation, StartedChat, list[str]]:
    """Return a chat that is transferred to Bea, who says so; and the ids of its contacts."""
    simulation = Simulation(1)
    service = simulation.service
    chat = service.start_chat()
    contacts = [chat.contact_id]

    def transfer_to_bea() -> None:
        moved = service.transfer_chat(chat.contact_id, agent="Bea")
        assert moved is not None
        contacts.append(moved.contact_id)
        service.say(moved.contact_id, "I am Bea.", as_agent=True)

    simulation.at(BEFORE, lambda: service.say(chat.contact_id, "One moment.", as_agent=True))
    simulation.at(MOVED, transfer_to_bea)
    return simulation, chat, contacts


@lc.program
def listen(chat: lc.Chat, until: float) -> lc.Steps[list[lc.Notification]]:
    """Return what comes in these seconds, up to the end of the chat."""
    notes: list[lc.Notification] = []
    while (note := (yield from lc.receive_within(chat, until))) is not None:
        notes.append(note)
        if isinstance(note, lc.ChatEnded):
            break
    return notes


def heard(notes: list[lc.Notification]) -> list[tuple[str | None, str]]:
    """Return the contact and the content or the kind of each item."""
    items = [note.item for note in notes if isinstance(note, lc.ItemReceived)]
    return [(item.contact_id, item.content or (item.content_type or "").rpartition("event.")[2]) for item in items]


def test_a_live_customer_goes_on_through_a_transfer() -> None:
    simulation, chat, contacts = simulated()

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[tuple[list[lc.Notification], lc.Transcript]]:
        notes = yield from listen(chat, 100.0)
        yield from lc.say(chat, "Hello Bea")
        while simulation.now() < LATER and not isinstance(notes[-1], lc.ChatEnded):
            notes += yield from listen(chat, 100.0)
        return notes, (yield from lc.transcript(chat))

    notes, transcript = lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    old, new = contacts
    live = [
        (old, "participant.joined"), (old, "participant.joined"), (old, "One moment."), (old, "participant.left"),
        (new, "participant.joined"), (new, "I am Bea."), (new, "Hello Bea"), (old, "transfer.succeeded"),
    ]  # fmt: skip
    assert heard(notes) == live
    assert not any(isinstance(note, lc.ChatEnded) for note in notes)
    assert lc.items_of(transcript) == simulation.service.items(new)


def test_a_chat_that_is_resumed_after_a_transfer_goes_on() -> None:
    simulation, chat, contacts = simulated()

    @lc.program
    def briefly(chat: lc.Chat) -> lc.Steps[lc.Position]:
        yield from lc.say(chat, "Hello")
        yield from listen(chat, 1.0)
        return (yield from lc.position(chat))

    position = lc.or_raise(lc.converse(chat.participant_token, briefly)(simulation.env))
    simulation.sleep(MOVED)
    resumed = lc.converse(chat.participant_token, lambda chat: listen(chat, 10.0), position=position)
    notes = lc.or_raise(resumed(simulation.env))
    assert (contacts[0], "transfer.succeeded") in heard(notes)
    assert heard(notes)[-1] == (contacts[1], "I am Bea.")
    assert not any(isinstance(note, lc.ChatEnded) for note in notes)


def test_a_live_agent_who_transfers_hears_so_and_the_next_one_has_the_whole_chat() -> None:
    simulation, chat, contacts = simulated()
    opened = lc.converse(chat.agent_token, lambda chat: listen(chat, 100.0), participant_id=chat.agent_id)
    notes = lc.or_raise(opened(simulation.env))
    assert notes[-1] == lc.ChatEnded("transferred")
    assert heard(notes)[-1] == (contacts[0], "transfer.succeeded")
    bea = simulation.service.add_participant(contacts[1], "AGENT", "Bea's colleague")
    heard_by_bea = heard(lc.or_raise(lc.converse(bea, lambda chat: listen(chat, 700.0))(simulation.env)))
    assert heard_by_bea[:2] == [(contacts[0], "participant.joined"), (contacts[0], "One moment.")]
    assert heard_by_bea[-1] == (contacts[1], "participant.joined")


def test_an_agent_that_a_flow_plays_transfers_and_leaves() -> None:
    ends: list[lc.Notification | None] = []

    @lc.program
    def ann(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.say(chat, "I am Ann.")
        yield from transfer(chat, bea, display_name="Bea")
        ends.extend((yield from listen(chat, 10.0))[-1:])

    @lc.program
    def bea(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.say(chat, "I am Bea.")

    simulation = Simulation(1, flow=lambda chat: transfer(chat, ann, display_name="Ann"))
    chat = simulation.service.start_chat()
    notes = lc.or_raise(lc.converse(chat.participant_token, lambda chat: listen(chat, 20.0))(simulation.env))
    (old, *_), (new, last) = heard(notes)[0], heard(notes)[-1]
    assert (old, last) == (chat.contact_id, "I am Bea.")
    assert new != old
    assert ends == [lc.ChatEnded("transferred")]
    assert simulation.service.flow_failures() == ()
