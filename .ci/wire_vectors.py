#!/usr/bin/env python3
"""Write the golden wire vectors, `tests/wire/*.json`, from the table of operations.

    python .ci/wire_vectors.py

One file for each operation and one for the errors, in the form of Smithy's protocol tests (`smithy.test#httpRequestTests`,
`httpResponseTests` and `httpMalformedRequestTests`, applied to the shapes of the service model), so that a client in
any language can run them.  `appliesTo: "server"` marks a request that other clients write in another way.
`vendorParams.undecoded` lists the members that do not match the model.

The script reads members, types, limits and locations from the table, but writes URLs and bodies by itself, without
`describe` and `decode`.  `tests/wire/test_vectors.py` runs both against the vectors, and botocore too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from botocore import xform_name as snake

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from lensconnect.errors import RESOURCE_NOT_FOUND, ModelledError  # noqa: E402 - the package beside this script
from lensconnect.marks import Bound  # noqa: E402
from lensconnect.operations import OPERATIONS, Row  # noqa: E402
from lensconnect.record import Field, FieldType, Record, fields  # noqa: E402
from lensconnect.wire.known_values import enum_values  # noqa: E402

NAMESPACE = "com.amazonaws.connectparticipant"
PROTOCOL = "aws.protocols#restJson1"
FOLDER = ROOT / "tests" / "wire"
JSON_TYPE = "application/json"
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
REQUEST_ID = "7f3c1e2a-5b1d-4c7e-9a51-0d3c2b1a4f60"

ONLY_IN_FRAMES = ("MessageCompleted", "ChunkNumber")
"""Members that the service model lacks: GetTranscript has none of them."""

Vector = dict[str, Any]
Members = dict[str, Any]


class Sample(NamedTuple):
    """A value of a member as JSON holds it, and the word for it in the id of a vector."""

    name: str
    value: Any


# -- values of a type --------------------------------------------------------------------------------------------------

TEXTS = (
    Sample("Quotes", "\"double\" 'single' \\back/slash `tick`"),
    Sample("Controls", "".join(map(chr, range(0x20))) + "\x7f\x85"),
    Sample("LineEnds", "a\r\nb\nc\rd\u2028e\u2029f"),
    Sample("Accents", "Straße, déjà vu, İstanbul"),
    Sample("Cjk", "漢字かな交じり文 한국어"),
    Sample("Emoji", "😀 👩\u200d💻 🏳\ufe0f\u200d🌈 \U0010ffff"),
    Sample("Markup", "<script>alert('&amp;')</script>"),
    Sample("Spaces", "  two before, a tab\tinside, two after  "),
    Sample("Directions", "\u202eright to left\u202c \u2066isolate\u2069 שלום"),
    Sample("JsonInside", '{"templateType":"ListPicker","version":"1.0","data":{"a":[1,null,"\\u0041"]}}'),
    Sample("Null", "null"),
    Sample("Number", "0012"),
    Sample("ByteOrderMark", "\ufeffmarked\uffff"),
)
"""Texts that encoders and parsers get wrong."""
FEW_TEXTS = tuple(sample for sample in TEXTS if sample.name in ("Quotes", "Emoji", "Controls"))
"""The texts that members of nested shapes are tried with."""
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
LABELS = (
    Sample("Unreserved", "aZ09-._~"),
    Sample("Reserved", ":/?#[]@!$&'()*+,;="),
    Sample("Unsafe", '"<>\\^`{|} a'),
    Sample("Percent", "100%25%2F%zz"),
    Sample("Dots", "..."),
    Sample("Climbing", "../../event"),
    Sample("Controls", "\x00\t\r\n\x7f"),
    Sample("Accents", "déjà"),
    Sample("Cjk", "漢"),
    Sample("Emoji", "😀"),
)


def samples(member: str, kind: FieldType, known: tuple[str, ...], nested: bool) -> Iterator[Sample]:
    """Yield values of a type; the first is the plain one."""
    bound = kind.bound or Bound(None, None, "")
    if kind.entry is not None:
        yield from list_samples(member, kind.entry, bound, known)
    elif issubclass(kind.python_type, Record):
        yield from record_samples(kind.python_type)
    elif kind.python_type is bool:
        yield from (Sample("True", True), Sample("False", False))
    elif kind.python_type is int:
        yield from number_samples(bound)
    elif kind.python_type is not str:
        yield Sample("Map", {"Content-Type": "text/plain", "x-amz-meta-name": 'déjà "vu" 😀'})
        yield Sample("EmptyMap", {})
    elif known:
        yield from (Sample(pascal(value), value) for value in known)
        yield Sample("ValueOfTomorrow", fit("VALUE_OF_TOMORROW", bound))
    else:
        yield from text_samples(member, bound, FEW_TEXTS if nested else TEXTS)


def text_samples(member: str, bound: Bound, texts: tuple[Sample, ...]) -> Iterator[Sample]:
    """Yield a plain text, these texts, and texts of the least and the greatest length."""
    yield Sample("Text", fit(f"the {member}", bound))
    yield from (Sample(name, fit(text, bound)) for name, text in texts)
    yield Sample("Shortest", "s" * (bound.minimum or 0))
    if bound.maximum is not None:
        yield Sample("Longest", "x" * bound.maximum)


def fit(text: str, bound: Bound) -> str:
    """Repeat a text up to the least length, and cut it at the greatest."""
    least = bound.minimum or 0
    return (text + text * (least // len(text)))[: bound.maximum]


def number_samples(bound: Bound) -> Iterator[Sample]:
    """Yield the ends of the bound, 0 and 1."""
    low, high = bound.minimum, bound.maximum
    numbers = {"One": max(1, low or 1), "Least": -(2**31) if low is None else low, "Zero": 0, "Most": high or 2**53 - 1}
    yield from (Sample(name, number) for name, number in numbers.items() if low is None or number >= low)


def list_samples(member: str, entry: FieldType, bound: Bound, known: tuple[str, ...]) -> Iterator[Sample]:
    """Yield lists: one entry, many, each other entry alone, and none where the bound allows it."""
    entries = list(samples(member, entry, known, nested=True))
    most = min(bound.maximum or 3, len(entries))
    one = list({json.dumps(sample.value): sample for sample in entries}.values())
    yield Sample("OneEntry", [one[0].value])
    if most > 1:
        yield Sample("SeveralEntries", [sample.value for sample in entries[:most]])
    if not bound.minimum:
        yield Sample("NoEntry", [])
    yield from (Sample(f"Of{name}", [value]) for name, value in one[1:])


def record_samples(record: type[Record]) -> Iterator[Sample]:
    """Yield objects: with every member, with the required ones only, and with each value of each member."""
    least = plain(record, required=True)
    yield Sample("EveryMember", plain(record))
    yield Sample("Empty" if not least else "RequiredOnly", least)
    for field, known in shown(record):
        for name, value in samples(field.member, field.type, known, nested=True):
            yield Sample(f"{field.member}{name}", {**least, field.member: value})


def plain(record: type[Record], *, required: bool = False) -> Members:
    """Return an object with the plain value of every member, or of every required one."""
    return {field.member: plain_value(field, known) for field, known in shown(record) if field.required or not required}


def plain_value(field: Field, known: tuple[str, ...]) -> Any:
    """Return the first sample of a field."""
    return next(samples(field.member, field.type, known, nested=True)).value


def shown(record: type[Record], location: str = "body") -> Iterator[tuple[Field, tuple[str, ...]]]:
    """Yield the fields of a location, and the values that are known for each."""
    hints = get_type_hints(record)
    wanted = (each for each in fields(record) if each.location == location and each.member not in ONLY_IN_FRAMES)
    return ((field, enum_values(hints[field.name])) for field in wanted)


def pascal(value: str) -> str:
    """Return a value of an enum as part of a name."""
    return "".join(part.capitalize() for part in value.replace("-", "_").split("_"))


# -- requests ----------------------------------------------------------------------------------------------------------


def least_request(row: Row) -> Members:
    """Return the required members of a request, its bearer and its label."""
    return {
        **plain(row.request, required=True),
        **{field.member: "a-view-token" for field, _ in shown(row.request, "path")},
        **{field.member: "a-bearer" for field, _ in shown(row.request, "header")},
    }


def request_vectors(row: Row) -> Iterator[Vector]:
    """Yield the requests of one operation that a client writes."""
    least = least_request(row)
    yield request_vector(row, "RequiredOnly", least)
    yield request_vector(row, "EveryMember", {**plain(row.request), **least})
    for field, known in shown(row.request):
        for name, value in samples(field.member, field.type, known, nested=False):
            yield request_vector(row, f"{field.member}{name}", {**least, field.member: value})
    for field, _ in shown(row.request, "path"):
        for name, value in (*LABELS, ("Longest", "é" * 1000)):
            yield request_vector(row, f"{field.member}{name}", {**least, field.member: value})
    for field, _ in shown(row.request, "header"):
        for name, value in (("Visible", VISIBLE), ("Shortest", "t"), ("Longest", "~" * 1000), ("Base64", "Aa1+/==")):
            yield request_vector(row, f"{field.member}{name}", {**least, field.member: value})


def request_vector(row: Row, name: str, params: Members, **changed: Any) -> Vector:
    """Return the request with these members, written as botocore would; `changed` replaces parts of it."""
    posts = row.method != "GET"
    content_type = {"Content-Type": JSON_TYPE} if posts else {}
    vector = {
        "id": f"{row.name}{name}",
        "protocol": PROTOCOL,
        "method": row.method,
        "uri": row.path + "".join("/" + percent_encoded(params[field.member]) for field in row.at("path")),
        "headers": {"X-Amz-Bearer": params[row.at("header")[0].member], **content_type},
        **({} if posts else {"forbidHeaders": ["Content-Type"]}),
        "body": compact(body_of(row, params)) if posts else "",
        **({"bodyMediaType": JSON_TYPE} if posts else {}),
        "params": params,
    }
    return {**vector, **changed}


def body_of(row: Row, params: Members) -> Members:
    """Return the members that travel in the body: the required ones, then the others, each in the order of the table."""
    elsewhere = {field.member for field in (*row.at("path"), *row.at("header"))}
    ordered = [field.member for field in row.at("body") if field.required]
    ordered += [field.member for field in row.at("body") if not field.required]
    return {member: params[member] for member in ordered if member in params and member not in elsewhere}


def compact(value: object) -> str:
    """Return JSON without white space and without escapes of characters that need none."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def percent_encoded(label: str) -> str:
    """Return a label with each byte that is not unreserved (RFC 3986, section 2.3) as %XX."""
    return "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in label.encode())


