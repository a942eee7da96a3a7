"""Request, Reply, and the row that ties them to the wire.

An operation is one file: its two records, their lenses, and one `Operation` that says the rest.
What the row does not repeat (members, types, limits, places, secrets) stands on the fields.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeAlias, TypeVar

from lensconnect.errors import ModelledError
from lensconnect.record import Field, Shape, fields

R_co = TypeVar("R_co", bound="Reply", covariant=True)
Q_co = TypeVar("Q_co", bound="Request[Reply]", covariant=True)

Repeat: TypeAlias = Literal["always", "with_client_token", "once"]
"""When a request that may have arrived is safe to send again."""

__all__ = ["Operation", "Repeat", "Reply", "Request"]


class Reply(Shape, frozen=True, kw_only=True):
    """What an operation answers, with the HTTP status it came with.

    `http_status` is never read from the body, whatever members the peer sends.
    """

    http_status: int


class Request(Shape, Generic[R_co], frozen=True, kw_only=True):
    """A request whose reply is an `R_co`; the base of the eleven.

    It is never encoded as it stands, since its token must not enter a body: `describe` it.
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
        """What a request holds: name, member, form, limits, place."""
        return fields(self.request)

    def at(self, place: str) -> tuple[Field, ...]:
        """The members that travel in one place: "body", "header" or "path"."""
        return tuple(field for field in self.members if field.place == place)
