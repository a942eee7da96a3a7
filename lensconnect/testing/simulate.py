"""Simulation: environments with a simulated clock, seeded random numbers and the emulator in memory.

The same program with the same seed gives the same trace, byte for byte, in the synchronous environment and in the
asynchronous one.  Waits take no real time.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import Any, Final, TypeAlias, Unpack

from lensconnect.arguments import expect, expect_number, shown, wrong_type
from lensconnect.emulator import Emulator, Flow, Options
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.environments.asynchronous import AsyncEnv, async_env_settings
from lensconnect.interpreters.environments.base import Clock
from lensconnect.interpreters.environments.factory import EnvOptions, new_async_env, new_env
from lensconnect.interpreters.environments.options import OPTIONS
from lensconnect.interpreters.environments.sync import Env, env_handle, env_settings
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection, SocketConnection
from lensconnect.programs.effects import OpenSocket
from lensconnect.programs.program import Program
from lensconnect.programs.settings import settings_observers
from lensconnect.programs.usage_errors import decorator_hint
from lensconnect.record import Record, text_of
from lensconnect.results import LensconnectError, Result, is_err, to_result
from lensconnect.testing.attempts import Attempts
from lensconnect.testing.choices import Choices, shrunk
from lensconnect.testing.faults import SocketDriverFault, TransportFault, healthy
from lensconnect.testing.participants import SimulatedParticipant, Story, shortened, waiting_place
from lensconnect.testing.simulated_sockets import SimulatedSockets
from lensconnect.testing.timeline import CountedClock, Timeline
from lensconnect.testing.timeline import SimulatedClock as SimulatedClock
from lensconnect.testing.trace import traced

__all__ = ["Choices", "FailingSeedError", "LeapingClock", "SimulatedClock", "Simulation", "check_seeds"]


_OWN_OPTIONS: Final = ("chance", "fault", "socket_fault", "service_options", "flow")
_PLAN: Final = ": a fault of the service is planned by simulation.service.plan(...)"

_AnyFlow: TypeAlias = Flow | Mapping[str, Flow] | None


class LeapingClock(CountedClock):
    """A real clock, in seconds since 1970, that jumps ahead in `sleep` instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time in seconds; it never goes back."""
        self.note_read()
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float, /) -> None:
        """Move the clock ahead, without waiting."""
        self.note_progress()
        self._ahead += seconds


class _SimulationClock(SimulatedClock):
    """A clock whose `sleep` is that of its simulation, so that what is due happens meanwhile."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        super().__init__()
        self._sleep = sleep

    def sleep(self, seconds: float, /) -> None:
        self._sleep(seconds)


