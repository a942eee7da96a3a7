"""Contact flows, bots and agents as programs: when they begin, what they hear, how they wait, end and fail."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import unwrap
from json import loads
from typing import Any

import pytest

import lensconnect as lc
from lensconnect.emulator import (
    Emulator,
    Flow,
    FlowChat,
    HttpFault,
    Options,
    SocketFault,
    StartedChat,
    ask,
    flows,
    running,
    scripted,
    transfer,
)
from lensconnect.testing.simulate import Simulation, flow_exception

MENU = lc.ListPicker(title="Which pizza?", elements=(lc.TemplateElement("Margherita"), lc.TemplateElement("Funghi")))


def texts(service: Emulator, chat: StartedChat) -> list[tuple[str | None, str | None]]:
    """Return who said what, in order."""
    return [(item.display_name, item.content) for item in service.items(chat.contact_id) if item.content]


def events(service: Emulator, chat: StartedChat) -> list[str]:
    """Return the last words of the events' types, in order."""
    types = [item.content_type or "" for item in service.items(chat.contact_id) if item.type == "EVENT"]
    return [each.rpartition("event.")[2] for each in types]


def simulated(flow: Flow, options: Options | None = None) -> tuple[Simulation, StartedChat]:
    simulation = Simulation(1, flow=flow, service_options=options)
    return simulation, simulation.service.start_chat()


def heard(chat: lc.Chat) -> lc.Program[list[str | None], lc.Error]:
    """Return what the others say until a second passes."""
    return lc.replies(chat).map(lambda items: [item.content for item in items])


@lc.program
def echo(chat: lc.Chat) -> lc.Steps[None]:
    """Repeat what the customer says, until the chat ends."""
    while not isinstance(note := (yield from lc.receive(chat)), lc.ChatEnded):
        if isinstance(note, lc.ItemReceived) and note.item.participant_role == "CUSTOMER" and note.item.content:
            yield from lc.say(chat, f"You said {note.item.content}")


@lc.program
def pizzeria(chat: FlowChat) -> lc.Steps[None]:
    """Ask for a pizza, then have Ann bake it."""
    yield from ask(chat, MENU)
    chosen = yield from lc.replies(chat)
    yield from lc.say(chat, f"One {chosen[0].content}.")
    yield from transfer(chat, ann, display_name="Ann")


@lc.program
def ann(chat: lc.Chat) -> lc.Steps[None]:
    yield from lc.sleep(600.0)
    yield from lc.say(chat, "It is ready.")
    yield from lc.leave(chat)


def test_a_flow_asks_listens_transfers_and_ends() -> None:
    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        (question,) = yield from lc.replies(chat)
        asked = lc.interactive.unpack(question.content or "")
        assert asked is not None
        _ = yield from lc.answer(chat, asked, "Funghi")
        return (yield from heard(chat)) + (yield from lc.replies(chat, within=900.0).map(contents))

    simulation, chat = simulated(pizzeria)
    answers = lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert answers == ["One Funghi.", "It is ready."]
    assert texts(simulation.service, chat)[1:] == [
        ("Customer", "Funghi"), ("SYSTEM_MESSAGE", "One Funghi."), ("Ann", "It is ready."),
    ]  # fmt: skip
    assert events(simulation.service, chat) == ["participant.joined", "participant.joined", "participant.left"]
    assert 600 < simulation.now() < 610
    assert simulation.service.flow_failures() == ()


def contents(items: tuple[lc.Item, ...]) -> list[str | None]:
    return [item.content for item in items]


def test_a_flow_does_the_same_in_each_run_and_on_asyncio() -> None:
    def run(on_asyncio: bool) -> tuple[list[tuple[str | None, str | None]], list[str]]:
        simulation, chat = simulated(pizzeria)
        program = lc.converse(
            chat.participant_token,
            lambda chat: heard(chat).bind(lambda _: lc.say(chat, "Funghi")).bind(lambda _: heard(chat)),
        )
        if on_asyncio:
            lc.or_raise(asyncio.run(_awaited(program(simulation.async_env))))
        else:
            lc.or_raise(program(simulation.env))
        return texts(simulation.service, chat), simulation.trace

    assert run(False) == run(False) == run(True)


