"""Flows: contact flows, bots and agents as programs, which the emulator runs in the chats of its service.

    def greet(chat: FlowChat) -> Program[None, Error]: ...      Emulator(flow=greet), service.join(contact_id, bot)

A flow is a function of a chat, like the body of `converse`, so a bot that was written for the service can play here too.
Its participant uses the operations and a WebSocket in memory, as any client does; planned faults and quotas spare it.

Theory of operation: a flow runs until it waits, for a frame or for a time, and goes on at the end of the emulator's step
that brings the frame or passes that time.  So it needs no thread, and does the same in each run with simulated time.
An exception of a flow ends the flow alone.  One that is meant to end more, such as KeyboardInterrupt, SystemExit or
`pytest.fail`, is raised again in the thread that drives the emulator, but for that of a server.
"""

from __future__ import annotations

import logging
import math
import sys
import traceback
from asyncio import CancelledError
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from contextvars import ContextVar
from functools import cached_property, partial, wraps
from inspect import getcoroutinelocals
from types import FrameType, GeneratorType, coroutine
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Never, TypeAlias

from lensconnect.arguments import expect, wrong_type
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.ids import mask_tokens
from lensconnect.emulator.chat.lifecycle import find_or_add_participant
from lensconnect.emulator.chat.scripts import FlowScript
from lensconnect.emulator.chat.state import Participant, PlayedFlow, State
from lensconnect.emulator.chat.transfer import transfer as transfer_contact
from lensconnect.emulator.memory_sockets import MemorySocket, open_memory_socket
from lensconnect.errors import Error, ServiceError, TransportError
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.asynchronous import Handlers, drive
from lensconnect.interpreters.environments.handle import Handle
from lensconnect.interpreters.environments.live import LiveTables
from lensconnect.interpreters.environments.sync import Env, answer
from lensconnect.live.notifications import Chat
from lensconnect.live.options import LiveOptions
from lensconnect.live.position import Position
from lensconnect.programs.chats.opening import converse
from lensconnect.programs.effects import (
    Call,
    CloseSocket,
    DownloadFile,
    Effect,
    ForEach,
    Gather,
    OpenSocket,
    Perform,
    ReceiveFrame,
    SendFrame,
    Sleep,
    UploadFile,
)
from lensconnect.programs.evaluator import generators_of
from lensconnect.programs.primitives import call
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import NO_RETRY
from lensconnect.programs.settings import Settings
from lensconnect.programs.usage_errors import expect_program_function
from lensconnect.record import ParticipantToken, Record, printable, text_of
from lensconnect.results import Result, Success, is_err, trail_of
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

A_FLOW: Final = "a function of a FlowChat"


def expect_flow(name: str, flow: object, words: str = A_FLOW) -> None:
    """Raise `TypeError` for a value that is no flow, such as the program that a flow returns."""
    if issubclass(type(flow), Program):
        raise wrong_type(name, words, flow, ": give the function itself, without its arguments")
    expect_program_function(name, flow, words)


def name_of(flow: Flow) -> str:
    """Return the name of the function, `flow` for one without a name."""
    name = getattr(flow, "__name__", "")
    return name if name.isidentifier() else "flow"


def flows_by_name(flow: Flow | Mapping[str, Flow] | None) -> Mapping[str, Flow]:
    """Return the flows of an emulator by name: none, one under the name of its function, or those of a mapping."""
    if flow is None:
        return {}
    return {name_of(flow): flow} if callable(flow) else flow


def transfer(chat: FlowChat, agent: Flow, *, display_name: str = "Agent") -> Program[None, Never]:
    """Have an agent join the chat, played by a program, and go on.  A flow usually ends then.

    An agent who transfers leaves: its chat ends as "transferred", and the next agent has another contact.
    """
    expect("transfer: chat", chat, FlowChat, "the chat of a flow")
    expect_flow("agent", agent)
    return call(chat.enter, agent, display_name)


_OPTIONS: Final = LiveOptions(heartbeat=300.0, settle=0.0, reconcile=None, history=0)
"""The WebSockets in memory lose and reorder nothing; the heartbeat is one that keeps a quiet one open."""

_log = logging.getLogger("lensconnect.emulator")

_Run: TypeAlias = Coroutine["_Pause", None, Result[Any, Any]]
"""A program under way, which yields a pause whenever it waits."""


