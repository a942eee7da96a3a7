"""Measure the sides of a question in alternating rounds and compare them by the median of their ratios.

    Case      one question in one setting: its sides, and the aim for ours against each rival
    Code      a side that is a statement, run many times in this process
    Script    a side that is a program, run in a fresh interpreter
    Batch     a side that is many concurrent asynchronous calls
    Reading   samples that a question took by itself, of a rate or a latency: a Case without sides

Theory of operation: other load disturbs every measurement, so the clock is CPU time of the process, a
round takes one sample of every side, back to back and in an order that rotates each round, and a ratio
is taken within a round only: a disturbance affects both of its sides.  Medians and quartiles are over
rounds.  The garbage collector stays on; objects from before the measurement are frozen.
"""

from __future__ import annotations

import asyncio
import gc
import os
import platform
import resource
import subprocess
import sys
import time
import timeit
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parent.parent
OURS = "lensconnect"
LIBRARIES = tuple(
    "aiobotocore aiohttp boto3 botocore httptools lenses lensconnect msgspec orjson returns starlette urllib3 uvicorn "
    "websockets".split()
)

SCALE = {"ms": 1e3, "us": 1e6, "ns": 1e9, "/s": 1.0, "KiB": 1 / 1024}

Sample = Callable[[], float]
"""Takes one sample: seconds of one operation."""


@dataclass(frozen=True)
class Effort:
    """The length of a measurement: rounds, and the CPU seconds of one sample of a statement."""

    rounds: int
    seconds: float


FULL = Effort(60, 0.02)
QUICK = Effort(15, 0.006)


class Side(Protocol):
    """A thing that can be measured: `sampler` prepares it and returns a function that takes one sample."""

    def sampler(self, seconds: float, /) -> Sample: ...


class Code:
    """A statement over these names, repeated in one line so that the cost of the loop is small."""

    repeats = 8

    def __init__(self, statement: str, **names: object) -> None:
        repeated = "; ".join([statement] * self.repeats)
        self.timer = timeit.Timer(repeated, "gc.enable()", time.process_time, {"gc": gc, **names})

    def sampler(self, seconds: float, /) -> Sample:
        loops = 1
        while (taken := self.timer.timeit(loops)) < seconds / 4:
            loops *= 4
        loops = max(1, round(loops * seconds / taken))
        return lambda: self.timer.timeit(loops) / loops / self.repeats


class Script:
    """A program in a fresh interpreter, `python -c`; `clock` is "cpu" or "wall"."""

    def __init__(self, source: str, clock: str) -> None:
        self.source = source
        self.clock = clock

    def sampler(self, _seconds: float, /) -> Sample:
        self.sample()  # writes the byte code of every module
        return self.sample

    def sample(self) -> float:
        started = time.perf_counter()
        pid = subprocess.Popen([sys.executable, "-c", self.source], cwd=ROOT, env=_environment()).pid
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - started
        if status:
            raise RuntimeError(f"failed: {self.source}")
        return wall if self.clock == "wall" else used.ru_utime + used.ru_stime


class Batch:
    """A side that is an asynchronous call, made by `at_once` concurrent tasks; CPU of this process for each call."""

    fewest = 4

    def __init__(self, runner: asyncio.Runner, at_once: int, call: Callable[[], Awaitable[object]]) -> None:
        self.runner = runner
        self.at_once = at_once
        self.call = call

    def sampler(self, seconds: float, /) -> Sample:
        self.runner.run(self.sample(self.fewest))  # opens every connection
        taken = self.runner.run(self.sample(self.fewest))
        calls = max(self.fewest, round(seconds / taken / self.at_once))
        return lambda: self.runner.run(self.sample(calls))

    async def sample(self, calls: int) -> float:
        started = time.process_time()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.at_once):
                tasks.create_task(self.repeat(calls))
        return (time.process_time() - started) / calls / self.at_once

    async def repeat(self, calls: int) -> None:
        for _ in range(calls):
            await self.call()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Aim:
    """The aim for a ratio: "at least" (rival / ours) or "at most" (ours / rival); no bound means no aim."""

    kind: str
    bound: float | None

    def ratio(self, ours: float, rival: float) -> float:
        return rival / ours if self.kind == "at least" else ours / rival

    def is_met(self, ratio: float) -> bool | None:
        if self.bound is None:
            return None
        return ratio >= self.bound if self.kind == "at least" else ratio <= self.bound

    def __str__(self) -> str:
        return "-" if self.bound is None else f"{self.kind} {self.bound:g}"


