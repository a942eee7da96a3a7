"""FileService: attachment operations and the storage of files on one scripted server.

    with FileService() as service:
        service.on_put(refused, stored)          the first PUT is refused, the second stored, each later one stored too
        env = new_env(endpoint_url=service.origin, ...)

A behaviour of a PUT or a GET is a function of the service, the connection and the request's head.  No body is kept, only
its size and its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from interpreters.helpers.servers import PatientServer, ServerConnection

__all__ = [
    "HEADERS",
    "SIGNATURE",
    "Behaviour",
    "FileService",
    "answered",
    "cut_get",
    "cut_put",
    "hang",
    "late",
    "longer",
    "refused",
    "refused_early",
    "served",
    "shorter",
    "stored",
    "unfinished",
]

SIGNATURE = "secret-signature-of-the-url"
HEADERS = {
    "Content-Type": "text/plain",
    "Content-Disposition": 'attachment; filename="猫\u202f😀 é.txt"',
    "x-amz-meta-contact_id": "secret-contact-id",
}
_STEP = 64 * 1024


class FileService(PatientServer):
    """Plays the three operations on attachments, and the storage that their URLs lead to."""

    def __init__(self, data: bytes = b"", *, announced: int | None = None) -> None:
        super().__init__(_serve)
        self.data, self.announced = data, len(data) if announced is None else announced
        self.heads: list[bytes] = []
        self.stored: list[tuple[int, str]] = []
        self.calls: list[str] = []
        self.during_start: Callable[[], object] = lambda: None
        self.completes: list[bytes | None] = []
        self.expiry = "2001-01-01T00:00:00Z"
        self.reached = threading.Event()
        self._puts: list[Behaviour] = []
        self._gets: list[Behaviour] = []

    @property
    def origin(self) -> str:
        """The endpoint of the service."""
        return self.url("")

    def on_put(self, *behaviours: Behaviour) -> None:
        """Set the behaviours of the next PUTs; the others are stored."""
        self._puts[:] = behaviours

    def on_get(self, *behaviours: Behaviour) -> None:
        """Set the behaviours of the next GETs; the others are served."""
        self._gets[:] = behaviours

    def answer(self, connection: ServerConnection, head: bytes) -> None:
        """Answer a request whose head has been read."""
        if head.startswith(b"PUT"):
            self.heads.append(head)
            self.calls.append("PUT")
            (self._puts.pop(0) if self._puts else stored)(self, connection, head)
        elif head.startswith(b"GET"):
            self.heads.append(head)
            self.calls.append("GET")
            (self._gets.pop(0) if self._gets else served)(self, connection, head)
        else:
            self._operation(connection, head.split()[1].decode().rpartition("/")[2], head)

    def _operation(self, connection: ServerConnection, name: str, head: bytes) -> None:
        body = read_body(connection, head)
        self.calls.append(name)
        if name == "start-attachment-upload":
            self.during_start()
            headers = {**HEADERS, "Content-Length": str(json.loads(body)["AttachmentSizeInBytes"])}
            metadata = {"Url": self.presigned("put"), "UrlExpiry": self.expiry, "HeadersToInclude": headers}
            send_json(connection, {"AttachmentId": "a-1", "UploadMetadata": metadata})
        elif name == "attachment":
            reply = {"Url": self.presigned("get"), "UrlExpiry": self.expiry, "AttachmentSizeInBytes": self.announced}
            send_json(connection, reply)
        else:
            reply = self.completes.pop(0) if self.completes else answered(200, b"{}")
            if reply is None:
                raise ConnectionError
            connection.send(reply)

    def presigned(self, name: str) -> str:
        """Return a URL of the storage."""
        return self.url(f"/bucket/{name}?X-Amz-Signature={SIGNATURE}")


Behaviour: TypeAlias = Callable[[FileService, ServerConnection, bytes], None]


def _serve(connection: ServerConnection) -> None:
    service = connection._server
    assert isinstance(service, FileService)
    while True:
        service.answer(connection, read_head(connection))


def read_head(connection: ServerConnection) -> bytes:
    """Read the head of a request, and not more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += receive(connection, 1)
    return head


