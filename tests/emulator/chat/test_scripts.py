"""Scripts of the admin API: what is refused, which pattern is found, and that a flow plays them."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

import lensconnect as lc
from lensconnect import HttpRequest
from lensconnect.emulator import Emulator, scripted
from lensconnect.emulator.chat.scripts import is_found
from lensconnect.testing.simulate import Simulation

MENU = {"Name": "menu", "Greeting": "Hi", "Answers": [{"Pattern": "open*sunday", "Answer": "Closed."}]}


def post(service: Emulator, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    request = HttpRequest("POST", f"http://emulator.invalid/_emulator/{path}", (), json.dumps(body).encode())
    response = service.handle(request)
    return response.status, json.loads(response.body)


def answers(simulation: Simulation, flow: str | None, *texts: str) -> list[str | None]:
    """Return what the flow of a new chat says to a customer."""

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        spoken = list((yield from lc.replies(chat, quiet=0.1, within=1.0)))
        for text in texts:
            yield from lc.say(chat, text)
            spoken += yield from lc.replies(chat, quiet=0.1, within=1.0)
        return [item.content for item in spoken]

    chat = simulation.service.start_chat(flow=flow)
    return lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("HOURS", "your hours?", True),
        ("a*b*c", "..a..b..c..", True),
        ("a*b", "b a", False),
        ("ab*ba", "aba", False),
        ("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", False),
        ("(a+)+$", "is (a+)+$ a pattern?", True),
    ],
)
def test_a_pattern_is_text_with_stars(pattern: str, text: str, *, found: bool) -> None:
    assert is_found(pattern, text) is found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Name": " "}, "Name must be 1 to 64"),
        ({"Name": "a\nb"}, "Name must be 1 to 64"),
        ({"Name": "given"}, "Name is that of a flow"),
        ({"Greeting": "", "Answers": []}, "needs a Greeting"),
        ({"Answers": [{"Pattern": " * ", "Answer": "x"}]}, "Pattern must be"),
        ({"Answers": [{"Pattern": "a" * 201, "Answer": "x"}]}, "Pattern must be"),
        ({"Answers": [{"Pattern": "a", "Answer": " "}]}, "Answer must not be empty"),
        ({"Answers": [{"Pattern": "a", "Answer": "x"}] * 51}, "at most 50"),
        ({"Otherwise": "x" * 4_001}, "at most 4000"),
        ({"Answers": [{"Pattern": 3, "Answer": "x"}]}, "str"),
    ],
)
def test_a_script_out_of_bounds_is_refused(change: dict[str, Any], words: str) -> None:
    service = Emulator(flow={"given": scripted({})})
    status, reply = post(service, "flows", {**MENU, **change})
    assert status == 400
    assert words in reply["message"]
    assert service.read(lambda state: state.scripts) == {}


def test_there_are_at_most_a_hundred_scripts() -> None:
    service = Emulator()
    statuses = [post(service, "flows", {**MENU, "Name": str(number)})[0] for number in range(101)]
    assert statuses == [200] * 100 + [400]
    assert post(service, "flows", {**MENU, "Name": "7"})[0] == 200, "one that is there can be replaced"


def test_a_chat_has_the_flow_that_it_names_else_the_first() -> None:
    simulation = Simulation(
        1, flow={"first": scripted({}, greeting="I am first"), "second": scripted({}, greeting="2nd")}
    )
    assert post(simulation.service, "flows", MENU)[1]["Flows"] == [
        {"Name": "first", "Script": False},
        {"Name": "second", "Script": False},
        {"Name": "menu", "Script": True},
    ]
    assert answers(simulation, None) == ["I am first"]
    assert answers(simulation, "second") == ["2nd"]
    assert answers(simulation, "") == []
    assert answers(simulation, "menu", "Open on Sunday?", "Else?") == ["Hi", "Closed."]
    with pytest.raises(ValueError, match="unknown flow 'third'; the emulator has: first, second, menu"):
        simulation.service.start_chat(flow="third")
    assert post(simulation.service, "chats", {"Flow": "third"})[0] == 400
    assert simulation.service.flow_failures() == ()


@pytest.mark.parametrize("farewell", ["Goodbye!", ""])
def test_an_answer_that_ends_ends_the_chat(farewell: str) -> None:
    simulation = Simulation(1)
    script = {"Name": "menu", "Answers": [{"Pattern": "bye", "Answer": farewell, "Ends": True}], "Otherwise": "Pardon?"}
    assert post(simulation.service, "flows", script)[0] == 200

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[lc.Notification | None]:
        yield from lc.say(chat, "Good morning")
        yield from lc.replies(chat, quiet=0.1, within=1.0)
        yield from lc.say(chat, "Good bye")
        while isinstance(note := (yield from lc.receive_within(chat, 60.0)), lc.ItemReceived):
            pass
        return note

    chat = simulation.service.start_chat(flow="menu")
    assert lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env)) == lc.ChatEnded("ended")
    spoken = [item.content for item in simulation.service.items(chat.contact_id) if item.participant_role == "SYSTEM"]
    assert spoken == ["Pardon?", *filter(None, [farewell])]
    assert simulation.service.flow_failures() == ()


def test_a_contact_flow_id_that_names_a_flow_chooses_it() -> None:
    service = Emulator(flow={"first": scripted({}), "second": scripted({})})
    for contact_flow_id, expected in (("second", "second"), ("any other id", "first")):
        body = {"InstanceId": "i", "ContactFlowId": contact_flow_id, "ParticipantDetails": {"DisplayName": "Ada"}}
        request = HttpRequest("PUT", "http://emulator.invalid/contact/chat", (), json.dumps(body).encode())
        contact_id = json.loads(service.handle(request).body)["ContactId"]
        assert service.read(lambda state, at=contact_id: state.chats[at].flow) == expected


def test_the_state_of_a_flow_is_shown_and_its_failure_masked() -> None:
    token = "a" * 64

    @lc.program
    def fails(chat: lc.Chat) -> lc.Steps[None]:
        yield from lc.replies(chat, quiet=0.1, within=30.0)
        yield from lc.sleep(50.0)
        raise ValueError(token)

    simulation = Simulation(1, flow=fails)
    contact_id = simulation.service.start_chat().contact_id

    def shown() -> list[Any]:
        request = HttpRequest("GET", "http://emulator.invalid/_emulator/chats")
        (chat,) = json.loads(simulation.service.handle(request).body)["Chats"]
        assert (chat["ContactId"], chat["Flow"]) == (contact_id, "fails")
        return [(flow["Name"], flow["Status"], flow["Failure"][:80], flow["Line"]) for flow in chat["Flows"]]

    assert shown() == []

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[Any]]:
        states = [shown()]
        yield from lc.say(chat, "Hello")
        for seconds in (1.0, 60.0):
            yield from lc.sleep(seconds)
            states.append(shown())
        return states

    chat = simulation.service.read(lambda state: state.chats[contact_id])
    customer_token = next(each.token for each in chat.participants.values() if each.role == "CUSTOMER")
    states = lc.or_raise(lc.converse(lc.ParticipantToken(customer_token), customer)(simulation.env))
    assert [state[0][1] for state in states] == ["waits", "sleeps", "failed"]
    first = inspect.unwrap(fails).__code__.co_firstlineno
    assert [state[0][3] for state in states] == [f"{__file__}:{first + line}" for line in (2, 3, 4)]
    assert states[-1][0][2].startswith("ValueError: ***\nin the program")
    assert token not in chat.played[0].failure