def foreign_request_vectors(row: Row) -> Iterator[Vector]:
    """Yield requests that a server reads although a client of this kind would write them in another way."""
    params = {**plain(row.request), **least_request(row)}
    usual = request_vector(row, "", params)
    headers, body = usual["headers"], body_of(row, params)
    variants: dict[str, Vector] = {
        "LowerCaseHeaders": {"headers": {name.lower(): value for name, value in headers.items()}},
        "OtherHeaders": {"headers": {**headers, "User-Agent": "aws-sdk-js/3", "amz-sdk-request": "attempt=1; max=3"}},
        "SlashAtTheEnd": {"uri": usual["uri"] + "/"},
        "DoubledSlashes": {"uri": usual["uri"].replace("/", "//")},
        "Query": {"queryParams": ["trace=1"]},
    }
    if row.method != "GET":
        variants |= {
            f"{name}MediaType": {"headers": {**headers, "Content-Type": value}}
            for name, value in {
                "AmzJson": "application/x-amz-json-1.1",
                "Charset": "application/json; charset=utf-8",
                "UpperCase": "APPLICATION/JSON",
            }.items()
        }
        variants |= {
            "NoMediaType": {"headers": {"X-Amz-Bearer": headers["X-Amz-Bearer"]}},
            "TokenInTheBody": {"body": compact({**body, row.at("header")[0].member: "another"})},
            **{name: {"body": text} for name, text in layouts(body).items()},
        }
    if not plain(row.request, required=True) and row.method != "GET":
        variants["NoBody"] = {"body": "", "params": least_request(row)}
    for name, changed in variants.items():
        yield {**request_vector(row, name, params), **changed, "appliesTo": "server"}


