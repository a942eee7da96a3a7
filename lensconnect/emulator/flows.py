"""Flows: contact flows, bots and agents as programs, which the emulator runs in the chats of its service.

    def greet(chat: FlowChat) -> Program[None, Error]: ...      Emulator(flow=greet), service.join(contact_id, bot)

A flow is a function of a chat, like the body of `converse`, so a bot that was written for the service can play here too.
Its participant uses the operations and a WebSocket in memory, as any client does; planned faults and quotas spare it.

Theory of operation: a flow runs until it waits, for a frame or for a time, and goes on at the end of the emulator's step
that brings the frame or passes that time.  So it needs no thread, and does the same in each run with simulated time.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, Never, TypeAlias

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.lifecycle import add_participant
from lensconnect.emulator.chat.state import ChatRecord, Participant
from lensconnect.emulator.memory_sockets import MemorySocket
from lensconnect.errors import Error, ServiceError, TransportError
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.base import IMMEDIATE_ANSWERS
from lensconnect.interpreters.environments.handle import Handle
from lensconnect.interpreters.environments.live import LiveTables
from lensconnect.interpreters.environments.sync import Env, answer
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
from lensconnect.live.notifications import Chat
from lensconnect.live.options import LiveOptions
from lensconnect.live.position import Position
from lensconnect.programs.chats.opening import converse
from lensconnect.programs.effects import Effect, ForEach, Gather, OpenSocket, ReceiveFrame, Sleep
from lensconnect.programs.evaluator import conclude, evaluate, gather_in_order
from lensconnect.programs.primitives import call
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import NO_RETRY
from lensconnect.programs.settings import Settings
from lensconnect.record import ParticipantToken, Record, printable
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_SYSTEM, ParticipantRole
from lensconnect.wire.limits import NONE

if TYPE_CHECKING:
    from lensconnect.emulator.embedded import Emulator


class FlowChat(Chat, frozen=True):
    """The chat of a flow: a `Chat` that `transfer` takes too.  `contact_id` is its id for the emulator's methods."""

    contact_id: str
    enter: Callable[[Flow, str], Result[None, Never]]

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("key", self.key), ("contact_id", self.contact_id)]


Flow: TypeAlias = Callable[[FlowChat], Program[object, object]]
"""A contact flow, a bot or an agent: a function that returns the program of a chat."""


def transfer(chat: FlowChat, agent: Flow, *, display_name: str = "Agent") -> Program[None, Never]:
    """Have an agent join the chat, played by a program, and go on.  A flow usually ends then."""
    return call(chat.enter, agent, display_name)


_OPTIONS: Final = LiveOptions(heartbeat=300.0, settle=0.0, reconcile=None, history=0)
"""The WebSockets in memory lose and reorder nothing; the heartbeat is one that keeps a quiet one open."""

_log = logging.getLogger("lensconnect.emulator")

_Run: TypeAlias = "Generator[float, None, Result[Any, Any]]"
"""A program that yields, whenever it waits, the time until which it waits."""


class FlowFailure(Record, frozen=True):
    """A flow that failed while its chat went on, or raised an exception."""

    contact_id: str
    display_name: str
    error: Error | Exception


def _new_participant(
    context: OperationContext, chat: ChatRecord, role: ParticipantRole, display_name: str
) -> Participant:
    """Return a participant for a flow to play: for an agent, the one who was invited with the chat, if not joined."""
    invited = (each for each in chat.participants.values() if each.role == role and each.status == "invited")
    participant = next(invited, None) or chat.participants[add_participant(context, chat, role, display_name)[0]]
    participant.display_name, participant.is_played = display_name, True
    return participant


class _Playing:
    """A flow that is not over, and the time of its earliest timer, in milliseconds."""

    __slots__ = ("contact_id", "display_name", "run", "timer")

    def __init__(self, contact_id: str, display_name: str, run: _Run) -> None:
        self.contact_id, self.display_name, self.run = contact_id, display_name, run
        self.timer: float = math.inf


