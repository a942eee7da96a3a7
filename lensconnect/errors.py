"""Everything that can go wrong, as values that say whose fault it is.

    InvalidRequest     yours: the request breaks a limit; nothing was sent
    InvalidEndpoint    yours: region, URL or CA bundle make no endpoint; nothing was sent
    TransportError     the network's: no complete reply; `sent` says whether the request may have arrived
    SerializeError     the peer's: a reply (or a description to be read back) that is not what the service sends
    ServiceError       the service's answer: no

Facts: a 403 comes under several codes and, from the service's gateway, under none; once a chat is
over every operation answers 403, which is how a client that was away learns of it.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, NewType, TypeAlias, TypeVar

from lensconnect.http import Headers, masked_headers
from lensconnect.optics import Lens, Prism
from lensconnect.record import Record

__all__ = [
    "ACCESS_DENIED",
    "access_denied_exception",
    "COMMON_ERRORS",
    "CONFLICT",
    "conflict_exception",
    "Error",
    "Fault",
    "fault_limit",
    "fault_path",
    "fault_size",
    "has_code",
    "has_status",
    "INTERNAL_SERVER",
    "internal_server_exception",
    "invalid_endpoint",
    "invalid_endpoint_message",
    "invalid_request",
    "invalid_request_faults",
    "InvalidEndpoint",
    "InvalidRequest",
    "is_chat_over",
    "Kind",
    "modelled_error_code",
    "modelled_error_status",
    "ModelledError",
    "RESOURCE_NOT_FOUND",
    "resource_not_found_exception",
    "RESOURCE_TYPE_CONTACT",
    "RESOURCE_TYPE_CONTACT_FLOW",
    "RESOURCE_TYPE_HIERARCHY_GROUP",
    "RESOURCE_TYPE_HIERARCHY_LEVEL",
    "RESOURCE_TYPE_INSTANCE",
    "RESOURCE_TYPE_PARTICIPANT",
    "RESOURCE_TYPE_PHONE_NUMBER",
    "RESOURCE_TYPE_USER",
    "ResourceType",
    "Sent",
    "serialize_error",
    "serialize_error_message",
    "serialize_error_request_id",
    "serialize_error_status",
    "SerializeError",
    "service_error",
    "service_error_code",
    "service_error_headers",
    "service_error_message",
    "service_error_request_id",
    "service_error_resource_id",
    "service_error_resource_type",
    "service_error_status",
    "SERVICE_QUOTA_EXCEEDED",
    "service_quota_exceeded_exception",
    "ServiceError",
    "THROTTLING",
    "throttling_exception",
    "transport_error",
    "transport_error_kind",
    "transport_error_message",
    "transport_error_sent",
    "TransportError",
    "VALIDATION",
    "validation_exception",
]

E = TypeVar("E", bound="Error")

Sent: TypeAlias = Literal["no", "maybe", "yes"]
"""Whether a request has reached its peer: "no", not a byte of it; "maybe"; "yes", it was answered."""

Kind: TypeAlias = Literal[
    "closed",
    "connect",
    "incomplete",
    "name",
    "protocol",
    "proxy",
    "reset",
    "timeout",
    "tls",
    "too_large",
    "unsupported",
]
"""What stopped an exchange.

