"""A first synchronous send over TLS in a fresh interpreter loads no module that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from interpreters.helpers.certificates import authority_file, serving
from interpreters.helpers.servers import PatientServer, ServerConnection

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"Id":"m-1"}'
FIRST_SEND = """\
import sys
from lensconnect import ConnectionToken, new_env, new_send_message, or_raise, send
with new_env(endpoint_url=sys.argv[1], ca_bundle=sys.argv[2]) as env:
    or_raise(send(new_send_message("text/plain", "Hello", ConnectionToken("t")))(env))
print(*sys.modules)
"""


def modules_after_first_send(tmp_path: Path) -> set[str]:
    def answer(connection: ServerConnection) -> None:
        while connection.read_request():
            connection.send(OK)

    with PatientServer(answer, serving()) as peer:
        command = [sys.executable, "-c", FIRST_SEND, peer.url(""), authority_file(tmp_path)]
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "COV_"))}
        done = subprocess.run(
            command,
            env={**environment, "AWS_CONFIG_FILE": str(tmp_path / "none")},
            capture_output=True,
            text=True,
            check=True,
        )
    return set(done.stdout.split())


def test_it_loads_no_event_loop_and_no_names_that_it_does_not_use(tmp_path: Path) -> None:
    loaded = modules_after_first_send(tmp_path)
    assert "lensconnect.interpreters.transports.direct.sync.transport" in loaded
    assert not loaded & {"asyncio", "calendar", "configparser", "locale", "shlex", "urllib.request"}
    assert not loaded & {"concurrent.futures", "encodings.idna", "lenses", "logging", "random"}
    assert not loaded & {
        "lensconnect.content.templates",
        "lensconnect.interpreters.transports.direct.aio.transport",
        "lensconnect.later",
        "lensconnect.live.transcript",
        "lensconnect.programs.chats",
    }