class _SimulatedEmulator(Emulator):
    """An emulator in simulated time; the WebSockets of the base class wait in real time."""

    def __init__(self, timeline: Timeline, options: Options | None, seed: str, flow: _AnyFlow) -> None:
        super().__init__(options, seed=seed, clock=timeline.emulator_time, flow=flow, sleep=timeline.pass_time)
        self.clock: SimulatedClock = timeline.clock
        self._drivers = SimulatedSockets(self, timeline, lambda _: None, healthy)
        timeline.connect(self)

    def sockets(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        return self._drivers.sync(opening)

    async def async_sockets(
        self, opening: OpenSocket, /
    ) -> Result[AsyncSocketConnection, TransportError | ServiceError]:
        return await self._drivers.asynchronous(opening)


class Simulation:
    """An emulator, a clock, random numbers and environments that use them, all determined by one seed.

    `seed` is a number, or the choices that `check_seeds` makes of one.  `fault` wraps the transport and `socket_fault` the WebSockets, `service_options` configure the emulator,
    `flow` is the contact flow of its chats, and other options are those of `new_env`.  `trace` has a line for each request, wait, event and call of a WebSocket, with the
    simulated time, masked.  `at` plans actions of the other side.  `run` runs several participants, and `chance` is the
    probability of a fault and of a delay for each of their requests, and of a fault for each item that comes to them.
    Unless it is 0.0, the seed also decides which of the steps at one time is next; else they come in order.
    `story` tells of the participants of `run` alone: what a program does in `env` or `async_env` is in `trace`.

    `env` and `async_env` share everything; use one of them at a time.  `async_env` runs on asyncio: simulated time
    passes when every task waits for it.

    >>> from lensconnect import new_create_participant_connection, create_participant_connection_connect_participant, send
    >>> def run(seed: int) -> list[str]:
    ...     simulation = Simulation(seed)
    ...     request = new_create_participant_connection(simulation.service.start_chat().participant_token)
    ...     _ = send(request & create_participant_connection_connect_participant.set(True))(simulation.env)
    ...     return simulation.trace
    >>> run(1) == run(1)
    True
    """

    def __init__(
        self,
        seed: int | Choices,
        *,
        chance: float = 0.05,
        fault: TransportFault = healthy,
        socket_fault: SocketDriverFault = healthy,
        service_options: Options | None = None,
        flow: _AnyFlow = None,
        **options: Unpack[EnvOptions],
    ) -> None:
        expect("seed", seed, (int, Choices), "a whole number, or the choices of check_seeds")
        expect_number("chance", chance, 0, 1)
        expect("fault", fault, Callable, "a function from a transport to another", _PLAN)
        expect("socket_fault", socket_fault, Callable, "a function from a socket driver to another", _PLAN)
        unknown = options.keys() - OPTIONS.keys()
        if unknown:
            names = ", ".join((*_OWN_OPTIONS, *OPTIONS))
            raise TypeError(f"Simulation has no option {min(unknown)!r}: there are {names}")
        self.choices: Choices = seed if isinstance(seed, Choices) else Choices(seed)
        seed = self.choices.seed
        self.random: Random = Random(seed)  # nosec B311 # noqa: S311 - a simulation needs no secure random numbers
        self.clock: SimulatedClock = _SimulationClock(self.sleep)
        self.trace: list[str] = []
        self.story: Story = Story(self.now)
        self._chance = chance
        self._timeline = Timeline(self.clock, self.draw if chance else lambda _: 0)
        self.service: Emulator = _SimulatedEmulator(self._timeline, service_options, str(seed), flow)
        self._settings: EnvOptions = {"endpoint_url": "https://simulated.invalid", **options}
        self._settings.setdefault("tokens", self._token)
        self._settings.setdefault("jitter", self.random.random)
        self._traced = traced(self._record, self.now)
        self._faulty_transport, self._socket_fault = fault(self.service.transport), socket_fault
        self._attempts = Attempts(self.clock)
        self._transport = self._attempts.transport(self._traced(self._faulty_transport))
        self._sockets = SimulatedSockets(self.service, self._timeline, self._record, socket_fault)
        sockets = self._attempts.sockets(self._sockets.sync)
        env = new_env(transport=self._transport, sockets=sockets, **_with_clock(self._settings, self))
        self.env: Env = env & (env_settings & settings_observers).modify(lambda observers: (self._record, *observers))

    @cached_property
    def async_env(self) -> AsyncEnv:
        """An environment for asyncio on the same service, clock and random numbers."""
        env = new_async_env(
            transport=self._transport_on_asyncio,
            sockets=self._attempts.sockets(self._sockets.asynchronous),
            **_with_clock(self._settings, _AsyncClock(self.now, self._sleep_on_asyncio)),
        )
        return env & (async_env_settings & settings_observers).modify(lambda observers: (self._record, *observers))

    async def _transport_on_asyncio(
        self, request: HttpRequest, seconds: float, /
    ) -> Result[HttpResponse, TransportError]:
        return self._transport(request, seconds)

    def at(self, time: float, action: Callable[[], object]) -> None:
        """Plan an action, such as what the other side says, for a simulated time in seconds.

        It happens while the program waits, or at the next wait if the time has passed.  Its exception ends that wait.
        `TypeError` for an action that is no function, also for a program, and `ValueError` for a time below 0.
        """
        expect_number("at: time", time, 0)
        if isinstance(action, Program) or not callable(action):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise wrong_type(
                "at: action", "a function without arguments", action, ": write lambda: before what it does"
            )
        self._timeline.at(time, action)

    def draw(self, most: int) -> int:
        """Return a number from 0 to `most` that the seed decides; a failing run is shrunk to the smallest."""
        return self.choices.draw(most)

    def run(
        self, participants: Mapping[str, Program[Any, Any]], *, until: float = 3600.0
    ) -> dict[str, Result[Any, Any] | None]:
        """Run the programs of several participants side by side on asyncio, in simulated time; return their results.

        Each begins after a delay and has an environment of its own, over one emulator.  All end at `until`, in
        simulated seconds: None is the result of a program that was cancelled then, and `story` tells where it waited.
        An exception of a program cancels the others, and is raised.  `story` has a line for each message, each fault
        and each WebSocket.
        `TypeError` or `ValueError` for what is no mapping of programs, for an empty one, and for a negative `until`.
        """
        _expect_programs(participants)
        expect_number("run: until", until, 0)
        return asyncio.run(self._run(participants, until))

    async def _run(
        self, participants: Mapping[str, Program[Any, Any]], until: float
    ) -> dict[str, Result[Any, Any] | None]:
        tasks = {name: asyncio.create_task(self._play(name, program, until)) for name, program in participants.items()}

        def cancel_all() -> None:
            for task in tasks.values():
                task.cancel()

        self.at(until, cancel_all)
        try:
            await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_EXCEPTION)
        finally:
            cancel_all()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
        return {name: None if task.cancelled() else task.result() for name, task in tasks.items()}

    async def _play(self, name: str, program: Program[Any, Any], until: float) -> Result[Any, Any]:
        participant = SimulatedParticipant(
            name,
            service=self.service,
            timeline=self._timeline,
            choices=self.choices,
            story=self.story,
            chance=self._chance,
            transport=self._faulty_transport,
            socket_fault=self._socket_fault,
        )
        clock, attempts = _AsyncClock(self.now, self._sleep_on_asyncio), Attempts(self.clock)
        env = new_async_env(
            transport=attempts.transport(participant.transport),
            sockets=attempts.sockets(participant.sockets),
            **_with_clock(self._settings, clock),
        )
        async with env:
            await participant.delay()
            try:
                outcome = to_result(await env.run(program))
            except asyncio.CancelledError as cancelled:
                if self.now() >= until:
                    self.story.add(name, f"has not ended{waiting_place(cancelled)}")
                raise
        if is_err(outcome):
            self.story.add(name, f"fails: {outcome.failure()}")
        return outcome

    def with_fault(self, fault: TransportFault) -> Env:
        """Return a copy of the environment on the same service, with another fault."""
        handle = self.env.handle
        transport = self._attempts.transport(self._traced(fault(self.service.transport)))
        return self.env & env_handle.set(handle.with_transport(transport))

    def now(self) -> float:
        """Return the simulated time in seconds."""
        return self.clock.now()

    def sleep(self, seconds: float, /) -> None:
        """Advance the simulated time, from event to event, and trace the wait."""
        self._timeline.go_to(self._begin_sleep(seconds))

    def _begin_sleep(self, seconds: float) -> float:
        self._record(f"sleep {seconds!r}")
        self.clock.waits.append(seconds)
        return self.clock.time + seconds

    async def _sleep_on_asyncio(self, seconds: float) -> None:
        await self._timeline.wait(self._begin_sleep(seconds))

    def _token(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _record(self, happened: object) -> None:
        self.trace.append(f"{self.clock.time!r} {happened}")


def _expect_programs(participants: Mapping[str, object]) -> None:
    expect("run: participants", participants, Mapping, "a mapping from names to programs")
    for name, program in participants.items():
        hint = ": give converse(token, function)" if callable(program) else decorator_hint(program)
        expect(f"run: {name}", program, Program, "a program", hint)
    if not participants:
        raise ValueError("run: there is no participant")


class _AsyncClock(Record, frozen=True):
    """The simulated clock, with waits for asyncio."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


def _with_clock(settings: EnvOptions, clock: Clock) -> EnvOptions:
    return settings if settings.get("clock") else {**settings, "clock": clock}


class FailingSeedError(AssertionError):
    """A scenario fails with a seed; the text, and `lines`, are the story of a shrunk run and its error."""

    def __init__(self, seed: int, lines: Sequence[str]) -> None:
        super().__init__("\n".join([f"seed {seed} fails, with the fewest faults:", *lines]))
        self.seed, self.lines = seed, tuple(lines)


def check_seeds(
    scenario: Callable[[Simulation], object],
    seeds: Iterable[int],
    *,
    new: Callable[[Choices], Simulation] = lambda choices: Simulation(choices),
    lines: int = 15,
) -> None:
    """Run a scenario in a simulation for each seed, made by `new`, and shrink the first failure.

    A scenario is a plain function.  It fails by an exception, that of `pytest.fail` included, or by a flow that fails.
    `FailingSeedError` tells of the run with the fewest and shortest faults and delays that raises an exception of the
    same type, in at most so many `lines`, from 10 up.
    `TypeError` or `ValueError` for another argument, such as no seeds.
    """
    expect("check_seeds: scenario", scenario, Callable, "a function of a Simulation")
    expect("check_seeds: new", new, Callable, "a function from choices to a Simulation")
    expect(
        "check_seeds: seeds",
        seeds,
        Iterable,
        "whole numbers",
        f": write range({seeds})" if isinstance(seeds, int) else "",
    )
    expect_number("check_seeds: lines", lines, 10, whole=True)
    seed = None
    for seed in seeds:
        choices = Choices(seed)
        failed = _failure(scenario, new(choices))
        if failed is None:
            continue
        kind = type(failed)

        def fails(recording: Sequence[int], seed: int = seed, kind: type[BaseException] = kind) -> bool:
            return type(_failure(scenario, new(Choices(seed, recording)))) is kind

        simulation = new(Choices(seed, shrunk(choices.made, fails)))
        error = _failure(scenario, simulation) or failed
        reason = shortened(text_of(error).partition("\n")[0])
        raise FailingSeedError(seed, simulation.story.ending(f"{kind.__name__}: {reason}", lines)) from error
    if seed is None:
        raise ValueError("check_seeds: there is no seed to check")


def _failure(scenario: Callable[[Simulation], object], simulation: Simulation) -> BaseException | None:
    try:
        outcome = scenario(simulation)
    except BaseException as error:
        if isinstance(error, (Exception, *_exception_of_fail())):
            return error
        error.add_note(f"in the scenario of seed {simulation.choices.seed}")
        raise
    if _is_left_to_run(outcome):
        raise TypeError(f"the scenario must be a plain function that runs its programs, not return {shown(outcome)}")
    return flow_exception(simulation.service)


def _is_left_to_run(outcome: object) -> bool:
    if isinstance(outcome, Coroutine):
        outcome.close()  # so that Python does not warn that it was never awaited
    return isinstance(outcome, Program | Awaitable | Generator)


def _exception_of_fail() -> tuple[type[BaseException], ...]:
    """Return the type of the exception of `pytest.fail`, where pytest runs: it is no `Exception`."""
    pytest = sys.modules.get("pytest")
    return () if pytest is None else (pytest.fail.Exception,)


def flow_exception(service: Emulator) -> BaseException | None:
    """Return the exception of the first flow that failed, a `LensconnectError` for one that ended with an error."""
    for failure in service.flow_failures():
        if isinstance(failure.error, BaseException):
            return failure.error
        failed = LensconnectError(failure.error)
        where = f" at {failure.line}" if failure.line else ""
        failed.add_note(f"the flow of {failure.display_name} failed{where}")
        return failed
    return None