class Flows:
    """The flows of one emulator; `first` is the flow of every chat, which begins when the customer joins.

    The names of those that can go on are in the emulator's state: the participant's id, or for `first` the chat's.
    """

    def __init__(self, emulator: Emulator, first: Flow | None) -> None:
        self._emulator, self._first = emulator, first
        self.failures: list[FlowFailure] = []
        self._playing: dict[str, _Playing] = {}
        self._name = ""
        self._tokens = 0

    def enter(self, contact_id: str, flow: Flow, role: ParticipantRole, display_name: str) -> bool:
        """Have a flow play a participant; return `False` if the chat is over.  `KeyError` for an unknown chat."""
        return self._emulator.transact(partial(self._enter, contact_id, flow, role, display_name))

    def _enter(
        self, contact_id: str, flow: Flow, role: ParticipantRole, display_name: str, context: OperationContext
    ) -> bool:
        chat = context.state.chats[contact_id]
        if chat.over:
            return False
        participant = _new_participant(context, chat, role, display_name)
        program = converse(
            ParticipantToken(participant.token),
            lambda chat: flow(FlowChat(chat.key, contact_id, partial(self._enter_agent, contact_id))),
            position=Position() if context.state.options.flow_reads_past else None,
            participant_id=participant.id,
            options=_OPTIONS,
        )
        self._playing[participant.id] = _Playing(contact_id, display_name, self._run(program))
        context.state.woken[participant.id] = None
        return True

    def _enter_agent(self, contact_id: str, agent: Flow, display_name: str) -> Result[None, Never]:
        self.enter(contact_id, agent, PARTICIPANT_ROLE_AGENT, display_name)
        return Success(None)

    def go_on(self, name: str) -> None:
        """Run one flow until it waits or ends; nothing if the name is that of none."""
        playing = self._playing.get(name)
        if playing is not None:
            self._name = name
            self._go_on(playing)
        elif self._first is not None and name in self._emulator.read(lambda state: state.chats):
            self.enter(name, self._first, PARTICIPANT_ROLE_SYSTEM, "SYSTEM_MESSAGE")

    def _go_on(self, playing: _Playing) -> None:
        name = self._name
        try:
            until = next(playing.run)
        except StopIteration as end:
            del self._playing[name]
            outcome: Result[Any, Any] = end.value
            if is_err(outcome) and not self._is_over(playing.contact_id):
                self._fail(playing, outcome.failure())
        except Exception as error:
            del self._playing[name]
            self._fail(playing, error)
        else:
            due = math.ceil(until * 1000) if until < math.inf else until
            if due < playing.timer or playing.timer <= self.now() * 1000:
                playing.timer = due
                self._emulator.set_timer(due, name)

    def _is_over(self, contact_id: str) -> bool:
        return self._emulator.read(lambda state: state.chats[contact_id].over)

    def _fail(self, playing: _Playing, error: Any) -> None:
        self.failures.append(FlowFailure(playing.contact_id, playing.display_name, error))
        raised = error if isinstance(error, Exception) else None
        _log.error("the flow of %s failed: %s", playing.display_name, printable(str(error)), exc_info=raised)

    def _run(self, program: Program[Any, Any]) -> _Run:
        """Run a program to its end; yield whenever it waits."""
        steps = evaluate(program, IMMEDIATE_ANSWERS, self._env)
        resume: Callable[[Any], Effect[Any]] = steps.send
        result: Any = None
        try:
            while True:
                try:
                    effect = resume(result)
                except StopIteration as end:
                    return conclude(end.value)
                try:
                    result, resume = (yield from self._answer(effect)), steps.send
                except Exception as raised:
                    result, resume = raised, steps.throw
        finally:
            steps.close()

    def _answer(self, effect: Effect[Any]) -> _Run:
        if isinstance(effect, Sleep):
            yield from self._wait(self.now() + effect.seconds)
            return Success(None)
        if isinstance(effect, ReceiveFrame):
            return (yield from self._receive(effect))
        if isinstance(effect, ForEach):
            return (yield from self._run(effect.in_order))
        if isinstance(effect, Gather):
            outcomes: list[Result[Any, Any]] = []
            for each in effect.programs:
                outcomes.append((yield from self._run(each)))
            return gather_in_order(outcomes, lambda outcome: outcome)
        return answer(self._env, effect)

    def _receive(self, effect: ReceiveFrame) -> _Run:
        until = self.now() + effect.seconds
        while True:
            socket = self._env.handle.live.find(effect.socket)
            frame = Failure(SOCKET_CLOSED) if socket is None else socket.receive()
            if is_err(frame) or frame.unwrap() is not None or self.now() >= until:
                return frame
            yield until

    def _wait(self, until: float) -> Generator[float]:
        while self.now() < until:
            yield until

    def now(self) -> float:
        """Return the emulator's time, in seconds: the environment of the flows has this object as its clock."""
        return self._emulator.now()

    def sleep(self, seconds: float, /) -> None:
        """Raise RuntimeError: a flow waits without it."""
        raise RuntimeError(f"a flow does not block for {seconds} s")

    @cached_property
    def _env(self) -> Env:
        settings = Settings(Success(Endpoint("https://flow.invalid")), NONE, retry=NO_RETRY)
        handle = Handle(self._emulator.transport, lambda: None, NO_RETRY, LiveTables(lambda: self._open_socket))
        return Env(settings, handle, self, tokens=self._new_token, jitter=lambda: 0.5)

    def _open_socket(self, opening: OpenSocket, /) -> Result[MemorySocket, TransportError | ServiceError]:
        socket = MemorySocket(self._emulator, opening.frame_bytes, partial(self._emulator.wake, self._name))
        refused = socket.open(opening)
        return Success(socket) if refused is None else Failure(refused)

    def _new_token(self) -> str:
        self._tokens += 1
        return f"flow-{self._tokens}"
