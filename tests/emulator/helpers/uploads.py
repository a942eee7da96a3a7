"""Upload: a chat with an announced file."""

from __future__ import annotations

from lensconnect import (
    ConnectionToken,
    HttpRequest,
    HttpResponse,
    Item,
    Reply,
    Request,
    StartAttachmentUpload,
    new_complete_attachment_upload,
    new_get_transcript,
    new_start_attachment_upload,
)
from lensconnect.emulator import Options

from .harness import Harness

DATA = b"hello, file"


class Upload:
    """A chat with a file that is announced and not uploaded yet."""

    def __init__(self, options: Options | None = None, name: str = "Grüße.txt") -> None:
        self.harness = Harness(options)
        self.token = self.harness.connect()
        self.announced = self.harness.send(announcement(self.token, name)).unwrap()
        self.id = self.announced.attachment_id or ""

    def put(self, data: bytes = DATA, method: str = "PUT", **changed: str | None) -> HttpResponse:
        metadata = self.announced.upload_metadata
        assert metadata is not None
        headers = {**(metadata.headers_to_include or {}), **{name.replace("_", "-"): v for name, v in changed.items()}}
        sent = tuple((name, value) for name, value in headers.items() if value is not None)
        return self.harness.handle(HttpRequest(method, metadata.url or "", sent, data))

    def complete(self, client_token: str = "c") -> Request[Reply]:
        return new_complete_attachment_upload((self.id,), client_token, self.token)

    def newest(self) -> Item:
        return (self.harness.send(new_get_transcript(self.token)).unwrap().transcript or ())[0]

    def shared(self) -> Upload:
        assert self.put().status == 200
        self.harness.send(self.complete()).unwrap()
        return self


def announcement(
    token: ConnectionToken, name: str, size: int = len(DATA), client_token: str = "s"
) -> StartAttachmentUpload:
    return new_start_attachment_upload("text/plain", size, name, client_token, token)