def cheaper(times: float | None = None) -> Aim:
    """Ours costs at least `times` less than the rival; None sets no aim."""
    return Aim("at least", times)


def within(times: float | None = None) -> Aim:
    """Ours costs at most `times` as much as the rival; None sets no aim."""
    return Aim("at most", times)


@dataclass(frozen=True)
class Case:
    """One question in one setting.  `aims` are by rival; `share` is the part of the rounds to take."""

    name: str
    sides: Mapping[str, Side]
    aims: Mapping[str, Aim]
    share: float = 1.0
    note: str = ""
    unit: str = field(default="us", kw_only=True)
    ours: str = field(default=OURS, kw_only=True)


@dataclass(frozen=True)
class Reading:
    """Samples by side: seconds, bytes, or a rate per second.  `tail` adds the 95th and 99th percentile."""

    name: str
    samples: Mapping[str, list[float]]
    unit: str
    ours: str
    aims: Mapping[str, Aim] = field(default_factory=dict)
    tail: bool = False
    note: str = ""


def measure(case: Case, effort: Effort) -> dict[str, Any]:
    """Measure a case; return its outcome as plain data."""
    with frozen():
        samples = _rounds(case, effort)
    return outcome(Reading(case.name, samples, case.unit, case.ours, case.aims, note=case.note))


@contextmanager
def frozen() -> Iterator[None]:
    """Exclude the objects that exist now from garbage collection."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def outcome(reading: Reading) -> dict[str, Any]:
    """Return a reading as plain data: costs by side, and the comparison with each rival."""
    scale, shorten = SCALE[reading.unit], _tail if reading.tail else _summary
    return {
        "case": reading.name,
        "note": reading.note,
        "unit": reading.unit,
        "ours": reading.ours,
        "costs": {name: shorten([value * scale for value in taken]) for name, taken in reading.samples.items()},
        "comparisons": [_compare(reading, rival, aim) for rival, aim in reading.aims.items()],
    }


def _rounds(case: Case, effort: Effort) -> dict[str, list[float]]:
    samplers = [(name, side.sampler(effort.seconds)) for name, side in case.sides.items()]
    samples: dict[str, list[float]] = {name: [] for name in case.sides}
    for number in range(max(5, round(effort.rounds * case.share))):
        first = number % len(samplers)
        for name, sample in samplers[first:] + samplers[:first]:
            samples[name].append(sample())
    return samples


def _compare(reading: Reading, rival: str, aim: Aim) -> dict[str, Any]:
    pairs = zip(reading.samples[reading.ours], reading.samples[rival], strict=True)
    ratio = _summary([aim.ratio(ours, theirs) for ours, theirs in pairs])
    return {"rival": rival, "ratio": ratio, "kind": aim.kind, "aim": str(aim), "met": aim.is_met(ratio["median"])}


def _summary(values: list[float]) -> dict[str, float]:
    low, _, high = quantiles(values, n=4) if len(values) > 1 else values * 3
    return _rounded(median=median(values), lower_quartile=low, upper_quartile=high)


def _tail(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=100)
    return _rounded(median=median(values), p95=cuts[94], p99=cuts[98])


def _rounded(**figures: float) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def resident_memory() -> int:
    """Return the bytes of resident memory of this process (Linux)."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def machine() -> dict[str, Any]:
    """Return the machine, the interpreter and the versions of the libraries."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": {name: _version(name) for name in LIBRARIES},
        "revision": _revision(),
        "date": date.today().isoformat(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _revision() -> str | None:
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "source tree"