class _Pause(NamedTuple):
    """The time until which a flow waits, and whether it listens until then."""

    until: float
    listens: bool


_LONGEST_FAILURE: Final = 1_200
"""The characters of a failure that a chat keeps."""

_MOST_STEPS: int = 5_000
"""The effects that a flow may perform before the emulator's caller goes on: until then no time passes for it."""
_STEPS_OF_A_WAKE: Final = 10
"""Each time that it is woken counts as so many, since two bots that answer each other would keep the caller waiting."""
_TRACED_STEPS: Final = 100
"""The last of these, one of which is at a line of the author's."""

_ENDS_NO_MORE: Final = (Exception, CancelledError, GeneratorExit)
"""The exceptions that end the flow alone."""

_serves: ContextVar[bool] = ContextVar("serves", default=False)


def keep_exceptions_of_flows() -> None:
    """Let no exception of a flow leave the emulator in this context, that of a server: they are failures alone."""
    _serves.set(True)


class FlowFailure(Record, frozen=True):
    """A flow that failed while its chat went on, or raised any exception, at a line of its file (`FILE:LINE`).

    It is the innermost line of the author's that the error or the exception has left, "" where it has left none.
    """

    contact_id: str
    display_name: str
    error: Error | BaseException
    line: str


class _Playing:
    """A flow that is not over, its entry in the chat, and the time of its earliest timer, in milliseconds.

    `line` is that of its last effect, once it seems to go on without end.
    """

    __slots__ = ("contact_id", "entry", "line", "participant", "run", "timer")

    def __init__(self, contact_id: str, participant: Participant, entry: PlayedFlow, run: _Run) -> None:
        self.contact_id, self.participant, self.entry, self.run = contact_id, participant, entry, run
        self.timer: float = math.inf
        self.line = ""


