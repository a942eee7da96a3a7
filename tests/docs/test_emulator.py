"""Check docs/emulator.md: its commands work, its tables match the code, and each behaviour names an existing test."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest
from emulator.by_boto3.clients import fetched
from helpers.introspection import ROOT

from docs.pages import PAGES, rows, write_programs
from lensconnect import converse, or_raise, replies
from lensconnect.cli.emulator import load_flow
from lensconnect.emulator import Emulator, HttpFault, Options, running
from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.api.admin import _AddParticipant, _Say, _StartChat, _Transfer
from lensconnect.emulator.chat.fault_plan import HttpKind, SocketKind
from lensconnect.emulator.chat.scripts import FlowScript, ScriptAnswer
from lensconnect.emulator.options import parse_options
from lensconnect.emulator.wire.routes import CONNECT_OPERATIONS, route_of
from lensconnect.http import HttpRequest
from lensconnect.record import fields
from lensconnect.testing.simulate import Simulation
from lensconnect.wire.limits import Limits

PAGE = PAGES["emulator"]
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
CURL = [command for command in COMMANDS if command.startswith("curl")]
TESTS = ROOT / "tests" / "emulator"
BEHAVIOURS = list(rows("emulator", 5))
DEFAULTS = {field.name: getattr(Options(), field.name) for field in fields(Options)}


def names_of_tests(path: Path) -> set[str]:
    module = ".".join(path.relative_to(TESTS).with_suffix("").parts)
    return {
        f"{module}.{node.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def on_the_command_line(default: object) -> str:
    match default:
        case Limits(name=name):
            return name
        case tuple():
            return " ".join(default)
        case str():
            return default
        case _:
            return json.dumps(default)


@pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is not installed")
def test_the_curl_commands_return_what_the_page_says() -> None:
    with running() as service:
        token, outputs = "", []
        for command in CURL:
            script = command.replace("http://127.0.0.1:8080", service.base_url)
            done = subprocess.run(
                ["sh", "-euc", script], env={**os.environ, "TOKEN": token}, capture_output=True, text=True, check=True
            )
            outputs.append([json.loads(line) for line in done.stdout.replace("}{", "}\n{").splitlines()])
            token = token or outputs[0][0]["ParticipantToken"]
    (chat,), (connection,), faults = outputs
    assert list(chat) == re.findall(r"`(\w+)`", PAGE[PAGE.index("The answer holds `ContactId`") :])[:7]
    assert connection.keys() == {"Websocket", "ConnectionCredentials"}
    assert [len(answer["Faults"]) for answer in faults] == [1, 1, 0]


def test_the_options_of_the_shown_command_are_parsed() -> None:
    (command,) = {command for command in COMMANDS if "--option" in command} - set(CURL)
    options = parse_options(re.findall(r"--option (\S+)", command))
    assert (options.quotas, options.scan_seconds, options.limits.name) == (True, 2.5, "classic")


def test_the_shown_flow_plays(tmp_path: Path) -> None:
    write_programs("emulator", tmp_path)
    simulation = Simulation(1, flow=load_flow(str(tmp_path / "support_flow.py")))
    token = simulation.service.start_chat().participant_token
    greeting = or_raise(converse(token, replies)(simulation.env))
    assert [item.content for item in greeting] == ["Welcome!"]
    assert "lensconnect emulator --flow support_flow.py\n" in COMMANDS


def test_the_command_of_the_container_serves_the_name_of_its_url() -> None:
    (words,) = re.findall(r"^CMD (\[.*\])$", PAGE, re.M)
    command = json.loads(words)
    assert command[:2] == ["lensconnect", "emulator"]
    options = dict(zip(command[2::2], command[3::2], strict=True))
    (name,) = set(re.findall(r"'(http://[^:']+:8080)/_emulator/chats'\)\.read", PAGE))
    assert options["--url"] == name
    with running(host=options["--host"], url=options["--url"]) as service:
        host = urlsplit(name).netloc
        started = fetched("POST", f"{service.base_url}/_emulator/chats", b"{}", {"Host": host})
        token = json.loads(started.content)["ParticipantToken"]
        opened = fetched(
            "POST", f"{service.base_url}/participant/connection", b'{"Type":["WEBSOCKET"]}', {"X-Amz-Bearer": token}
        )
        assert json.loads(opened.content)["Websocket"]["Url"].startswith(f"ws://{host}/")
        assert fetched("GET", f"{service.base_url}/_emulator/chats", None, {"Host": "other:8080"}).status == 403


def test_the_listed_operations_of_connect_are_those_served() -> None:
    listed = [row for row in rows("emulator", 2) if re.match(r"`(PUT|POST) /contact/", row[1])]
    routes = [request.strip("`").split() for _, request in listed]
    served = [route_of(method, f"http://127.0.0.1{path}").operation for method, path in routes]
    assert served == [name for name, _ in listed] == list(CONNECT_OPERATIONS)


def test_the_listed_admin_requests_are_served() -> None:
    service = Emulator()
    contact_id = service.start_chat().contact_id
    listed = [row[0] for row in rows("emulator", 2) if "/_emulator/" in row[0]]
    for request in listed:
        (fault_id,) = service.plan(HttpFault("error", contact_id="none"))
        methods, path = request.strip("`").split("/", 1)
        url = f"http://127.0.0.1/{path}".replace("{ContactId}", contact_id).replace("{FaultId}", fault_id)
        for method in re.findall(r"[A-Z]+", methods):
            assert service.handle(HttpRequest(method, url)).status in (200, 400), request
        assert service.handle(HttpRequest("PATCH", url)).status == 405, request
    assert len(listed) == 10


def test_the_listed_admin_requests_name_every_member_of_their_bodies() -> None:
    bodies = {
        "start_chat": (_StartChat,),
        "add_participant": (_AddParticipant,),
        "say": (_Say,),
        "transfer_chat": (_Transfer,),
        "add_script": (FlowScript, ScriptAnswer),
    }
    taken = {name: {each.member for kind in kinds for each in fields(kind)} for name, kinds in bodies.items()}
    named: dict[str, set[str]] = {}
    for request, effect in rows("emulator", 2):
        if " /_emulator/" in request and "POST" in request:
            operation = route_of("POST", f"http://127.0.0.1/{request.strip('`').split('/', 1)[1]}").operation
            assert operation is not None
            named[operation] = set(re.findall(r"[A-Z]\w+", " ".join(re.findall("`(.+?)`", effect))))
    assert {name: members for name, members in named.items() if members} == taken


def test_the_tables_of_faults_list_every_kind() -> None:
    kinds = [row[0].strip("`") for row in rows("emulator", 2) if re.fullmatch(r"`[a-z]+`", row[0])]
    assert kinds == [*get_args(HttpKind), *get_args(SocketKind)]


def test_the_listed_admin_methods_are_those_of_both_emulators() -> None:
    calls = [re.match(r"`(\w+)\(", row[0]) for row in rows("emulator", 2)]
    listed = {call[1] for call in calls if call is not None}
    assert listed == {name for name in vars(AdminApi) if not name.startswith("_")} - {"transact", "options", "flows"}


def test_the_options_are_listed_with_their_defaults() -> None:
    listed = {cells[0]: cells[1] for cells in rows("emulator", 3) if cells[0].strip("`") in DEFAULTS}
    assert listed == {f"`{name}`": f"`{on_the_command_line(default)}`" for name, default in DEFAULTS.items()}


def test_behaviours_name_every_option() -> None:
    named = {option for *_, options, _ in BEHAVIOURS for option in re.findall(r"`(\w+)`", options)}
    assert named == set(DEFAULTS)


def test_behaviours_are_distinct_sentences() -> None:
    sentences = Counter(row[0] for row in BEHAVIOURS)
    assert not [sentence for sentence, times in sentences.items() if times > 1 or not sentence.endswith(".")]
    assert len(BEHAVIOURS) > 120


def test_documented_and_observed_behaviours_name_a_source() -> None:
    assert {status for _, status, *_ in BEHAVIOURS} == {"documented", "observed", "assumed", "extra"}
    assert not [row for row in BEHAVIOURS if bool(row[2]) != (row[1] in ("documented", "observed"))]


def test_behaviours_name_existing_tests() -> None:
    existing = {f"`{name}`" for path in TESTS.rglob("test_*.py") for name in names_of_tests(path)}
    assert not {row[-1] for row in BEHAVIOURS} - existing
