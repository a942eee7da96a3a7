"""The functions of docs/sns-bridge.md carry each message once, over one connection for each chat, to whom it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from docs.pages import MODULES
from lensconnect import (
    CONTENT_INTERACTIVE,
    ConnectionToken,
    Env,
    InvalidRequest,
    Item,
    is_chat_over,
    new_env,
    or_raise,
    to_result,
)
from lensconnect.emulator import Emulator

MENU = """{"templateType":"QuickReply","version":"1.0","data":{"content":{"title":"Good?","elements":[{"title":"Yes"},{"title":"No"}]}}}"""


def bridge() -> Any:
    names: dict[str, Any] = {"__name__": "bridge"}
    exec(MODULES["sns-bridge"]["bridge.py"], names)
    return SimpleNamespace(**names)


BRIDGE = bridge()


@pytest.fixture
def service() -> Emulator:
    return Emulator()


@pytest.fixture
def paths() -> list[str]:
    """The paths that were requested."""
    return []


@pytest.fixture
def env(service: Emulator, paths: list[str]) -> Iterator[Env]:
    def transport(request: Any, seconds: float, /) -> Any:
        paths.append(request.url.rpartition("/")[2])
        return service.transport(request, seconds)

    with new_env(endpoint_url="https://chat.invalid", transport=transport) as env:
        yield env


def texts(service: Emulator, contact_id: str) -> list[str]:
    return [item.content for item in service.items(contact_id) if item.content]


def record(visibility: str | None, role: str | None, **members: Any) -> dict[str, Any]:
    values = {"InitialContactId": "c-1", "MessageVisibility": visibility, "ParticipantRole": role}
    attributes = {name: {"Type": "String", "Value": value} for name, value in values.items() if value}
    return {"EventSource": "aws:sns", "Sns": {"Message": json.dumps(members), "MessageAttributes": attributes}}


def test_a_message_that_is_delivered_again_is_said_once_over_one_connection(
    service: Emulator, env: Env, paths: list[str]
) -> None:
    chat = service.start_chat()
    tokens = or_raise(BRIDGE.join(chat.participant_token)(env))
    for message in (BRIDGE.Incoming("w-1", "one"), BRIDGE.Incoming("w-1", "one"), BRIDGE.Incoming("w-2", "two")):
        assert or_raise(BRIDGE.carry_in(tokens, message)(env)) == tokens
    assert texts(service, chat.contact_id) == ["one", "two"]
    assert paths == ["connection", "message", "message", "message"]


def test_a_token_that_is_too_old_is_replaced(service: Emulator, env: Env) -> None:
    chat = service.start_chat()
    old = BRIDGE.Tokens(chat.participant_token, ConnectionToken("too-old"))
    tokens = or_raise(BRIDGE.carry_in(old, BRIDGE.Incoming("w-1", "one"))(env))
    assert tokens.participant == old.participant
    assert or_raise(BRIDGE.carry_in(tokens, BRIDGE.Incoming("w-2", "two"))(env)) == tokens
    assert texts(service, chat.contact_id) == ["one", "two"]


def test_a_chat_that_is_over_is_a_failure_that_says_so(service: Emulator, env: Env) -> None:
    chat = service.start_chat()
    tokens = or_raise(BRIDGE.join(chat.participant_token)(env))
    service.stop_chat(chat.contact_id)
    assert is_chat_over(to_result(BRIDGE.carry_in(tokens, BRIDGE.Incoming("w-1", "one"))(env)).failure())


def test_another_failure_joins_no_chat_again(service: Emulator, env: Env, paths: list[str]) -> None:
    tokens = or_raise(BRIDGE.join(service.start_chat().participant_token)(env))
    refused = to_result(BRIDGE.carry_in(tokens, BRIDGE.Incoming("w-1", ""))(env)).failure()
    assert isinstance(refused, InvalidRequest)
    assert paths == ["connection"]


@pytest.mark.parametrize(
    ("visibility", "role", "shown"),
    [
        ("ALL", "AGENT", True),
        ("CUSTOMER", "SYSTEM", True),
        ("ALL", None, True),
        ("AGENT", "AGENT", False),
        ("ALL", "CUSTOMER", False),
        (None, "AGENT", False),
    ],
)
def test_the_customer_sees_what_is_for_the_customer(visibility: str | None, role: str | None, shown: bool) -> None:
    event = {"Records": [record("ALL", "AGENT", Id="m-1"), record(visibility, role, Id="m-2")]}
    expected = [("c-1", Item(id="m-1"))] + [("c-1", Item(id="m-2"))] * shown
    assert list(BRIDGE.items_for_customer(event)) == expected


def test_a_question_of_the_flow_becomes_a_list_of_its_choices() -> None:
    assert BRIDGE.text_of(Item(content_type="text/plain", content="Hello!")) == "Hello!"
    assert BRIDGE.text_of(Item(content_type=CONTENT_INTERACTIVE, content=MENU)) == "- Yes\n- No"
    assert BRIDGE.text_of(Item(content_type="application/vnd.amazonaws.connect.event.typing")) is None
