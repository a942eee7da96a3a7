"""`.ci/new_operation.py`: it writes every operation of the model again, and one more in a copy of the repository."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.loaders import Loader
from helpers.introspection import ROOT, snake

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations import OPERATIONS, Row
from lensconnect.record import fields

MODEL: dict[str, Any] = Loader().load_service_model("connectparticipant", "service-2")
SCRIPT = ROOT / ".ci" / "new_operation.py"


def load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scaffold() -> ModuleType:
    return load("new_operation", SCRIPT)


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_the_model_yields_the_operation_that_is_there(row: Row, scaffold: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / f"{snake(row.name)}.py"
    path.write_text(scaffold.OperationFile(MODEL, row.name).source())
    made = load(f"made_{path.stem}", path)
    made_row = getattr(made, path.stem.upper())
    assert set(made_row.members) == set(row.members)
    assert set(fields(made_row.reply)) == set(fields(row.reply))
    assert (made_row.method, made_row.path) == (row.method, row.path)
    assert set(made_row.errors) == set(row.errors)
    assert made_row.repeat in (row.repeat, "never"), "the model does not tell that a read may be repeated"
    assert set(made.__all__) == set(sys.modules[row.request.__module__].__all__)


TEXT = {"type": "string", "min": 1, "max": 7}
INVENTED: dict[str, Any] = {
    "FlagMessageRequest": {
        "type": "structure",
        "required": ["ConnectionToken", "MessageId", "FlagURI", "Shelf", "Sides"],
        "members": {
            "MessageId": {"shape": "ChatItemId", "documentation": '<p>The message\'s "Id".</p><p>\\ More.</p>'},
            "FlagURI": {"shape": "RedirectURI"},
            "Colour": {"shape": "FlagColour"},
            "Order": {"shape": "SortKey"},
            "Height": {"shape": "FlagHeight"},
            "Weight": {"shape": "FlagWeight"},
            "Visible": {"shape": "Bool"},
            "Labels": {"shape": "FlagLabels"},
            "Sides": {"shape": "FlagSides"},
            "Shelf": {"shape": "FlagShelf"},
            "Position": {"shape": "StartPosition"},
            "Attributes": {"shape": "FlagAttributes"},
            "Secret": {"shape": "FlagSecret"},
            "WebRTCNote": {"shape": "FlagNote"},
            "ClientToken": {"shape": "ClientToken", "idempotencyToken": True},
            "ConnectionToken": {"shape": "ParticipantToken", "location": "header", "locationName": "X-Amz-Bearer"},
        },
    },
    "FlagMessageResponse": {
        "type": "structure",
        "members": {
            "FlagId": {"shape": "ChatItemId"},
            "Colour": {"shape": "FlagColour"},
            "Racks": {"shape": "FlagRacks"},
        },
    },
    "FlagColour": {"type": "string", "enum": ["RED", "LIGHT_BLUE"], "documentation": "<p>A colour.</p>"},
    "FlagAttributes": {"type": "map", "key": {"shape": "ARN"}, "value": {"shape": "ARN"}},
    "FlagHeight": {"type": "integer", "min": 0},
    "FlagWeight": {"type": "long"},
    "FlagLabels": {"type": "list", "member": {"shape": "FlagNote"}, "min": 1, "max": 3},
    "FlagSides": {"type": "list", "member": {"shape": "FlagSide"}},
    "FlagSide": {"type": "structure", "members": {"Name": {"shape": "FlagNote"}, "Colour": {"shape": "FlagColour"}}},
    "FlagShelf": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "FlagNote"}}},
    "FlagRacks": {"type": "list", "member": {"shape": "FlagRack"}},
    "FlagRack": {"type": "structure", "members": {"Notes": {"shape": "FlagLabels"}}},
    "FlagSecret": {**TEXT, "sensitive": True},
    "FlagNote": TEXT,
    "FlagGoneException": {
        "type": "structure",
        "members": {"Message": {"shape": "Message"}},
        "error": {"httpStatusCode": 410},
        "exception": True,
    },
}
FLAG_MESSAGE = {
    "name": "FlagMessage",
    "http": {"method": "POST", "requestUri": "/participant/flag-message"},
    "input": {"shape": "FlagMessageRequest"},
    "output": {"shape": "FlagMessageResponse"},
    "errors": [
        {"shape": error} for error in ("AccessDeniedException", "InternalServerException", "ThrottlingException")
    ]
    + [{"shape": "ValidationException"}, {"shape": "ConflictException"}, {"shape": "FlagGoneException"}],
    "documentation": '<p>Flags a message, e.g. an "announcement".</p> <p>It stays flagged.</p>',
}
USE = """
import lensconnect as lc

