"""AdminApi: what a test does to the service from outside: start chats, post as the flow, plan faults, look.

`Emulator` and `RunningEmulator` both offer it.  Each method is one transaction: an action on the state at
one time, whose frames are pushed when it is over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import NoneType
from typing import TypeVar

from lensconnect.arguments import expect, expect_one_of
from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.emulator.chat import lifecycle, transfer
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.fault_plan import AnyFault
from lensconnect.emulator.chat.lifecycle import MESSAGE_TYPES, StartedChat
from lensconnect.emulator.chat.state import ROLES
from lensconnect.emulator.chat.transfer import TransferredChat
from lensconnect.emulator.faults.fault_input import plan_faults
from lensconnect.emulator.flows import Flow, FlowFailure, Flows, expect_flow
from lensconnect.emulator.options import Options
from lensconnect.record import ParticipantToken
from lensconnect.types.item import Item, ParticipantRole
from lensconnect.types.view import View

T = TypeVar("T")


class AdminApi(ABC):
    """The methods by which tests set up and inspect chats.  `contact_id` names a chat; an unknown one is a `KeyError`.

    `TypeError` or `ValueError` for an argument with a value that it does not take.
    """

    @abstractmethod
    def transact(self, action: Callable[[OperationContext], T]) -> T:
        """Run an action as one step of the service, after the timers that are due, and return its result."""

    @property
    @abstractmethod
    def options(self) -> Options:
        """The options the emulator was made with."""

    @property
    @abstractmethod
    def flows(self) -> Flows:
        """The flows that play in the chats."""

    def join(self, contact_id: str, flow: Flow, *, role: str = "AGENT", display_name: str = "Agent") -> bool:
        """Have an agent, or a participant of another role, join a chat, played by a program; `False` if it is over.

        A flow is what `converse` takes: a function that returns the program of a chat.
        """
        expect_flow("flow", flow)
        expect_one_of("role", role, ROLES)
        expect("display_name", display_name, str, "text")
        return self.flows.enter(contact_id, flow, ParticipantRole(role), display_name)

    def flow_failures(self) -> tuple[FlowFailure, ...]:
        """Return the flows that failed while their chat went on, or raised an exception, oldest first."""
        return tuple(self.flows.failures)

    def start_chat(
        self,
        *,
        customer: str = "Customer",
        agent: str = "Agent",
        content_types: tuple[str, ...] = MESSAGE_TYPES,
        flow: str | None = None,
    ) -> StartedChat:
        """Start a chat with a customer and an agent, neither of whom has joined, and return their tokens.

        `customer` and `agent` are display names.  Messages may have one of `content_types`, or `text/plain`.
        `flow` is the name of the contact flow, "" for none; without it, the chat has the emulator's first one.
        `ValueError` for an unknown name.
        """
        expect("customer", customer, str, "text")
        expect("agent", agent, str, "text")
        expect("content_types", content_types, (tuple, list), "a tuple of text")
        expect("flow", flow, (str, NoneType), "the name of a flow or None")
        return self.transact(
            lambda context: lifecycle.start_chat(
                context, customer=customer, agent=agent, content_types=content_types, flow=flow
            )
        )

    def transfer_chat(self, contact_id: str, *, agent: str = "Agent") -> TransferredChat | None:
        """Have the agent in a chat transfer it to another one, with this display name, and leave.

        Return the new contact and the agent's token, `None` if no agent is in the chat, or it is over.  For a transfer to
        a queue, let the agent join later.
        """
        expect("agent", agent, str, "text")
        return self.transact(lambda context: transfer.transfer(context, contact_id, agent))

    def fail_transfer(self, contact_id: str) -> bool:
        """Have a transfer by the agent in a chat fail; `False` if no agent is in the chat, or it is over."""
        return self.transact(lambda context: transfer.fail_transfer(context, contact_id))

    def stop_chat(self, contact_id: str) -> bool:
        """End a chat as StopContact does; return `False` if it was over already."""
        return self.transact(lambda context: lifecycle.stop(context, contact_id))

    def items(self, contact_id: str) -> tuple[Item, ...]:
        """Return the whole transcript, oldest first, also when the chat is over."""
        return self.transact(lambda context: tuple(context.state.contacts[contact_id].items))

    def add_participant(self, contact_id: str, role: str, display_name: str) -> ParticipantToken:
        """Add a participant to a chat, and return the token for CreateParticipantConnection."""
        expect_one_of("role", role, ROLES)
        expect("display_name", display_name, str, "text")
        return self.transact(
            lambda context: lifecycle.add_participant(
                context, context.state.contacts[contact_id], ParticipantRole(role), display_name
            )[1]
        )

    def add_view(self, contact_id: str, view: View) -> str:
        """Add a view to a chat, and return the token for DescribeView."""
        return self.transact(lambda context: lifecycle.add_view(context, contact_id, view))

    def say(
        self,
        contact_id: str,
        content: str,
        *,
        content_type: str = CONTENT_TEXT_PLAIN,
        display_name: str = "SYSTEM_MESSAGE",
        as_agent: bool = False,
    ) -> Item | None:
        """Post a message of the contact flow, of any content type; return `None` if the chat is over.

        With `as_agent` it is one of the agent, who joins the chat if need be and has a name already.
        """
        expect("content", content, str, "text")
        expect("content_type", content_type, str, "text")
        expect("display_name", display_name, str, "text")
        if as_agent:
            return self.transact(lambda context: lifecycle.say_as_agent(context, contact_id, content, content_type))
        return self.transact(
            lambda context: lifecycle.say_as_system(context, contact_id, content, content_type, display_name)
        )

    def announce_session(self, contact_id: str) -> str | None:
        """Open an authentication session, push its event, and return its id; `None` if the chat is over."""
        return self.transact(lambda context: lifecycle.announce_session(context, contact_id))

    def plan(self, *faults: AnyFault) -> tuple[str, ...]:
        """Plan faults after those already planned, and return their ids, for `remove_fault`.

        `TypeError` or `ValueError` for one that could never happen; then none is planned.
        """
        return self.transact(lambda context: plan_faults(context.state, faults))

    def remove_fault(self, fault_id: str) -> bool:
        """Remove one planned fault; `False` if it is not planned, or has happened for the last time."""
        expect("fault_id", fault_id, str, "text")
        return self.transact(lambda context: context.state.faults.remove(fault_id))

    def happened(self, fault_id: str) -> int:
        """Return how many times a planned fault has happened, also if that was the last time or it was removed.

        `LookupError` for an id that `plan` has not returned.
        """
        expect("fault_id", fault_id, str, "text")
        times = self.transact(lambda context: context.state.faults.happened(fault_id))
        if times is None:
            raise LookupError(f"no fault was planned with the id {fault_id!r}")
        return times

    def clear_faults(self, seed: str | None = None) -> None:
        """Remove all planned faults, and restart their random numbers, from another seed if one is given."""
        self.transact(lambda context: context.state.faults.clear(seed))

    def faults(self) -> tuple[AnyFault, ...]:
        """Return the planned faults that can still happen."""
        return self.transact(lambda context: tuple(context.state.faults.planned().values()))
