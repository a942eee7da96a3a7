"""storage_error: the error that the storage of files, Amazon S3, answers with.

Facts: S3's errors are XML with the elements Code and Message (S3 API reference, "Error responses"); the error of a wrong
signature repeats what was signed in further elements (observed: amazon-connect-chatjs issue 188), which are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import unquote

from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse, hiding
from lensconnect.wire.decode import one_line

_LONGEST: Final = 65_536
"""Bytes of a body that are searched."""


def storage_error(operation: str, http_request: HttpRequest, http_response: HttpResponse) -> ServiceError:
    """Return a response of the storage as an error; nothing in it shows the URL or a header of the request.

    >>> body = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    >>> storage_error("GetObject", HttpRequest("GET", "https://b.example/"), HttpResponse(403, (), body)).code
    'AccessDenied'
    """
    hide = hiding(_secrets(http_request))
    text = http_response.body[:_LONGEST].decode("utf-8", "replace")

    def element(name: str) -> str:
        found = re.search(f"<{name}>([^<]*)</{name}>", text)
        return one_line(hide(unescape(found[1]))) if found else ""

    request_id = http_response.header("x-amz-request-id")
    return ServiceError(
        http_response.status,
        element("Code"),
        element("Message") or None,
        request_id and hide(request_id),
        tuple((hide(name), hide(value)) for name, value in http_response.headers),
        operation=operation,
        foreign_body=not element("Code"),
    )


def _secrets(http_request: HttpRequest) -> Iterator[str]:
    """Yield the URL, each part of it behind the host, and the headers."""
    yield http_request.url
    _, _, behind = http_request.url.partition("://")[2].partition("/")
    for part in (behind, *re.split("[/?&=]", behind)):
        yield part
        yield unquote(part)
    for _, value in http_request.headers:
        yield value
