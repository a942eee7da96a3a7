"""AdminApi: what a test does to the service from behind, whichever way clients reach it.

Everything is an act on the state, at one moment and with what it outbox; who keeps the state carries it out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.emulator.chat.fault_plan import AnyFault
from lensconnect.emulator.chat.lifecycle import (
    MESSAGE_TYPES,
    StartedChat,
    add_participant,
    add_view,
    announce_session,
    say_as_system,
    start_chat,
    stop,
)
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.faults.planning import plan_faults
from lensconnect.emulator.options import Options
from lensconnect.record import ParticipantToken
from lensconnect.types.item import Item, ParticipantRole
from lensconnect.types.view import View

__all__ = ["AdminApi"]

T = TypeVar("T")


class AdminApi(ABC):
    """The doors for tests: start a chat, take part in it unasked, let things go wrong, look."""

    @abstractmethod
    def transact(self, action: Callable[[State, int, Outbox], T]) -> T:
        """Do something to the state, once everything that is due has happened."""

    @property
    @abstractmethod
    def options(self) -> Options:
        """The switches it runs with."""

    def start_chat(
        self, *, customer: str = "Customer", agent: str = "Agent", content_types: tuple[str, ...] = MESSAGE_TYPES
    ) -> StartedChat:
        """A new chat, as StartChatContact would make it; nobody has joined yet."""
        return self.transact(
            lambda state, time, _outbox: start_chat(
                state, time, customer=customer, agent=agent, content_types=content_types
            )
        )

    def stop_chat(self, contact_id: str) -> bool:
        """End a chat as StopContact does; `False` where it was over already."""
        return self.transact(lambda state, time, outbox: stop(state, time, contact_id, outbox))

    def items(self, contact_id: str) -> tuple[Item, ...]:
        """The whole transcript, oldest first, also when the chat is over; `KeyError` for no such chat."""
        return self.transact(lambda state, _time, _outbox: tuple(state.chats[contact_id].items))

    def add_participant(self, contact_id: str, role: str, display_name: str) -> ParticipantToken:
        """Someone more in a chat, by the token to join with; `KeyError` for no such chat."""
        return self.transact(
            lambda state, _time, _outbox: add_participant(state, contact_id, ParticipantRole(role), display_name)[1]
        )

    def add_view(self, contact_id: str, view: View) -> str:
        """Register a view with a chat, and get the token it is described by; `KeyError` for no such chat."""
        return self.transact(lambda state, _time, _outbox: add_view(state, contact_id, view))

    def say(
        self,
        contact_id: str,
        content: str,
        *,
        content_type: str = CONTENT_TEXT_PLAIN,
        display_name: str = "SYSTEM_MESSAGE",
    ) -> Item | None:
        """A message of the flow, of any content type; `None` where the chat is over."""
        return self.transact(
            lambda state, time, outbox: say_as_system(
                state, time, contact_id, content, content_type, display_name, outbox
            )
        )

    def announce_session(self, contact_id: str) -> str | None:
        """Open an authentication session and tell everyone; `None` where the chat is over."""
        return self.transact(lambda state, time, outbox: announce_session(state, time, contact_id, outbox))

    def plan(self, *faults: AnyFault) -> None:
        """Let these go wrong, after what is planned already; `ValueError` for what could never strike."""
        self.transact(lambda state, _time, _outbox: plan_faults(state, faults))

    def clear_faults(self, seed: str | None = None) -> None:
        """Nothing goes wrong any more; chance starts afresh, from another seed if there is one."""
        self.transact(lambda state, _time, _outbox: state.faults.clear(seed))

    def faults(self) -> tuple[AnyFault, ...]:
        """What may still strike."""
        return self.transact(lambda state, _time, _outbox: state.faults.planned())
