"""Framing: refuse a reply by its head, and find where it ends; one set of rules for all transports.

    refuse_status_line(...)   a reply of another protocol, or with too many headers
    refuse_framing(...)       framing that is missing, doubled or not understood
    refuse_reply(...)         both, for a head that is read already

Rules (RFC 9112, section 6.3, made stricter): a reply has either one Content-Length or the one transfer coding
"chunked", never both and never neither (204, 304 and the reply to HEAD apart, which have no body).  A reply
that ends with its connection is refused, since a cut looks like its end.  A content encoding other
than identity was not requested and is refused.  101 is refused, since no upgrade is ever requested.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from lensconnect.errors import Kind
from lensconnect.http import Headers

MAX_HEADERS: Final = 128
"""Headers in one head."""
MAX_BODY: Final = 32 * 2**20
"""The default limit of a reply's body, in bytes."""

Refusal: TypeAlias = tuple[Kind, str]
"""The kind and the message of the error to return."""

_FRAMING_HEADERS: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_LENGTH: Final = re.compile("[0-9]{1,20}")
"""A Content-Length; one of more digits is refused: Python converts no more than 4300 (RFC 9110, 8.6, warns of this)."""
_VERSIONS: Final = frozenset({"1.0", "1.1", "2"})
_NOT_HTTP: Final[Refusal] = "protocol", "a reply of another protocol"
_TOO_MANY_HEADERS: Final[Refusal] = "too_large", f"more than {MAX_HEADERS} headers"
_ENCODED: Final[Refusal] = "protocol", "a content encoding that was not requested"
_UNTRUSTED: Final[Refusal] = "protocol", "invalid or contradictory framing headers"
_UNFRAMED: Final[Refusal] = "protocol", "neither Content-Length nor chunked transfer coding"


def refuse_status_line(status: int, version: str, header_count: int) -> Refusal | None:
    """Return why no reply with this status line counts; None if it may.  `version` is "1.0", "1.1" or "2"."""
    if version not in _VERSIONS or status > 599 or status == 101:
        return _NOT_HTTP
    return _TOO_MANY_HEADERS if header_count > MAX_HEADERS else None


Framing: TypeAlias = tuple[list[str], list[str], list[str]]
"""The framing headers of a reply: each Content-Length, transfer coding, and content encoding but identity."""


def read_framing(headers: Headers) -> Framing:
    """Collect the framing headers."""
    lengths: list[str] = []
    codings: list[str] = []
    encodings: list[str] = []
    for name, value in headers:
        lowered = name.lower()
        if lowered not in _FRAMING_HEADERS:
            continue
        if lowered == "content-length":
            lengths.append(value)
        elif lowered == "transfer-encoding":
            codings.append(value.lower())
        else:
            encodings += [coding for coding in value.lower().split(",") if coding.strip() not in ("", "identity")]
    return lengths, codings, encodings


def announces_body(framing: Framing) -> bool:
    """Return whether there is a transfer coding or a Content-Length above 0; HEAD, 204 and 304 may have either."""
    lengths, codings, _ = framing
    return bool(codings) or any(length.strip("0") for length in lengths)


def refuse_framing(framing: Framing, version: str, max_body: int, has_body: bool) -> Refusal | None:
    """Return why a reply framed so does not count; None if it does.

    `has_body` is False for the reply to HEAD, 204 and 304.  HTTP/2 frames its bodies itself (RFC 9113, 8.1): it needs
    neither header.
    """
    lengths, codings, encodings = framing
    if encodings:
        return _ENCODED
    if codings:
        return None if codings == ["chunked"] and version != "1.0" and not lengths else _UNTRUSTED
    if not has_body:
        return None
    if not lengths:
        return None if version == "2" else _UNFRAMED
    if not _LENGTH.fullmatch(lengths[0]) or len(set(lengths)) > 1:
        return _UNTRUSTED
    return too_large(max_body) if int(lengths[0]) > max_body else None


def refuse_reply(status: int, version: str, headers: Headers, max_body: int, *, expects_body: bool) -> Refusal | None:
    """Return why a reply with this head does not count; None if it does.  `expects_body` is False for HEAD."""
    has_body = expects_body and status not in (204, 304)
    refusal = refuse_status_line(status, version, len(headers))
    return refusal or refuse_framing(read_framing(headers), version, max_body, has_body)


def too_large(max_body: int) -> Refusal:
    """Return the refusal of a body above the limit."""
    return "too_large", f"a body of more than {max_body} bytes"
