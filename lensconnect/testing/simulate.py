"""Simulation: an environment with a clock of its own, seeded chance, and the service in memory.

The same program, the same seed: the same trace, byte for byte, however long it waits on paper.
"""

from __future__ import annotations

import time
from random import Random
from typing import Any, Unpack

from lensconnect.emulator import Emulator, Options
from lensconnect.interpreters.environments.factory import EnvOptions, new_env
from lensconnect.interpreters.environments.sync import Env, env_handle, env_settings
from lensconnect.programs.settings import settings_observers
from lensconnect.testing.faults import TransportFault, healthy
from lensconnect.testing.trace import traced

__all__ = ["LeapingClock", "SimulatedClock", "Simulation"]


class SimulatedClock:
    """Time that passes only when somebody waits."""

    def __init__(self, now: float = 0.0) -> None:
        self.time = now
        self.waits: list[float] = []

    def now(self) -> float:
        """The time, in seconds."""
        return self.time

    def sleep(self, seconds: float, /) -> None:
        """Let time pass."""
        self.time += seconds
        self.waits.append(seconds)


class LeapingClock:
    """Time that goes on by itself, and leaps where somebody would wait; in seconds since 1970."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """The time, in seconds; it never goes back."""
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float, /) -> None:
        """Let that much time have passed."""
        self._ahead += seconds


class Simulation:
    """A service, a clock, chance and an environment on them, all from one seed.

    `trace` has a line for every request, wait and event, masked, with the simulated time.

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
        self.chance = Random(seed)  # noqa: S311 - simulated chance is not for keys
        self.clock = SimulatedClock()
        self.trace: list[str] = []
        self.service = Emulator(service_options, seed=str(seed), clock=lambda: 1.7e9 + self.clock.time)
        given: EnvOptions = {"endpoint_url": "https://simulated.invalid", **options}
        given.setdefault("clock", self)
        given.setdefault("tokens", self._token)
        given.setdefault("jitter", self.chance.random)
        self._traced = traced(self._note, self.now)
        made = new_env(transport=self._traced(fault(self.service.transport)), **given)
        self.env: Env = made & (env_settings & settings_observers).modify(lambda observers: (self._note, *observers))

    def beside(self, fault: TransportFault) -> Env:
        """The same environment, its transport failing in this way."""
        handle = self.env.handle
        return self.env & env_handle.set(handle.with_transport(self._traced(fault(self.service.transport))))

    def now(self) -> float:
        """The simulated time, in seconds."""
        return self.clock.now()

    def sleep(self, seconds: float, /) -> None:
        """Let simulated time pass."""
        self._note(f"sleep {seconds!r}")
        self.clock.sleep(seconds)

    def _token(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"

    def _note(self, what: Any) -> None:
        self.trace.append(f"{self.clock.time!r} {what}")
