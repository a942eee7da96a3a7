"""A wrong argument raises where the call is written: the message names the argument, what it takes, and what was given."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

import lensconnect as lc
from lensconnect.arguments import expect_number
from lensconnect.emulator import MESSAGE_TYPES, Emulator, HttpFault, Options, SocketFault, running
from lensconnect.emulator import ask as flow_ask
from lensconnect.emulator.flows import A_FLOW
from lensconnect.testing import frames
from lensconnect.testing.simulate import Simulation, check_seeds
from lensconnect.testing.stub import stub

CANARY = "secret-token"
SERVICE = Emulator()
NAMES: dict[str, Any] = {name: getattr(lc, name) for name in dir(lc)} | {
    "CANARY": CANARY,
    "Emulator": Emulator,
    "flow_ask": flow_ask,
    "HttpFault": HttpFault,
    "Options": Options,
    "Simulation": Simulation,
    "SocketFault": SocketFault,
    "check_seeds": check_seeds,
    "stub": stub,
    "math": math,
    "running": running,
    "CHAT": SERVICE.start_chat(),
    "lc": lc,
    "message": frames.message,
    "stub_event": frames.event,
    "event": lc.new_send_event("text/plain", lc.ConnectionToken("t")),
    "here": lc.Endpoint("https://chat.invalid"),
    "reply": lc.SendEventResponse(http_status=200),
    "service": SERVICE,
    "env": lc.new_env(endpoint_url="https://chat.invalid", transport=SERVICE.transport),
}

REQUEST = "must be a request such as SendMessage(...), not"
OPERATION = "must be a request type such as SendMessage, not"
ROLES = "AGENT, CUSTOMER, CUSTOM_BOT, SUPERVISOR, SYSTEM"
PROGRAM = "must be a Program such as send(request), not"
TEXT = "a value of type str"
WRONG_TYPE = {
    # pure functions
    "doc(CANARY)": f"operation {OPERATION} {TEXT}",
    "doc(None)": f"operation {OPERATION} None",
    "doc(SendMessageResponse)": f"operation {OPERATION} the class SendMessageResponse",
    "describe(CANARY, here)": f"describe: request {REQUEST} {TEXT}",
    "describe(SendEvent, here)": f"describe: request {REQUEST} the class SendEvent",
    "describe(event, CANARY)": f"describe: endpoint must be an Endpoint, not {TEXT}",
    "describe(event, here, 'model')": f"describe: limits must be a Limits such as MODEL, not {TEXT}",
    "validate(CANARY)": f"validate: request {REQUEST} {TEXT}",
    "validate(event, 3)": "validate: limits must be a Limits such as MODEL, not a value of type int",
    "undescribe(CANARY)": f"undescribe: http_request must be an HttpRequest, not {TEXT}",
    "decode(CANARY, HttpResponse(200))": f"operation {OPERATION} {TEXT}",
    "decode(event, HttpResponse(200))": f"operation {OPERATION} a value of type SendEvent",
    "decode(SendEvent, CANARY)": f"decode: http_response must be an HttpResponse, not {TEXT}",
    "resolve_endpoint(3)": "resolve_endpoint: region must be text or None, not a value of type int",
    "resolve_endpoint(url=here)": "resolve_endpoint: url must be text or None, not a value of type Endpoint",
    "render.as_curl(event)": "as_curl: http_request must be an HttpRequest, not a value of type SendEvent",
    "render.as_http(CANARY)": f"as_http: message must be an HttpRequest or an HttpResponse, not {TEXT}",
    "render.as_json(None)": "as_json: message must be an HttpRequest or an HttpResponse, not None",
    "STANDARD.plan([503], CANARY)": f"operation {OPERATION} {TEXT}",
    # programs
    "send(CANARY)": f"send: request {REQUEST} {TEXT}",
    "send(None)": f"send: request {REQUEST} None",
    "interactive_of(ListPicker('x', ('a', 'b')))": f"ListPicker: elements[0] must be a value of type TemplateElement, not {TEXT}",
    "interactive_of(ListPicker('x', 'ab'))": f"ListPicker: elements must be a tuple of TemplateElement, not {TEXT}",
    "interactive_of(Panel('x', [TemplateElement('a')]))": "Panel: elements must be a tuple of TemplateElement, not a value of type list",
    "interactive_of(ListPicker('x', (TemplateElement(3),)))": "TemplateElement: title must be text, not a value of type int",
    "interactive_of(TimePicker('x', (TimeSlot('x', 0.5),)))": "TimeSlot: duration must be a whole number, not a value of type float",
    "interactive.construct(Interactive('Panel', data=3))": "Interactive: data must be a mapping, not a value of type int",
    "reply_to(Panel('x', ()), 'a')": "reply_to: asked must be an Interactive, not a value of type Panel: interactive_of(...) makes one of it",
    "reply_to(CANARY, 'a')": f"reply_to: asked must be an Interactive, not {TEXT}: content_of(...) reads the one of an item",
    "answer(Chat('c'), Panel('x', ()), 'a')(env)": "answer: asked must be an Interactive, not a value of type Panel: interactive_of(...) makes one of it",
    "flow_ask(Chat('c'), CANARY)": f"ask: question must be an interactive message such as a ListPicker, not {TEXT}",
    "send(SendEvent)": f"send: request {REQUEST} the class SendEvent",
    "send(reply)": f"send: request {REQUEST} a value of type SendEventResponse",
    "tokened(CANARY)": f"tokened: request {REQUEST} {TEXT}",
    "send(event, env)": "send: too many positional arguments: a program is run by calling it with an environment",
    "send()": "send: missing a required argument: 'request'",
    "get_connection_token(CANARY, env)": (
        "get_connection_token: too many positional arguments: a program is run by calling it with an environment"
    ),
    "get_connection_token(token=CANARY)": "get_connection_token: missing a required argument: 'participant_token'",
    "send(event)(None)": "env must be an Env or an AsyncEnv, not None",
    "send(event)(service)": "env must be an Env or an AsyncEnv, not a value of type Emulator",
    "retrying('standard')": f"retrying: policy must be a RetryPolicy such as STANDARD, not {TEXT}",
    "retrying(STANDARD)(event)": f"program {PROGRAM} a value of type SendEvent",
    "within('5')": f"within: seconds must be a number, not {TEXT}",
    "within(5)(event)": f"program {PROGRAM} a value of type SendEvent",
    "paced(3)": "paced: quotas must be a Quotas such as CONNECT_QUOTAS, not a value of type int",
    "observed(3)": "observed: observer must be a function, not a value of type int",
    "on_request(event)": "on_request: change must be a function, not a value of type SendEvent",
    "local(None, send(event))": "local: change must be a function, not None",
    "local(print, event)": f"program {PROGRAM} a value of type SendEvent",
    "gather([send(event), event])": f"program {PROGRAM} a value of type SendEvent",
    "gather(send(event) for _ in 'ab'), gather([event])": f"program {PROGRAM} a value of type SendEvent",
    "gather([send(event)], limit='2')": f"gather: limit must be a whole number or None, not {TEXT}",
    "ensure(event, send(event))": f"program {PROGRAM} a value of type SendEvent",
    "ensure(send(event), None)": f"program {PROGRAM} None",
    "call(CANARY)": f"call: function must be a function, not {TEXT}",
    "sleep('1')": f"sleep: seconds must be a number, not {TEXT}",
    # environments
    "new_env(transport=stub({}))": (
        "transport must be one of the names 'direct' or a function, not a value of type ScriptedTransport: "
        "give its attribute transport"
    ),
    "new_async_env(transport=service)": (
        "transport must be one of the names 'direct', 'aiohttp', 'httpx2' or a function, not a value of type Emulator: "
        "give its attribute async_transport"
    ),
    "new_env(transport=None)": "transport must be one of the names 'direct' or a function, not None",
    "new_env(transport={})": "transport must be one of the names 'direct' or a function, not a value of type dict",
    "new_env(transport=Emulator)": "transport must be one of the names 'direct' or a function, not the class Emulator",
    # stubs
    "stub(CANARY)": f"stub: an entry must be a pair of a request and its response, not {TEXT}",
    "stub(3)": "stub: responses must be a mapping or a sequence of pairs, not a value of type int",
    "stub([event])": "stub: an entry must be a pair of a request and its response, not a value of type SendEvent",
    "stub({'SendMessage': 3})": f"operation {OPERATION} {TEXT}",
    "stub({SendEvent: 3})": "the reply to SendEvent must be a SendEventResponse or an error, not a value of type int",
    "stub([(event, None)])": "the reply to SendEvent must be a SendEventResponse or an error, not None",
    "Simulation(CANARY)": f"seed must be a whole number, or the choices of check_seeds, not {TEXT}",
    "Simulation(1, fault=HttpFault('error'))": (
        "fault must be a function from a transport to another, not a value of type HttpFault: "
        "a fault of the service is planned by simulation.service.plan(...)"
    ),
    "Simulation(1, socket_fault=SocketFault('drop'))": (
        "socket_fault must be a function from a socket driver to another, not a value of type SocketFault: "
        "a fault of the service is planned by simulation.service.plan(...)"
    ),
    "Simulation(1).run([now()])": "run: participants must be a mapping from names to programs, not a value of type list",
    "Simulation(1).run({'bot': print})": (
        "run: bot must be a program, not a value of type builtin_function_or_method: give converse(token, function)"
    ),
    "Simulation(1).run({'bot': now()}, until=CANARY)": f"run: until must be a number from 0 up, not {TEXT}",
    "Simulation(1).at(1, now())": (
        "at: action must be a function without arguments, not a value of type Program: write lambda: before what it does"
    ),
    "Simulation(1).at(1, None)": (
        "at: action must be a function without arguments, not None: write lambda: before what it does"
    ),
    "running(Options()).__enter__()": (
        "emulator must be an Emulator or None, not a value of type Options: give Emulator(options) or Emulator(flow=...)"
    ),
    "check_seeds(print, 50)": "check_seeds: seeds must be whole numbers, not a value of type int: write range(50)",
    "check_seeds(3, [1])": "check_seeds: scenario must be a function of a Simulation, not a value of type int",
    "check_seeds(print, [1], new=3)": (
        "check_seeds: new must be a function from choices to a Simulation, not a value of type int"
    ),
    "stub([(None, reply)])": f"operation {OPERATION} None",
    # the emulator
    "Emulator('quotas=true')": f"options must be an Options or None, not {TEXT}",
    "Emulator(seed=5)": "seed must be text or None, not a value of type int",
    "Emulator(clock=5)": "clock must be a function, not a value of type int",
    "Emulator(Options(limits='classic'))": "limits must be one of model, documented_2026, classic, none, not 'classic'",
    "Emulator(Options(quotas='yes'))": "quotas must be true or false, not 'yes'",
    "Emulator(Options(attachment_types='txt'))": "attachment_types must be a list of text, not 'txt'",
    "service.plan('drop')": f"fault must be an HttpFault or a SocketFault, not {TEXT}",
    "service.plan([HttpFault('drop')])": "fault must be an HttpFault or a SocketFault, not a value of type list",
    "service.plan(HttpFault('drop', probability='1'))": f"probability must be a number from 0 to 1, not {TEXT}",
    "service.plan(SocketFault('drop', count=True))": (
        "count must be a whole number from 1 up, not a value of type bool"
    ),
    "service.start_chat(content_types='text/plain')": f"content_types must be a tuple of text, not {TEXT}",
    "service.start_chat(customer=None)": "customer must be text, not None",
    "service.say(CHAT.contact_id, 3)": "content must be text, not a value of type int",
    "service.say(CHAT, 'Hello')": (
        "contact_id must be text, not a value of type StartedChat: give the contact_id of the chat"
    ),
    "service.add_participant(CHAT.contact_id, 3, 'Ann')": "role must be text, not a value of type int",
    "service.join(CHAT.contact_id, lc.sleep(1.0))": (
        f"flow must be {A_FLOW}, not a value of type Program: give the function itself, without its arguments"
    ),
    "Emulator(flow=lc.sleep(1.0))": (
        f"flow must be {A_FLOW}, a mapping of such functions by name, or None, not a value of type Program: "
        "give the function itself, without its arguments"
    ),
}
WRONG_VALUE = {
    "Simulation(1, chance=2)": "chance must be a number from 0 to 1, not 2",
    "Simulation(1).run({})": "run: there is no participant",
    "Simulation(1).run({'bot': now()}, until=-3)": "run: until must be a number from 0 up, not -3",
    "Simulation(1).at(-1, print)": "at: time must be a number from 0 up, not -1",
    "check_seeds(print, [])": "check_seeds: there is no seed to check",
    "gather([send(event)], limit=0)": "limit must be at least 1, not 0",
    "service.say(CHAT.contact_id, '')": "content must not be empty",
    "service.start_chat(content_types=['text/plan'])": f"a content type of the chat must be one of {', '.join(MESSAGE_TYPES)}",
    "service.add_participant(CHAT.contact_id, 'BOT', 'Ann')": f"role must be one of {ROLES}",
    "service.join(CHAT.contact_id, lc.leave, role='BOT')": f"role must be one of {ROLES}",
    "message('Hello', role='customer')": f"role must be one of {ROLES}",
    "stub_event('typing', role='customer')": f"role must be one of {ROLES}",
    "Emulator(flow={'': lc.leave})": "flow must hold flows by names that are not empty",
    "service.plan(HttpFault('drop', probability=3))": "probability must be a number from 0 to 1, not 3",
    "service.plan(HttpFault('drop', probability=math.nan))": "probability must be a number from 0 to 1, not nan",
    "service.plan(SocketFault('drop', probability=-1))": "probability must be a number from 0 to 1, not -1",
    "service.plan(HttpFault('drop', count=0))": "count must be a whole number from 1 up, not 0",
    "service.plan(HttpFault('error', status=200))": "status must be a whole number from 400 to 599, not 200",
    "service.plan(HttpFault('delay', seconds=-1))": "seconds must be a number from 0 to 3600, not -1",
    "Emulator(Options(attachment_bytes=-1))": "attachment_bytes must be a whole number from 0 up, not -1",
    "Emulator(Options(scan_seconds=math.nan))": "scan_seconds must be a number from 0 up, or None, not nan",
    "Emulator(Options(joins='never'))": "joins must be one of presence, subscription, connection, not 'never'",
}


def message_of(expression: str) -> tuple[type[BaseException], str]:
    with pytest.raises((TypeError, ValueError)) as raised:
        eval(expression, NAMES)
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    return raised.type, str(raised.value)


@pytest.mark.parametrize("expression", WRONG_TYPE)
def test_an_argument_of_a_wrong_type_is_named(expression: str) -> None:
    kind, message = message_of(expression)
    assert message == WRONG_TYPE[expression]
    assert kind in (TypeError, ValueError)


@pytest.mark.parametrize("expression", WRONG_VALUE)
def test_a_value_out_of_range_is_named(expression: str) -> None:
    assert message_of(expression) == (ValueError, WRONG_VALUE[expression])


def test_a_program_of_the_user_checks_its_arguments_where_it_is_called() -> None:
    @lc.program
    def greet(name: str, *, loud: bool = False) -> lc.Steps[str]:
        yield from lc.now()
        return name.upper() if loud else name

    wrong: Any = greet
    with pytest.raises(TypeError, match=re.escape("greet: missing a required argument: 'name'") + "$"):
        wrong()
    with pytest.raises(TypeError, match=r"greet: got an unexpected keyword argument 'shout'$"):
        wrong("Ada", shout=True)
    with pytest.raises(TypeError, match=r"greet: too many positional arguments$"):
        wrong("Ada", True)
    assert lc.rehearse(greet("Ada", loud=True)).outcome == lc.Success("ADA")


def test_an_option_that_a_simulation_does_not_have_is_told_with_its_own() -> None:
    wrong: Any = Simulation
    with pytest.raises(TypeError, match=r"^Simulation has no option 'flw': there are chance, fault, .* flow, region"):
        wrong(1, flw=print)


def test_an_error_inside_a_right_call_is_left_as_it_is() -> None:
    def broken(_: object) -> Any:
        raise AttributeError("its own")

    with pytest.raises(AttributeError, match=r"^its own$"):
        lc.describe(NAMES["event"], NAMES["here"], lc.Limits("mine", rules=(broken,)))


RANGES: dict[tuple[float, float], tuple[str, list[float], list[float]]] = {
    (-math.inf, math.inf): ("a number", [-math.inf, 0, math.inf], [math.nan]),
    (0, math.inf): ("a number from 0 up", [0, math.inf], [-1, math.nan]),
    (0, 1): ("a number from 0 to 1", [0, 1], [-1, 2, math.nan]),
}


@pytest.mark.parametrize("ends", RANGES)
def test_a_number_is_within_a_range_with_both_ends(ends: tuple[float, float]) -> None:
    words, right, wrong = RANGES[ends]
    for value in right:
        expect_number("seconds", value, *ends)
    for value in wrong:
        with pytest.raises(ValueError, match=f"^seconds must be {words}, not {value}$"):
            expect_number("seconds", value, *ends)


def test_none_is_a_number_only_where_it_is_taken() -> None:
    expect_number("limit", None, 1, or_none=True)
    expect_number("limit", 1, 1, or_none=True)
    with pytest.raises(TypeError, match=r"^limit must be a number from 1 up, not None$"):
        expect_number("limit", None, 1)
    with pytest.raises(ValueError, match=r"^limit must be a number from 1 up, or None, not 0$"):
        expect_number("limit", 0, 1, or_none=True)
    with pytest.raises(TypeError, match=r"^limit must be a whole number from 1 up, or None, not"):
        expect_number("limit", 1.5, 1, whole=True, or_none=True)
