"""A cassette as a file: JSON for people to read, and to look over before they commit it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Final

from lensconnect.errors import TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.jsontext import Json, dumps, loads, pretty
from lensconnect.record import Record, decoder
from lensconnect.results import Failure, Success, is_ok
from lensconnect.testing.cassette.exchanges import Cassette, Exchange
from lensconnect.testing.cassette.scrub import scrubbed

__all__ = ["load", "save"]


def save(cassette: Cassette, path: str | PathLike[str]) -> None:
    """Write the cassette, scrubbed, whether it was before or not."""
    clean = scrubbed(cassette)
    exchanges = [_exchange(exchange) for exchange in clean.exchanges]
    Path(path).write_bytes(pretty({"keep_content": clean.keep_content, "exchanges": exchanges}) + b"\n")


def load(path: str | PathLike[str]) -> Cassette:
    """Read a cassette; a `ValueError` says where a file is not of the form that `save` writes."""
    file = _read(Path(path).read_bytes())
    return Cassette(tuple(each.exchange() for each in file.exchanges), file.keep_content)


def _exchange(exchange: Exchange) -> Json:
    request = exchange.request
    asked: Json = {"method": request.method, "url": request.url, **_message(request.headers, request.body)}
    if is_ok(exchange.outcome):
        response = exchange.outcome.unwrap()
        return {"request": asked, "response": {"status": response.status, **_message(response.headers, response.body)}}
    error = exchange.outcome.failure()
    return {"request": asked, "error": {"kind": error.kind, "message": error.message, "sent": error.sent}}


def _message(headers: Headers, body: bytes) -> dict[str, Json]:
    return {"headers": [f"{name}: {value}" for name, value in headers], "body": _shown(body)}


def _shown(body: bytes) -> Json:
    """A body of a scrubbed message: nothing, an object, or text that is not JSON."""
    try:
        return loads(body) if body else None
    except ValueError:
        return body.decode()


class _Message(Record, frozen=True, kw_only=True):
    headers: tuple[str, ...] = ()
    body: Any = None

    def parts(self) -> tuple[Headers, bytes]:
        named = (line.partition(": ") for line in self.headers)
        body = self.body.encode() if isinstance(self.body, str) else b"" if self.body is None else dumps(self.body)
        return tuple((name, value) for name, _, value in named), body


class _Request(_Message, frozen=True, kw_only=True):
    method: str
    url: str


class _Response(_Message, frozen=True, kw_only=True):
    status: int


class _Exchange(Record, frozen=True, kw_only=True):
    request: _Request
    response: _Response | None = None
    error: TransportError | None = None

    def exchange(self) -> Exchange:
        request = HttpRequest(self.request.method, self.request.url, *self.request.parts())
        if self.response is not None:
            return Exchange(request, Success(HttpResponse(self.response.status, *self.response.parts())))
        if self.error is not None:
            return Exchange(request, Failure(self.error))
        raise ValueError("an exchange has neither a response nor an error")


class _File(Record, frozen=True, kw_only=True):
    keep_content: bool
    exchanges: tuple[_Exchange, ...]


_read: Final = decoder(_File)