def layouts(body: Members) -> dict[str, str]:
    """Return other texts of the same JSON object."""
    return {
        "WhiteSpace": json.dumps(body, ensure_ascii=False, indent="\t", separators=(" , ", " :\r\n")),
        "Escapes": "".join(json.dumps(body)).replace("/", "\\/"),
        "Reversed": compact(dict(reversed(body.items()))),
        "UnknownMembers": compact({"Tomorrow": {"a": [1, 1.5e300, None, True]}, **body, "": -1, "content": 7}),
    }


def malformed_request_vectors(row: Row) -> Iterator[Vector]:
    """Yield requests that no server can read.  The status and the code of the response are assumed."""
    params = {**plain(row.request), **least_request(row)}
    usual = request_vector(row, "", params)
    body = body_of(row, params)
    bearer = {"headers": {name: value for name, value in usual["headers"].items() if name != "X-Amz-Bearer"}}
    cases: dict[str, Vector] = {"NoBearer": bearer}
    if row.method == "GET":
        cases["NotUtf8"] = {"uri": row.path + "/%FF"}
    else:
        texts = {
            "NotJson": "hello",
            "Truncated": usual["body"][:-1],
            "Array": f"[{usual['body']}]",
            "BodyNull": "null",
            "TwoValues": usual["body"] + "{}",
            "TrailingComma": usual["body"][:-1] + ",}",
            "NotANumber": '{"a":NaN}',
        }
        for field, _ in shown(row.request):
            texts[f"{field.member}OfWrongType"] = compact({**body, field.member: wrong_value(field.type)})
            if field.required:
                texts[f"{field.member}Null"] = compact({**body, field.member: None})
                texts[f"{field.member}Missing"] = compact({name: body[name] for name in body if name != field.member})
        cases |= {name: {"body": text} for name, text in texts.items()}
        cases["OtherMediaType"] = {"headers": {**usual["headers"], "Content-Type": "application/xml"}}
    for name, changed in cases.items():
        request = {part: usual[part] for part in ("method", "uri", "headers", "body") if part in usual}
        yield {
            "id": f"{row.name}Malformed{name}",
            "protocol": PROTOCOL,
            "request": {**request, **changed},
            "response": {"code": 400, "headers": {"x-amzn-errortype": "SerializationException"}},
        }


