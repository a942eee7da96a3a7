"""The direction of imports, one owner for each dependency, and one file for each operation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.import_rules import ORDER, sources, violations
from helpers.introspection import PACKAGE

SOURCES = sources(PACKAGE)


def test_every_import_goes_down_the_house_and_to_its_owner() -> None:
    assert not violations(SOURCES)


def test_every_module_has_its_place() -> None:
    assert {module.split(".")[0] for module in SOURCES} <= set(ORDER)
    assert len(SOURCES) > 40


def test_no_module_is_without_a_word_on_what_it_is() -> None:
    assert not [module for module, source in SOURCES.items() if source and not source.startswith('"""')]


PLANTED = {
    "an import up the house": ("marks", "from lensconnect.http import HttpRequest", "does not stand above"),
    "an import of a later folder": (
        "types.view",
        "from lensconnect.operations import SendEvent",
        "does not stand above",
    ),
    "an import of the whole package": ("wire.plan", "import lensconnect", "does not stand above"),
    "one from the package itself": ("wire.plan", "from lensconnect import SendEvent", "does not stand above"),
    "one inside a function": ("wire.plan", "def f():\n    from lensconnect.programs import send", "does not stand"),
    "one for checkers only": ("http", "if TYPE_CHECKING:\n    from lensconnect.wire import plan", "does not stand"),
    "a relative one": ("wire.plan", "from . import validate", "relatively"),
    "one of what is not there": ("wire.plan", "import lensconnect.nowhere", "not there"),
    "the folder it is in": ("wire.plan", "from lensconnect.wire import *", "the folder it is in"),
    "lenses elsewhere": ("errors", "from lenses import lens", "belongs to optics"),
    "msgspec elsewhere": ("http", "import msgspec", "belongs to record"),
    "orjson elsewhere": ("wire.decode", "import orjson", "belongs to jsontext"),
    "returns elsewhere": ("wire.decode", "from returns.result import Result", "belongs to results"),
    "httptools elsewhere": (
        "interpreters.transports.direct.sync.transport",
        "import httptools",
        "belongs to interpreters.transports.direct.http11",
    ),
    "starlette elsewhere": ("emulator.engine", "import starlette.routing", "belongs to emulator.server.asgi"),
    "rich elsewhere": ("wire.render", "import rich", "belongs to cli"),
    "hypothesis elsewhere": ("emulator.engine", "import hypothesis", "belongs to testing"),
    "pytest elsewhere": ("testing.laws", "import pytest", "belongs to testing.fixtures"),
    "a dependency nobody owns": ("interpreters.environments.sync", "import requests", "no owner"),
    "a checker's module at run time": ("results", "import typing_extensions", "no owner"),
    "a socket": ("wire.endpoint", "import socket", "above the interpreters"),
    "a clock": ("programs.program", "from time import monotonic", "above the interpreters"),
    "chance": ("programs.send", "import random", "above the interpreters"),
    "fresh ids": ("programs.send", "import uuid", "above the interpreters"),
    "a file": ("wire.render", "open('x')", "uses open"),
    "a path": ("wire.render", "from pathlib import Path", "above the interpreters"),
    "the environment": ("wire.endpoint", "import os.path", "above the interpreters"),
    "a log": ("wire.decode", "import logging", "above the interpreters"),
    "an event loop": ("programs.program", "import asyncio", "above the interpreters"),
    "an HTTP client": ("wire.describe", "import http.client", "above the interpreters"),
    "another": ("wire.describe", "from urllib import request", "above the interpreters"),
    "today": ("wire.decode", "from datetime import datetime\ndatetime.now()", "uses datetime.now"),
    "today, the long way": ("wire.decode", "import datetime\ndatetime.datetime.now(None)", "uses datetime.now"),
    "output": ("wire.decode", "print(1)", "uses print"),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_the_checker_finds(planted: tuple[str, str, str]) -> None:
    module, line, problem = planted
    assert module in SOURCES
    (found,) = violations({module: line}, SOURCES)
    assert found.startswith(f"{module}:")
    assert problem in found


ALLOWED = {
    "HTTP statuses": ("wire.decode", "from http import HTTPStatus"),
    "URLs as text": ("wire.decode", "import urllib.parse"),
    "dates as text": ("wire.decode", "from datetime import datetime\ndatetime.fromisoformat('2026-01-01')"),
    "its own folder": ("wire.decode", "from lensconnect.wire import plan, validate"),
    "the whole package, from below": ("cli.app", "from lensconnect import send"),
    "sockets below": ("interpreters.environments.sync", "import socket, ssl, os"),
}


@pytest.mark.parametrize("allowed", ALLOWED.values(), ids=ALLOWED.keys())
def test_the_checker_allows(allowed: tuple[str, str]) -> None:
    module, line = allowed
    assert module in SOURCES
    assert not violations({module: line}, SOURCES)


TWELFTH = '''"""PinMessage: an operation that does not exist."""

from __future__ import annotations

from typing import Annotated

from lensconnect.errors import COMMON_ERRORS, CONFLICT
from lensconnect.marks import text
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import ChatItemId, ConnectionBearer

__all__ = ["PIN_MESSAGE", "PinMessage", "PinMessageResponse", "new_pin_message", "pin_message_note"]


class PinMessageResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The pin's id."""

    pin_id: ChatItemId | None = None


class PinMessage(Request[PinMessageResponse], frozen=True, kw_only=True, rename="pascal"):
    """Pin a message."""

    message_id: ChatItemId
    connection_token: ConnectionBearer
    note: Annotated[str, text(1, 5)] | None = None


def new_pin_message(message_id: str, connection_token: ConnectionToken) -> PinMessage:
    """The request."""
    return PinMessage(message_id=message_id, connection_token=connection_token)


PIN_MESSAGE: Operation[PinMessage, PinMessageResponse] = Operation(
    request=PinMessage,
    reply=PinMessageResponse,
    method="POST",
    path="/participant/pin-message",
    errors=(*COMMON_ERRORS, CONFLICT),
    repeat="never",
)

pin_message_note: Lens[PinMessage, str | None] = Lens("note")
'''

LINE = "from lensconnect.operations.pin_message import *\n"

USE = """
import lensconnect as lc

request = lc.new_pin_message("m-1", lc.ConnectionToken("t")) & lc.pin_message_note.set("hi")
described = lc.describe(request, lc.Endpoint("https://h.example/base")).unwrap()
assert described == lc.HttpRequest(
    "POST",
    "https://h.example/base/participant/pin-message",
    (("X-Amz-Bearer", "t"), ("Content-Type", "application/json")),
    b'{"MessageId":"m-1","Note":"hi"}',
), described.body
assert lc.undescribe(described).unwrap() == request
assert (described & (lc.described & lc.pin_message_note).set("ho")).body == b'{"MessageId":"m-1","Note":"ho"}'
faults = lc.describe(request & lc.pin_message_note.set("too long"), lc.Endpoint("https://h")).failure().faults
assert [str(fault) for fault in faults] == ["note must be 1..5 characters (size 8)"]
reply = lc.decode(lc.PinMessage, lc.HttpResponse(200, (), b'{"PinId":"p"}')).unwrap()
assert reply == lc.PinMessageResponse(http_status=200, pin_id="p")
assert "409 ConflictException" in lc.doc(lc.PinMessage)
assert "pin-message" in lc.render.as_curl(described) and "X-Amz-Bearer: ***" in lc.render.as_curl(described)
sent = lc.send(request)(lc.new_env(region="us-east-1", transport=lambda *_: lc.Success(lc.HttpResponse(200, (), b'{}'))))
assert lc.or_raise(sent) == lc.PinMessageResponse(http_status=200)
print(lc.__file__)
"""


def test_a_twelfth_operation_is_one_file_and_one_line(tmp_path: Path) -> None:
    package = tmp_path / "lensconnect"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "operations" / "pin_message.py").write_text(TWELFTH)
    table = package / "operations" / "__init__.py"
    before = table.read_text()
    after = re.sub(r"(?m)^from lensconnect\.operations\.row import", LINE + r"\g<0>", before, count=1)
    assert len(after) == len(before) + len(LINE)
    table.write_text(after)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(package / "__init__.py"), "the copy, and not the package itself"


def test_each_operation_is_one_file_and_one_line() -> None:
    modules = {module.partition(".")[2] for module in SOURCES if module.startswith("operations.")} - {"row"}
    lines = re.findall(r"(?m)^from lensconnect\.operations\.(\w+) import \*$", SOURCES["operations"])
    assert sorted(lines) == sorted(modules | {"row"})
    assert len(modules) == 11
    for module in modules:
        elsewhere = [name for name in SOURCES if re.search(rf"operations\.{module}\b", SOURCES[name])]
        assert elsewhere == ["operations"], f"{module} is named by {elsewhere}"