async def _awaited(future: lc.FutureResult[object, lc.Error]) -> lc.IOResult[object, lc.Error]:
    return await future


def test_a_flow_begins_when_the_customer_has_subscribed() -> None:
    service = Emulator(flow=scripted({}, greeting="Welcome!"))
    chat = service.start_chat()
    with lc.new_env(endpoint_url="https://chat.invalid", transport=service.transport, sockets=service.sockets) as env:
        request = lc.new_create_participant_connection(chat.participant_token)
        types = (lc.CONNECTION_TYPE_WEBSOCKET, lc.CONNECTION_TYPE_CONNECTION_CREDENTIALS)
        lc.or_raise(lc.send(request & lc.create_participant_connection_type.set(types))(env))
        assert service.items(chat.contact_id) == ()
        lc.or_raise(lc.converse(chat.participant_token, lambda _: lc.Program.from_value(None))(env))
    assert texts(service, chat) == [("SYSTEM_MESSAGE", "Welcome!")]


def test_a_flow_does_not_begin_again_when_a_second_customer_joins() -> None:
    simulation, chat = simulated(scripted({}, greeting="Welcome!"))
    second = simulation.service.add_participant(chat.contact_id, "CUSTOMER", "Bob")
    assert lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env)) == ["Welcome!"]
    assert lc.or_raise(lc.converse(second, heard)(simulation.env)) == []
    assert [name for name, _ in texts(simulation.service, chat)] == ["SYSTEM_MESSAGE"]


@pytest.mark.parametrize("hears", [False, True])
def test_what_is_said_before_the_flow_begins_is_lost_unless_it_reads_the_past(hears: bool) -> None:
    simulation, chat = simulated(echo, Options(flow_reads_past=hears))
    service = simulation.service

    @lc.program
    def customer(token: lc.ParticipantToken) -> lc.Steps[None]:
        types = (lc.CONNECTION_TYPE_WEBSOCKET, lc.CONNECTION_TYPE_CONNECTION_CREDENTIALS)
        connected = yield from lc.send(lc.CreateParticipantConnection(participant_token=token, type=types))
        connection_token = connected.connection_credentials and connected.connection_credentials.connection_token
        assert connection_token is not None
        yield from lc.send(lc.new_send_message("text/plain", "early", connection_token))
        yield from lc.converse(token, lambda chat: lc.say(chat, "late").bind(lambda _: lc.replies(chat)))

    lc.or_raise(customer(chat.participant_token)(simulation.env))
    answers = [text for name, text in texts(service, chat) if name == "SYSTEM_MESSAGE"]
    assert answers == ["You said early"] * hears + ["You said late"]


@pytest.mark.parametrize("hears", [False, True])
def test_what_is_said_while_the_flow_is_busy_waits_for_it_unless_an_option_drops_it(hears: bool) -> None:
    @lc.program
    def flow(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.sleep(10.0)
        yield from lc.say(chat, "What is your name?")
        first = yield from lc.replies(chat)
        yield from lc.say(chat, "Hello " + " and ".join(contents_of(first)))
        yield from lc.sleep(10.0)

    def contents_of(items: tuple[lc.Item, ...]) -> list[str]:
        return [item.content or "" for item in items if item.participant_role == "CUSTOMER"]

    simulation, chat = simulated(flow, Options(flow_hears_while_busy=hears))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[None]:
        yield from lc.sleep(5.0)
        yield from lc.say(chat, "Hurry up")
        yield from lc.replies(chat, within=20.0)
        yield from lc.say(chat, "Ada")
        yield from lc.replies(chat, within=20.0)

    lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    answers = [text for name, text in texts(simulation.service, chat) if name == "SYSTEM_MESSAGE"]
    assert answers[-1] == ("Hello Hurry up" if hears else "Hello Ada")
    assert simulation.service.flow_failures() == ()


def test_quotas_spare_flows() -> None:
    simulation, chat = simulated(echo, Options(quotas=True))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[int]:
        for number in range(15):
            yield from lc.say(chat, str(number))
        return len((yield from lc.replies(chat, quiet=400.0)))

    assert lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env)) == 15
    assert simulation.service.flow_failures() == ()


