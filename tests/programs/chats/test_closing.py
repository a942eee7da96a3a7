"""Closing a chat while something of it is under way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator
from lensconnect.interpreters.environments.live import LiveTables


class Hooked:
    """The transport of an emulator that calls a function after each request to an operation."""

    def __init__(self, service: Emulator, path: str, after: Callable[[], object]) -> None:
        self.service, self.path, self.after = service, path, after

    def __call__(self, request: lc.HttpRequest, seconds: float) -> lc.Result[lc.HttpResponse, lc.TransportError]:
        """Perform a request."""
        result = self.service.transport(request, seconds)
        if request.url.endswith(self.path):
            self.after()
        return result


@pytest.mark.parametrize(
    ("path", "act"), [("message", lambda chat: lc.say(chat, "Hello")), ("disconnect", lc.leave)], ids=["say", "leave"]
)
def test_what_the_service_has_taken_succeeds_though_the_chat_was_closed_meanwhile(
    path: str, act: Callable[[lc.Chat], lc.Program[object, lc.Error]]
) -> None:
    service = Emulator()
    token = service.start_chat().participant_token
    opened: list[lc.Chat] = []
    transport = Hooked(service, f"/participant/{path}", lambda: lc.or_raise(lc.close_chat(opened[0])(env)))
    with lc.new_env(endpoint_url="http://127.0.0.1:1", transport=transport) as env:
        opened.append(lc.or_raise(lc.join_chat(token)(env)))
        assert lc.is_ok(lc.to_result(act(opened[0])(env)))
        assert not chats_of(env.handle.live)


def chats_of(live: LiveTables[object]) -> dict[str, object]:
    """Return the states of chats that an environment has."""
    return vars(live)["_chats"]  # type: ignore[no-any-return]


def test_an_interrupt_of_the_last_receipt_closes_the_chat_all_the_same() -> None:
    service = Emulator()
    token = service.start_chat().participant_token

    def interrupt() -> None:
        raise KeyboardInterrupt

    transport = Hooked(service, "/participant/event", interrupt)
    with lc.new_env(endpoint_url="http://127.0.0.1:1", transport=transport) as env:
        chat = lc.or_raise(lc.join_chat(token)(env))
        lc.or_raise(lc.mark_delivered(chat, lc.Item(id="m-1", absolute_time="2026-01-01T00:00:00Z"))(env))
        with pytest.raises(KeyboardInterrupt):
            lc.close_chat(chat)(env)
        assert not chats_of(env.handle.live)