def receive(connection: ServerConnection, size: int) -> bytes:
    """Receive at most so many bytes; `ConnectionError` at the end."""
    received = connection.socket.recv(size)
    if not received:
        connection._server.closed_by_client += 1
        raise ConnectionError
    return received


def length(head: bytes) -> int:
    """Return the Content-Length of a head."""
    (value,) = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(value)


def read_body(connection: ServerConnection, head: bytes) -> bytes:
    """Read the body of a small request."""
    body, size = b"", length(head)
    while len(body) < size:
        body += receive(connection, size - len(body))
    return body


def send_json(connection: ServerConnection, value: object) -> None:
    """Send a reply of the service."""
    connection.send(answered(200, json.dumps(value, ensure_ascii=False).encode(), "application/json"))


def answered(status: int, body: bytes = b"", content_type: str = "application/xml", extra: str = "") -> bytes:
    """Return a whole reply."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def xml(service: FileService, code: str, name: str) -> bytes:
    """Return an error of the storage, whose text repeats the URL."""
    url = service.presigned(name).replace("&", "&amp;")
    return f"<?xml version='1.0'?>\n<Error><Code>{code}</Code><Message>Denied: {url}</Message></Error>".encode()


# Behaviours of a PUT


def stored(service: FileService, connection: ServerConnection, head: bytes) -> None:
    """Store the file."""
    keep(service, connection, head)
    connection.send(answered(200))


def keep(service: FileService, connection: ServerConnection, head: bytes) -> None:
    """Read the whole body."""
    left, digest = length(head), hashlib.sha256()
    while left:
        step = receive(connection, min(left, _STEP))
        digest.update(step)
        left -= len(step)
    service.stored.append((length(head), digest.hexdigest()))


def refused(service: FileService, connection: ServerConnection, head: bytes) -> None:
    """Refuse the request with 403 in XML, a PUT after its body."""
    if head.startswith(b"PUT"):
        keep(service, connection, head)
        service.stored.clear()
    name = "put" if head.startswith(b"PUT") else "get"
    connection.send(answered(403, xml(service, "AccessDenied", name), extra="x-amz-request-id: r-1\r\n"))


def refused_early(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Refuse the PUT before its body is read, and close when the client does."""
    connection.send(answered(403, xml(service, "SignatureDoesNotMatch", "put")))
    connection.finish()
    raise ConnectionError


def late(service: FileService, connection: ServerConnection, head: bytes) -> None:
    """Store the file, and never answer."""
    keep(service, connection, head)
    hang(service, connection, head)


def hang(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Neither read nor answer."""
    service.reached.set()
    connection.ignore()
    raise ConnectionError


def cut_put(_: FileService, connection: ServerConnection, __: bytes) -> None:
    """Break the connection within the body."""
    receive(connection, 1)
    connection.reset()
    raise ConnectionError


# Behaviours of a GET


def served(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Send the file."""
    connection.send(answered(200, service.data, "text/plain"))


def cut_get(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Send the file without its last byte, and close."""
    with suppress(OSError):
        connection.send(answered(200, service.data)[:-1])
    raise ConnectionError


def unfinished(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Send half of the file, and nothing more."""
    connection.send(answered(200, service.data)[: -(len(service.data) // 2)])
    service.reached.set()
    connection.hang()
    raise ConnectionError


def longer(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Send one byte more than the file has, in chunks, so that the head does not tell."""
    chunk = b"%x\r\n%b\r\n" % (len(service.data) + 1, service.data + b"x")
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n")


def shorter(service: FileService, connection: ServerConnection, _: bytes) -> None:
    """Send a complete reply with one byte less than the file has."""
    connection.send(answered(200, service.data[:-1]))
