"""The direction of imports, one owner for each dependency, and one file for each operation."""

from __future__ import annotations

import re

import pytest
from helpers.import_rules import ORDER, sources, violations
from helpers.introspection import PACKAGE

from lensconnect.operations import OPERATIONS

SOURCES = sources(PACKAGE)


def test_imports_follow_the_order_and_the_owners() -> None:
    assert not violations(SOURCES)


def test_every_folder_is_in_the_order() -> None:
    assert {module.split(".")[0] for module in SOURCES} <= set(ORDER)
    assert len(SOURCES) > 40


def test_every_module_has_a_docstring() -> None:
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


def test_each_operation_is_one_file_and_one_line() -> None:
    modules = {module.partition(".")[2] for module in SOURCES if module.startswith("operations.")} - {"row"}
    lines = re.findall(r"(?m)^from lensconnect\.operations\.(\w+) import \*$", SOURCES["operations"])
    assert sorted(lines) == sorted(modules | {"row"})
    assert len(modules) == len(OPERATIONS)
    for module in modules:
        elsewhere = [name for name in SOURCES if re.search(rf"operations\.{module}\b", SOURCES[name])]
        assert elsewhere == ["operations"], f"{module} is named by {elsewhere}"
