#!/usr/bin/env python3
"""Write the file of a new operation from botocore's service model.

    python .ci/new_operation.py DescribeView

The script writes `lensconnect/operations/describe_view.py` and prints the line to add to
`lensconnect/operations/__init__.py`.  Then read the file: correct its docstrings, check `repeat`, mark every
token and presigned URL as SECRET, and leave PERSONAL where a text may be a person's, which the model does not tell.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import indent, wrap
from typing import Any, NamedTuple, get_args

from botocore import xform_name as snake
from botocore.loaders import Loader

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from lensconnect import errors, types  # noqa: E402 - the package beside this script
from lensconnect.errors import ModelledError  # noqa: E402
from lensconnect.marks import Bound, count, number, text  # noqa: E402
from lensconnect.types import scalars  # noqa: E402

PYTHON_TYPES = {"string": "str", "boolean": "bool", "integer": "int", "long": "int"}
BEARER_HEADER = "X-Amz-Bearer"
BOUNDS = {"string": text, "integer": number, "long": number, "list": count}
IDENTIFIER = re.compile(r"(?i)(arn|code|id|instant|key|status|time|timestamp|token|type|ur[il]|version)$")
"""Finds the names of string shapes that hold no free text."""
REPLY_MODULES = {"Operation", "Reply", "Request"}


class Member(NamedTuple):
    """A member of a structure: its annotation, and the type that a checker sees without the marks."""

    name: str
    member: str
    annotation: str
    type: str
    required: bool


class OperationFile:
    """The source of one operation's file; `definitions`, `lenses` and `imports` grow as shapes are met."""

    def __init__(self, model: Mapping[str, Any], name: str) -> None:
        if name not in model["operations"]:
            raise SystemExit(
                f"{name} is not in the model; it has {', '.join(sorted(model['operations']))}.  If AWS has released "
                "it, upgrade botocore; until then, copy lensconnect/operations/describe_view.py or a similar file."
            )
        self.name = name
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.operation: Mapping[str, Any] = model["operations"][name]
        self.version: str = model["metadata"]["apiVersion"]
        self.imports: dict[str, set[str]] = defaultdict(set)
        self.definitions: list[str] = []
        self.lenses: list[str] = []
        self.exports: set[str] = set()

    def source(self) -> str:
        """Return the whole file."""
        reply, request = f"{self.name}Response", self.name
        uri = self.operation["http"]["requestUri"]
        answers = self.members(self.operation.get("output", {}).get("shape"), optional=True)
        asks = self.members(self.operation["input"]["shape"])
        body = [
            *self.record(reply, "Reply", [f"The reply to {request}."], answers),
            *self.record(request, f"Request[{reply}]", self.request_documentation(uri), asks),
            *self.constructor(
                request, "Build the request; optional members are absent.", [m for m in asks if m.required]
            ),
            *self.constructor(reply, "Build a reply with this HTTP status; every member is absent.", [STATUS]),
            *self.row(uri.partition("/{")[0]),
            "",
            *self.lenses,
            f'{snake(reply)}_http_status: Lens[{reply}, int] = Lens({reply}, "http_status")',
            f'{snake(reply)}_undecoded: Lens[{reply}, tuple[str, ...]] = Lens({reply}, "undecoded")',
        ]
        self.exports |= {f"{snake(reply)}_http_status", f"{snake(reply)}_undecoded"}
        self.imports["lensconnect.operations.row"] |= REPLY_MODULES
        self.imports["lensconnect.optics"].add("Lens")
        summary = paragraphs(documentation(self.operation), "an operation.", 100 - len(self.name))[0]
        head = [f'"""{self.name}: {summary[:1].lower()}{summary[1:]}"""', "", "from __future__ import annotations", ""]
        imports = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.imports.items())]
        exports = "\n".join(f'    "{name}",' for name in sorted(self.exports))
        return "\n".join([*head, *imports, "", f"__all__ = [\n{exports}\n]", "", *self.definitions, *body, ""])

    def request_documentation(self, uri: str) -> list[str]:
        """Return the paragraphs of the request's docstring, made of the documentation in the model."""
        called = f" (`{self.operation['http']['method']} {uri}`)."
        summary, *rest = paragraphs(documentation(self.operation), f"Call {self.name}.", 110 - len(called))
        rest = [" ".join(re.split(r"(?<=[.!?])\s+", part)[:3]) for part in rest]
        for name, traits in self.shapes[self.operation["input"]["shape"]]["members"].items():
            rest.append(f"`{snake(name)}`: {paragraphs(documentation(traits), name, 999)[0]}")
        rest.append(f"Source: the operation {self.name} of the service model {self.version}.")
        return [summary.rstrip(".") + called, *rest]

    def members(self, shape_name: str | None, optional: bool = False) -> list[Member]:
        """Return the members of a structure, required ones first; all are optional in a reply."""
        shape = self.shapes[shape_name] if shape_name else {"members": {}}
        required = [] if optional else shape.get("required", [])
        order = [*required, *(name for name in shape["members"] if name not in required)]
        return [self.member(name, shape["members"][name], name in required, optional) for name in order]

    def member(self, name: str, traits: Mapping[str, Any], required: bool, optional: bool) -> Member:
        location = traits.get("location", "body")
        if location == "header" and traits["locationName"] == BEARER_HEADER:
            kind = "Participant" if name == "ParticipantToken" else "Connection"
            self.imports["lensconnect.types.scalars"].add(f"{kind}Bearer")
            self.imports["lensconnect.record"].add(f"{kind}Token")
            annotation, seen = f"{kind}Bearer", f"{kind}Token"
        elif location == "uri":
            self.imports["lensconnect.marks"].add("HTTP_LABEL")
            annotation, seen = self.annotated("str", self.bound(traits["shape"]), "HTTP_LABEL"), "str"
        elif location == "body":
            annotation, seen = self.type_of(traits["shape"], optional)
        else:
            raise SystemExit(
                f"{self.name}.{name}: the location {location!r} is not supported; see lensconnect/wire/plan.py"
            )
        return Member(snake(name), name, annotation, seen, required)

    def type_of(self, shape_name: str, optional: bool) -> tuple[str, str]:
        """Return the annotation of a shape, and the type that a checker sees."""
        shape = self.shapes[shape_name]
        if "enum" in shape:
            return (self.known(shape_name) or self.enum(shape_name, shape["enum"]),) * 2
        if shape["type"] == "structure":
            return (self.known(shape_name) or self.structure(shape_name, optional),) * 2
        if shape["type"] == "list":
            annotation, seen = self.type_of(shape["member"]["shape"], optional)
            return self.annotated(f"tuple[{annotation}, ...]", self.bound(shape_name)), f"tuple[{seen}, ...]"
        if shape["type"] == "map":
            self.imports["collections.abc"].add("Mapping")
            return ("Mapping[str, str]",) * 2
        if shape["type"] not in PYTHON_TYPES:
            raise SystemExit(f"{shape_name}: the type {shape['type']!r} is not supported; see lensconnect/record.py")
        plain = PYTHON_TYPES[shape["type"]]
        if self.is_alias(shape_name, plain):
            self.imports["lensconnect.types.scalars"].add(shape_name)
            return shape_name, plain
        return self.annotated(plain, self.bound(shape_name), self.trait(shape_name)), plain

    def trait(self, shape_name: str) -> str:
        """Return the mark of a shape: SECRET if the model says so, PERSONAL for a text whose name is no identifier's."""
        shape = self.shapes[shape_name]
        if shape.get("sensitive"):
            return "SECRET"
        return "PERSONAL" if shape["type"] == "string" and not IDENTIFIER.search(shape_name) else ""

    def is_alias(self, shape_name: str, plain: str) -> bool:
        """Tell whether `types/scalars.py` has the shape under its AWS name, with the same type and bound."""
        python_type, *marks = get_args(vars(scalars).get(shape_name)) or (None,)
        bounds = [mark for mark in marks if isinstance(mark, Bound)]
        bound = self.bound(shape_name)
        return getattr(python_type, "__name__", "") == plain and bounds == ([bound] if bound else [])

    def bound(self, shape_name: str) -> Bound | None:
        shape = self.shapes[shape_name]
        if shape["type"] not in BOUNDS or not {"min", "max"} & shape.keys():
            return None
        lowest = None if shape["type"] in ("integer", "long") else 0
        return BOUNDS[shape["type"]](shape.get("min", lowest), shape.get("max"))  # type: ignore[no-any-return,operator]

    def annotated(self, plain: str, bound: Bound | None, mark: str = "") -> str:
        if not bound and not mark:
            return plain
        self.imports["typing"].add("Annotated")
        names = [mark] if mark else []
        if bound:
            make = {"characters": "text", "entries": "count", "": "number"}[bound.unit]
            names.insert(0, f"{make}({bound.minimum}{'' if bound.maximum is None else f', {bound.maximum}'})")
            self.imports["lensconnect.marks"].add(make)
        self.imports["lensconnect.marks"] |= {mark} if mark else set()
        return f"Annotated[{', '.join([plain, *names])}]"

    def known(self, shape_name: str) -> str | None:
        """Import a shape that the package has under this name, and return the name."""
        found = vars(types).get(shape_name)
        if found is None:
            return shape_name if shape_name in self.exports else None
        self.imports[found.__module__].add(shape_name)
        return shape_name

    def enum(self, shape_name: str, values: Iterable[str]) -> str:
        self.imports["typing"] |= {"Final", "NewType"}
        prefix = snake(shape_name).upper()
        constants = {f"{prefix}_{re.sub('[^A-Z0-9]+', '_', value.upper())}": value for value in values}
        self.exports |= {shape_name, *constants}
        self.definitions += [
            f'{shape_name} = NewType("{shape_name}", str)',
            docstring(
                paragraphs(documentation(self.shapes[shape_name]), f"An open enum: {shape_name} of the model."), ""
            ),
            *(f'{name}: Final = {shape_name}("{value}")' for name, value in constants.items()),
            "",
        ]
        return shape_name

    def structure(self, shape_name: str, optional: bool) -> str:
        members = self.members(shape_name, optional)
        parts = paragraphs(documentation(self.shapes[shape_name]), f"The structure {shape_name} of the service model.")
        self.definitions += self.record(shape_name, "Shape", parts, members)
        self.imports["lensconnect.record"].add("Shape")
        return shape_name

    def record(self, name: str, base: str, documented: list[str], members: list[Member]) -> Iterator[str]:
        """Yield a class, and add the lenses of its fields."""
        self.exports.add(name)
        yield ""
        yield f'class {name}({base}, frozen=True, kw_only=True, rename="pascal"):'
        yield docstring(documented)
        yield ""
        for member in members:
            optional = "" if member.required else " | None"
            yield f"    {member.name}: {member.annotation}{optional}{self.default(member)}"
            lens = f"{snake(name)}_{member.name}"
            self.exports.add(lens)
            self.lenses.append(f'{lens}: Lens[{name}, {member.type}{optional}] = Lens({name}, "{member.name}")')
        yield ""

    def default(self, member: Member) -> str:
        """Return the default of a field; it names the member where the PascalCase form does not."""
        if member.member == "".join(part.capitalize() for part in member.name.split("_")):
            return "" if member.required else " = None"
        self.imports["lensconnect.record"].add("named")
        return f' = named("{member.member}"{", required=True" if member.required else ""})'

    def constructor(self, name: str, documented: str, members: list[Member]) -> Iterator[str]:
        self.exports.add(f"new_{snake(name)}")
        parameters = ", ".join(f"{member.name}: {member.type}" for member in members)
        arguments = ", ".join(f"{member.name}={member.name}" for member in members)
        yield f"\ndef new_{snake(name)}({parameters}) -> {name}:"
        yield f'    """{documented}"""'
        yield f"    return {name}({arguments})\n"

    def row(self, path: str) -> Iterator[str]:
        constant = snake(self.name).upper()
        self.exports.add(constant)
        yield f"{constant}: Operation[{self.name}, {self.name}Response] = Operation("
        yield f"    request={self.name},\n    reply={self.name}Response,"
        yield f'    method="{self.operation["http"]["method"]}",\n    path="{path}",'
        yield f"    errors=({', '.join(self.errors())},),"
        yield f'    repeat="{self.repeat()}",\n)'

    def errors(self) -> Iterator[str]:
        """Yield the errors of the row: those of every operation first, one that the package lacks spelled out."""
        names = {error.code: name for name, error in vars(errors).items() if isinstance(error, ModelledError)}
        codes = [error["shape"] for error in self.operation.get("errors", ())]
        common = [error.code for error in errors.COMMON_ERRORS]
        if set(common) <= set(codes):
            self.imports["lensconnect.errors"].add("COMMON_ERRORS")
            codes = [code for code in codes if code not in common]
            yield "*COMMON_ERRORS"
        for code in codes:
            self.imports["lensconnect.errors"].add(names.get(code, "ModelledError"))
            yield names.get(code, f'ModelledError("{code}", {self.shapes[code]["error"]["httpStatusCode"]})')

    def repeat(self) -> str:
        """Return when the request is safe to send again; "never" if the model does not tell."""
        members = self.shapes[self.operation["input"]["shape"]]["members"].values()
        if any(traits.get("idempotencyToken") for traits in members):
            return "with_client_token"
        return "always" if self.operation["http"]["method"] == "GET" else "never"