closed         the environment was closed before
connect        no connection: refused, unreachable
incomplete     the peer ended the connection inside a reply
name           the host's name could not be looked up
protocol       bytes that are not one complete, plainly framed HTTP/1.1 reply
proxy          the proxy would not make a tunnel
reset          the connection broke
timeout        the time for this attempt ran out; the message names the phase
tls            no trusted connection: certificate, host name, protocol version
too_large      a head or a body past the bounds
unsupported    a URL this transport will not speak to
"""

ResourceType = NewType("ResourceType", str)
"""What kind of thing a `ResourceNotFoundException` missed (an open enum)."""
RESOURCE_TYPE_CONTACT: Final = ResourceType("CONTACT")
RESOURCE_TYPE_CONTACT_FLOW: Final = ResourceType("CONTACT_FLOW")
RESOURCE_TYPE_INSTANCE: Final = ResourceType("INSTANCE")
RESOURCE_TYPE_PARTICIPANT: Final = ResourceType("PARTICIPANT")
RESOURCE_TYPE_HIERARCHY_LEVEL: Final = ResourceType("HIERARCHY_LEVEL")
RESOURCE_TYPE_HIERARCHY_GROUP: Final = ResourceType("HIERARCHY_GROUP")
RESOURCE_TYPE_USER: Final = ResourceType("USER")
RESOURCE_TYPE_PHONE_NUMBER: Final = ResourceType("PHONE_NUMBER")

_FORBIDDEN_HINT: Final = (
    "usual causes: the wrong kind of token (CreateParticipantConnection takes the participant token, "
    "every other operation the connection token), a token of another region, or the chat is over"
)
_WRONG_REGION: Final = "explicit deny"


class Fault(Record, frozen=True):
    """One thing wrong with one field of a request.

    `path` is the field's lens path (`start_position.most_recent`), `limit` what it has to satisfy,
    `size` what it measures in the limit's unit; `None` where its Python type is what is wrong.
    The value itself is never kept.
    """

    path: str
    limit: str
    size: int | None = None

    def __str__(self) -> str:
        return f"{self.path} must be {self.limit}" + ("" if self.size is None else f" (size {self.size})")


class InvalidRequest(Record, frozen=True):
    """The request breaks limits or could not travel safely; every fault at once, nothing sent."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "invalid request: " + "; ".join(map(str, self.faults))


class InvalidEndpoint(Record, frozen=True):
    """Region, flags, URL or CA bundle make no endpoint to talk to; nothing sent."""

    message: str

    def __str__(self) -> str:
        return f"invalid endpoint: {self.message}"


class TransportError(Record, frozen=True):
    """No complete reply came.  `kind` names the phase or cause, `sent` whether the request may have
    been acted on: "no" is safe to send again, "maybe" and "yes" only with the same ClientToken.
    """

    kind: Kind
    message: str
    sent: Sent

    def __str__(self) -> str:
        return f"{self.kind}: {self.message} (request sent: {self.sent})"


class SerializeError(Record, frozen=True):
    """Bytes that do not hold what they should.  `message` names types and places, never values."""

    status: int | None
    message: str
    request_id: str | None = None

    def __str__(self) -> str:
        origin = "description" if self.status is None else f"reply with status {self.status}"
        return f"unreadable {origin}: {self.message}"


class ServiceError(Record, frozen=True):
    """The service refused.  `code` is the bare name (`ThrottlingException`), "" where none was given.

    `resource_id` and `resource_type` come with `ResourceNotFoundException` only.
    """

    status: int
    code: str
    message: str | None = None
    request_id: str | None = None
    headers: Headers = ()
    resource_id: str | None = None
    resource_type: ResourceType | None = None

    @property
    def hint(self) -> str | None:
        """What usually causes this, where experience tells."""
        return _FORBIDDEN_HINT if self.status == 403 else None

    def __rich_repr__(self) -> list[tuple[str, object]]:
        shown = dict(super().__rich_repr__()) | {"headers": masked_headers(self.headers)}
        return [*shown.items(), *([] if self.hint is None else [("hint", self.hint)])]

    def __str__(self) -> str:
        said = f"{self.status} {self.code}".rstrip()
        asked = "" if self.request_id is None else f" [request {self.request_id}]"
        hint = "" if self.hint is None else f" ({self.hint})"
        return f"{said}: {self.message or 'no message'}{asked}{hint}"


Error: TypeAlias = InvalidRequest | InvalidEndpoint | TransportError | SerializeError | ServiceError
"""Every way a call can fail."""


class ModelledError(Record, frozen=True):
    """A row of the service model's table of errors."""

    code: str
    status: int


ACCESS_DENIED: Final = ModelledError("AccessDeniedException", 403)
CONFLICT: Final = ModelledError("ConflictException", 409)
INTERNAL_SERVER: Final = ModelledError("InternalServerException", 500)
RESOURCE_NOT_FOUND: Final = ModelledError("ResourceNotFoundException", 404)
SERVICE_QUOTA_EXCEEDED: Final = ModelledError("ServiceQuotaExceededException", 402)
THROTTLING: Final = ModelledError("ThrottlingException", 429)
VALIDATION: Final = ModelledError("ValidationException", 400)

COMMON_ERRORS: Final = (ACCESS_DENIED, INTERNAL_SERVER, THROTTLING, VALIDATION)
"""What every operation may answer."""


def _same(error: E) -> E:
    return error


