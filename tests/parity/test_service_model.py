"""The table of operations equals botocore's service model, except for the differences listed below.

Both sides are flattened to `{path: fact}`; what is not equal is a difference.
"""

from __future__ import annotations

import copy
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader

import lensconnect
from lensconnect import errors
from lensconnect.errors import ModelledError
from lensconnect.operations import OPERATIONS, Row
from lensconnect.record import Field, FieldType, Record, fields
from lensconnect.wire.known_values import enum_values

Facts = dict[str, object]
MODEL: dict[str, Any] = Loader().load_service_model("connectparticipant", "service-2")
ABSENT = "absent"
NAME = r"^([\p{L}\p{N}_.:\/=+\-@()']+[\p{L}\p{Z}\p{N}_.:\/=+\-@()']*)$"
_METADATA = frozenset(MODEL["shapes"]["MessageMetadata"]["members"])

KNOWN = {
    # A reply that lacks a member is still a reply.
    "GetAttachment.reply.AttachmentSizeInBytes required": (True, False),
    # Patterns of reply members are documentation: the service is not held to them here.
    "CreateParticipantConnection.reply.WebRTCConnection.Meeting.MeetingId pattern": (
        "[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}",
        ABSENT,
    ),
    "DescribeView.reply.View.Id pattern": (r"^[a-zA-Z0-9\_\-:\/$]+$", ABSENT),
    "DescribeView.reply.View.Name pattern": (NAME, ABSENT),
    "DescribeView.reply.View.Content.Actions[] pattern": (NAME, ABSENT),
    # Headers are handed on as they come.
    "StartAttachmentUpload.reply.UploadMetadata.HeadersToInclude{key} limit": ((1, 128), ABSENT),
    "StartAttachmentUpload.reply.UploadMetadata.HeadersToInclude{value} limit": ((1, 256), ABSENT),
    # The service sends a type of item that its model does not list.
    "enum ChatItemType": (
        frozenset(MODEL["shapes"]["ChatItemType"]["enum"]),
        frozenset([*MODEL["shapes"]["ChatItemType"]["enum"], "MESSAGEMETADATA"]),
    ),
} | {
    # Frames of a bot's streamed answer have two members that the model does not list.
    f"GetTranscript.reply.Transcript[].MessageMetadata{path}": difference
    for path, difference in {
        " members": (_METADATA, _METADATA | {"MessageCompleted", "ChunkNumber"}),
        **{
            f".{member} {fact}": (ABSENT, value)
            for member, kind in {"MessageCompleted": bool, "ChunkNumber": int}.items()
            for fact, value in {
                "required": False,
                "place": "body",
                "wire name": member,
                "python name": botocore.xform_name(member),
                "type": kind,
            }.items()
        },
    }.items()
}
"""The known differences: the fact of the model, the fact of the table."""


# -- facts of the model ----------------------------------------------------------------------------------------------


def facts_of_model(model: dict[str, Any]) -> Facts:
    facts: Facts = {"operations": frozenset(model["operations"])}
    shapes = model["shapes"]
    for name, operation in model["operations"].items():
        method, path = operation["http"]["method"], operation["http"]["requestUri"]
        facts[f"{name} method"], facts[f"{name} path"] = method, path
        facts[f"{name} errors"] = frozenset(error["shape"] for error in operation["errors"])
        request = shapes[operation["input"]["shape"]]
        marked = [member for member in request["members"].values() if member.get("idempotencyToken")]
        facts[f"{name} has an idempotency token"] = bool(marked)
        facts.update(structure_of_model(shapes, operation["input"]["shape"], name))
        facts.update(structure_of_model(shapes, operation["output"]["shape"], f"{name}.reply"))
    for name, shape in shapes.items():
        if "enum" in shape:
            facts[f"enum {name}"] = frozenset(shape["enum"])
        if shape.get("exception"):
            facts[f"error {name}"] = (shape["error"]["httpStatusCode"], frozenset(shape["members"]))
    return facts


PLACES = {"header": "header", "uri": "path", None: "body"}


