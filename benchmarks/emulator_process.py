"""The emulator as a user runs it, in a process of its own, and what the system says of that process (Linux)."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import ROOT

_SCHEDULED = 2


class EmulatorProcess:
    """Where it answers, the CPU seconds it has used, and the bytes of memory it holds."""

    def __init__(self, pid: int, base_url: str) -> None:
        self.base_url = base_url
        # The kernel's own clock for a process, as clock_getcpuclockid(3) makes it.
        self._clock = (~pid << 3) | _SCHEDULED
        self._memory = Path(f"/proc/{pid}/statm")

    def cpu(self) -> float:
        return time.clock_gettime(self._clock)

    def memory(self) -> int:
        return int(self._memory.read_text().split()[1]) * resource.getpagesize()


@contextmanager
def emulating() -> Iterator[EmulatorProcess]:
    """`lensconnect emulator` on a free port, ended with the `with`."""
    command = [sys.executable, "-m", "lensconnect", "emulator", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield EmulatorProcess(process.pid, json.loads(process.stdout.readline())["base_url"])
        finally:
            process.terminate()


def allow_descriptors(wanted: int) -> None:
    """Let this process, and those it starts, open so many files and sockets at a time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise OSError(f"{wanted} open sockets are needed and {hard} allowed: raise `ulimit -Hn`, or try --quick")
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