@pytest.mark.parametrize(
    "fault", [HttpFault("error", operation="SendMessage"), SocketFault("drop", topic="aws/chat"), SocketFault("refuse")]
)
def test_planned_faults_spare_flows(fault: HttpFault | SocketFault) -> None:
    def slow_echo(chat: FlowChat) -> lc.Program[object, lc.Error]:
        return lc.replies(chat, quiet=5.0).bind(lambda heard: lc.say(chat, f"You said {heard[0].content}"))

    simulation, chat = simulated(slow_echo)
    service = simulation.service
    simulation.at(1.0 if isinstance(fault, HttpFault) else 0.0, lambda: service.plan(fault))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[None]:
        yield from lc.receive_within(chat, 0.5)
        yield from lc.say(chat, "Hello")
        yield from lc.sleep(20.0)

    lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert texts(service, chat)[-1] == ("SYSTEM_MESSAGE", "You said Hello")
    assert service.faults() == (fault,)


def test_a_flow_is_no_third_participant_for_receipts() -> None:
    simulation, chat = simulated(scripted({}))
    simulation.at(1.0, lambda: simulation.service.say(chat.contact_id, "How can I help?", as_agent=True))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[None]:
        (question,) = yield from lc.replies(chat)
        yield from lc.mark_read(chat, question)

    lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    receipts = simulation.service.items(chat.contact_id)[-1].message_metadata
    assert receipts is not None


def failing(chat: FlowChat) -> lc.Program[None, lc.Error]:
    return lc.say(chat, "x" * 20_000).map(lambda _: None)


@lc.program
def raising(chat: FlowChat) -> lc.Steps[None]:
    yield from lc.say(chat, "One moment.")
    raise ZeroDivisionError("a mistake of the flow")


@pytest.mark.parametrize(("flow", "kind"), [(failing, lc.ServiceError), (raising, ZeroDivisionError)])
def test_a_flow_that_fails_is_reported_and_the_chat_goes_on(
    flow: Flow, kind: type[object], caplog: pytest.LogCaptureFixture
) -> None:
    simulation, chat = simulated(flow)
    with caplog.at_level(logging.ERROR, "lensconnect.emulator"):
        answers = lc.or_raise(lc.converse(chat.participant_token, lambda chat: lc.say(chat, "Hello?"))(simulation.env))
    (failure,) = simulation.service.flow_failures()
    assert isinstance(failure.error, kind)
    assert failure.line == (f"{__file__}:{unwrap(raising).__code__.co_firstlineno + 3}" if flow is raising else "")
    assert (failure.contact_id, failure.display_name) == (chat.contact_id, "SYSTEM_MESSAGE")
    assert answers.http_status == 200
    assert f"chat {chat.contact_id}: the flow {flow.__name__} of SYSTEM_MESSAGE failed" in caplog.text
    assert chat.participant_token not in caplog.text


