"""A cassette as a JSON file, which a person can read and check before committing it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal, cast

from lensconnect.arguments import expect
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.interpreters.files import replace_file
from lensconnect.jsontext import Json, dumps, loads, pretty
from lensconnect.live.frames import ChatFrame, parse
from lensconnect.record import Record, decoder, named, values
from lensconnect.results import Failure, Success, is_ok
from lensconnect.testing.cassette.exchanges import Cassette, RecordedExchange, RecordedSocket, SocketEvent
from lensconnect.testing.cassette.scrub import scrubbed
from lensconnect.testing.frames import chat_text

__all__ = ["load", "save"]

VERSION: Final = 2
"""The format that `save` writes; 1 had no version, WebSockets and hashes."""


def save(cassette: Cassette, path: str | PathLike[str]) -> None:
    """Scrub the cassette and write it to a file.  Raises `OSError` if the file cannot be written; it is then as it was."""
    expect("save: cassette", cassette, Cassette, "a Cassette, such as tape.cassette")
    clean = scrubbed(cassette)
    file: dict[str, Json] = {"version": VERSION, "texts": _texts(clean), "keep_content": clean.keep_content}
    if clean.check_content:
        file |= {"check_content": True, "salt": clean.salt}
    file["exchanges"] = [_exchange(exchange) for exchange in clean.exchanges]
    if clean.sockets:
        file["sockets"] = [_socket(socket) for socket in clean.sockets]
    replace_file(Path(path), pretty(file) + b"\n")


def _texts(cassette: Cassette) -> str:
    """Say what the file does with texts, for the person who reads it."""
    if cassette.keep_content:
        return "kept; a replay checks those of requests"
    if cassette.check_content:
        return "not kept; a replay gives *** for each, and checks the texts of requests by their hashes"
    return "not kept; a replay gives *** for each, and does not check the texts of requests"


def load(path: str | PathLike[str]) -> Cassette:
    """Read a cassette from a file that `save` wrote.

    Raises `OSError` if the file cannot be read, and `ValueError` with its name and the place in it if the format is wrong.
    """
    text = Path(path).read_bytes()
    try:
        return _cassette(text)
    except ValueError as error:
        raise ValueError(f"the cassette {path}: {error}") from None


def _cassette(text: bytes) -> Cassette:
    file = _read(text)
    if file.version > VERSION:
        raise ValueError(f"the format {file.version} of the cassette is newer than {VERSION}, which is read here")
    exchanges = tuple(each.exchange() for each in file.exchanges)
    sockets = tuple(each.socket() for each in file.sockets)
    return Cassette(exchanges, file.keep_content, sockets, file.check_content, file.salt)


def _exchange(exchange: RecordedExchange) -> Json:
    method, url = exchange.request.method, exchange.request.url
    request: Json = {"method": method, "url": url, **_message(exchange.request)}
    if is_ok(exchange.outcome):
        response = exchange.outcome.unwrap()
        return {"request": request, "response": {"status": response.status, **_message(response)}}
    return {"request": request, "error": dict(values(exchange.outcome.failure()))}


def _socket(socket: RecordedSocket) -> Json:
    events: list[Json] = [_event(event) for event in socket.events]
    if socket.refused is None:
        return {"events": events}
    if isinstance(socket.refused, ServiceError):
        return {"status": socket.refused.status}
    return {"error": dict(values(socket.refused))}


def _event(event: SocketEvent) -> Json:
    """Return an event as JSON; the item of a chat frame is shown as JSON and not as the text that the frame holds."""
    head: dict[str, Json] = {"from": event.sender, "after": event.after, "seconds": event.seconds}
    match event.content:
        case TransportError():
            return {**head, "end": dict(values(event.content))}
        case bytes():
            return {**head, "bytes": event.content.decode()}
        case str() if isinstance(parse(event.content), ChatFrame):
            return {**head, "item": loads(cast("Mapping[str, str]", loads(event.content))["content"])}
        case _:
            return {**head, "frame": _body(event.content.encode())}


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


class _CassetteEvent(Record, frozen=True, kw_only=True):
    sender: Literal["client", "service"] = named("from", required=True)
    after: int
    seconds: float
    frame: Any = None
    item: Mapping[str, Any] | None = None
    content: str | None = named("bytes")
    end: TransportError | None = None

    def event(self) -> SocketEvent:
        return SocketEvent(self.sender, self._content(), self.after, self.seconds)

    def _content(self) -> str | bytes | TransportError:
        if self.end is not None:
            return self.end
        if self.content is not None:
            return self.content.encode()
        if self.item is not None:
            return chat_text(self.item)
        return self.frame if isinstance(self.frame, str) else "" if self.frame is None else dumps(self.frame).decode()


class _CassetteSocket(Record, frozen=True, kw_only=True):
    events: tuple[_CassetteEvent, ...] = ()
    status: int | None = None
    error: TransportError | None = None

    def socket(self) -> RecordedSocket:
        refused = self.error if self.status is None else ServiceError(self.status, "")
        return RecordedSocket(tuple(event.event() for event in self.events), refused)


class _CassetteFile(Record, frozen=True, kw_only=True):
    version: int = 1
    keep_content: bool
    check_content: bool = False
    salt: str = ""
    exchanges: tuple[_CassetteExchange, ...]
    sockets: tuple[_CassetteSocket, ...] = ()


_read: Final = decoder(_CassetteFile)