def wrong_value(kind: FieldType) -> Any:
    """Return a value that does not match the type."""
    return ["text"] if kind.python_type is not tuple else {"a": "text"}


# -- responses ---------------------------------------------------------------------------------------------------------


def response_vectors(row: Row) -> Iterator[Vector]:
    """Yield successful replies of one operation."""
    whole = plain(row.reply)
    always = {field.member: whole[field.member] for field, _ in shown(row.reply) if field.name in row.always}
    yield response_vector(row, "EveryMember", whole)
    yield response_vector(row, "AlwaysOnly", always)
    for code in (201, 202, 299):
        yield response_vector(row, f"Status{code}", whole, code=code)
    if not whole:
        yield response_vector(row, "NoBody", whole, body="")
        yield response_vector(row, "NoBody204", whole, body="", code=204)
    for name, body in layouts(whole).items():
        yield response_vector(row, name, whole, body=body)
    yield response_vector(row, "NullMembers", always, body=compact({**dict.fromkeys(whole), **always}))
    for field, known in shown(row.reply):
        for name, value in samples(field.member, field.type, known, nested=False):
            yield response_vector(row, f"{field.member}{name}", {field.member: value})
        if len(whole) > 1:
            kept = {name: value for name, value in whole.items() if name != field.member}
            body = compact({**whole, field.member: wrong_value(field.type)})
            lost = [f"$.{field.member}"]
            changes: Vector = {"body": body, "vendorParams": {"undecoded": lost}}
            if not isinstance(whole[field.member], dict) or not issubclass(field.type.python_type, Record):
                yield response_vector(row, f"{field.member}OfWrongType", kept, **changes)


def response_vector(row: Row, name: str, params: Members, **changed: Any) -> Vector:
    """Return the reply with these members; `changed` replaces parts of it."""
    return {
        "id": f"{row.name}Response{name}",
        "protocol": PROTOCOL,
        "code": 200,
        "headers": {"Content-Type": JSON_TYPE, "x-amzn-RequestId": REQUEST_ID},
        "body": compact(params),
        "bodyMediaType": JSON_TYPE,
        "params": params,
        **changed,
    }