def test_the_log_shows_a_failed_flow_with_its_line_and_without_tokens(caplog: pytest.LogCaptureFixture) -> None:
    @lc.program
    def flow(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.sleep(0.0)
        raise ValueError(f"no participant-{'a' * 64}\x1b")

    simulation, chat = simulated(flow)
    with caplog.at_level(logging.ERROR, "lensconnect.emulator"):
        lc.or_raise(lc.converse(chat.participant_token, lambda chat: lc.say(chat, "Hello?"))(simulation.env))
    line = f"{__file__}:{unwrap(flow).__code__.co_firstlineno + 3}"
    assert f"SYSTEM_MESSAGE failed at {line}: ValueError: no participant-***?" in caplog.text
    assert "raise ValueError" in caplog.text
    assert "a" * 64 not in caplog.text


@lc.program
def refused(chat: FlowChat) -> lc.Steps[None]:
    yield from lc.say(chat, "One moment.")
    yield from lc.say(chat, "x" * 20_000)


@lc.program
def mistaken(chat: FlowChat) -> lc.Steps[None]:
    yield from lc.say(chat, loads(f'"participant-{"a" * 64}'))


@pytest.mark.parametrize(("flow", "line"), [(refused, 3), (mistaken, 2)])
def test_the_admin_api_has_the_failure_of_a_flow_with_its_line_and_without_tokens(flow: Flow, line: int) -> None:
    simulation, chat = simulated(flow)
    lc.or_raise(lc.converse(chat.participant_token, lambda chat: lc.say(chat, "Hello?"))(simulation.env))
    listed = simulation.service.handle(lc.HttpRequest("GET", "https://x/_emulator/chats")).body
    (shown,) = loads(listed)["Chats"][0]["Flows"]
    place = f"{__file__}:{unwrap(flow).__code__.co_firstlineno + line}"
    assert (shown["Name"], shown["Status"], shown["Line"]) == (unwrap(flow).__name__, "failed", place)
    error = "400 ValidationException: Content" if flow is refused else "JSONDecodeError: Unterminated string"
    assert shown["Failure"].startswith(error) or error in shown["Failure"]
    assert "a" * 64 not in shown["Failure"]
    assert simulation.service.flow_failures()[0].line == place


@lc.program
def handles(chat: FlowChat) -> lc.Steps[None]:
    yield from lc.gather([refused(chat)])


@lc.program
def goes_on(chat: FlowChat) -> lc.Steps[None]:
    outcome = yield from refused(chat).attempt()
    yield from lc.say(chat, "Hello!")
    yield from lc.Program.from_result(outcome)


@pytest.mark.parametrize("flow", [refused, handles, goes_on])
def test_the_exception_of_a_flow_that_ended_with_an_error_names_the_step_that_failed(flow: Flow) -> None:
    simulation, chat = simulated(flow)
    lc.or_raise(lc.converse(chat.participant_token, lambda chat: lc.say(chat, "Hello?"))(simulation.env))
    raised = flow_exception(simulation.service)
    assert isinstance(raised, lc.LensconnectError)
    line = unwrap(refused).__code__.co_firstlineno + 3
    assert raised.__notes__ == [f"the flow of SYSTEM_MESSAGE failed at {__file__}:{line}"]


class Untold:
    """An error and an exception without a text."""

    def __str__(self) -> str:
        raise ZeroDivisionError


class UntoldError(Untold, Exception):
    pass


def ending(raised: BaseException) -> Flow:
    @lc.program
    def flow(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.sleep(1.0)
        raise raised

    return flow


@pytest.mark.parametrize(
    "error",
    [UntoldError(), SyntaxError("x", ("f", "l", 3, 4)), asyncio.CancelledError(), GeneratorExit()],  # type: ignore[arg-type]
    ids=repr,
)
def test_an_exception_ends_the_flow_alone(error: BaseException) -> None:
    simulation, chat = simulated(ending(error))
    assert lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env)) == []
    simulation.service.say(chat.contact_id, "Hello?")
    assert [failure.error for failure in simulation.service.flow_failures()] == [error]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), pytest.fail.Exception("a mistake")], ids=repr)
def test_an_exception_that_ends_more_than_a_flow_is_kept_and_raised_again(error: BaseException) -> None:
    simulation, chat = simulated(echo)
    simulation.service.join(chat.contact_id, ending(error))
    with pytest.raises(type(error)):
        simulation.clock.sleep(2.0)
    assert lc.or_raise(lc.converse(chat.participant_token, lambda chat: say_and_hear(chat, "1"))(simulation.env)) == [
        "You said 1"
    ]
    (failure,) = simulation.service.flow_failures()
    assert failure.error is error
    assert failure.line == f"{__file__}:{ending.__code__.co_firstlineno + 4}"


def say_and_hear(chat: lc.Chat, text: str) -> lc.Program[list[str | None], lc.Error]:
    return lc.say(chat, text).bind(lambda _: heard(chat))


def test_an_error_without_a_text_fails_the_flow_with_its_type() -> None:
    simulation, chat = simulated(lambda chat: lc.Program.from_result(lc.Failure(Untold())))
    lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env))
    assert len(simulation.service.flow_failures()) == 1
    (entry,) = simulation.service.read(lambda state: state.contacts[chat.contact_id].played)
    assert entry.failure == "a value of type Untold"


def test_a_flow_of_a_module_without_a_name_plays() -> None:
    module: dict[str, Any] = {"lc": lc, "__name__": None}
    exec("def flow(chat):\n    yield from lc.say(chat, 'Welcome!')\n    yield from lc.sleep(1.0)", module)
    simulation, chat = simulated(lc.program(module["flow"]))
    assert lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env)) == ["Welcome!"]
    assert simulation.service.flow_failures() == ()


