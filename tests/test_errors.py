"""Errors as values: their prisms and texts, the meaning of a 403, and functions that unpack containers."""

from __future__ import annotations

from typing import Any, cast

import pytest
from returns.io import IOFailure, IOSuccess

import lensconnect
from lensconnect import (
    Error,
    Failure,
    Fault,
    HttpResponse,
    InvalidEndpoint,
    InvalidRequest,
    LensconnectError,
    Prism,
    ResourceType,
    Result,
    SendEvent,
    SerializeError,
    ServiceError,
    Success,
    TransportError,
    decode,
    has_code,
    has_status,
    is_chat_over,
    is_err,
    is_ok,
    or_raise,
    service_error_message,
    to_result,
)

CODES = {
    "AccessDeniedException": 403,
    "ConflictException": 409,
    "InternalServerException": 500,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 402,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
PRISMS: dict[str, Prism[Error, ServiceError]] = {
    "AccessDeniedException": lensconnect.access_denied_exception,
    "ConflictException": lensconnect.conflict_exception,
    "InternalServerException": lensconnect.internal_server_exception,
    "ResourceNotFoundException": lensconnect.resource_not_found_exception,
    "ServiceQuotaExceededException": lensconnect.service_quota_exceeded_exception,
    "ThrottlingException": lensconnect.throttling_exception,
    "ValidationException": lensconnect.validation_exception,
}
LOCAL: tuple[Error, ...] = (
    InvalidRequest((Fault("content", "1..16384 characters", 0),)),
    InvalidEndpoint("no region"),
    TransportError("timeout", "while connecting", "no"),
    SerializeError(200, "the body is empty"),
)
REFUSAL = ServiceError(429, "ThrottlingException", "Rate exceeded", "r-1")


@pytest.mark.parametrize("code", CODES)
def test_each_prism_focuses_on_its_own_error_only(code: str) -> None:
    error = ServiceError(CODES[code], code)
    seen = {name for name, prism in PRISMS.items() if error & prism.preview() == error}
    assert seen == {code}
    assert PRISMS[code].construct(error) == error
    assert error & (PRISMS[code] & service_error_message).set("said") == error.__replace__(message="said")
    assert error & has_code(code).preview() == error & has_status(CODES[code]).preview() == error


@pytest.mark.parametrize("error", LOCAL)
def test_no_prism_of_the_service_sees_a_local_error(error: Error) -> None:
    for prism in (*PRISMS.values(), has_code(""), has_status(200), lensconnect.service_error):
        assert error & prism.preview() is None
        assert error & prism.set(REFUSAL) is error


@pytest.mark.parametrize("code", CODES)
def test_a_code_under_another_status_is_not_the_models_error(code: str) -> None:
    error = ServiceError(599, code)
    assert [name for name, prism in PRISMS.items() if error & prism.preview()] == []
    assert error & has_code(code).preview() == error


def test_each_class_of_error_has_a_prism() -> None:
    kinds = [
        lensconnect.invalid_request,
        lensconnect.invalid_endpoint,
        lensconnect.transport_error,
        lensconnect.serialize_error,
        lensconnect.service_error,
    ]
    for index, error in enumerate((*LOCAL, REFUSAL)):
        assert [prism.unpack(error) for prism in kinds] == [error if i == index else None for i in range(5)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "code", ["", "AccessDeniedException", "ForbiddenException", "MissingAuthenticationTokenException"]
)
def test_any_403_is_access_denied_with_a_hint(code: str) -> None:
    error = ServiceError(403, code, "Access denied", "r-1")
    assert error & lensconnect.access_denied_exception.preview() == error
    for text in (str(error), repr(error)):
        assert all(cause in text for cause in ("wrong kind of token", "another region", "the chat is over"))
    assert "[request r-1]" in str(error)


def test_a_403_that_is_not_the_services_own_says_so() -> None:
    error = ServiceError(403, "", "HTML page without a title", foreign_body=True)
    assert str(error) == (
        "403: HTML page without a title (not in the form of the service: a proxy or a firewall may have sent it)"
    )
    assert not error.from_service


def test_no_other_error_has_a_hint() -> None:
    assert "usual causes" not in f"{REFUSAL} {REFUSAL!r}"
    assert str(REFUSAL) == "429 ThrottlingException: Rate exceeded [request r-1]"
    assert str(ServiceError(500, "")) == "500: no message"


DENY = "User is not authorized to access this resource with an explicit deny"


@pytest.mark.parametrize(
    ("error", "over"),
    [
        (ServiceError(403, "AccessDeniedException", "Access denied"), True),
        (ServiceError(403, "", None), False),
        (ServiceError(403, "", None, "r-1"), True),
        (ServiceError(403, "AccessDeniedException"), True),
        (ServiceError(403, "", "HTML page without a title", foreign_body=True), False),
        (ServiceError(403, "AccessDeniedException", "Access denied", "r-1", operation="GetAttachment"), False),
        (ServiceError(403, "AccessDeniedException", "Access denied", operation="GetTranscript"), True),
        (ServiceError(403, "ForbiddenException", "Forbidden"), True),
        (ServiceError(403, "", DENY), False),
        (ServiceError(403, "AccessDeniedException", DENY), False),
        (ServiceError(400, "AccessDeniedException"), False),
        (ServiceError(404, "ResourceNotFoundException"), False),
        (ServiceError(409, "ConflictException"), False),
        (ServiceError(500, "InternalServerException"), False),
        (SerializeError(403, "unreadable"), False),
        *((error, False) for error in LOCAL),
    ],
)
def test_is_chat_over(error: Error, over: bool) -> None:
    assert is_chat_over(error) is over


@pytest.mark.parametrize("other", [IOFailure(ServiceError(403, "")), Failure(ServiceError(403, "")), HttpResponse(403)])
def test_a_prism_refuses_a_value_that_is_no_error(other: Any) -> None:
    for ask in (is_chat_over, *(prism.unpack for prism in PRISMS.values()), lensconnect.transport_error.unpack):
        with pytest.raises(TypeError, match=r"^(IOFailure|Failure|HttpResponse) is not an Error: .*to_result"):
            ask(other)


def test_is_chat_over_of_a_decoded_denial() -> None:
    denied = decode(SendEvent, HttpResponse(403, (), b'{"message":"Access denied"}')).failure()
    assert is_chat_over(denied)


# -- ways out ---------------------------------------------------------------------------------------------------------


def test_is_ok_and_is_err_are_opposites() -> None:
    results: tuple[Result[int, str], ...] = (Success(1), Failure("no"))
    assert [is_ok(result) for result in results] == [True, False]
    assert [is_err(result) for result in results] == [False, True]


def test_to_result_and_or_raise() -> None:
    assert to_result(IOSuccess(1)) == Success(1)
    assert to_result(IOFailure("no")) == Failure("no")
    assert or_raise(Success(1)) == or_raise(IOSuccess(1)) == 1
    for outcome in (Failure(REFUSAL), IOFailure(REFUSAL)):
        with pytest.raises(
            LensconnectError, match=r"^429 ThrottlingException: Rate exceeded \[request r-1\]$"
        ) as raised:
            or_raise(outcome)
        assert raised.value.error == REFUSAL


@pytest.mark.parametrize("error", [*LOCAL, REFUSAL])
def test_or_raise_raises_every_error_with_its_text(error: Error) -> None:
    with pytest.raises(LensconnectError) as raised:
        or_raise(Failure(error))
    assert str(raised.value) == str(error)
    assert raised.value.error is error


def test_the_texts_of_local_errors() -> None:
    assert [str(error) for error in LOCAL] == [
        "invalid request: content must be 1..16384 characters (size 0)",
        "invalid endpoint: no region",
        "timeout: while connecting (request sent: no)",
        "unreadable reply with status 200: the body is empty",
    ]
    assert str(SerializeError(None, "no bearer")) == "unreadable text: no bearer"


HOSTILE = "\x1b]0;title\x07\r\n\x9b2J\u202e\ud800"


@pytest.mark.parametrize(
    "error",
    [
        Fault(HOSTILE, HOSTILE, 1),
        InvalidRequest((Fault(HOSTILE, HOSTILE),)),
        InvalidEndpoint(HOSTILE),
        TransportError("proxy", HOSTILE, "no"),
        SerializeError(200, HOSTILE, HOSTILE),
        ServiceError(400, HOSTILE, HOSTILE, HOSTILE, (("X", HOSTILE),), HOSTILE, ResourceType(HOSTILE), HOSTILE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_rendering_of_an_error_controls_a_terminal(error: Error | Fault) -> None:
    shown = [str(error), repr(error), f"{error}", str(Failure(error)), str(LensconnectError(cast("Error", error)))]
    assert all(text.isprintable() for text in shown)


def test_a_decoded_error_keeps_its_text_and_shows_none_of_its_controls() -> None:
    body = b'{"message":"gone\\u001b[2J\\n\\u202e","__type":"a#B\\u001b"}'
    error = decode(SendEvent, HttpResponse(400, (("x-amzn-requestid", "r\x9b2J"),), body)).failure()
    assert isinstance(error, ServiceError)
    assert error.message == "gone\x1b[2J\n\u202e"
    assert str(error) == "400 B?: gone?[2J?? [request r?2J]"


def test_headers_of_an_error_are_masked_and_its_request_id_is_not() -> None:
    headers = (("Set-Cookie", "hush-hush"), ("x-amzn-requestid", "r-1"), ("Retry-After", "3"))
    error = ServiceError(429, "ThrottlingException", None, "r-1", headers)
    assert "hush" not in f"{error!r}"
    assert "'3'" in repr(error)


def test_a_foreign_body_is_shown_only_where_there_is_one() -> None:
    assert "foreign_body" not in repr(ServiceError(403, ""))
    assert "foreign_body=True" in repr(ServiceError(403, "", foreign_body=True))