def structure_of_model(shapes: dict[str, Any], name: str, path: str) -> Iterator[tuple[str, object]]:
    shape = shapes[name]
    yield f"{path} members", frozenset(shape["members"])
    for member, reference in shape["members"].items():
        here = f"{path}.{member}"
        yield f"{here} required", member in shape.get("required", ())
        yield f"{here} place", PLACES[reference.get("location")]
        yield f"{here} wire name", reference.get("locationName", member)
        yield f"{here} python name", botocore.xform_name(member)
        yield from shape_of_model(shapes, reference["shape"], here)


TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "list": tuple,
    "map": Mapping,
    "structure": Record,
}


def shape_of_model(shapes: dict[str, Any], name: str, path: str) -> Iterator[tuple[str, object]]:
    shape = shapes[name]
    yield f"{path} type", TYPES[shape["type"]]
    yield f"{path} limit", limit(shape.get("min"), shape.get("max"))
    yield f"{path} pattern", shape.get("pattern", ABSENT)
    yield f"{path} enum", name if "enum" in shape else ABSENT
    if shape.get("sensitive"):
        yield f"{path} secret", True
    if shape["type"] == "structure":
        yield from structure_of_model(shapes, name, path)
    if shape["type"] == "list":
        yield from shape_of_model(shapes, shape["member"]["shape"], f"{path}[]")
    if shape["type"] == "map":
        for part in ("key", "value"):
            text = shapes[shape[part]["shape"]]
            yield f"{path}{{{part}}} limit", limit(text.get("min"), text.get("max"))


def limit(low: int | None, high: int | None) -> object:
    """Return a limit; an absent minimum counts as 0."""
    return ABSENT if low is None and high is None else (low or 0, high)


# -- facts of the table ----------------------------------------------------------------------------------------------


def facts_of_table(rows: tuple[Row, ...]) -> Facts:
    facts: Facts = {"operations": frozenset(row.name for row in rows)}
    for row in rows:
        labels = "".join(f"/{{{field.member}}}" for field in row.at("path"))
        facts[f"{row.name} method"], facts[f"{row.name} path"] = row.method, row.path + labels
        facts[f"{row.name} errors"] = frozenset(error.code for error in row.errors)
        facts[f"{row.name} has an idempotency token"] = row.repeat == "with_client_token"
        facts.update(structure_of_table(row.request, row.name))
        facts.update(structure_of_table(row.reply, f"{row.name}.reply"))
    for name, value in vars(lensconnect).items():
        if known := known_values_of(name, value):
            facts[f"enum {name}"] = known
    listed = {value for value in vars(errors).values() if isinstance(value, ModelledError)}
    for error in listed.union(*(row.errors for row in rows)):
        extra = {"ResourceId", "ResourceType"} if error is errors.RESOURCE_NOT_FOUND else set()
        facts[f"error {error.code}"] = (error.status, frozenset({"Message"} | extra))
    return facts


def known_values_of(name: str, value: object) -> frozenset[str]:
    if name == "ResourceType":  # it stands with the errors, not with the shapes
        return frozenset(v for k, v in vars(errors).items() if k.startswith("RESOURCE_TYPE_"))
    return frozenset(enum_values(value)) if hasattr(value, "__supertype__") else frozenset()


def structure_of_table(record: type[Record], path: str) -> Iterator[tuple[str, object]]:
    members = [field for field in fields(record) if field.location not in ("status", "local")]
    hints = typing.get_type_hints(record)
    yield f"{path} members", frozenset(field.member for field in members)
    for field in members:
        here = f"{path}.{field.member}"
        yield f"{here} required", field.required
        yield f"{here} place", field.location
        yield f"{here} wire name", "X-Amz-Bearer" if field.location == "header" else field.member
        yield f"{here} python name", field.name
        yield from form_of_table(field.type, field, hints[field.name], here)


def form_of_table(field_type: FieldType, field: Field, hint: object, path: str) -> Iterator[tuple[str, object]]:
    yield f"{path} type", Record if issubclass(field_type.python_type, Record) else field_type.python_type
    yield (
        f"{path} limit",
        ABSENT if field_type.bound is None else limit(field_type.bound.minimum, field_type.bound.maximum),
    )
    yield f"{path} pattern", ABSENT
    yield f"{path} enum", (enum_in(hint) if field_type.entry is None else None) or ABSENT
    if field.secret:
        yield f"{path} secret", True
    if issubclass(field_type.python_type, Record):
        yield from structure_of_table(field_type.python_type, path)
    if field_type.entry is not None:
        yield from form_of_table(field_type.entry, field, hint, f"{path}[]")
    if field_type.python_type is Mapping:
        yield f"{path}{{key}} limit", ABSENT
        yield f"{path}{{value}} limit", ABSENT