def parrot(role: str) -> Flow:
    @lc.program
    def answer(chat: lc.Chat, note: lc.Notification) -> lc.Steps[None]:
        if isinstance(note, lc.ItemReceived) and note.item.content and note.item.participant_role != role:
            yield from lc.say(chat, "Pardon?")

    return lambda chat: lc.notifications(chat).each(lambda note: answer(chat, note))


@lc.program
def impatient(chat: FlowChat) -> lc.Steps[None]:
    while True:
        yield from lc.sleep(0.0)


@lc.program
def polling(chat: FlowChat) -> lc.Steps[None]:
    while True:
        yield from lc.receive_within(chat, 0.0)


@pytest.mark.parametrize(
    ("flow", "line"),
    [
        (parrot("SYSTEM"), parrot.__code__.co_firstlineno + 4),
        (impatient, unwrap(impatient).__code__.co_firstlineno + 3),
        (polling, unwrap(polling).__code__.co_firstlineno + 3),
    ],
)
def test_a_flow_that_lets_no_time_pass_fails_with_its_line(
    flow: Flow, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "_MOST_STEPS", 200)
    service = Emulator(flow=flow)
    chat = service.start_chat()
    service.join(chat.contact_id, parrot("AGENT"))
    with lc.new_env(endpoint_url="https://chat.invalid", transport=service.transport, sockets=service.sockets) as env:
        lc.or_raise(lc.converse(chat.participant_token, lambda chat: lc.say(chat, "Hello?"))(env))
    failed = {failure.display_name: failure for failure in service.flow_failures()}
    assert "goes on without end while no time passes" in str(failed["SYSTEM_MESSAGE"].error)
    assert failed["SYSTEM_MESSAGE"].line == f"{__file__}:{line}"
    assert len(service.items(chat.contact_id)) < 200


def test_a_flow_that_lets_time_pass_plays_without_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "_MOST_STEPS", 50)
    simulation, chat = simulated(echo)

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[None]:
        for number in range(50):
            yield from say_and_hear(chat, str(number))

    lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert simulation.service.flow_failures() == ()


def test_a_flow_that_returns_no_program_is_named() -> None:
    def forgetful(chat: FlowChat) -> None:
        lc.say(chat, "Hello!")

    simulation, chat = simulated(forgetful)  # type: ignore[arg-type]
    lc.or_raise(lc.converse(chat.participant_token, lambda chat: lc.say(chat, "Hello?"))(simulation.env))
    (failure,) = simulation.service.flow_failures()
    assert f'function {forgetful.__qualname__}, File "{__file__}"' in str(failure.error)


def test_a_flow_ends_without_a_failure_when_the_customer_leaves() -> None:
    simulation, chat = simulated(echo)
    lc.or_raise(lc.converse(chat.participant_token, lc.leave)(simulation.env))
    assert events(simulation.service, chat) == ["participant.joined", "participant.left", "chat.ended"]
    (shown,) = loads(simulation.service.handle(lc.HttpRequest("GET", "https://x/_emulator/chats")).body)["Chats"]
    assert [each["ParticipantRole"] for each in shown["Participants"]] == ["CUSTOMER", "AGENT"]
    assert simulation.service.flow_failures() == ()
    assert simulation.service.read(lambda state: (len(state.sockets), len(state.woken))) == (0, 0)


def test_a_script_answers_by_pattern_and_ends_the_chat() -> None:
    flow = scripted(
        {"hours|open": "From 9 to 5.", "pizza": MENU, "bye": lc.leave}, greeting="Welcome!", otherwise="Sorry?"
    )
    simulation, chat = simulated(flow)

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        answers = yield from heard(chat)
        for text in ("OPEN today?", "pizza!", "hm"):
            yield from lc.say(chat, text)
            answers += yield from heard(chat)
        yield from lc.say(chat, "bye")
        while not isinstance((yield from lc.receive(chat)), lc.ChatEnded):
            pass
        return answers

    answers = lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert answers == ["Welcome!", "From 9 to 5.", lc.interactive.construct(lc.interactive_of(MENU)), "Sorry?"]
    assert events(simulation.service, chat)[-1] == "chat.ended"


def undecorated(chat: FlowChat) -> lc.Steps[None]:
    yield from lc.say(chat, "Welcome!")


