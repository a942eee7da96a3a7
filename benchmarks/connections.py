"""Measure what connections cost: the memory of an idle one on asyncio, and the CPU of threads that wait for one.

plain, TLS       resident memory for each of 500 connections of one AsyncDirectTransport, each of which has carried a
                 request, in a process of its own: what Python, the C library and OpenSSL hold, not the kernel
256 threads      `send` from 256 threads in one Env with 64 connections: three of four threads wait in line
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from benchmarks.harness import ROOT, Effort, Reading, frozen, outcome, resident_memory, within
from benchmarks.message import REQUEST, WHOLE
from benchmarks.server import running
from lensconnect import Endpoint, Env, describe, new_env, or_raise, send
from lensconnect.interpreters.direct import AsyncDirectTransport

TITLE = "Idle connections on asyncio, and threads on few connections"
OPEN: Final = 500
NOT_COUNTED: Final = 50
"""Connections that pay for what a process allocates once."""
MOST_MEMORY: Final = {"plain": 20 * 1024.0, "TLS": 65 * 1024.0}
THREADS: Final = 256
CONNECTIONS: Final = 64
CALLS: Final = 4
"""Calls of each thread in one sample."""
MOST_CPU: Final = 235e-6


def outcomes(effort: Effort) -> Iterator[dict[str, Any]]:
    for kind, most in MOST_MEMORY.items():
        with running(tls=kind == "TLS") as served:
            command = [sys.executable, "-m", "benchmarks.connections", served.url, *([served.ca] if served.ca else [])]
            runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(3)]
        samples = {"direct": [json.loads(run.stdout) for run in runs], "aim": [most] * len(runs)}
        yield outcome(Reading(f"an idle connection, {kind}", samples, "KiB", "direct", {"aim": within(1.0)}))
    yield outcome(_threads(effort))


def _threads(effort: Effort) -> Reading:
    with (
        running() as served,
        new_env(endpoint_url=served.url, max_connections=CONNECTIONS) as env,
        ThreadPoolExecutor(THREADS) as threads,
        frozen(),
    ):
        _cpu_of_a_call(threads, env)  # starts the threads, and opens the connections
        taken = [_cpu_of_a_call(threads, env) for _ in range(max(5, effort.rounds // 4))]
    samples = {"direct": taken, "aim": [MOST_CPU] * len(taken)}
    return Reading(f"{THREADS} threads on {CONNECTIONS} connections", samples, "us", "direct", {"aim": within(1.0)})


def _cpu_of_a_call(threads: ThreadPoolExecutor, env: Env) -> float:
    def call() -> None:
        for _ in range(CALLS):
            or_raise(send(REQUEST)(env))

    started = time.process_time()
    for future in [threads.submit(call) for _ in range(THREADS)]:
        future.result()
    return (time.process_time() - started) / THREADS / CALLS


async def memory_of_a_connection(url: str, ca: str | None) -> float:
    """Return the bytes of resident memory of one idle connection."""
    described = or_raise(describe(WHOLE, Endpoint(url)))
    context = None if ca is None else ssl.create_default_context(cafile=ca)
    async with AsyncDirectTransport(ssl_context=context, max_connections=OPEN + NOT_COUNTED) as transport:

        async def send_at_once(count: int) -> None:
            """Send so many requests, each over a connection of its own: no reply is there when the last one is begun."""
            for reply in await asyncio.gather(*(transport(described, 60.0) for _ in range(count))):
                assert reply.unwrap().status == 200

        await send_at_once(NOT_COUNTED)
        before = resident_memory()
        await send_at_once(OPEN + NOT_COUNTED)
        return (resident_memory() - before) / OPEN


if __name__ == "__main__":
    print(json.dumps(asyncio.run(memory_of_a_connection(sys.argv[1], *(sys.argv[2:] or [None])))))
