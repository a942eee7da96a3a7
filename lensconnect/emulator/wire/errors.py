"""The errors of the Participant Service and of `connect`, as the `ServiceError` that a client decodes from the response.

Facts: the names and statuses are those of the service models.  The texts `Access denied` and `Validation
exception due to invalid parameter` were observed on the live service, the others are assumed.
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


def modelled_error(row: ModelledError, message: str) -> ServiceError:
    """Return an error of the service model, with this text."""
    return ServiceError(row.status, row.code, message)


def access_denied() -> ServiceError:
    """Return the 403 for a missing, wrong or unknown token, and for a chat that is over."""
    return modelled_error(ACCESS_DENIED, "Access denied")


def validation_error(message: str = "Validation exception due to invalid parameter") -> ServiceError:
    """Return a ValidationException."""
    return modelled_error(VALIDATION, message)


def invalid_members(faults: Iterable[Fault]) -> ServiceError:
    """Return a ValidationException that names every fault, with the members as AWS spells them.

    >>> invalid_members([Fault("start_position.most_recent", "0..100", 101)]).message
    'StartPosition.MostRecent must be 0..100 (size 101)'
    """
    return validation_error("; ".join(str(fault_path.put(_as_member(fault.path), fault)) for fault in faults))


def _as_member(path: str) -> str:
    return ".".join("".join(word[:1].upper() + word[1:] for word in name.split("_")) for name in path.split("."))


def view_not_found(contact_id: str) -> ServiceError:
    """Return the 404 for a view that this contact does not have."""
    error = RESOURCE_NOT_FOUND
    return ServiceError(
        error.status, error.code, "View not found", resource_id=contact_id, resource_type=RESOURCE_TYPE_CONTACT
    )


def internal_error() -> ServiceError:
    """Return an InternalServerException."""
    return modelled_error(INTERNAL_SERVER, "Internal server error")


def no_route() -> ServiceError:
    """Return the 404 for a path without any operation."""
    return ServiceError(404, "UnknownOperationException", "Not found")


def wrong_method(allowed: Iterable[str]) -> ServiceError:
    """Return the 405 for a path whose methods are `allowed`."""
    return ServiceError(
        405, "MethodNotAllowedException", "Method not allowed", headers=(("Allow", ", ".join(allowed)),)
    )


def invalid_request(message: str) -> ServiceError:
    """Return an InvalidRequestException of the Amazon Connect API."""
    return ServiceError(400, "InvalidRequestException", message)


def invalid_parameter(message: str) -> ServiceError:
    """Return an InvalidParameterException of the Amazon Connect API."""
    return ServiceError(400, "InvalidParameterException", message)


def resource_not_found(message: str) -> ServiceError:
    """Return a ResourceNotFoundException of the Amazon Connect API."""
    return ServiceError(404, "ResourceNotFoundException", message)


def contact_ended(message: str) -> ServiceError:
    """Return the 410 for a contact that is over, as StopContact documents it."""
    return ServiceError(410, "ContactNotFoundException", message)


def too_many_requests() -> ServiceError:
    """Return the 429 of the Amazon Connect API for a request over its quota."""
    return ServiceError(429, "TooManyRequestsException", "Rate exceeded")


def limit_exceeded() -> ServiceError:
    """Return the 429 for a chat over the quota of concurrent chats."""
    return ServiceError(429, "LimitExceededException", "Concurrent active chats exceeded")