UNDECORATED = (
    "not a generator function: write @program above the function undecorated, "
    f'File "{__file__}", line {undecorated.__code__.co_firstlineno}'
)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: scripted({"(": "text"}), ValueError, "the pattern '(' is no regular expression"),
        (lambda: scripted({"a": 3}), TypeError, "the answer to 'a' must be text, a template or a flow"),
        (lambda: scripted({}, greeting=3), TypeError, "greeting must be"),
        (lambda: Emulator(flow="greet"), TypeError, "flow must be a function"),
        (lambda: Emulator(flow=undecorated), TypeError, UNDECORATED),
        (lambda: Emulator(flow={"greet": partial(undecorated)}), TypeError, UNDECORATED),
        (lambda: Emulator().join("unknown", undecorated), TypeError, UNDECORATED),
        (lambda: transfer(FlowChat("key", "id", lambda *_: lc.Success(None)), undecorated), TypeError, UNDECORATED),
        (lambda: transfer(lc.Chat("key"), lc.leave), TypeError, "chat must be the chat of a flow"),  # type: ignore[arg-type]
        (lambda: Emulator().join("unknown", 3), TypeError, "flow must be a function"),
        (lambda: Emulator().join("unknown", lc.leave), KeyError, "unknown"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(make: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as refused:
        make()
    assert words in str(refused.value)


def test_only_a_flow_may_ask_with_a_template() -> None:
    simulation, chat = simulated(scripted({}))
    refused = lc.to_result(lc.converse(chat.participant_token, lambda chat: ask(chat, MENU))(simulation.env))
    assert isinstance(refused.failure(), lc.ServiceError)


def introducing(name: str) -> Flow:
    return lambda chat: lc.say(chat, f"I am {name}.")


def test_a_flow_transfers_to_two_agents_at_once() -> None:
    @lc.program
    def flow(chat: FlowChat) -> lc.Steps[None]:
        yield from transfer(chat, introducing("Ann"), display_name="Ann")
        yield from transfer(chat, introducing("Bob"), display_name="Bob")

    simulation, chat = simulated(flow)
    assert lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env)) == ["I am Ann.", "I am Bob."]
    assert texts(simulation.service, chat) == [("Ann", "I am Ann."), ("Bob", "I am Bob.")]


def test_a_flow_is_told_how_to_enable_a_content_type() -> None:
    simulation = Simulation(1, flow=pizzeria)
    chat = simulation.service.start_chat(content_types=("text/plain",))
    lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env))
    (failure,) = simulation.service.flow_failures()
    assert isinstance(failure.error, lc.ServiceError)
    assert failure.error.message == (
        "ContentType is not enabled for this chat: start it with application/vnd.amazonaws.connect.message.interactive "
        "among its SupportedMessagingContentTypes"
    )


def test_an_agent_joins_and_a_bot_speaks_beside_it() -> None:
    simulation, chat = simulated(scripted({}))
    service = simulation.service
    simulation.at(10.0, lambda: service.join(chat.contact_id, echo, display_name="Bea"))
    simulation.at(20.0, lambda: service.join(chat.contact_id, echo, role="CUSTOM_BOT", display_name="Bot"))
    simulation.at(30.0, lambda: service.say(chat.contact_id, "How can I help?", as_agent=True))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        yield from lc.replies(chat, within=40.0)
        yield from lc.say(chat, "Hello")
        return [item.display_name for item in (yield from lc.replies(chat))]

    names = lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert names == ["Bea", "Bot"]
    assert ("Bea", "How can I help?") in texts(service, chat)
    lc.or_raise(lc.converse(chat.participant_token, lc.leave)(simulation.env))
    assert service.join(chat.contact_id, echo) is False
    assert service.say(chat.contact_id, "Too late", as_agent=True) is None


