"""A cassette as a JSON file, which a person can read and check before committing it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Final

from lensconnect.errors import TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.jsontext import Json, dumps, loads, pretty
from lensconnect.record import Record, decoder, values
from lensconnect.results import Failure, Success, is_ok
from lensconnect.testing.cassette.exchanges import Cassette, RecordedExchange
from lensconnect.testing.cassette.scrub import scrubbed

__all__ = ["load", "save"]


def save(cassette: Cassette, path: str | PathLike[str]) -> None:
    """Scrub the cassette and write it to a file.  Raises `OSError` if the file cannot be written."""
    clean = scrubbed(cassette)
    exchanges = [_exchange(exchange) for exchange in clean.exchanges]
    Path(path).write_bytes(pretty({"keep_content": clean.keep_content, "exchanges": exchanges}) + b"\n")


def load(path: str | PathLike[str]) -> Cassette:
    """Read a cassette from a file that `save` wrote.

    Raises `OSError` if the file cannot be read, and `ValueError` with the place in it if the format is wrong.
    """
    file = _read(Path(path).read_bytes())
    return Cassette(tuple(each.exchange() for each in file.exchanges), file.keep_content)


def _exchange(exchange: RecordedExchange) -> Json:
    method, url = exchange.request.method, exchange.request.url
    request: Json = {"method": method, "url": url, **_message(exchange.request)}
    if is_ok(exchange.outcome):
        response = exchange.outcome.unwrap()
        return {"request": request, "response": {"status": response.status, **_message(response)}}
    return {"request": request, "error": dict(values(exchange.outcome.failure()))}


def _message(message: HttpRequest | HttpResponse) -> dict[str, Json]:
    return {"headers": [f"{name}: {value}" for name, value in message.headers], "body": _body(message.body)}


def _body(body: bytes) -> Json:
    """Return the body of a scrubbed message as JSON: `None` if empty, else its JSON value or its text."""
    try:
        return loads(body) if body else None
    except ValueError:
        return body.decode()


class _CassetteMessage(Record, frozen=True, kw_only=True):
    headers: tuple[str, ...] = ()
    body: Any = None

    def parts(self) -> tuple[Headers, bytes]:
        headers = (line.partition(": ") for line in self.headers)
        body = self.body.encode() if isinstance(self.body, str) else b"" if self.body is None else dumps(self.body)
        return tuple((name, value) for name, _, value in headers), body


class _CassetteRequest(_CassetteMessage, frozen=True, kw_only=True):
    method: str
    url: str


class _CassetteResponse(_CassetteMessage, frozen=True, kw_only=True):
    status: int


class _CassetteExchange(Record, frozen=True, kw_only=True):
    request: _CassetteRequest
    response: _CassetteResponse | None = None
    error: TransportError | None = None

    def exchange(self) -> RecordedExchange:
        request = HttpRequest(self.request.method, self.request.url, *self.request.parts())
        if self.response is not None:
            return RecordedExchange(request, Success(HttpResponse(self.response.status, *self.response.parts())))
        if self.error is not None:
            return RecordedExchange(request, Failure(self.error))
        raise ValueError("an exchange has neither a response nor an error")


class _CassetteFile(Record, frozen=True, kw_only=True):
    keep_content: bool
    exchanges: tuple[_CassetteExchange, ...]


_read: Final = decoder(_CassetteFile)
