"""The errors of a call, as values.

    InvalidRequest     the request breaks a limit or cannot be sent safely; nothing was sent
    InvalidEndpoint    region, URL, profile or CA bundle do not give an endpoint; nothing was sent
    TransportError     no complete reply came; `sent` tells whether the request may have arrived
    SerializeError     a body that is no reply of the operation, or a request to be read back that does not match the model
    ServiceError       the service, or a proxy or firewall before it, refused the request

Facts: a 403 carries one of several codes, or none when the service's gateway sends it (observed in AWS's
chatjs issue 114).  Once a chat has ended every operation answers 403 (observed in chatjs issues 61 and 294);
a client that was offline learns of the end in this way.  Proxies, CloudFront and firewalls answer 403 in the
middle of a chat, most with HTML or an empty body (observed); the service's own 403 has a request id, or a JSON
object with a text.  GetAttachment answers 403 to a bot for the file of a customer (API_GetAttachment).

The fields of an error hold what the peer sent.  Its `str` shows `?` for characters that control a terminal, as
`record.printable` does; its `repr` shows their escapes.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, NewType, TypeAlias, TypeVar

from lensconnect.http import Headers, masked_headers
from lensconnect.optics import Lens, Prism, snake
from lensconnect.record import Record, printable, showable

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
    "service_error_foreign_body",
    "service_error_headers",
    "service_error_message",
    "service_error_operation",
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
"""The progress of a request: "no" (no byte of it was sent), "maybe" (it may have arrived), "yes" (it was answered)."""

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
"""The cause of a `TransportError`.

closed         the environment, its transport, its client or its WebSocket is closed, or the client belongs to another
               event loop
connect        the connection was refused, the host is unreachable, or the process may open no more files
incomplete     the peer closed the connection within a reply, or closed a WebSocket; the message names the close code
name           the resolver did not find the host name, or no thread for it can start
protocol       the bytes received are not one complete HTTP/1.1 reply with plain framing, or no frames of a WebSocket
proxy          the proxy refused to open a tunnel
reset          the connection was reset
timeout        the time for this attempt ran out; the message names the phase
tls            the TLS handshake failed: certificate, host name, protocol version
too_large      a head, a body or a frame exceeds its limit
unsupported    the transport does not support the URL, or a call from a signal handler would have to wait
"""

ResourceType = NewType("ResourceType", str)
"""The type of the resource that a `ResourceNotFoundException` names: an open enum (ResourceType in the model)."""
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
_FOREIGN_HINT: Final = "not in the form of the service: a proxy or a firewall may have sent it"
_WRONG_REGION: Final = "explicit deny"
_STORAGE: Final = frozenset({"GetObject", "PutObject"})
_STORAGE_HINT: Final = "usual causes: the URL has expired, or a header is not as it was signed"
_DENIES_A_FILE: Final = _STORAGE | {"GetAttachment"}


class Fault(Record, frozen=True):
    """One fault of one field of a request.

    `path` is the path of the field's lens (`start_position.most_recent`), `limit` the limit in words, `size`
    the size of the value in the limit's unit, or `None` if its Python type is wrong.  The value is never kept.
    """

    path: str
    limit: str
    size: int | None = None

    def __str__(self) -> str:
        size = "" if self.size is None else f" (size {showable(self.size)})"
        return printable(f"{self.path} must be {self.limit}{size}")


class InvalidRequest(Record, frozen=True):
    """The request breaks limits or cannot be sent safely, or a file of this machine cannot be read or written.

    It holds every fault.  Nothing was sent; of a file that has changed meanwhile, nothing was posted.
    """

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "invalid request: " + "; ".join(map(str, self.faults))


class InvalidEndpoint(Record, frozen=True):
    """Region, flags, URL, profile or CA bundle do not give an endpoint.  Nothing was sent."""

    message: str

    def __str__(self) -> str:
        return printable(f"invalid endpoint: {self.message}")


class TransportError(Record, frozen=True):
    """No complete reply came.

    `kind` names the cause, `sent` tells whether the service may have acted on the request: after "no" it is
    safe to send it again, after "maybe" and "yes" only with the same ClientToken.
    """

    kind: Kind
    message: str
    sent: Sent

    def __str__(self) -> str:
        return printable(f"{self.kind}: {self.message} (request sent: {self.sent})")


class SerializeError(Record, frozen=True):
    """A body that is no reply of the operation, or no request.  `message` names types, paths and sizes, never values.

    `status` is the status of the reply, `None` where the text was no reply: a request that `undescribe`, or an item that
    `item_from_json`, could not read.
    """

    status: int | None
    message: str
    request_id: str | None = None

    def __str__(self) -> str:
        origin = "text" if self.status is None else f"reply with status {showable(self.status)}"
        return printable(f"unreadable {origin}: {self.message}")


class ServiceError(Record, frozen=True):
    """A response that names an error or has an error status, from the service or from a proxy or firewall before it.

    `code` is the name without namespace (`ThrottlingException`), "" if the response has none.  `message` is the
    text of the service, or that of a body that is no JSON object: one line, at most 500 characters, and of an HTML
    page its title.  `resource_id` and `resource_type` come with `ResourceNotFoundException` only.  `operation` is
    AWS's name of the operation: PutObject or GetObject for the storage of files.  `foreign_body` is true if the body is
    not what the service, or the storage, sends: a JSON object, or XML with a code.
    """

    status: int
    code: str
    message: str | None = None
    request_id: str | None = None
    headers: Headers = ()
    resource_id: str | None = None
    resource_type: ResourceType | None = None
    operation: str | None = None
    foreign_body: bool = False

    @property
    def from_service(self) -> bool:
        """True if the service itself sent it: it has a request id, a JSON object with a text, or the model's code."""
        has_text = bool(self.message) and not self.foreign_body
        return self.request_id is not None or has_text or self.code == ACCESS_DENIED.code

    @property
    def hint(self) -> str | None:
        """The usual causes of this error, `None` if there is no hint."""
        if self.status != 403:
            return None
        if not self.from_service:
            return _FOREIGN_HINT
        return _STORAGE_HINT if self.operation in _STORAGE else _FORBIDDEN_HINT

    def __rich_repr__(self) -> list[tuple[str, object]]:
        shown = dict(super().__rich_repr__()) | {"headers": masked_headers(self.headers)}
        if not self.foreign_body:
            del shown["foreign_body"]
        return [*shown.items(), *([] if self.hint is None else [("hint", self.hint)])]

    def __str__(self) -> str:
        name = f"{showable(self.status)} {self.code}".rstrip()
        request_id = "" if self.request_id is None else f" [request {self.request_id}]"
        hint = "" if self.hint is None else f" ({self.hint})"
        return printable(f"{name}: {self.message or 'no message'}{request_id}{hint}")