def enum_in(hint: object) -> str | None:
    """Return the name of the open enum in an annotation."""
    if hasattr(hint, "__supertype__"):
        return str(hint.__name__) if enum_values(hint) else None  # type: ignore[attr-defined]
    return next((name for part in typing.get_args(hint) if (name := enum_in(part))), None)


# -- the comparison ---------------------------------------------------------------------------------------------------


def differences(model: dict[str, Any], rows: tuple[Row, ...] = OPERATIONS) -> dict[str, tuple[object, object]]:
    """Return every fact that differs, with both sides; a secret that the model does not mark is no difference."""
    theirs, ours = facts_of_model(model), facts_of_table(rows)
    pairs = {path: (theirs.get(path, ABSENT), ours.get(path, ABSENT)) for path in {*theirs, *ours}}
    return {
        path: (their, our)
        for path, (their, our) in pairs.items()
        if their != our and not (path.endswith(" secret") and their is ABSENT)
    }


def test_every_difference_is_known() -> None:
    assert differences(MODEL) == KNOWN


def test_the_comparison_covers_the_model() -> None:
    facts = facts_of_model(MODEL)
    assert len(facts) > 700
    assert sum(path.endswith(" secret") for path in facts) >= 5


Change = Callable[[dict[str, Any]], object]


def shape(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda model: typing.cast("dict[str, Any]", model["shapes"][name])


CHANGES: dict[str, Change] = {
    "operations": lambda model: model["operations"].pop("SendEvent"),
    "SendEvent method": lambda model: model["operations"]["SendEvent"]["http"].update(method="PUT"),
    "DescribeView path": lambda model: model["operations"]["DescribeView"]["http"].update(requestUri="/views"),
    "SendEvent errors": lambda model: model["operations"]["SendEvent"]["errors"].pop(),
    "SendEvent members": lambda model: shape("SendEventRequest")(model)["members"].update(New={"shape": "Bool"}),
    "GetTranscript.reply members": lambda model: shape("GetTranscriptResponse")(model)["members"].pop("NextToken"),
    "SendEvent.Content required": lambda model: shape("SendEventRequest")(model)["required"].append("Content"),
    "SendMessage.Content limit": lambda model: shape("ChatContent")(model).update(max=1024),
    "CompleteAttachmentUpload.AttachmentIds limit": lambda model: shape("AttachmentIdList")(model).update(max=2),
    "GetTranscript.MaxResults type": lambda model: shape("MaxResults")(model).update(type="string"),
    "GetTranscript.reply.Transcript[].DisplayName limit": lambda model: shape("DisplayName")(model).update(min=2),
    "enum SortKey": lambda model: shape("SortKey")(model)["enum"].append("RANDOM"),
    "enum ResourceType": lambda model: shape("ResourceType")(model)["enum"].pop(),
    "error ConflictException": lambda model: shape("ConflictException")(model)["error"].update(httpStatusCode=400),
    "SendEvent.ConnectionToken wire name": lambda model: shape("SendEventRequest")(model)["members"][
        "ConnectionToken"
    ].update(locationName="Authorization"),
    "SendEvent.ConnectionToken place": lambda model: shape("SendEventRequest")(model)["members"]["ConnectionToken"].pop(
        "location"
    ),
    "SendMessage has an idempotency token": lambda model: shape("SendMessageRequest")(model)["members"][
        "ClientToken"
    ].pop("idempotencyToken"),
    "SendEvent.reply.Id secret": lambda model: shape("ChatItemId")(model).update(sensitive=True),
    "GetTranscript.ScanDirection enum": lambda model: shape("ScanDirection")(model).pop("enum"),
}
"""A change of the model for each difference that it must cause."""


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_of_the_model_is_seen(path: str) -> None:
    model = copy.deepcopy(MODEL)
    CHANGES[path](model)
    assert path in differences(model)
    assert differences(MODEL) == KNOWN
