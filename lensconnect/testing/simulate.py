"""Simulation: environments with a simulated clock, seeded random numbers and the emulator in memory.

The same program with the same seed gives the same trace, byte for byte, in the synchronous environment and in the
asynchronous one.  Waits take no real time.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import cached_property
from random import Random
from typing import Unpack

from lensconnect.emulator import Emulator, Flow, Options
from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.environments.asynchronous import AsyncEnv, async_env_settings
from lensconnect.interpreters.environments.base import Clock
from lensconnect.interpreters.environments.factory import EnvOptions, new_async_env, new_env
from lensconnect.interpreters.environments.sync import Env, env_handle, env_settings
from lensconnect.programs.settings import settings_observers
from lensconnect.record import Record
from lensconnect.results import Result
from lensconnect.testing.faults import SocketDriverFault, TransportFault, healthy
from lensconnect.testing.simulated_sockets import SimulatedSockets
from lensconnect.testing.timeline import SimulatedClock as SimulatedClock
from lensconnect.testing.timeline import Timeline
from lensconnect.testing.trace import traced

__all__ = ["LeapingClock", "SimulatedClock", "Simulation"]


class LeapingClock:
    """A real clock, in seconds since 1970, that jumps ahead in `sleep` instead of waiting."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time in seconds; it never goes back."""
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float, /) -> None:
        """Move the clock ahead, without waiting."""
        self._ahead += seconds


class Simulation:
    """An emulator, a clock, random numbers and environments that use them, all determined by one seed.

    `fault` wraps the transport and `socket_fault` the WebSockets, `service_options` configure the emulator,
    `flow` is the contact flow of its chats, and other options are those of `new_env`.  `trace` has a line for each request, wait, event and call of a WebSocket, with the
    simulated time, masked.  `at` plans actions of the other side.

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
        seed: int,
        *,
        fault: TransportFault = healthy,
        socket_fault: SocketDriverFault = healthy,
        service_options: Options | None = None,
        flow: Flow | None = None,
        **options: Unpack[EnvOptions],
    ) -> None:
        self.random: Random = Random(seed)  # noqa: S311 - a simulation needs no secure random numbers
        self.clock: SimulatedClock = SimulatedClock()
        self.trace: list[str] = []
        self._timeline = Timeline(self.clock)
        self.service: Emulator = Emulator(
            service_options,
            seed=str(seed),
            clock=self._timeline.emulator_time,
            flow=flow,
            sleep=self._timeline.pass_time,
        )
        self._timeline.connect(self.service)
        self._settings: EnvOptions = {"endpoint_url": "https://simulated.invalid", **options}
        self._settings.setdefault("tokens", self._token)
        self._settings.setdefault("jitter", self.random.random)
        self._traced = traced(self._record, self.now)
        self._transport = self._traced(fault(self.service.transport))
        self._sockets = SimulatedSockets(self.service, self._timeline, self._record, socket_fault)
        env = new_env(transport=self._transport, sockets=self._sockets.sync, **_with_clock(self._settings, self))
        self.env: Env = env & (env_settings & settings_observers).modify(lambda observers: (self._record, *observers))

    @cached_property
    def async_env(self) -> AsyncEnv:
        """An environment for asyncio on the same service, clock and random numbers."""
        env = new_async_env(
            transport=self._transport_on_asyncio,
            sockets=self._sockets.asynchronous,
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
        """
        self._timeline.at(time, action)

    def with_fault(self, fault: TransportFault) -> Env:
        """Return a copy of the environment on the same service, with another fault."""
        handle = self.env.handle
        return self.env & env_handle.set(handle.with_transport(self._traced(fault(self.service.transport))))

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


class _AsyncClock(Record, frozen=True):
    """The simulated clock, with waits for asyncio."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


def _with_clock(settings: EnvOptions, clock: Clock) -> EnvOptions:
    return settings if settings.get("clock") else {**settings, "clock": clock}
