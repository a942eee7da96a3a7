"""The guide at the head of the emulator's page: its commands work, its tables name what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import get_args

import pytest
from docs.pages import PAGES, rows

from lensconnect.emulator import Emulator, running
from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.fault_plan import HttpKind, SocketKind
from lensconnect.emulator.connect import _OPERATIONS, connect_name
from lensconnect.emulator.options import parse_options
from lensconnect.emulator.wire.routes import segments_of
from lensconnect.http import HttpRequest

PAGE = PAGES["emulator"]
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
CURL = [command for command in COMMANDS if command.startswith("curl")]


def parts(path: str) -> tuple[str, ...]:
    return segments_of(f"http://127.0.0.1{path}".replace("{", "").replace("}", ""))


@pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is not installed")
def test_the_curl_commands_do_what_the_page_says() -> None:
    with running() as service:
        token, said = "", []
        for command in CURL:
            here = command.replace("http://127.0.0.1:8080", service.base_url)
            shown = subprocess.run(
                ["sh", "-euc", here], env={**os.environ, "TOKEN": token}, capture_output=True, text=True, check=True
            )
            said.append([json.loads(line) for line in shown.stdout.replace("}{", "}\n{").splitlines()])
            token = token or said[0][0]["ParticipantToken"]
    (chat,), (opened,), faults = said
    assert list(chat) == re.findall(r"`(\w+)`", PAGE[PAGE.index("The answer holds `ContactId`") :])[:7]
    assert opened.keys() == {"Websocket", "ConnectionCredentials"}
    assert [len(answer["Faults"]) for answer in faults] == [1, 1, 0]


def test_the_switches_on_the_command_line_are_switches() -> None:
    (command,) = set(COMMANDS) - set(CURL)
    chosen = parse_options(re.findall(r"--option (\S+)", command))
    assert (chosen.quotas, chosen.scan_seconds, chosen.limits.name) == (True, 2.5, "classic")


def test_the_operations_of_connect_are_those_that_are_served() -> None:
    requests = [row for row in rows("emulator", 2) if re.match(r"`(PUT|POST) /contact/", row[1])]
    served = [connect_name(method, parts(path)) for _, at in requests for method, path in [at.strip("`").split()]]
    assert served == [name for name, _ in requests] == list(_OPERATIONS)


def test_the_emulators_own_doors_are_there() -> None:
    service = Emulator()
    contact_id = service.start_chat().contact_id
    doors = [row[0] for row in rows("emulator", 2) if "/_emulator/" in row[0]]
    for door in doors:
        methods, path = door.strip("`").split("/", 1)
        url = f"http://127.0.0.1/{path}".replace("{ContactId}", contact_id)
        for method in re.findall(r"[A-Z]+", methods):
            assert service.handle(HttpRequest(method, url)).status in (200, 400), door
        assert service.handle(HttpRequest("PATCH", url)).status == 405, door
    assert len(doors) == 7


def test_the_tables_of_faults_name_every_kind() -> None:
    kinds = [row[0].strip("`") for row in rows("emulator", 2) if re.fullmatch(r"`[a-z]+`", row[0])]
    assert kinds == [*get_args(HttpKind), *get_args(SocketKind)]


def test_both_forms_have_the_doors_that_are_named() -> None:
    (named,) = re.findall(r"have the same admin methods: (.*?)\. With", PAGE, re.S)
    methods = {name for name in vars(AdminApi) if not name.startswith("_")} - {"transact", "options"}
    assert set(re.findall(r"`(\w+)`", named)) == methods