Error: TypeAlias = InvalidRequest | InvalidEndpoint | TransportError | SerializeError | ServiceError
"""The union of all errors of a call."""


class ModelledError(Record, frozen=True):
    """An error that the service model lists: its code and HTTP status."""

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
"""The errors that every operation lists in the service model."""


def _identity(error: E) -> E:
    return error


def _narrow(kind: type[E], error: Error) -> E | None:
    if isinstance(error, kind):
        return error
    _expect_error(error)
    return None


def _expect_error(error: object) -> None:
    """Refuse a container that holds an error: a prism would find nothing in it."""
    if not isinstance(error, Error):
        raise TypeError(f"{type(error).__name__} is not an Error: ask the one inside, to_result(outcome).failure()")


def _prism_on(kind: type[E]) -> Prism[Error, E]:
    return Prism(partial(_narrow, kind), _identity, name=snake(kind.__name__))


invalid_request: Prism[Error, InvalidRequest] = _prism_on(InvalidRequest)
invalid_endpoint: Prism[Error, InvalidEndpoint] = _prism_on(InvalidEndpoint)
transport_error: Prism[Error, TransportError] = _prism_on(TransportError)
serialize_error: Prism[Error, SerializeError] = _prism_on(SerializeError)
service_error: Prism[Error, ServiceError] = _prism_on(ServiceError)


def _matching(status: int | None, code: str | None, error: Error) -> ServiceError | None:
    if not isinstance(error, ServiceError):
        _expect_error(error)
        return None
    fits = status in (None, error.status) and code in (None, error.code)
    return error if fits else None


def has_status(status: int) -> Prism[Error, ServiceError]:
    """Return a prism that focuses on a service error with this HTTP status.

    >>> ServiceError(429, "ThrottlingException") & has_status(403).preview() is None
    True
    """
    return Prism(partial(_matching, status, None), _identity, name=f"has_status({status!r})")


