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
    "PinMessageRequest": {
        "type": "structure",
        "required": ["ConnectionToken", "MessageId", "PinURI", "Shelf", "Sides"],
        "members": {
            "MessageId": {"shape": "ChatItemId", "documentation": '<p>The message\'s "Id".</p><p>\\ More.</p>'},
            "PinURI": {"shape": "RedirectURI"},
            "Colour": {"shape": "PinColour"},
            "Order": {"shape": "SortKey"},
            "Height": {"shape": "PinHeight"},
            "Weight": {"shape": "PinWeight"},
            "Visible": {"shape": "Bool"},
            "Labels": {"shape": "PinLabels"},
            "Sides": {"shape": "PinSides"},
            "Shelf": {"shape": "PinShelf"},
            "Position": {"shape": "StartPosition"},
            "Attributes": {"shape": "PinAttributes"},
            "Secret": {"shape": "PinSecret"},
            "WebRTCNote": {"shape": "PinNote"},
            "ClientToken": {"shape": "ClientToken", "idempotencyToken": True},
            "ConnectionToken": {"shape": "ParticipantToken", "location": "header", "locationName": "X-Amz-Bearer"},
        },
    },
    "PinMessageResponse": {
        "type": "structure",
        "members": {"PinId": {"shape": "ChatItemId"}, "Colour": {"shape": "PinColour"}, "Racks": {"shape": "PinRacks"}},
    },
    "PinColour": {"type": "string", "enum": ["RED", "LIGHT_BLUE"], "documentation": "<p>A colour.</p>"},
    "PinAttributes": {"type": "map", "key": {"shape": "ARN"}, "value": {"shape": "ARN"}},
    "PinHeight": {"type": "integer", "min": 0},
    "PinWeight": {"type": "long"},
    "PinLabels": {"type": "list", "member": {"shape": "PinNote"}, "min": 1, "max": 3},
    "PinSides": {"type": "list", "member": {"shape": "PinSide"}},
    "PinSide": {"type": "structure", "members": {"Name": {"shape": "PinNote"}, "Colour": {"shape": "PinColour"}}},
    "PinShelf": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "PinNote"}}},
    "PinRacks": {"type": "list", "member": {"shape": "PinRack"}},
    "PinRack": {"type": "structure", "members": {"Notes": {"shape": "PinLabels"}}},
    "PinSecret": {**TEXT, "sensitive": True},
    "PinNote": TEXT,
    "PinGoneException": {
        "type": "structure",
        "members": {"Message": {"shape": "Message"}},
        "error": {"httpStatusCode": 410},
        "exception": True,
    },
}
PIN_MESSAGE = {
    "name": "PinMessage",
    "http": {"method": "POST", "requestUri": "/participant/pin-message"},
    "input": {"shape": "PinMessageRequest"},
    "output": {"shape": "PinMessageResponse"},
    "errors": [
        {"shape": error} for error in ("AccessDeniedException", "InternalServerException", "ThrottlingException")
    ]
    + [{"shape": "ValidationException"}, {"shape": "ConflictException"}, {"shape": "PinGoneException"}],
    "documentation": '<p>Pins a message, e.g. an "announcement".</p> <p>It stays pinned.</p>',
}
USE = """
import lensconnect as lc

side = lc.PinSide(name="left", colour=lc.PIN_COLOUR_LIGHT_BLUE)
request = lc.PinMessage(
    connection_token=lc.ConnectionToken("t"), message_id="m-1", pin_uri="u", shelf=lc.PinShelf(name="s"), sides=(side,)
) & lc.pin_message_web_rtc_note.set("hi")
described = lc.describe(request, lc.Endpoint("https://h.example/base")).unwrap()
assert described.url == "https://h.example/base/participant/pin-message"
assert described.body == (
    b'{"MessageId":"m-1","PinURI":"u","Shelf":{"Name":"s"},"Sides":[{"Name":"left","Colour":"LIGHT_BLUE"}],'
    b'"WebRTCNote":"hi"}'
), described.body
assert lc.undescribe(described).unwrap() == request
faults = lc.describe(request & lc.pin_message_web_rtc_note.set("too long"), lc.Endpoint("https://h")).failure().faults
assert [str(fault) for fault in faults] == ["web_rtc_note must be 1..7 characters (size 8)"]
mapped = lc.describe(request & lc.pin_message_attributes.set({"a": "b"}), lc.Endpoint("https://h")).unwrap()
assert b'"Attributes":{"a":"b"}' in mapped.body, mapped.body
(fault,) = lc.describe(request & lc.pin_message_attributes.set({"a": 1}), lc.Endpoint("https://h")).failure().faults
assert str(fault) == "attributes must be Mapping", fault
reply = lc.decode(lc.PinMessage, lc.HttpResponse(200, (), b'{"Racks":[{"Notes":["a"]}]}')).unwrap()
assert reply == lc.PinMessageResponse(http_status=200, racks=(lc.PinRack(notes=("a",)),))
assert "410 PinGoneException" in lc.doc(lc.PinMessage)
assert "LIGHT_BLUE" in lc.doc(lc.PinMessage)
assert repr(request & lc.pin_message_secret.set("x")).count("***") == 2
sent = lc.send(request)(lc.new_env(region="us-east-1", transport=lambda *_: lc.Success(lc.HttpResponse(200, (), b'{}'))))
assert lc.or_raise(sent) == lc.PinMessageResponse(http_status=200)
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
    request = lc.new_pin_message(token, "m-1", "u", lc.PinShelf(name="s"), ())
    error = lc.to_result(lc.send(request)(env)).failure()
assert isinstance(error, lc.ServiceError), error
print(error.status, error.code)
"""
CORE = [
    *("tests/architecture", "tests/laws", "tests/parity", "tests/wire", "tests/test_canary.py", "tests/test_errors.py"),
    *("tests/test_exports.py", "tests/test_jsontext.py", "tests/test_optics.py", "tests/test_record.py"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, with a service model that has one operation more."""
    repository = tmp_path / "repository"
    unneeded = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.html", "*.js")
    for name in ("lensconnect", "tests", ".ci"):
        shutil.copytree(ROOT / name, repository / name, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", repository)
    model = {**MODEL, "operations": {**MODEL["operations"], "PinMessage": PIN_MESSAGE}}
    model["shapes"] = {**MODEL["shapes"], **INVENTED}
    folder = tmp_path / ".aws" / "models" / "connectparticipant" / "2018-09-07"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    return repository


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


@pytest.fixture
def extended(copy: Path) -> Path:
    printed = run(copy, ".ci/new_operation.py", "PinMessage")
    match = re.fullmatch(r"Wrote (lensconnect/operations/pin_message\.py)\..*:\n(from .*\n)", printed)
    assert match is not None, printed
    assert (copy / match[1]).exists()
    add_to_the_table(copy, match[2])
    return copy


def test_a_new_operation_is_one_file_and_one_line(extended: Path) -> None:
    run(extended, "-W", "error", "-c", USE)


def test_the_emulator_answers_an_operation_that_it_lacks_with_a_modelled_error(extended: Path) -> None:
    status, code = run(extended, "-W", "error", "-c", EMULATED).split()
    assert (int(status), code) in {(error.status, error.code) for error in COMMON_ERRORS}


@pytest.mark.slow
def test_the_tests_of_the_core_pass_with_a_new_operation(extended: Path) -> None:
    shutil.rmtree(extended / "tests" / "operations")
    run(extended, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CORE)


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
    with pytest.raises(SystemExit, match="PinMessage is not in the model; it has CancelParticipantAuthentication, "):
        scaffold.OperationFile(MODEL, "PinMessage")