side = lc.FlagSide(name="left", colour=lc.FLAG_COLOUR_LIGHT_BLUE)
request = lc.FlagMessage(
    connection_token=lc.ConnectionToken("t"), message_id="m-1", flag_uri="u", shelf=lc.FlagShelf(name="s"), sides=(side,)
) & lc.flag_message_web_rtc_note.set("hi")
described = lc.describe(request, lc.Endpoint("https://h.example/base")).unwrap()
assert described.url == "https://h.example/base/participant/flag-message"
assert described.body == (
    b'{"MessageId":"m-1","FlagURI":"u","Shelf":{"Name":"s"},"Sides":[{"Name":"left","Colour":"LIGHT_BLUE"}],'
    b'"WebRTCNote":"hi"}'
), described.body
assert lc.undescribe(described).unwrap() == request
faults = lc.describe(request & lc.flag_message_web_rtc_note.set("too long"), lc.Endpoint("https://h")).failure().faults
assert [str(fault) for fault in faults] == ["web_rtc_note must be 1..7 characters (size 8)"]
mapped = lc.describe(request & lc.flag_message_attributes.set({"a": "b"}), lc.Endpoint("https://h")).unwrap()
assert b'"Attributes":{"a":"b"}' in mapped.body, mapped.body
(fault,) = lc.describe(request & lc.flag_message_attributes.set({"a": 1}), lc.Endpoint("https://h")).failure().faults
assert str(fault) == "attributes must be Mapping", fault
reply = lc.decode(lc.FlagMessage, lc.HttpResponse(200, (), b'{"Racks":[{"Notes":["a"]}]}')).unwrap()
assert reply == lc.FlagMessageResponse(http_status=200, racks=(lc.FlagRack(notes=("a",)),))
assert "410 FlagGoneException" in lc.doc(lc.FlagMessage)
assert "LIGHT_BLUE" in lc.doc(lc.FlagMessage)
assert repr(request & lc.flag_message_secret.set("x")).count("***") == 2
assert {field.name for field in lc.FLAG_MESSAGE.members if field.personal} >= {"labels", "web_rtc_note"}
assert not any(field.personal for field in lc.FLAG_MESSAGE.members if field.name in ("message_id", "flag_uri"))
sent = lc.send(request)(lc.new_env(region="us-east-1", transport=lambda *_: lc.Success(lc.HttpResponse(200, (), b'{}'))))
assert lc.or_raise(sent) == lc.FlagMessageResponse(http_status=200)
"""
EMULATED = """
import lensconnect as lc
from lensconnect.emulator import Emulator

emulator = Emulator()
chat = emulator.start_chat()
with lc.new_env(region="us-east-1", transport=emulator.transport) as env:
    create = lc.CreateParticipantConnection(participant_token=chat.participant_token, type=("CONNECTION_CREDENTIALS",))
    reply = lc.or_raise(lc.send(create)(env))
    token = lc.ConnectionToken(str(reply.connection_credentials and reply.connection_credentials.connection_token))
    request = lc.new_flag_message(token, "m-1", "u", lc.FlagShelf(name="s"), ())
    error = lc.to_result(lc.send(request)(env)).failure()