def has_code(code: str) -> Prism[Error, ServiceError]:
    """Return a prism that focuses on a service error with this code, given without namespace."""
    return Prism(partial(_matching, None, code), _identity, name=f"has_code({code!r})")


def _modelled(row: ModelledError, code: str | None) -> Prism[Error, ServiceError]:
    return Prism(partial(_matching, row.status, code), _identity, name=snake(row.code))


access_denied_exception: Prism[Error, ServiceError] = _modelled(ACCESS_DENIED, None)
"""A prism on every 403: the gateway in front of the service sends other codes than the model's, or none."""
conflict_exception: Prism[Error, ServiceError] = _modelled(CONFLICT, CONFLICT.code)
internal_server_exception: Prism[Error, ServiceError] = _modelled(INTERNAL_SERVER, INTERNAL_SERVER.code)
resource_not_found_exception: Prism[Error, ServiceError] = _modelled(RESOURCE_NOT_FOUND, RESOURCE_NOT_FOUND.code)
service_quota_exceeded_exception: Prism[Error, ServiceError] = _modelled(
    SERVICE_QUOTA_EXCEEDED, SERVICE_QUOTA_EXCEEDED.code
)
throttling_exception: Prism[Error, ServiceError] = _modelled(THROTTLING, THROTTLING.code)
validation_exception: Prism[Error, ServiceError] = _modelled(VALIDATION, VALIDATION.code)


def is_chat_over(error: Error) -> bool:
    """Return True if the error is the 403 that the service sends after the end of a chat.

    The service sends the same error for a wrong token, so the answer is reliable only for a token that has
    worked before.  These do not count: a 403 that the service has not sent itself, which is one without a request
    id, a JSON object with a text, or the code AccessDeniedException; the gateway's "explicit deny", the reply to a
    token of another region; that of GetAttachment, which also denies a bot the file of a customer; and that of the
    storage of files.
    """
    denied = access_denied_exception.unpack(error)
    if denied is None or denied.operation in _DENIES_A_FILE:
        return False
    return denied.from_service and _WRONG_REGION not in (denied.message or "")


fault_path: Lens[Fault, str] = Lens(Fault, "path")
fault_limit: Lens[Fault, str] = Lens(Fault, "limit")
fault_size: Lens[Fault, int | None] = Lens(Fault, "size")
invalid_request_faults: Lens[InvalidRequest, tuple[Fault, ...]] = Lens(InvalidRequest, "faults")
invalid_endpoint_message: Lens[InvalidEndpoint, str] = Lens(InvalidEndpoint, "message")
transport_error_kind: Lens[TransportError, Kind] = Lens(TransportError, "kind")
transport_error_message: Lens[TransportError, str] = Lens(TransportError, "message")
transport_error_sent: Lens[TransportError, Sent] = Lens(TransportError, "sent")
serialize_error_status: Lens[SerializeError, int | None] = Lens(SerializeError, "status")
serialize_error_message: Lens[SerializeError, str] = Lens(SerializeError, "message")
serialize_error_request_id: Lens[SerializeError, str | None] = Lens(SerializeError, "request_id")
service_error_status: Lens[ServiceError, int] = Lens(ServiceError, "status")
service_error_code: Lens[ServiceError, str] = Lens(ServiceError, "code")
service_error_message: Lens[ServiceError, str | None] = Lens(ServiceError, "message")
service_error_request_id: Lens[ServiceError, str | None] = Lens(ServiceError, "request_id")
service_error_headers: Lens[ServiceError, Headers] = Lens(ServiceError, "headers")
service_error_resource_id: Lens[ServiceError, str | None] = Lens(ServiceError, "resource_id")
service_error_resource_type: Lens[ServiceError, ResourceType | None] = Lens(ServiceError, "resource_type")
modelled_error_code: Lens[ModelledError, str] = Lens(ModelledError, "code")
modelled_error_status: Lens[ModelledError, int] = Lens(ModelledError, "status")
service_error_operation: Lens[ServiceError, str | None] = Lens(ServiceError, "operation")
service_error_foreign_body: Lens[ServiceError, bool] = Lens(ServiceError, "foreign_body")
