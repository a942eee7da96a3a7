"""Simulation: an environment with a simulated clock, seeded random numbers and the emulator in memory.

The same program with the same seed gives the same trace, byte for byte.  Waits take no real time.
"""

from __future__ import annotations

import time
from random import Random
from typing import Unpack

from lensconnect.emulator import Emulator, Options
from lensconnect.interpreters.environments.factory import EnvOptions, new_env
from lensconnect.interpreters.environments.sync import Env, env_handle, env_settings
from lensconnect.programs.settings import settings_observers
from lensconnect.testing.faults import TransportFault, healthy
from lensconnect.testing.trace import traced

__all__ = ["LeapingClock", "SimulatedClock", "Simulation"]


class SimulatedClock:
    """A clock whose time passes only in `sleep`; `waits` lists every wait in seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self.time: float = now
        self.waits: list[float] = []

    def now(self) -> float:
        """Return the simulated time in seconds."""
        return self.time

    def sleep(self, seconds: float, /) -> None:
        """Advance the time, without waiting."""
        self.time += seconds
        self.waits.append(seconds)


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
    """An emulator, a clock, random numbers and an `Env` that uses them, all determined by one seed.

    `fault` wraps the transport, `service_options` configure the emulator, and other options are those of
    `new_env`.  `trace` has a line for each request, wait and event, with the simulated time, masked.

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
        service_options: Options | None = None,
        **options: Unpack[EnvOptions],
    ) -> None:
        self.random: Random = Random(seed)  # noqa: S311 - a simulation needs no secure random numbers
        self.clock: SimulatedClock = SimulatedClock()
        self.trace: list[str] = []
        self.service: Emulator = Emulator(service_options, seed=str(seed), clock=lambda: 1.7e9 + self.clock.time)
        settings: EnvOptions = {"endpoint_url": "https://simulated.invalid", **options}
        settings.setdefault("clock", self)
        settings.setdefault("tokens", self._token)
        settings.setdefault("jitter", self.random.random)
        self._traced = traced(self._record, self.now)
        env = new_env(transport=self._traced(fault(self.service.transport)), **settings)
        self.env: Env = env & (env_settings & settings_observers).modify(lambda observers: (self._record, *observers))

    def with_fault(self, fault: TransportFault) -> Env:
        """Return a copy of the environment on the same service, with another fault."""
        handle = self.env.handle
        return self.env & env_handle.set(handle.with_transport(self._traced(fault(self.service.transport))))

    def now(self) -> float:
        """Return the simulated time in seconds."""
        return self.clock.now()

    def sleep(self, seconds: float, /) -> None:
        """Advance the simulated time and trace the wait."""
        self._record(f"sleep {seconds!r}")
        self.clock.sleep(seconds)

    def _token(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _record(self, happened: object) -> None:
        self.trace.append(f"{self.clock.time!r} {happened}")
