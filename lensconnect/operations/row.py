"""Request, Reply, and Operation: a row of the table of operations.

An operation is one file: its two records, their lenses, and one `Operation` with everything else about it.
The row does not repeat what the fields' annotations say: members, types, limits, locations, secrets.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from lensconnect.errors import ModelledError
from lensconnect.marks import HTTP_RESPONSE_CODE
from lensconnect.record import Field, Shape, fields

R_co = TypeVar("R_co", bound="Reply", covariant=True)
Q_co = TypeVar("Q_co", bound="Request[Reply]", covariant=True)

Repeat: TypeAlias = Literal["always", "with_client_token", "never"]
"""The cases in which it is safe to send a request again that the service may have received."""

__all__ = ["Operation", "Repeat", "Reply", "Request"]


class Reply(Shape, frozen=True, kw_only=True):
    """The base of the replies: the response of an operation, with its HTTP status.

    `http_status` is never read from the body, whatever members the peer sends.
    """

    http_status: Annotated[int, HTTP_RESPONSE_CODE]


class Request(Shape, Generic[R_co], frozen=True, kw_only=True):
    """The base of the requests; `R_co` is the type of the reply.

    Never encode a request directly, since its token must not enter a body: `describe` it.
    """


class Operation(Shape, Generic[Q_co, R_co], frozen=True, kw_only=True):
    """A row of the table of operations."""

    request: type[Q_co]
    reply: type[R_co]
    method: Literal["GET", "POST"]
    path: str
    errors: tuple[ModelledError, ...]
    repeat: Repeat

    @property
    def name(self) -> str:
        """AWS's name of the operation."""
        return self.request.__name__

    @property
    def members(self) -> tuple[Field, ...]:
        """The fields of the request, one row each."""
        return fields(self.request)

    def at(self, location: str) -> tuple[Field, ...]:
        """Return the fields of the request that travel in one location: "body", "header" or "path"."""
        return tuple(field for field in self.members if field.location == location)
