"""scrubbed: a cassette without its secrets, found by their types.

A request is read back into its record, a reply decoded.  A field that is marked secret gets a name such as
`***connection_token-1` instead of its value, the same one wherever that value is: the token of a reply stays
the token of the next request.  So does a ClientToken, which is fresh in every run.  All that is kept of a
message comes out of those records: no member that no type knows, no host, of headers only harmless values.
Of what cannot be read, there is left that it was there.  A transport's error stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from lensconnect.errors import ServiceError
from lensconnect.http import Endpoint, HttpRequest, HttpResponse, masked_headers
from lensconnect.jsontext import Json, dumps
from lensconnect.operations import Reply, Request
from lensconnect.record import MASK, Field, Record, fields, to_members
from lensconnect.results import Result, Success, is_ok
from lensconnect.testing.cassette.exchanges import Cassette, Exchange
from lensconnect.testing.pseudonyms import Pseudonyms, lens_name
from lensconnect.testing.trace import Outcome
from lensconnect.wire.decode import decode
from lensconnect.wire.describe import describe, undescribe
from lensconnect.wire.limits import NONE
from lensconnect.wire.render import masked_text

__all__ = ["Scrubber", "scrubbed"]

T = TypeVar("T", bound=Record)

_HOME: Final = Endpoint("https://scrubbed.invalid")
_UNREADABLE: Final = MASK.encode()


def scrubbed(cassette: Cassette) -> Cassette:
    """The cassette without secrets, and without what people wrote unless it keeps that.

    Scrubbing again changes nothing.
    """
    scrub = Scrubber(keep_content=cassette.keep_content)
    return Cassette(tuple(map(scrub.exchange, cassette.exchanges)), cassette.keep_content)


class Scrubber:
    """Takes the secrets out of one conversation, request by request."""

    def __init__(self, *, keep_content: bool) -> None:
        self._keep_content = keep_content
        self._named = Pseudonyms()

    def exchange(self, exchange: Exchange) -> Exchange:
        """Both halves of it."""
        return Exchange(self.request(exchange.request), self.outcome(exchange.request, exchange.outcome))

    def request(self, request: HttpRequest) -> HttpRequest:
        """The request as this library would describe it, at no real host."""
        asked = undescribe(request)
        if is_ok(asked):
            described = describe(self.record(asked.unwrap()), _HOME, NONE)
            if is_ok(described):
                return described.unwrap()
        return HttpRequest(request.method, self._named("url", request.url), (), request.body and _UNREADABLE)

    def outcome(self, request: HttpRequest, outcome: Outcome) -> Outcome:
        """What came of a request, scrubbed or not."""
        if not is_ok(outcome):
            return outcome
        response = outcome.unwrap()
        body = response.body and self._body(undescribe(request), response)
        return Success(HttpResponse(response.status, masked_headers(response.headers), body))

    def _body(self, asked: Result[Request[Reply], Any], response: HttpResponse) -> bytes:
        if not is_ok(asked):
            return _UNREADABLE
        reply = decode(type(asked.unwrap()), response)
        if is_ok(reply):
            return dumps(to_members(self.record(reply.unwrap())))
        refusal = reply.failure()
        return dumps(_members(refusal)) if isinstance(refusal, ServiceError) else _UNREADABLE

    def record(self, record: T) -> T:
        """The record with its secrets named."""
        kept = {
            field.name: self._field(type(record), field, getattr(record, field.name)) for field in fields(type(record))
        }
        return type(record)(**kept)

    def _field(self, record_type: type[Record], field: Field, value: Any) -> Any:
        if value is None:
            return None
        if field.name == "client_token":
            return self._named(lens_name(record_type, field.name), value)
        if field.secret:
            return self._secret(field.name, value)
        return self._text(value) if field.personal else self._inside(value)

    def _secret(self, kind: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._named(kind, value)
        if isinstance(value, Mapping):
            held = cast("Mapping[str, str]", value)
            return {self._named(kind, name): self._named(kind, each) for name, each in held.items()}
        return tuple(self._named(kind, each) for each in cast("tuple[str, ...]", value))

    def _inside(self, value: Any) -> Any:
        if isinstance(value, Record):
            return self.record(value)
        return tuple(map(self._inside, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else value

    def _text(self, text: str) -> str:
        if not self._keep_content:
            return text and MASK
        try:
            return masked_text(text, self._hidden)
        except RecursionError:
            return MASK

    def _hidden(self, member: str, value: Json) -> Json:
        return self._named(member, value) if isinstance(value, str) else MASK


def _members(error: ServiceError) -> dict[str, Json]:
    """A refusal's body: what `decode` reads of one."""
    said = {
        "code": error.code,
        "message": error.message,
        "ResourceId": error.resource_id,
        "ResourceType": error.resource_type,
    }
    return {member: value for member, value in said.items() if value}
