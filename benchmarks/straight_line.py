"""A call written by hand over one socket with the checks that no client may drop: the floor of the question `send`.

It does, in one function without a layer between, and with the same five system calls:

- make a ClientToken, a random UUID;
- check each member of the request as the service model bounds it, and that the token can be a header;
- see that the kept connection is still open, and that nothing has arrived on it;
- describe the request: JSON by `orjson`, one head, sent in one piece with the body;
- read the head up to 64 KiB; check its status line and every header line (RFC 9112, sections 4 and 5);
- refuse framing that is missing, doubled or not understood, an encoded body, and a body above 32 MiB;
- read exactly the body; refuse bytes behind it;
- refuse an error status, and a success that names an error in its head or its body;
- decode by `msgspec` into the reply's type; refuse a reply without its members and text that is not UTF-8;
- keep one deadline for the whole attempt.

It leaves out what a client has beyond one good call: retries and their budget, a pool with its locks, opening a
connection, a request larger than the socket takes at once, chunked and interim replies, replies without a body,
proxies, observers, errors as values, a choice of endpoint, operation and limits, signals and interrupts in the middle
of a call, and that no traceback shows a secret.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
from os import urandom
from time import monotonic
from typing import Any, Final

import msgspec
import orjson

from lensconnect import MessageProcessingMetadata, SendMessage, SendMessageResponse

_VISIBLE: Final = re.compile("[!-~]+")
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_HEAD: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) [^\r\n\0]*(?:\r\n" + _TOKEN + rb":[^\r\n\0]*)*")
_MAX_HEAD: Final = 64 * 1024
_MAX_BODY: Final = 32 * 2**20
_RECEIVE: Final = 64 * 1024


class _Body(msgspec.Struct, rename="pascal"):
    id: str | None = None
    absolute_time: str | None = None
    message_metadata: MessageProcessingMetadata | None = None
    code: Any = msgspec.field(default=None, name="code")
    other_code: Any = msgspec.field(default=None, name="Code")
    type: Any = msgspec.field(default=None, name="__type")


_decode: Final = msgspec.json.Decoder(_Body).decode


def new_client_token() -> str:
    """Return a random UUID, version 4."""
    digits = urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _is_idle(connection: socket.socket) -> bool:
    try:
        connection.recv(1)  # the end, or a byte too many
    except (BlockingIOError, ssl.SSLWantReadError):  # a session ticket of TLS
        return True
    return False


def _receive(connection: socket.socket, readable: select.poll, until: float) -> bytes:
    while True:
        left = until - monotonic()
        if left <= 0 or not readable.poll(left * 1000):
            raise TimeoutError
        try:
            return connection.recv(_RECEIVE)
        except (BlockingIOError, ssl.SSLWantReadError):  # TLS has read a record without data
            continue


def send_straight(
    connection: socket.socket, readable: select.poll, host: str, request: SendMessage, seconds: float
) -> SendMessageResponse:
    """Send a message over a kept connection that does not block, and return the reply; raise `ValueError` or `OSError`."""
    until = monotonic() + seconds
    content_type, content, bearer = request.content_type, request.content, request.connection_token
    client_token = request.client_token or new_client_token()
    if not (
        content_type.__class__ is content.__class__ is bearer.__class__ is client_token.__class__ is str
        and 1 <= len(content_type) <= 100
        and 1 <= len(content) <= 16384
        and 1 <= len(bearer) <= 1000
        and len(client_token) <= 500
        and _VISIBLE.fullmatch(bearer)
    ):
        raise ValueError("a member of the request is out of its bounds")
    body = orjson.dumps({"ContentType": content_type, "Content": content, "ClientToken": client_token})
    head = (
        f"POST /participant/message HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        f"Accept-Encoding: identity\r\nX-Amz-Bearer: {bearer}\r\nContent-Type: application/json\r\n\r\n"
    )
    data = head.encode() + body
    if readable.poll(0) and not _is_idle(connection):
        raise ValueError("the connection has ended, or more than a reply has arrived")
    if connection.send(data) < len(data):
        raise ValueError("the socket takes no more")
    received = _receive(connection, readable, until)
    while (end := received.find(b"\r\n\r\n")) < 0:
        data = _receive(connection, readable, until)
        if not data or len(received) > _MAX_HEAD:
            raise ValueError("no complete head")
        received += data
    matched = _HEAD.fullmatch(received, 0, end)
    if matched is None or end > _MAX_HEAD:
        raise ValueError("not an HTTP/1.1 reply")
    status = int(matched[1])
    lengths: list[bytes] = []
    for line in received[:end].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name == b"content-length":
            lengths.append(value.strip(b" \t"))
        elif name == b"transfer-encoding" or (name == b"content-encoding" and value.strip(b" \t") != b"identity"):
            raise ValueError("a framing that is not read here")
        elif name == b"x-amzn-errortype":
            raise ValueError("an error")
    if len(lengths) != 1 or not lengths[0].isdigit() or (size := int(lengths[0])) > _MAX_BODY or status >= 300:
        raise ValueError("an error, or invalid framing")
    pieces, missing = [received[end + 4 :]], size - (len(received) - end - 4)
    while missing > 0:
        data = _receive(connection, readable, until)
        if not data:
            raise ValueError("an incomplete body")
        pieces.append(data)
        missing -= len(data)
    if missing:
        raise ValueError("more than the reply")
    text = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if not text.isascii():
        text.decode()
    found = _decode(text)
    if found.code or found.other_code or found.type or found.id is None:
        raise ValueError("an error, or not a reply of this operation")
    return SendMessageResponse(
        http_status=status, id=found.id, absolute_time=found.absolute_time, message_metadata=found.message_metadata
    )
