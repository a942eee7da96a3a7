"""A scripted server that waits for its client for as long as the test runs: no test depends on a guessed time."""

from __future__ import annotations

import threading

from lensconnect.testing.contract.scripted_server import ScriptedServer, ServerConnection, UnresponsiveListener

__all__ = ["PatientServer", "ServerConnection", "UnresponsiveListener"]


class PatientServer(ScriptedServer):
    """Never gives up on a client."""

    patience = None

    def serving(self) -> list[threading.Thread]:
        """Return the threads of the connections so far; each ends when its client has closed."""
        return self._threads[1:]

    def __enter__(self) -> PatientServer:
        super().__enter__()
        return self
