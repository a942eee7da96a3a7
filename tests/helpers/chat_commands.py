"""Commands in a chat of an emulator in this process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from helpers.command_line import MAIN, environment, lensconnect
from lensconnect.emulator import RunningEmulator

__all__ = ["Started"]


class Started:
    """A chat that was started, the commands run in it, and one that runs beside the test."""

    def __init__(self, service: RunningEmulator) -> None:
        self.service = service
        started = service.start_chat()
        self.contact_id, self.agent_token = started.contact_id, started.agent_token
        self.variables = {
            "LENSCONNECT_PARTICIPANT_TOKEN": started.participant_token,
            "AWS_ENDPOINT_URL_CONNECTPARTICIPANT": service.base_url,
        }
        self._process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in this process."""
        return lensconnect(*arguments, **{**self.variables, **variables})

    def start(self, *arguments: str) -> Iterator[str]:
        """Start a command in a process of its own, and yield the lines that it prints."""
        self._process = subprocess.Popen(
            [*MAIN, *arguments], stdout=subprocess.PIPE, env=environment(**self.variables), text=True
        )
        assert self._process.stdout is not None
        return self._process.stdout

    def exit_code(self) -> int:
        """Return the exit code of the process, once it has ended."""
        assert self._process is not None
        return self._process.wait(60)

    def kill(self) -> None:
        """Kill the process, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