def _as(kind: type[E], error: Error) -> E | None:
    if isinstance(error, kind):
        return error
    _expect_error(error)
    return None


def _expect_error(error: object) -> None:
    """A container that holds an error must not pass for another error."""
    if not isinstance(error, Error):
        raise TypeError(f"{type(error).__name__} is not an Error: ask the one inside, to_result(outcome).failure()")


def _only(kind: type[E]) -> Prism[Error, E]:
    return Prism(partial(_as, kind), _same)


invalid_request: Prism[Error, InvalidRequest] = _only(InvalidRequest)
invalid_endpoint: Prism[Error, InvalidEndpoint] = _only(InvalidEndpoint)
transport_error: Prism[Error, TransportError] = _only(TransportError)
serialize_error: Prism[Error, SerializeError] = _only(SerializeError)
service_error: Prism[Error, ServiceError] = _only(ServiceError)


def _matching(status: int | None, code: str | None, error: Error) -> ServiceError | None:
    if not isinstance(error, ServiceError):
        _expect_error(error)
        return None
    fits = status in (None, error.status) and code in (None, error.code)
    return error if fits else None


def has_status(status: int) -> Prism[Error, ServiceError]:
    """Service errors of one HTTP status.

    >>> ServiceError(429, "ThrottlingException") & has_status(403).preview() is None
    True
    """
    return Prism(partial(_matching, status, None), _same)


def has_code(code: str) -> Prism[Error, ServiceError]:
    """Service errors of one code, by its bare name."""
    return Prism(partial(_matching, None, code), _same)


def _modelled(row: ModelledError) -> Prism[Error, ServiceError]:
    return Prism(partial(_matching, row.status, row.code), _same)


access_denied_exception: Prism[Error, ServiceError] = has_status(ACCESS_DENIED.status)
"""Any 403: the gateway in front of the service answers under other codes than the model's, or none."""
conflict_exception: Prism[Error, ServiceError] = _modelled(CONFLICT)
internal_server_exception: Prism[Error, ServiceError] = _modelled(INTERNAL_SERVER)
resource_not_found_exception: Prism[Error, ServiceError] = _modelled(RESOURCE_NOT_FOUND)
service_quota_exceeded_exception: Prism[Error, ServiceError] = _modelled(SERVICE_QUOTA_EXCEEDED)
throttling_exception: Prism[Error, ServiceError] = _modelled(THROTTLING)
validation_exception: Prism[Error, ServiceError] = _modelled(VALIDATION)


def is_chat_over(error: Error) -> bool:
    """Whether the error is how the service says that the chat has ended: a 403.

    The service does not tell an ended chat from a wrong token, so ask this of a token that has worked
    before.  The gateway's "explicit deny", which a token of another region gets, does not count.
    """
    denied = access_denied_exception.unpack(error)
    return denied is not None and _WRONG_REGION not in (denied.message or "")


fault_path: Lens[Fault, str] = Lens("path")
fault_limit: Lens[Fault, str] = Lens("limit")
fault_size: Lens[Fault, int | None] = Lens("size")
invalid_request_faults: Lens[InvalidRequest, tuple[Fault, ...]] = Lens("faults")
invalid_endpoint_message: Lens[InvalidEndpoint, str] = Lens("message")
transport_error_kind: Lens[TransportError, Kind] = Lens("kind")
transport_error_message: Lens[TransportError, str] = Lens("message")
transport_error_sent: Lens[TransportError, Sent] = Lens("sent")
serialize_error_status: Lens[SerializeError, int | None] = Lens("status")
serialize_error_message: Lens[SerializeError, str] = Lens("message")
serialize_error_request_id: Lens[SerializeError, str | None] = Lens("request_id")
service_error_status: Lens[ServiceError, int] = Lens("status")
service_error_code: Lens[ServiceError, str] = Lens("code")
service_error_message: Lens[ServiceError, str | None] = Lens("message")
service_error_request_id: Lens[ServiceError, str | None] = Lens("request_id")
service_error_headers: Lens[ServiceError, Headers] = Lens("headers")
service_error_resource_id: Lens[ServiceError, str | None] = Lens("resource_id")
service_error_resource_type: Lens[ServiceError, ResourceType | None] = Lens("resource_type")
modelled_error_code: Lens[ModelledError, str] = Lens("code")
modelled_error_status: Lens[ModelledError, int] = Lens("status")
