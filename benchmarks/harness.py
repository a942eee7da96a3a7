"""Measure sides of a question in alternating rounds and compare them by the median of their ratios.

    Case      one question in one setting: its sides, and what is asked of ours against each rival
    Code      a side that is a statement, run many times here
    Script    a side that is a program, run in a fresh interpreter
    Batch     a side that is many asynchronous calls at the same time
    Reading   samples a question took by itself, of a rate or a latency: a Case without its sides

Theory of operation: a machine is never quiet, so the clock is CPU time of the process, one round
gives every side one sample, back to back and in an order that turns by one each round, and a ratio
is taken within a round only.  What disturbs a round disturbs both of its sides.  Medians and
quartiles are over rounds.  The garbage collector stays on; what is alive before is frozen.
"""

from __future__ import annotations

import asyncio
import gc
import os
import platform
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
    """How long to measure: rounds, and the CPU seconds of one sample of a statement."""

    rounds: int
    seconds: float


FULL = Effort(60, 0.02)
QUICK = Effort(15, 0.006)


class Side(Protocol):
    """Something that can be measured."""

    def sampler(self, seconds: float, /) -> Sample: ...


class Code:
    """A statement over these names, repeated in one line so that the loop around it hardly counts."""

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
    """A program in an interpreter of its own, `python -c`; `clock` is "cpu" or "wall"."""

    def __init__(self, source: str, clock: str) -> None:
        self.source = source
        self.clock = clock

    def sampler(self, _seconds: float, /) -> Sample:
        self.sample()  # leaves the byte code of every module behind
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
    """A side that is an asynchronous call, by `at_once` tasks at the same time; CPU of this process for each call."""

    fewest = 4

    def __init__(self, runner: asyncio.Runner, at_once: int, call: Callable[[], Awaitable[object]]) -> None:
        self.runner = runner
        self.at_once = at_once
        self.call = call

    def sampler(self, seconds: float, /) -> Sample:
        self.runner.run(self.sample(self.fewest))  # leaves every connection open
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
    """What is asked of a ratio: "at least" (rival / ours) or "at most" (ours / rival)."""

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
    """Ours costs so many times less than the rival; None where nothing is asked."""
    return Aim("at least", times)


def within(times: float | None = None) -> Aim:
    """Ours costs at most so many times what the floor costs."""
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
    """What was sampled by side: in seconds, or in bytes, or how many in a second.  The tail counts for latencies."""

    name: str
    samples: Mapping[str, list[float]]
    unit: str
    ours: str
    aims: Mapping[str, Aim] = field(default_factory=dict)
    tail: bool = False
    note: str = ""


def measure(case: Case, effort: Effort) -> dict[str, Any]:
    """Run a case; its outcome as plain data."""
    with frozen():
        samples = _rounds(case, effort)
    return outcome(Reading(case.name, samples, case.unit, case.ours, case.aims, note=case.note))


@contextmanager
def frozen() -> Iterator[None]:
    """Keep the garbage collector away from what is alive by now."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def outcome(reading: Reading) -> dict[str, Any]:
    """A reading as plain data."""
    scale, shorten = SCALE[reading.unit], _tail if reading.tail else _summary
    return {
        "case": reading.name,
        "note": reading.note,
        "unit": reading.unit,
        "ours": reading.ours,
        "costs": {name: shorten([one * scale for one in taken]) for name, taken in reading.samples.items()},
        "comparisons": [_compare(reading, rival, aim) for rival, aim in reading.aims.items()],
    }


def _rounds(case: Case, effort: Effort) -> dict[str, list[float]]:
    samplers = [(name, side.sampler(effort.seconds)) for name, side in case.sides.items()]
    samples: dict[str, list[float]] = {name: [] for name in case.sides}
    for turn in range(max(5, round(effort.rounds * case.share))):
        at = turn % len(samplers)
        for name, sample in samplers[at:] + samplers[:at]:
            samples[name].append(sample())
    return samples


def _compare(reading: Reading, rival: str, aim: Aim) -> dict[str, Any]:
    pairs = zip(reading.samples[reading.ours], reading.samples[rival], strict=True)
    ratio = _summary([aim.ratio(ours, theirs) for ours, theirs in pairs])
    return {"rival": rival, "ratio": ratio, "kind": aim.kind, "aim": str(aim), "met": aim.is_met(ratio["median"])}


def _summary(values: list[float]) -> dict[str, float]:
    low, _, high = quantiles(values, n=4) if len(values) > 1 else values * 3
    return _shown(median=median(values), lower_quartile=low, upper_quartile=high)


def _tail(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=100)
    return _shown(median=median(values), p95=cuts[94], p99=cuts[98])


def _shown(**figures: float) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def machine() -> dict[str, Any]:
    """Where and with what this is measured."""
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