def test_a_flow_shows_its_innermost_line_outside_of_the_package() -> None:
    def listen(chat: FlowChat) -> Generator[lc.Program[object, lc.Error], object, None]:
        yield from lc.receive(chat)

    @lc.program
    def inner(chat: FlowChat) -> lc.Steps[None]:
        yield from listen(chat)

    @lc.program
    def outer(chat: FlowChat) -> lc.Steps[None]:
        yield from inner(chat)
        yield from lc.notifications(chat).each(lambda _: lc.sleep(9.0))

    flows = {"outer": outer, "table": scripted({"a": outer}), "no steps": lambda chat: lc.replies(chat)}
    simulation = Simulation(1, flow=flows)

    def line(contact_id: str) -> str:
        return simulation.service.read(lambda state: state.chats[contact_id].played[0].line)

    def lines(name: str) -> list[str]:
        chat = simulation.service.start_chat(flow=name)

        @lc.program
        def customer(live: lc.Chat) -> lc.Steps[list[str]]:
            yield from lc.sleep(1.0)
            found = [line(chat.contact_id)]
            for _ in range(2):
                yield from lc.say(live, "a")
                yield from lc.sleep(1.0)
                found.append(line(chat.contact_id))
            return found

        return lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))

    within = f"{__file__}:{listen.__code__.co_firstlineno + 1}"
    after = f"{__file__}:{unwrap(outer).__code__.co_firstlineno + 3}"
    assert [lines(name) for name in flows] == [[within, after, after], ["", within, after], ["", "", ""]]


def test_a_flow_gathers_and_handles_a_stream() -> None:
    @lc.program
    def flow(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.gather([lc.sleep(1.0).bind(lambda _: lc.say(chat, "one")), lc.say(chat, "two")])
        yield from lc.notifications(chat).each(lambda note: lc.sleep(1.0).bind(lambda _: lc.show_typing(chat)))

    simulation, chat = simulated(flow)
    answers = lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env))
    assert answers == ["one", "two"]
    assert simulation.service.flow_failures() == ()


def test_a_flow_gathers_up_to_the_first_failure() -> None:
    def flow(chat: FlowChat) -> lc.Program[object, lc.Error]:
        return lc.gather([lc.say(chat, "one"), lc.say(chat, "x" * 20_000), lc.say(chat, "three")])

    simulation, chat = simulated(flow)
    lc.or_raise(lc.converse(chat.participant_token, heard)(simulation.env))
    assert texts(simulation.service, chat) == [("SYSTEM_MESSAGE", "one")]


def test_many_frames_leave_few_timers() -> None:
    simulation, chat = simulated(echo)

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[None]:
        for number in range(200):
            yield from lc.say(chat, str(number))
            yield from lc.sleep(0.5)

    lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    timers = simulation.service.read(lambda state: [due.kind for due in state.timers._heap])  # pyright: ignore[reportPrivateUsage]
    assert timers.count("flow") <= 3


@pytest.mark.parametrize("seconds", [math.inf, 1e308])
def test_a_flow_that_sleeps_for_ever_sets_no_timer_and_spares_the_other_chats(seconds: float) -> None:
    @lc.program
    def flow(chat: FlowChat) -> lc.Steps[None]:
        yield from lc.sleep(1.0)
        yield from lc.sleep(seconds)

    simulation, chat = simulated(flow)
    other = simulation.service.start_chat(flow="")
    for token in (chat.participant_token, other.participant_token):
        lc.or_raise(lc.converse(token, lambda chat: lc.say(chat, "Hello"))(simulation.env))
        simulation.clock.sleep(2.0)
    assert simulation.service.flow_failures() == ()
    assert texts(simulation.service, other) == [("Customer", "Hello")]
    assert "flow" not in simulation.service.read(lambda state: [due.kind for due in state.timers._heap])  # pyright: ignore[reportPrivateUsage]


def test_flows_play_behind_http_in_every_chat() -> None:
    service = Emulator(flow=scripted({"number": "Three."}, greeting="Welcome!"))

    def customer(chat: lc.Chat) -> lc.Program[list[str | None], lc.Error]:
        return (
            lc.replies(chat, quiet=0.05)
            .bind(lambda _: lc.say(chat, "Which number?"))
            .bind(lambda _: lc.replies(chat, quiet=0.05).map(contents))
        )

    with running(service) as server, lc.new_env(endpoint_url=server.base_url) as env, ThreadPoolExecutor(4) as threads:
        tokens = [server.start_chat().participant_token for _ in range(4)]
        answers = list(threads.map(lambda token: lc.or_raise(lc.converse(token, customer)(env)), tokens))
    assert answers == [["Three."]] * 4
    assert service.flow_failures() == ()