assert isinstance(error, lc.ServiceError), error
print(error.status, error.code)
"""
RELATED = (
    *(
        "emulator/operations",
        "emulator/test_request_counts.py",
        "programs/test_pace.py",
        "programs/test_retry_decision.py",
    ),
    *("parity", "wire/test_documentation.py", "wire/test_validate.py", "wire/test_vectors.py"),
    "cli/test_documentation.py",
    *("test_errors.py", "test_exports.py", "test_record.py", "docs/test_project.py", "docs/test_architecture.py"),
)
"""Tests that go through the table of operations, of each folder that has some."""
TEST_FILES = (".github", "benchmarks", "CHANGELOG.md", "LICENSE", "README.md")
"""Files that the tests read besides the code."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, with a service model that has one operation more."""
    repository = tmp_path / "repository"
    unneeded = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.html", "*.js")
    for name in ("lensconnect", "tests", ".ci"):
        shutil.copytree(ROOT / name, repository / name, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", repository)
    write_model(tmp_path, FLAG_MESSAGE, INVENTED)
    return repository


def write_model(home: Path, operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Write the model with one operation more to where botocore looks first."""
    model = {**MODEL, "operations": {**MODEL["operations"], operation["name"]: operation}}
    model["shapes"] = {**MODEL["shapes"], **shapes}
    folder = home / ".aws" / "models" / "connectparticipant" / "2018-09-07"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "service-2.json").write_text(json.dumps(model))


def run(repository: Path, *command: str) -> str:
    """Run Python in the copy; botocore reads its models from the home directory first."""
    environment = {**os.environ, "HOME": str(repository.parent), "PYTHONPATH": str(repository)}
    done = subprocess.run(
        [sys.executable, *command], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def add_to_the_table(repository: Path, line: str) -> None:
    table = repository / "lensconnect" / "operations" / "__init__.py"
    lines = table.read_text().splitlines(keepends=True)
    at = next(number for number, other in enumerate(lines) if other.startswith("from lensconnect.") and other > line)
    table.write_text("".join([*lines[:at], line, *lines[at:]]))


def add_operation(repository: Path, name: str) -> Path:
    """Run the script, add the line that it prints to the table, and return the new file."""
    printed = run(repository, ".ci/new_operation.py", name)
    match = re.fullmatch(r"Wrote (lensconnect/operations/\w+\.py)\..*:\n(from .*\n)", printed)
    assert match is not None, printed
    add_to_the_table(repository, match[2])
    return repository / match[1]


@pytest.fixture
def extended(copy: Path) -> Path:
    assert add_operation(copy, "FlagMessage") == copy / "lensconnect" / "operations" / "flag_message.py"
    return copy


def test_a_new_operation_is_one_file_and_one_line(extended: Path) -> None:
    run(extended, "-W", "error", "-c", USE)


def test_the_emulator_answers_an_operation_that_it_lacks_with_a_modelled_error(extended: Path) -> None:
    status, code = run(extended, "-W", "error", "-c", EMULATED).split()
    assert (int(status), code) in {(error.status, error.code) for error in COMMON_ERRORS}


@pytest.mark.slow
@pytest.mark.parametrize("repeat", ["always", "with_client_token"])
def test_the_tests_of_the_table_pass_with_the_operation_that_contributing_names(repeat: str, copy: Path) -> None:
    for name in TEST_FILES:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
    shape = {**INVENTED["FlagMessageRequest"], "members": {**INVENTED["FlagMessageRequest"]["members"]}}
    if repeat != "with_client_token":
        del shape["members"]["ClientToken"]
    operation = {**FLAG_MESSAGE, "name": "PinMessage", "input": {"shape": "PinMessageRequest"}}
    operation["http"] = {"method": "POST", "requestUri": "/participant/pin-message"}
    write_model(copy.parent, operation, {**INVENTED, "PinMessageRequest": shape})
    path = add_operation(copy, "PinMessage")
    path.write_text(path.read_text().replace('repeat="never"', f'repeat="{repeat}"'))
    run(copy, ".ci/wire_vectors.py")
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/{name}" for name in RELATED))


def test_a_file_is_not_overwritten(copy: Path) -> None:
    with pytest.raises(AssertionError, match="FileExistsError"):
        run(copy, ".ci/new_operation.py", "SendEvent")


def unsupported(shape: dict[str, Any], **traits: str) -> dict[str, Any]:
    """The model with one more member of SendEvent."""
    request = MODEL["shapes"]["SendEventRequest"]
    members = {**request["members"], "More": {"shape": "More", **traits}}
    return {**MODEL, "shapes": {**MODEL["shapes"], "More": shape, "SendEventRequest": {**request, "members": members}}}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (unsupported({"type": "blob"}), "More: the type 'blob' is not supported"),
        (unsupported({"type": "string"}, location="querystring"), "SendEvent.More: the location 'querystring' is not"),
    ],
    ids=["type", "location"],
)
def test_what_is_not_supported_is_refused(model: dict[str, Any], message: str, scaffold: ModuleType) -> None:
    with pytest.raises(SystemExit, match=re.escape(message)):
        scaffold.OperationFile(model, "SendEvent").source()


def test_an_operation_that_the_model_lacks_is_refused(scaffold: ModuleType) -> None:
    with pytest.raises(
        SystemExit, match=r"FlagMessage is not in the model; it has CancelPart.* upgrade botocore; until then, copy "
    ):
        scaffold.OperationFile(MODEL, "FlagMessage")
