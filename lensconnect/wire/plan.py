"""Compile the row of a request type into straight-line Python that validates and describes in one pass.

The compiled function of SendEvent, shortened:

    def fast(r, base):
        v1 = r.content_type; v2 = r.connection_token; v3 = r.content; v4 = r.client_token
        if not (v1.__class__ is str and 1 <= len(v1) <= 100 and ... and (v3 is None or ...)):
            return None
        body = {"ContentType": v1}
        if v3 is not None: body["Content"] = v3
        ...
        return HttpRequest("POST", base + "/participant/event", (("X-Amz-Bearer", v2), JSON), dumps(body))

`None` means "not plainly valid": the generic path, `interpreted`, then finds every fault, or none if a value is an
instance of a subclass.  Both paths read the same table and evaluate the same expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from lensconnect.http import HttpRequest
from lensconnect.jsontext import dumps
from lensconnect.operations import Reply, Request, Row, operation_of
from lensconnect.record import Field, FieldType, Record, fields, to_members
from lensconnect.wire.validate import SAFE, TESTS, WRITABLE

Fast = Callable[[Any, str], HttpRequest | None]

BEARER_HEADER: Final = "X-Amz-Bearer"
JSON_HEADER: Final = ("Content-Type", "application/json")


def interpreted(request: Request[Reply], base: str) -> HttpRequest:
    """Describe a valid request by reading its row, for requests that the compiled function declines."""
    row = operation_of(type(request))
    label = "".join("/" + quote(getattr(request, field.name), safe="") for field in row.at("path"))
    more, body = ((), b"") if row.method == "GET" else ((JSON_HEADER,), dumps(to_members(request)))
    bearer = ((BEARER_HEADER, getattr(request, field.name)) for field in row.at("header"))  # no local holds the token
    return HttpRequest(row.method, base + row.path + label, (*bearer, *more), body)


class _FastPaths(dict[type[Request[Reply]], Fast]):
    """The compiled functions by request type, each compiled when it is first looked up."""

    def __init__(self, model: bool) -> None:
        super().__init__()
        self.model = model

    def __missing__(self, request_type: type[Request[Reply]]) -> Fast:
        names: dict[str, Any] = {**TESTS, "HttpRequest": HttpRequest, "JSON": JSON_HEADER}
        names |= {"dumps": dumps, "quote": quote, "to_members": to_members}
        source = _Source(self.model, names).function(operation_of(request_type))
        exec(source, names)  # nosec B102 # noqa: S102 - built from the table only; no caller's data enters it
        compiled: Fast = names["fast"]
        self[request_type] = compiled
        return compiled


FAST_PATHS: Final = {model: _FastPaths(model) for model in (False, True)}
"""The compiled function of a request type, with the bounds of the service model (True) or without."""


class _Source:
    """The source of one `fast` function; `names` are the globals it runs with."""

    def __init__(self, model: bool, names: dict[str, Any]) -> None:
        self.model = model
        self.names = names
        self.variables = 0

    def function(self, row: Row) -> str:
        # A traceback may show local variables, and no rendering shows a token: it is in none.
        named = [(f, f"r.{f.name}" if f.location == "header" else self.variable()) for f in row.members]
        tests = " and ".join(self.field_test(field, name) for field, name in named)
        path = f"base + {row.path!r}" + "".join(
            f' + "/" + quote({v}, safe="")' for f, v in named if f.location == "path"
        )
        bearer = "".join(f"({BEARER_HEADER!r}, {v}), " for f, v in named if f.location == "header")
        header, body = ("", 'b""') if row.method == "GET" else ("JSON,", "dumps(body)")
        lines = [
            "def fast(r, base):",
            *(f" {name} = r.{field.name}" for field, name in named if field.location != "header"),
            f" if not ({tests}): return None",
            *self.build("body", [(f, v) for f, v in named if f.location == "body"], " "),
            f" return HttpRequest({row.method!r}, {path}, ({bearer}{header}), {body})",
        ]
        return "\n".join(lines)

    def variable(self) -> str:
        self.variables += 1
        return f"v{self.variables}"

    def field_test(self, field: Field, name: str) -> str:
        test = self.type_test(field.type, name)
        if field.location in SAFE:
            test += f" and {in_terms_of(name, SAFE[field.location][1])}"
        return f"({test})" if field.required else f"({name} is None or {test})"

    def type_test(self, field_type: FieldType, name: str) -> str:
        type_name = self.type_name(field_type.python_type)
        is_map = field_type.python_type is Mapping
        parts = [f"is_of({type_name}, {name})" if is_map else f"{name}.__class__ is {type_name}"]
        if field_type.python_type is int:
            parts.append(in_terms_of(name, WRITABLE[1]))
        if self.model and field_type.bound is not None:
            parts.append(in_terms_of(name, field_type.bound.test))
        if field_type.entry is not None:
            entry = self.variable()
            parts.append(f"all([{self.type_test(field_type.entry, entry)} for {entry} in {name}])")
        if issubclass(field_type.python_type, Record):
            parts += [self.field_test(field, f"{name}.{field.name}") for field in fields(field_type.python_type)]
        return " and ".join(parts)

    def type_name(self, wanted: type) -> str:
        self.names[wanted.__name__] = wanted
        return wanted.__name__

    def build(self, target: str, named: list[tuple[Field, str]], margin: str) -> Iterator[str]:
        """Yield the lines that build the dict `target`."""
        required = ", ".join(f"{f.member!r}: {_json_value(f.type, v)}" for f, v in named if f.required)
        yield f"{margin}{target} = {{{required}}}"
        for field, name in named:
            if field.required:
                continue
            yield f"{margin}if {name} is not None:"
            value = _json_value(field.type, name)
            if issubclass(field.type.python_type, Record):  # inlined: three times as fast as `to_members`
                value = self.variable()
                inner = [(f, f"{name}.{f.name}") for f in fields(field.type.python_type)]
                yield from self.build(value, inner, margin + " ")
            yield f"{margin} {target}[{field.member!r}] = {value}"


def _json_value(field_type: FieldType, name: str) -> str:
    """Return an expression for the value of a variable as JSON can hold it."""
    if field_type.python_type is Mapping:
        return f"dict({name})"
    if issubclass(field_type.python_type, Record):
        return f"to_members({name})"
    if field_type.entry is not None and issubclass(field_type.entry.python_type, Record):
        return f"[to_members(entry) for entry in {name}]"
    return name


def in_terms_of(name: str, expression: str) -> str:
    """Rewrite an expression of `v` for another variable."""
    return re.sub(r"\bv\b", name, expression)
