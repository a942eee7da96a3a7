"""The service's ways of saying no, as values: the very `ServiceError` a client reads out of them.

Facts: the texts of a denial and of a transcript's refusal are those seen on the live service.
"""

from __future__ import annotations

from collections.abc import Iterable

from lensconnect.errors import (
    ACCESS_DENIED,
    INTERNAL_SERVER,
    RESOURCE_NOT_FOUND,
    RESOURCE_TYPE_CONTACT,
    VALIDATION,
    Fault,
    ModelledError,
    ServiceError,
    fault_path,
)

__all__ = [
    "broken",
    "invalid_request",
    "invalid_parameter",
    "resource_not_found",
    "contact_ended",
    "too_many_requests",
    "limit_exceeded",
    "denied",
    "faulty",
    "invalid",
    "missing",
    "no_route",
    "refused",
    "wrong_method",
]


def refused(row: ModelledError, message: str) -> ServiceError:
    """An error of the service's model."""
    return ServiceError(row.status, row.code, message)


def denied() -> ServiceError:
    """Every 403 there is: no token, the wrong kind of token, an unknown one, a chat that is over."""
    return refused(ACCESS_DENIED, "Access denied")


def invalid(message: str = "Validation exception due to invalid parameter") -> ServiceError:
    """A request that is not what the operation takes."""
    return refused(VALIDATION, message)


def faulty(faults: Iterable[Fault]) -> ServiceError:
    """A request that breaks limits, all of them named, with the members as AWS spells them.

    >>> faulty([Fault("start_position.most_recent", "0..100", 101)]).message
    'StartPosition.MostRecent must be 0..100 (size 101)'
    """
    return invalid("; ".join(str(fault_path.put(_spelt(fault.path), fault)) for fault in faults))


def _spelt(path: str) -> str:
    return ".".join("".join(word[:1].upper() + word[1:] for word in name.split("_")) for name in path.split("."))


def missing(contact_id: str) -> ServiceError:
    """A view that this contact does not have."""
    error = RESOURCE_NOT_FOUND
    return ServiceError(
        error.status, error.code, "View not found", resource_id=contact_id, resource_type=RESOURCE_TYPE_CONTACT
    )


def broken() -> ServiceError:
    """The service's own fault."""
    return refused(INTERNAL_SERVER, "Internal server error")


def no_route() -> ServiceError:
    """A path that is nobody's."""
    return ServiceError(404, "UnknownOperationException", "Not found")


def wrong_method(allowed: Iterable[str]) -> ServiceError:
    """A path that has other methods."""
    return ServiceError(
        405, "MethodNotAllowedException", "Method not allowed", headers=(("Allow", ", ".join(allowed)),)
    )


def invalid_request(message: str) -> ServiceError:
    """A request that is not what the operation takes."""
    return ServiceError(400, "InvalidRequestException", message)


def invalid_parameter(message: str) -> ServiceError:
    """A value that is not one the operation takes."""
    return ServiceError(400, "InvalidParameterException", message)


def resource_not_found(message: str) -> ServiceError:
    """Something that was named, and is not there."""
    return ServiceError(404, "ResourceNotFoundException", message)


def contact_ended(message: str) -> ServiceError:
    """A contact that is over already."""
    return ServiceError(410, "ContactNotFoundException", message)


def too_many_requests() -> ServiceError:
    """More requests than the quota has."""
    return ServiceError(429, "TooManyRequestsException", "Rate exceeded")


def limit_exceeded() -> ServiceError:
    """More chats at once than the quota has."""
    return ServiceError(429, "LimitExceededException", "Concurrent active chats exceeded")
