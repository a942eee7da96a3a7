"""A request type's row, compiled once into straight-line Python: check and describe in one go.

For SendEvent it reads, shortened:

    def fast(r, base):
        v1 = r.content_type; v2 = r.connection_token; v3 = r.content; v4 = r.client_token
        if not (v1.__class__ is str and 1 <= len(v1) <= 100 and ... and (v3 is None or ...)):
            return None
        body = {"ContentType": v1}
        if v3 is not None: body["Content"] = v3
        ...
        return HttpRequest("POST", base + "/participant/event", (("X-Amz-Bearer", v2), JSON), dumps(body))

`None` means "not plainly valid": the slow, generic way then finds every fault, or none where a value
is of a subclass.  Both ways read the same table and evaluate the same expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from lensconnect.http import HttpRequest
from lensconnect.jsontext import dumps
from lensconnect.operations import Reply, Request, Row, operation_of
from lensconnect.record import Field, Form, Record, fields
from lensconnect.wire.validate import SAFE, TESTS, WRITABLE

Fast = Callable[[Any, str], HttpRequest | None]

BEARER_HEADER: Final = "X-Amz-Bearer"
JSON_HEADER: Final = ("Content-Type", "application/json")


def slow(request: Request[Reply], base: str) -> HttpRequest:
    """The generic description of a request that has no faults."""
    row = operation_of(type(request))
    label = "".join("/" + quote(getattr(request, field.name), safe="") for field in row.at("path"))
    bearer = tuple((BEARER_HEADER, getattr(request, field.name)) for field in row.at("header"))
    if row.method == "GET":
        return HttpRequest(row.method, base + row.path + label, bearer, b"")
    body = dumps(_plain(request, row.at("body")))
    return HttpRequest(row.method, base + row.path + label, (*bearer, JSON_HEADER), body)


def _plain(record: Record, chosen: tuple[Field, ...]) -> Mapping[str, Any]:
    present = ((field.member, getattr(record, field.name)) for field in chosen)
    return {
        member: _plain(value, fields(type(value))) if isinstance(value, Record) else value
        for member, value in present
        if value is not None
    }


@cache
def fast_path(request_type: type[Request[Reply]], model: bool) -> Fast:
    """The compiled function of a request type, with the model's bounds or without."""
    names: dict[str, Any] = {**TESTS, "HttpRequest": HttpRequest, "dumps": dumps, "quote": quote, "JSON": JSON_HEADER}
    source = _Source(model, names).function(operation_of(request_type))
    exec(source, names)  # noqa: S102 - made of the table's own words; no caller's data enters it
    compiled: Fast = names["fast"]
    return compiled


class _Source:
    """Writes the source of one `fast` function; `names` are the globals it will run with."""

    def __init__(self, model: bool, names: dict[str, Any]) -> None:
        self.model = model
        self.names = names
        self.variables = 0

    def function(self, row: Row) -> str:
        held = [(field, self.variable()) for field in row.members]
        tests = " and ".join(self.field_test(field, name) for field, name in held)
        path = f"base + {row.path!r}" + "".join(f' + "/" + quote({v}, safe="")' for f, v in held if f.place == "path")
        bearer = "".join(f"({BEARER_HEADER!r}, {v}), " for f, v in held if f.place == "header")
        header, body = ("", 'b""') if row.method == "GET" else ("JSON,", "dumps(body)")
        lines = [
            "def fast(r, base):",
            *(f" {name} = r.{field.name}" for field, name in held),
            f" if not ({tests}): return None",
            *self.build("body", [(f, v) for f, v in held if f.place == "body"], " "),
            f" return HttpRequest({row.method!r}, {path}, ({bearer}{header}), {body})",
        ]
        return "\n".join(lines)

    def variable(self) -> str:
        self.variables += 1
        return f"v{self.variables}"

    def field_test(self, field: Field, name: str) -> str:
        test = self.form_test(field.form, name)
        if field.place in SAFE:
            test += f" and {in_terms_of(name, SAFE[field.place][1])}"
        return f"({test})" if field.required else f"({name} is None or {test})"

    def form_test(self, form: Form, name: str) -> str:
        parts = [f"{name}.__class__ is {self.type_name(form.type)}"]
        if form.type is int:
            parts.append(in_terms_of(name, WRITABLE[1]))
        if self.model and form.bound is not None:
            parts.append(in_terms_of(name, form.bound.test))
        if form.entry is not None:
            entry = self.variable()
            parts.append(f"all([{self.form_test(form.entry, entry)} for {entry} in {name}])")
        if issubclass(form.type, Record):
            parts += [self.field_test(field, f"{name}.{field.name}") for field in fields(form.type)]
        return " and ".join(parts)

    def type_name(self, wanted: type) -> str:
        self.names[wanted.__name__] = wanted
        return wanted.__name__

    def build(self, target: str, held: list[tuple[Field, str]], indent: str) -> Iterator[str]:
        """The lines that fill the dict `target`, nested records included."""
        required = ", ".join(f"{f.member!r}: {v}" for f, v in held if f.required)
        yield f"{indent}{target} = {{{required}}}"
        for field, name in held:
            if field.required:
                continue
            yield f"{indent}if {name} is not None:"
            value = name
            if issubclass(field.form.type, Record):
                value = self.variable()
                inner = [(f, f"{name}.{f.name}") for f in fields(field.form.type)]
                yield from self.build(value, inner, indent + " ")
            yield f"{indent} {target}[{field.member!r}] = {value}"


def in_terms_of(name: str, expression: str) -> str:
    """An expression of `v` rewritten for another variable."""
    return re.sub(r"\bv\b", name, expression)
