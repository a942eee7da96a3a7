"""scrubbed: a cassette without its secrets, which are found by the types of the service model.

A request is parsed back into its record and a reply is decoded.  The value of a field that is marked secret
is replaced by a pseudonym such as `***connection_token-1`, the same for the same value, so the token of a
reply is still the token of the next request.  A ClientToken is replaced too, because every run makes a new
one.  Only these records are kept: members unknown to their types, the host, and header values that are not
known to be harmless are dropped.  Frames are parsed too: a chat frame keeps its item, a control frame its meaning, and
any other frame is masked.  A message that cannot be parsed is replaced by a mask.  The secrets of a request
are masked wherever its outcome repeats them; a transport error is otherwise kept unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final, TypeVar, cast

from lensconnect.errors import ServiceError, TransportError, transport_error_message
from lensconnect.http import Endpoint, HttpRequest, HttpResponse, masked_headers
from lensconnect.jsontext import Json, dumps
from lensconnect.live.frames import ChatFrame, Junk, parse
from lensconnect.operations import Reply, Request
from lensconnect.optics import lens_name
from lensconnect.record import MASK, Field, Record, fields, to_members
from lensconnect.results import Result, Success, is_ok
from lensconnect.testing.cassette.exchanges import Cassette, RecordedExchange, RecordedSocket, SocketEvent
from lensconnect.testing.frames import control_topic, write
from lensconnect.testing.pseudonyms import Pseudonyms, is_pseudonym
from lensconnect.testing.trace import TransportOutcome, hiding_secrets_of, without_secrets_of
from lensconnect.wire.decode import decode
from lensconnect.wire.describe import describe, undescribe
from lensconnect.wire.limits import NONE
from lensconnect.wire.render import masked_text

T = TypeVar("T", bound=Record)

_ENDPOINT: Final = Endpoint("https://scrubbed.invalid")
UNREADABLE: Final = MASK.encode()
_HARMLESS_UPLOAD_HEADER: Final = re.compile(r"content-\w+|x-amz-(acl|meta-.*)", re.IGNORECASE)
"""The headers of an upload that the service asks for: media type, size, file name, ids of the contact and of the account."""


def scrubbed(cassette: Cassette) -> Cassette:
    """Return the cassette without secrets, and without message texts and names unless it keeps content.

    Scrubbing a scrubbed cassette changes nothing.
    """
    scrub = Scrubber(cassette)
    exchanges = tuple(map(scrub.exchange, cassette.exchanges))
    return cassette.__replace__(exchanges=exchanges, sockets=tuple(map(scrub.socket, cassette.sockets)))


def masked_texts(record: Record) -> Iterator[str]:
    """Yield the lens of each text in a record that is masked, for the cassette does not keep it."""
    for field in fields(type(record)):
        value = getattr(record, field.name)
        if field.personal and value == MASK:
            yield lens_name(type(record), field.name)
        for each in cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,):
            if isinstance(each, Record):
                yield from masked_texts(each)


class Scrubber:
    """Replaces the secrets of one conversation by pseudonyms, request by request, as a cassette says.

    With `check_content` and without `keep_content`, the texts of requests are replaced by salted hashes of 64 bits.
    """

    def __init__(self, cassette: Cassette) -> None:
        self._keep_content = cassette.keep_content
        self._salt = cassette.salt.encode() if cassette.check_content and not cassette.keep_content else None
        self._pseudonym = Pseudonyms()

    def exchange(self, exchange: RecordedExchange) -> RecordedExchange:
        """Return the exchange without secrets."""
        return RecordedExchange(self.request(exchange.request), self.outcome(exchange.request, exchange.outcome))

    def request(self, request: HttpRequest) -> HttpRequest:
        """Return the request without secrets, as `describe` writes it, for a host that does not exist."""
        parsed = undescribe(request)
        if is_ok(parsed):
            described = describe(self.record(parsed.unwrap()), _ENDPOINT, NONE)
            if is_ok(described):
                return described.unwrap()
        return HttpRequest(request.method, self._pseudonym("url", request.url), (), request.body and UNREADABLE)

    def outcome(self, request: HttpRequest, outcome: TransportOutcome) -> TransportOutcome:
        """Return the outcome of a request, which may be scrubbed already, without secrets."""
        hidden = without_secrets_of(request, outcome)
        if not is_ok(hidden):
            return hidden
        response = hidden.unwrap()
        body = response.body and self._body(undescribe(request), response)
        body = hiding_secrets_of(request)(body.decode()).encode()
        return Success(HttpResponse(response.status, masked_headers(response.headers), body))

    def _body(self, request: Result[Request[Reply], Any], response: HttpResponse) -> bytes:
        if not is_ok(request):
            return UNREADABLE
        reply = decode(type(request.unwrap()), response)
        if is_ok(reply):
            return dumps(to_members(self.record(reply.unwrap())))
        error = reply.failure()
        if isinstance(error, ServiceError) and not error.foreign_body:
            return dumps(_error_members(error))
        return UNREADABLE

    def socket(self, socket: RecordedSocket) -> RecordedSocket:
        """Return the WebSocket without secrets."""
        refused = socket.refused
        if isinstance(refused, ServiceError):
            refused = ServiceError(refused.status, "")
        elif refused is not None:
            refused = self._loss(refused)
        return RecordedSocket(tuple(map(self._event, socket.events)), refused)

    def _event(self, event: SocketEvent) -> SocketEvent:
        content = event.content
        if isinstance(content, TransportError):
            return event.__replace__(content=self._loss(content))
        return event.__replace__(content=(self.sent if event.sender == "client" else self._received)(content))

    def _loss(self, error: TransportError) -> TransportError:
        return error & transport_error_message.modify(self._pseudonym.hide)

    def sent(self, frame: str | bytes) -> str | bytes:
        """Return a frame of the client without secrets: a control frame as it is."""
        return frame if isinstance(frame, str) and control_topic(frame) is not None else self._unknown(frame)

    def _received(self, frame: str | bytes) -> str | bytes:
        parsed = parse(frame)
        if isinstance(parsed, ChatFrame):
            return self._pseudonym.hide(write(self.record(parsed)))
        return self._unknown(frame) if isinstance(parsed, Junk) else write(parsed)

    def _unknown(self, frame: str | bytes) -> str | bytes:
        return frame and (UNREADABLE if isinstance(frame, bytes) else MASK)

    def record(self, record: T) -> T:
        """Return the record with pseudonyms for its secrets."""
        table = fields(type(record))
        return type(record)(**{field.name: self._field(record, field) for field in table})

    def _field(self, record: Record, field: Field) -> Any:
        value = getattr(record, field.name)
        if value is None:
            return None
        if field.name == "client_token":
            return self._pseudonym(lens_name(type(record), field.name), value, is_secret=False)
        if field.secret:
            return self._secret(field.name, value)
        if not field.personal:
            return self._nested(value)
        return self._text(value) if self._salt is None or not isinstance(record, Request) else self._hash(value)

    def _hash(self, text: str) -> str:
        if is_pseudonym(text):
            return text
        digest = blake2b(text.encode("utf-8", "surrogatepass"), key=self._salt or b"", digest_size=8).digest()
        return f"{MASK}text-{int.from_bytes(digest)}"

    def _secret(self, kind: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._pseudonym(kind, value)
        if isinstance(value, Mapping):
            entries = cast("Mapping[str, str]", value).items()
            return {
                self._pseudonym(kind, name, is_secret=False): self._pseudonym(
                    kind, each, is_secret=_HARMLESS_UPLOAD_HEADER.fullmatch(name) is None
                )
                for name, each in entries
            }
        return tuple(self._pseudonym(kind, each) for each in cast("tuple[str, ...]", value))

    def _nested(self, value: Any) -> Any:
        if isinstance(value, Record):
            return self.record(value)
        return tuple(map(self._nested, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else value

    def _text(self, text: str) -> str:
        if not self._keep_content:
            return text if is_pseudonym(text) else MASK
        try:
            return masked_text(text, self._masked)
        except RecursionError:
            return MASK

    def _masked(self, member: str, value: Json) -> Json:
        return self._pseudonym(member, value) if isinstance(value, str) else MASK


def _error_members(error: ServiceError) -> dict[str, Json]:
    """Return the body of a service error: the members that `decode` reads."""
    members = {
        "code": error.code,
        "message": error.message,
        "ResourceId": error.resource_id,
        "ResourceType": error.resource_type,
    }
    return {member: value for member, value in members.items() if value}