class Flows:
    """The flows of one emulator; `named` are the contact flows by name.  A chat's begins when its first customer joins.

    The names of those that can go on are in the emulator's state: the participant's id, or for a contact flow that is to begin the chat's.
    """

    def __init__(
        self,
        emulator: Emulator,
        state: State,
        now: Callable[[], float],
        named: Mapping[str, Flow],
        from_script: Callable[[FlowScript], Flow],
    ) -> None:
        self._emulator, self._state, self._named, self._from_script = emulator, state, dict(named), from_script
        state.flow_names = tuple(named)
        self.now = now
        """The emulator's time, in seconds: the environment of the flows has this object as its clock."""
        self.failures: list[FlowFailure] = []
        self._playing: dict[str, _Playing] = {}
        self._plays = False
        self._name = ""
        """The flow that goes on now."""
        self._steps: Counter[str] = Counter()
        self._tokens = 0

    def enter(self, contact_id: str, flow: Flow, role: ParticipantRole, display_name: str, *, name: str = "") -> bool:
        """Have a flow play a participant; return `False` if the chat is over.  `KeyError` for an unknown chat."""
        entry = PlayedFlow(display_name, name or name_of(flow))
        return self._emulator.transact(partial(self._enter, contact_id, flow, role, entry))

    def _enter(
        self, contact_id: str, flow: Flow, role: ParticipantRole, entry: PlayedFlow, context: OperationContext
    ) -> bool:
        chat = context.state.contacts[contact_id]
        if chat.over:
            return False
        participant = find_or_add_participant(context, chat, role, entry.display_name, ("invited",))
        participant.display_name, participant.is_played = entry.display_name, True

        @wraps(flow)  # for the message about a flow that returns no program
        def body(chat: Chat) -> Program[object, object]:
            return flow(FlowChat(chat.key, contact_id, partial(self._transfer, contact_id, participant.id)))

        program = converse(
            ParticipantToken(participant.token),
            body,
            position=Position() if context.state.options.flow_reads_past else None,
            participant_id=participant.id,
            options=_OPTIONS,
        )
        run = drive(program, self._env, _HANDLERS)
        self._playing[participant.id] = _Playing(contact_id, participant, entry, run)
        chat.played.append(entry)
        context.state.woken[participant.id] = None
        return True

    def _transfer(self, contact_id: str, by: str, agent: Flow, display_name: str) -> Result[None, Never]:
        def act(context: OperationContext) -> None:
            transfer_contact(context, contact_id, display_name, by)  # does nothing unless it is an agent
            self._enter(contact_id, agent, PARTICIPANT_ROLE_AGENT, PlayedFlow(display_name, name_of(agent)), context)

        self._emulator.transact(act)
        return Success(None)

    def play(self) -> None:
        """Let the flows go on that can, until each of them waits; nothing if they are going on already."""
        if self._plays:
            return
        self._plays = True
        self._steps.clear()
        try:
            while self._state.woken:
                self._name = next(iter(self._state.woken))
                del self._state.woken[self._name]
                self._go_on(self._name)
        finally:
            self._plays = False

    def _go_on(self, name: str) -> None:
        playing = self._playing.get(name)
        if playing is not None:
            self._advance(name, playing)
        elif (chat := self._state.chats.get(name)) is not None and not chat.flow_has_begun:
            chat.flow_has_begun = True
            self._begin(name, chat.flow)

    def _begin(self, contact_id: str, name: str) -> None:
        script = self._state.scripts.get(name)
        flow = self._named.get(name) if script is None else self._from_script(script)
        if flow is not None:
            self.enter(contact_id, flow, PARTICIPANT_ROLE_SYSTEM, "SYSTEM_MESSAGE", name=name)

    def _advance(self, name: str, playing: _Playing) -> None:
        self._steps[name] += _STEPS_OF_A_WAKE
        try:
            until, listens = playing.run.send(None)
        except StopIteration as end:
            del self._playing[name]
            playing.entry.end("over")
            outcome: Result[Any, Any] = end.value
            if is_err(outcome) and not self._state.contacts[playing.contact_id].over:
                self._fail(playing, outcome.failure(), _line_left(outcome))
        except BaseException as error:
            del self._playing[name]
            self._fail(playing, error, _line_raised(error) or playing.line)
            if not (isinstance(error, _ENDS_NO_MORE) or _serves.get()):
                raise
        else:
            hears = listens or self._state.options.flow_hears_while_busy or not playing.participant.is_flow
            playing.participant.is_busy = not hears
            due = until * 1000
            if due < math.inf:
                due = math.ceil(due)
            playing.entry.status = "waits" if listens else "sleeps"
            playing.entry.until = None if listens or due == math.inf else int(due)
            playing.entry.line = _line_of(playing.run)
            if due < playing.timer or playing.timer <= self.now() * 1000:
                playing.timer = due
                if due < math.inf:
                    self._state.timers.at(int(due), "flow", name)

    def _fail(self, playing: _Playing, error: Any, line: str) -> None:
        entry = playing.entry
        raised = error if isinstance(error, BaseException) else None
        self.failures.append(FlowFailure(playing.contact_id, entry.display_name, error, line))
        entry.end("failed")
        entry.line = line
        entry.failure = mask_tokens(text_of(error) if raised is None else _described(raised))[:_LONGEST_FAILURE]
        where = f" at {line}" if line else ""
        head = (
            f"chat {playing.contact_id}: the flow {entry.name} of {entry.display_name} failed{where}: {entry.failure}"
        )
        _log.error("%s", "\n".join(map(printable, head.splitlines())))

    def count_step(self) -> None:
        """Count an effect of the flow that goes on; RuntimeError for one too many, which is one of an endless loop."""
        self._steps[self._name] += 1
        if self._steps[self._name] > _MOST_STEPS - _TRACED_STEPS:
            playing = self._playing[self._name]
            playing.line = _line_of(playing.run) or playing.line
        if self._steps[self._name] > _MOST_STEPS:
            del self._steps[self._name]  # the last programs of its `ensure` begin anew
            raise RuntimeError(
                "the flow goes on without end while no time passes: it waits for 0 seconds in a loop, or answers a "
                "program that answers it; let it sleep, or look at participant_role of what it answers"
            )

    def sleep(self, seconds: float, /) -> None:
        """Raise RuntimeError: a flow waits without it."""
        raise RuntimeError(f"a flow does not block for {seconds} s")

    @cached_property
    def _env(self) -> Env:
        settings = Settings(Success(Endpoint("https://flow.invalid")), NONE, retry=NO_RETRY)
        handle = Handle(self._emulator.transport, lambda: None, NO_RETRY, LiveTables(lambda: self._open_socket))
        return Env(settings, handle, self, tokens=self._new_token, jitter=lambda: 0.5)

    def _open_socket(self, opening: OpenSocket, /) -> Result[MemorySocket, TransportError | ServiceError]:
        return open_memory_socket(self._emulator, opening, partial(self._wake, self._name))

    def _wake(self, name: str) -> None:
        self._state.woken[name] = None

    def _new_token(self) -> str:
        self._tokens += 1
        return f"flow-{self._tokens}"


