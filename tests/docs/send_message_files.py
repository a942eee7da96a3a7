"""List the files that one SendMessage runs through in the emulator's server.

PYTHONPATH=tests python -m docs.send_message_files      writes the list into the page on architecture; `--list` prints the page
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from helpers.introspection import PACKAGE

from lensconnect.emulator import RunningEmulator, running

__all__ = ["BLOCK"]

PAGE = PACKAGE / "docs" / "architecture.md"
BLOCK = re.compile(r"(?s)(?<=<!-- files -->\n).*?(?=<!-- end of files -->)")


def _files_of_one_send_message() -> list[str]:
    """Return the files of the package that the server's thread enters, in the order of their first call."""
    entered: dict[str, None] = {}
    recording = False

    def record(frame: FrameType, event: str, argument: Any) -> None:
        if recording and event == "call":
            entered[frame.f_code.co_filename] = None

    threading.setprofile(record)  # the threads that are started from here on: the server's
    try:
        with running() as service:
            participant = service.start_chat().participant_token
            wanted = {"Type": ["CONNECTION_CREDENTIALS"]}
            connection = _post(service, "connection", participant, wanted)["ConnectionCredentials"]
            message = {"ContentType": "text/plain", "Content": "Hello!"}
            _post(service, "message", connection["ConnectionToken"], message)  # fills caches
            recording = True
            for _ in range(2):  # when the second is served, everything after the first reply has run, too
                _post(service, "message", connection["ConnectionToken"], message)
            recording = False
    finally:
        threading.setprofile(None)
    root = f"{PACKAGE}/"
    return [path.removeprefix(root) for path in entered if path.startswith(root)]


def _with_files(page: str) -> str:
    """Return the page with the list as it is drawn now."""
    files = _files_of_one_send_message()
    lines = [f"{number}. `{file}`\n" for number, file in enumerate(files, start=1)]
    return BLOCK.sub("".join(lines), page)


def _post(service: RunningEmulator, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Amz-Bearer": token, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(service.base_url).netloc)
    try:
        connection.request("POST", f"/participant/{path}", json.dumps(body), headers)
        reply: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return reply


if __name__ == "__main__":
    page = _with_files(PAGE.read_text())
    if "--list" in sys.argv:
        sys.stdout.write(page)
    else:
        PAGE.write_text(page)
        sys.stdout.write(f"wrote {PAGE}\n")
