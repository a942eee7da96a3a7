"""Request, Reply, and Operation: a row of the table of operations.

An operation is one file: its two records, their lenses, and one `Operation` with everything else about it.
The row does not repeat what the fields' annotations say: members, types, limits, locations, secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from lensconnect.errors import ModelledError
from lensconnect.marks import HTTP_RESPONSE_CODE, LOCAL
from lensconnect.record import Field, Shape, fields

R_co = TypeVar("R_co", bound="Reply", covariant=True)
Q_co = TypeVar("Q_co", bound="Request[Reply]", covariant=True)

Repeat: TypeAlias = Literal["always", "with_client_token", "never"]
"""The cases in which it is safe to send a request again that the service may have received."""

__all__ = ["Operation", "Part", "Repeat", "Reply", "Request"]


class Reply(Shape, frozen=True, kw_only=True):
    """The base of the replies: the response of an operation, with its HTTP status.

    `http_status` is never read from the body, whatever members the peer sends.  `undecoded` names each member of the
    body that did not match the service model, as a path such as `$.Transcript[3].DisplayName`; the reply lacks it.
    It is never read from the body or sent.
    """

    http_status: Annotated[int, HTTP_RESPONSE_CODE]
    undecoded: Annotated[tuple[str, ...], LOCAL] = ()

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [(name, value) for name, value in super().__rich_repr__() if value or name != "undecoded"]


class Request(Shape, Generic[R_co], frozen=True, kw_only=True):
    """The base of the requests; `R_co` is the type of the reply.

    Never encode a request directly, since its token must not enter a body: `describe` it.
    """


class Part(NamedTuple):
    """A value of a request's `type`, and the field of the reply that it asks for."""

    type: str
    field: str


class Operation(Shape, Generic[Q_co, R_co], frozen=True, kw_only=True):
    """A row of the table of operations."""

    request: type[Q_co]
    reply: type[R_co]
    method: Literal["GET", "POST"]
    path: str
    errors: tuple[ModelledError, ...]
    repeat: Repeat
    always: tuple[str, ...] = ()
    """The fields that every reply of the service has, whatever the request; without any, `{}` is a reply."""
    parts: tuple[Part, ...] = ()
    """The parts of the reply that the values of the request's `type` ask for."""
    most_bytes: int = 1_048_576
    """The size of the largest reply that is decoded, in bytes; a choice, several times what the service can send."""
    most_values: int = 10_000
    """The number of JSON values in a reply that is decoded; checked for bodies of more than 64 KiB."""

    @property
    def name(self) -> str:
        """AWS's name of the operation."""
        return self.request.__name__

    @property
    def members(self) -> tuple[Field, ...]:
        """The fields of the request, one row each."""
        return fields(self.request)

    def secrets(self, request: Request[Reply]) -> Iterator[str]:
        """Yield the secret texts of a request: its bearer, its view token, its next token."""
        values = (getattr(request, field.name) for field in self.members if field.secret)
        return (value for value in values if isinstance(value, str))

    def expected(self, request: Request[Reply]) -> tuple[str, ...]:
        """Return the fields that the reply of the service to this request has."""
        asked: tuple[str, ...] = getattr(request, "type", None) or () if self.parts else ()
        return (*self.always, *(name for kind, name in self.parts if kind in asked))

    def at(self, location: str) -> tuple[Field, ...]:
        """Return the fields of the request that travel in one location: "body", "header" or "path"."""
        return tuple(field for field in self.members if field.location == location)
