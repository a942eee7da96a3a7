"""Show where a send's time goes: `python -m benchmarks.send_parts` prints a table in Markdown.

The functions at the borders of the parts are wrapped by ones that read `perf_counter_ns`; a row is the median over many
sends of the time inside a part, without the parts within it, as a share of all parts.  The wait for the reply is no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from statistics import median
from time import perf_counter_ns
from typing import Any, Final
from unittest import mock

from benchmarks.harness import frozen
from benchmarks.message import REQUEST
from benchmarks.send import AFTER
from benchmarks.server import Served, running
from lensconnect import Env, new_env, or_raise, send
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.sync import transport
from lensconnect.interpreters.transports.direct.sync.socket_stream import SocketStream

send_module: Final = import_module("lensconnect.programs.send")

PARTS: Final[dict[str, list[tuple[Any, str]]]] = {
    "check and describe the request": [(send_module, "describe")],
    "encode its head": [(transport, "encode_request")],
    "see that the kept connection is open": [(SocketStream, "is_stale")],
    "hand it to the system, TLS included": [(SocketStream, "send")],
    "take the reply from the system, TLS included": [(SocketStream, "receive")],
    "parse the reply and check its framing": [(Exchange, "feed")],
    "decode its body": [(send_module, "decode_for")],
    "acquire and release the connection, deadline": [(transport.DirectTransport, "__call__")],
}
PROGRAM: Final = "the rest: program, evaluator, retry budget, ClientToken"
WAIT: Final = "waiting for the reply"
WARM, SENDS = 200, 3000


def parts_of(env: Env, sends: int) -> dict[str, float]:
    """Return the median microseconds of each part."""
    inside: list[int] = [0]
    spent: dict[str, int] = defaultdict(int)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any, **keywords: Any) -> Any:
            inside.append(0)
            started = perf_counter_ns()
            try:
                return function(*arguments, **keywords)
            finally:
                taken = perf_counter_ns() - started
                spent[name] += taken - inside.pop()
                inside[-1] += taken

        return measured

    borders = [(name, *border) for name, found in {**PARTS, WAIT: [(SocketStream, "wait")]}.items() for border in found]
    samples: dict[str, list[int]] = defaultdict(list)
    with _patched((owner, attribute, timed(name, getattr(owner, attribute))) for name, owner, attribute in borders):
        whole = timed(PROGRAM, lambda: send(REQUEST)(env))
        for _ in range(sends):
            spent.clear()
            or_raise(whole())
            for name, taken in spent.items():
                samples[name].append(taken)
    return {name: median(taken) / 1000 for name, taken in samples.items()}


@contextmanager
def _patched(changes: Iterator[tuple[Any, str, Any]]) -> Iterator[None]:
    patches = [mock.patch.object(owner, attribute, function) for owner, attribute, function in list(changes)]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        mock.patch.stopall()


def measured(served: Served, sends: int) -> dict[str, float]:
    with new_env(endpoint_url=served.url, ca_bundle=served.ca) as env, frozen():
        for _ in range(WARM):
            or_raise(send(REQUEST)(env))
        return parts_of(env, sends)


def main() -> None:
    with running() as served:
        near = measured(served, SENDS)
    with running(tls=True, after=AFTER) as served:
        away = measured(served, SENDS // 3)
    print("| part | on one core | over TLS, reply after 2 ms |\n|---|---:|---:|")
    names = [*PARTS, PROGRAM]
    totals = [sum(column[name] for name in names) for column in (near, away)]
    for name in names:
        print(f"| {name} | {near[name] / totals[0]:.0%} | {away[name] / totals[1]:.0%} |")
    print(f"\nTogether {totals[0]:.0f} and {totals[1]:.0f} µs.")


if __name__ == "__main__":
    main()