STATUS = Member("http_status", "", "", "int", True)


def documentation(traits: Mapping[str, Any]) -> str:
    """Return the documentation of a shape or member as plain text without quotation marks and backslashes."""
    plain = html.unescape(re.sub(r"<[^>]*>", " ", traits.get("documentation", "")))
    plain = re.sub(r"\s+([.,;:])", r"\1", " ".join(plain.split()))
    return plain.replace("\\", "/").replace('"', "'")


def paragraphs(whole: str, otherwise: str, longest: int = 110) -> list[str]:
    """Return the first sentence of a text and the rest; `otherwise` stands in if the sentence is too long or absent."""
    summary, *rest = re.split(r"(?<=[.!?])\s+", whole, maxsplit=1)
    if not summary or len(summary) > longest:
        return [otherwise, whole]
    return [summary.rstrip(".") + ".", *rest]


def docstring(parts: list[str], margin: str = "    ") -> str:
    """Return paragraphs as a docstring, wrapped and indented."""
    summary, *rest = [part for part in parts if part]
    lines = [summary, *("\n" + "\n".join(wrap(part, 110)) for part in rest), *([""] if rest else [])]
    return indent('"""' + "\n".join(lines) + '"""', margin)


def main() -> None:
    """Write one file; refuse to overwrite another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("operation", help="the operation's name in the service model, such as DescribeView")
    model = Loader().load_service_model("connectparticipant", "service-2")
    source = OperationFile(model, parser.parse_args().operation)
    path = ROOT / "lensconnect" / "operations" / f"{snake(source.name)}.py"
    with path.open("x", encoding="utf-8") as file:
        file.write(source.source())
    if importlib.util.find_spec("ruff"):
        for command in (["check", "--quiet", "--fix"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *command, str(path)], check=True)  # noqa: S603
    print(f"Wrote {path.relative_to(ROOT)}.  Add this line to lensconnect/operations/__init__.py:")
    print(f"from lensconnect.operations.{path.stem} import *")


if __name__ == "__main__":
    main()
