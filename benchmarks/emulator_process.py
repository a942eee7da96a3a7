"""Run the emulator as a user does, in its own process, and read the CPU and memory of that process (Linux)."""

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
    """An emulator's address, the CPU seconds it has used, and the bytes of its resident memory."""

    def __init__(self, pid: int, base_url: str) -> None:
        self.base_url = base_url
        # The CPU clock of another process, computed as clock_getcpuclockid(3) does.
        self._clock = (~pid << 3) | _SCHEDULED
        self._memory = Path(f"/proc/{pid}/statm")

    def cpu(self) -> float:
        return time.clock_gettime(self._clock)

    def memory(self) -> int:
        return int(self._memory.read_text().split()[1]) * resource.getpagesize()


@contextmanager
def running_emulator() -> Iterator[EmulatorProcess]:
    """Run `lensconnect emulator` on a free port until the `with` ends."""
    command = [sys.executable, "-m", "lensconnect", "emulator", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield EmulatorProcess(process.pid, json.loads(process.stdout.readline())["base_url"])
        finally:
            process.terminate()


def allow_descriptors(wanted: int) -> None:
    """Let this process and its children open `wanted` descriptors; OSError if the hard limit is lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise OSError(f"{wanted} open sockets are needed and {hard} allowed: raise `ulimit -Hn`, or try --quick")
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