def error_vectors(error: ModelledError) -> Iterator[Vector]:
    """Yield responses with one error of the model: its code in each place, its text in each spelling."""
    name, text = error.code, "The reason."
    url = f"{name}:http://internal.amazon.com/coral/com.amazonaws.connectparticipant/"
    places: dict[str, tuple[str | None, Members]] = {
        "InHeader": (name, {}),
        "InHeaderWithUrl": (url, {}),
        "InHeaderWithNamespace": (f"{NAMESPACE}#{name}", {}),
        "InHeaderWithBoth": (f"{NAMESPACE}#{url}", {}),
        "InCode": (None, {"code": name}),
        "InType": (None, {"__type": name}),
        "InTypeWithNamespace": (None, {"__type": f"{NAMESPACE}#{name}"}),
        "InTypeWithUrl": (None, {"__type": url}),
        "InHeaderBeforeBody": (name, {"code": "OtherException", "__type": "OtherException"}),
        "InCodeBeforeType": (None, {"code": name, "__type": "OtherException"}),
    }
    for place, (header, members) in places.items():
        yield error_vector(error, place, header, {**members, "Message": text}, text)
    for spelling, member in {"LowerCase": "message", "UpperCase": "Message", "Long": "errorMessage"}.items():
        yield error_vector(error, f"TextIn{spelling}Member", name, {member: text}, text)
    for sample in TEXTS:
        yield error_vector(error, f"Text{sample.name}", name, {"message": sample.value}, sample.value)
    if error == RESOURCE_NOT_FOUND:
        named = {"Message": text, "ResourceId": "a-resource", "ResourceType": "PARTICIPANT"}
        yield {**error_vector(error, "Resource", name, named, text), "params": named}
    yield error_vector(error, "NoText", name, {}, None)
    yield error_vector(error, "EmptyText", name, {"Message": ""}, None)
    yield error_vector(error, "NoBody", name, None, None)
    yield error_vector(error, "UnknownMembers", name, {"Message": text, "Tomorrow": [{}]}, text)


def error_vector(error: ModelledError, name: str, header: str | None, body: Members | None, text: str | None) -> Vector:
    """Return one error response; its header, its body or its text may be absent."""
    return {
        "id": f"{error.code}{name}",
        "protocol": PROTOCOL,
        "code": error.status,
        "headers": {
            "Content-Type": JSON_TYPE,
            "x-amzn-RequestId": REQUEST_ID,
            **({} if header is None else {"x-amzn-errortype": header}),
        },
        "body": "" if body is None else compact(body),
        "bodyMediaType": JSON_TYPE,
        "params": {} if text is None else {"Message": text},
    }


# -- files -------------------------------------------------------------------------------------------------------------


def files() -> dict[str, str]:
    """Return the text of each file by its name."""
    made = {
        f"{snake(row.name)}.json": {
            row.name: {
                "httpRequestTests": [*request_vectors(row), *foreign_request_vectors(row)],
                "httpMalformedRequestTests": list(malformed_request_vectors(row)),
                "httpResponseTests": list(response_vectors(row)),
            }
        }
        for row in OPERATIONS
    }
    errors = {error.code: error for row in OPERATIONS for error in row.errors}
    made["errors.json"] = {code: {"httpResponseTests": list(error_vectors(errors[code]))} for code in sorted(errors)}
    return {name: text_of(shapes) for name, shapes in made.items()}


def text_of(shapes: dict[str, dict[str, list[Vector]]]) -> str:
    """Return a model in Smithy's JSON form, in ASCII, with one vector on each line."""
    lines = ["{", '"smithy": "2.0",', '"shapes": {']
    for shape_at, (shape, traits) in enumerate(shapes.items(), 1):
        lines.append(f'"{NAMESPACE}#{shape}": {{"type": "apply", "traits": {{')
        for at, (trait, vectors) in enumerate(traits.items(), 1):
            lines.append(f'"smithy.test#{trait}": [')
            lines += [json.dumps(vector) + "," * (number < len(vectors)) for number, vector in enumerate(vectors, 1)]
            lines.append("]" + "," * (at < len(traits)))
        lines.append("}}" + "," * (shape_at < len(shapes)))
    return "\n".join([*lines, "}", "}", ""])


def main() -> None:
    """Write every file, and print the number of vectors."""
    made = files()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="ascii")
    vectors = "".join(made.values()).count('"protocol"')
    print(f"Wrote {vectors} vectors in {len(made)} files to {FOLDER}.")


if __name__ == "__main__":
    main()