_OUR_OWN: Final = (
    "lensconnect.programs.",
    "lensconnect.interpreters.",
    "lensconnect.emulator.",
    "lensconnect.arguments",
)
"""The modules whose lines tell the author of a flow nothing, beside the standard library's."""


def _is_own_line(frame: FrameType) -> bool:
    """Return whether a frame runs the author's code."""
    module = str(frame.f_globals.get("__name__"))
    return not module.startswith(_OUR_OWN) and module.partition(".")[0] not in sys.stdlib_module_names


def _line_of(run: _Run) -> str:
    """Return the file and the line of the innermost `yield from` at which a flow waits, "" if none is its own."""
    line = ""
    for generator in generators_of(getcoroutinelocals(run)["steps"]):
        each: object = generator
        while isinstance(each, GeneratorType) and each.gi_frame is not None:
            if _is_own_line(each.gi_frame):
                line = f"{each.gi_code.co_filename}:{each.gi_frame.f_lineno}"
            each = each.gi_yieldfrom
    return line


def _line_left(outcome: Result[Any, Any]) -> str:
    """Return the file and the innermost line of the author's that a failure has left, "" if there is none."""
    steps = trail_of(outcome) or ()
    own = (f"{step.code.co_filename}:{step.line}" for step in steps if not step.is_of_package)
    return next(own, "")


def _line_raised(error: BaseException) -> str:
    """Return the file and the innermost line of the author's that an exception has left, "" if there is none."""
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _is_own_line(frame)
    ]
    return "{}:{}".format(*own[-1]) if own else ""


def _described(error: BaseException) -> str:
    """Return an exception with its notes, which name the programs that it left, and the innermost lines."""
    lines = traceback.format_tb(error.__traceback__, limit=-2)
    try:
        return "".join((*traceback.format_exception_only(error), *lines))
    except Exception:  # by a SyntaxError whose place is of other types
        return "".join((f"{type(error).__name__}: {text_of(error)}\n", *lines))


@coroutine
def _wait(until: float, *, listens: bool) -> Generator[_Pause]:
    """Suspend a flow; it goes on when it is woken, at this time at the latest."""
    yield _Pause(until, listens)


async def _sleep(env: Env, effect: Sleep) -> Result[Any, Any]:
    until = env.clock.now() + effect.seconds
    while env.clock.now() < until:
        await _wait(until, listens=False)
    return Success(None)


async def _receive_frame(env: Env, effect: ReceiveFrame) -> Result[Any, Any]:
    until = env.clock.now() + effect.seconds
    while True:
        frame = answer(env, effect)  # a socket in memory does not wait
        if is_err(frame) or frame.unwrap() is not None or env.clock.now() >= until:
            return frame
        await _wait(until, listens=True)


async def _gather(env: Env, effect: Gather[Any]) -> Result[Any, Any]:
    successes: list[Any] = []
    for each in effect.programs:
        result = await drive(each, env, _HANDLERS)
        if is_err(result):
            return result
        successes.append(result.unwrap())
    return Success(tuple(successes))


async def _for_each(env: Env, effect: ForEach) -> Result[Any, Any]:
    result: Result[Any, Any] = await drive(effect.in_order, env, _HANDLERS)
    return result


async def _answer(env: Env, effect: Effect[Any]) -> Result[Any, Any]:
    return answer(env, effect)


def _counted(handler: Callable[[Env, Any], Awaitable[Result[Any, Any]]]) -> Callable[[Any, Any], Any]:
    def count(env: Env, effect: Effect[Any]) -> Awaitable[Result[Any, Any]]:
        flows: Any = env.clock
        flows.count_step()
        return handler(env, effect)

    return count


_HANDLERS: Final[Handlers] = {
    **dict.fromkeys((Call, CloseSocket, DownloadFile, OpenSocket, Perform, SendFrame, UploadFile), _counted(_answer)),
    ForEach: _counted(_for_each),
    Gather: _counted(_gather),
    ReceiveFrame: _counted(_receive_frame),
    Sleep: _counted(_sleep),
}
"""The effects that wait, and those that the synchronous environment answers without waiting."""
