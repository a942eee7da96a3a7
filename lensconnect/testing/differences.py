"""The differences between two values, by path, for the failure of an `==` in a test: short, and with secrets masked.

    .items[3].content: 'Hello!' != 'Hello'

Paths lead through records, tuples, `Result`s and, in an HTTP message, headers and a JSON body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.jsontext import Json, loads
from lensconnect.record import MASK, Record
from lensconnect.results import Failure, IOResult, Success, Trail, to_result, trail_of
from lensconnect.wire.render import masked_text, secret_members

_MOST: Final = 10
"""The most differences that are listed."""
_WIDTH: Final = 70
"""The most characters of each value; twice as many where there is nothing to compare it with."""

_IO_RESULT: Final[Any] = IOResult

_Difference: TypeAlias = tuple[str, object, object]
"""A path, and both values as they may be shown."""


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT: Final = _Absent()


def differences(left: object, right: object) -> list[str] | None:
    """Return a line for each difference between two values, at most ten, and those where a failure has left programs.

    They are results, records or HTTP messages, or lists or tuples that hold some.  None for other values.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> print(*differences(*(new_send_event(kind, ConnectionToken(kind)) for kind in "ab")), sep="\\n")
    SendEvent == SendEvent fails at
      .content_type: 'a' != 'b'
      .connection_token: *** != ***
    """
    if not all(map(_is_explained, (left, right))) and not _is_sequence_of_explained(left, right):
        return None
    found = list(islice(_differences("", left, right), _MOST + 1))
    if not found:
        return None
    lines = [
        f"  {path or 'all of it'}: {_shown(one, other)} != {_shown(other, one)}" for path, one, other in found[:_MOST]
    ]
    more = ["  and more"] if len(found) > _MOST else []
    is_mixed = any(
        isinstance(one, _IO_RESULT) and isinstance(other, (Success, Failure))
        for one, other in ((left, right), (right, left))
    )
    hint = ["  compare to_result(...) of the IOResult"] if is_mixed else []
    passed = [f"  {step}" for each in (left, right) for step in _steps(each) if not step.is_of_package]
    return [f"{type(left).__name__} == {type(right).__name__} fails at", *lines, *more, *hint, *passed[:_MOST]]


def _steps(outcome: Any) -> Iterable[Trail]:
    """Return the lines where a failure has left programs, none for another value."""
    return trail_of(to_result(outcome) if isinstance(outcome, _IO_RESULT) else outcome) or ()


def _is_explained(value: object) -> bool:
    return isinstance(value, (Record, Success, Failure, _IO_RESULT))


def _is_sequence_of_explained(left: Any, right: Any) -> bool:
    return type(left) is type(right) in (list, tuple) and any(map(_is_explained, (*left, *right)))


def _differences(path: str, left: Any, right: Any) -> Iterator[_Difference]:
    if isinstance(left, _IO_RESULT) and isinstance(right, _IO_RESULT):
        left, right = to_result(left), to_result(right)
    kind: Any = left.__class__
    parts = _PARTS.get(kind, _record_parts if issubclass(kind, Record) else None)
    if parts is None or kind is not type(right):
        if left != right:
            yield path, left, right
        return
    one, other = parts(left), parts(right)
    for step in {**one, **other}:
        (value, mask), (wanted, wanted_mask) = (each.get(step, (_ABSENT, None)) for each in (one, other))
        if mask is None and wanted_mask is None:
            yield from _differences(path + step, value, wanted)
        elif value != wanted:
            yield path + step, value if mask is None else mask, wanted if wanted_mask is None else wanted_mask


_Parts: TypeAlias = dict[str, tuple[object, object]]
"""The parts of a value by the step that leads to each, with the text that masks it, None for a part that is no secret."""


def _record_parts(record: Record) -> _Parts:
    shown = dict(record.__rich_repr__())
    parts: _Parts = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        is_masked = value is not None and shown.get(name) == MASK != value
        parts[f".{name}"] = value, MASK if is_masked else None
    return parts


def _message_parts(message: HttpRequest | HttpResponse) -> _Parts:
    shown = dict(message.__rich_repr__())
    parts: _Parts = {}
    for name in ("method", "url", "status"):
        if name in shown:
            value = getattr(message, name)
            parts[f".{name}"] = value, None if shown[name] == value else shown[name]
    masked: Headers = shown["headers"]  # type: ignore[assignment]
    for (name, value), (_, rendered) in zip(message.headers, masked, strict=True):
        parts[f'.header("{name}")'] = value, None if rendered == value else rendered
    try:
        body: Json | bytes = loads(message.body) if message.body else None
    except (ValueError, RecursionError):
        body = message.body
    parts[".body"] = body, shown["body"] if isinstance(body, bytes) else None
    return parts


def _json_parts(value: Mapping[object, object]) -> _Parts:
    return {
        f'["{name}"]' if isinstance(name, str) else f"[{name!r}]": (each, MASK if _is_secret(name, each) else None)
        for name, each in value.items()
    }


def _is_secret(name: object, value: object, in_view: bool = False) -> bool:
    return bool(value) and isinstance(name, str) and name.lower() in secret_members(in_view=in_view)


def _sequence_parts(values: tuple[object, ...] | list[object]) -> _Parts:
    return {f"[{index}]": (value, None) for index, value in enumerate(values)}


_PARTS: Final[dict[type, Callable[[Any], _Parts]]] = {
    HttpRequest: _message_parts,
    HttpResponse: _message_parts,
    Success: lambda result: {".unwrap()": (result.unwrap(), None)},
    Failure: lambda result: {".failure()": (result.failure(), None)},
    tuple: _sequence_parts,
    list: _sequence_parts,
    dict: _json_parts,
}


def _shown(value: Any, other: object) -> str:
    value = _masked(value)
    text = MASK if value == MASK else repr(value)
    width = _WIDTH * (2 if other is _ABSENT else 1)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _masked(value: Any, in_view: bool = False) -> Any:
    """Return a value with the secret members of its dicts masked, also in results, sequences and strings of JSON."""
    for kind, mask in _MASKS:
        if isinstance(value, kind):
            return mask(value, in_view)
    return value


def _masked_dict(value: dict[object, object], in_view: bool) -> dict[object, object]:
    return {
        name: MASK if _is_secret(name, each, in_view) else _masked(each, in_view or str(name).lower() == "view")
        for name, each in value.items()
    }


def _masked_sequence(values: tuple[object, ...] | list[object], in_view: bool) -> object:
    make = getattr(values, "_make", list if isinstance(values, list) else tuple)  # that of a NamedTuple
    return make(_masked(each, in_view) for each in values)


_MASKS: Final[tuple[tuple[Any, Callable[[Any, bool], object]], ...]] = (
    (str, lambda text, _: masked_text(text)),
    (dict, _masked_dict),
    ((tuple, list), _masked_sequence),
    (Success, lambda result, in_view: Success(_masked(result.unwrap(), in_view))),
    (Failure, lambda result, in_view: Failure(_masked(result.failure(), in_view))),
    (IOResult, lambda result, in_view: IOResult.from_result(_masked(to_result(result), in_view))),
)
"""Functions that mask values, by their kinds."""
