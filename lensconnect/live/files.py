"""Files of a chat as values: progress, outcomes, a file's identity, and the content type of a file's name.

Facts: the endings are those that an instance accepts by default (administrator guide, "Enable attachments"), and the
types those of AWS's own clients for them (observed in the sources of Amazon Connect's chat interface 40df506 and of
its Android SDK 50b86c0).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Protocol, TypeAlias, runtime_checkable

from lensconnect.errors import SerializeError
from lensconnect.marks import PERSONAL
from lensconnect.optics import Lens
from lensconnect.record import Record

__all__ = [
    "Downloaded",
    "Progress",
    "Uploaded",
    "downloaded_sha256",
    "downloaded_size",
    "progress_done",
    "progress_size",
    "uploaded_attachment_id",
    "uploaded_size",
]


@runtime_checkable
class FilePath(Protocol):
    """A path as an object, such as `pathlib.Path`: an `os.PathLike` of text."""

    def __fspath__(self) -> str: ...


class Progress(Record, frozen=True):
    """The progress of one attempt to transfer a file: `done` of `size` bytes; another attempt begins at 0 again."""

    done: int
    size: int


class Uploaded(Record, frozen=True):
    """A file that is uploaded and posted to the chat: the id of its attachment, and its size in bytes."""

    attachment_id: str
    size: int


class Downloaded(Record, frozen=True):
    """A file that is downloaded: its size in bytes, and the SHA-256 of its bytes in hexadecimal."""

    size: int
    sha256: str


class FileStamp(Record, frozen=True):
    """The last component of a regular file's path, and the state by which a change of the file shows.

    `size` is in bytes, `changed` the time of the last change of its bytes in nanoseconds; `device` and `number` (of the
    inode) tell one file from another.
    """

    name: Annotated[str, PERSONAL]
    size: int
    changed: int
    device: int
    number: int


FileState: TypeAlias = FileStamp | Literal["missing", "a directory", "not a regular file", "unreadable"]
"""The stamp of a file that can be read, or why there is none."""

NEW_PATH: Final = "the path of a file that does not exist yet"
"""The limit of the path of a download, in words."""


def wrong_size(size: int, announced: int) -> SerializeError:
    """Return the error for a file that has not the size which GetAttachment has announced."""
    return SerializeError(200, f"the file has {size} bytes, not the {announced} of AttachmentSizeInBytes")


_WORD: Final = "application/msword"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."

_CONTENT_TYPES: Final = {
    "csv": "text/csv",
    "doc": _WORD,
    "docx": f"{_OFFICE}wordprocessingml.document",
    "heic": "image/heic",
    "jfif": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "wav": "audio/wav",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
}


def content_type_of_name(name: str) -> str | None:
    """Return the content type of a file by the ending of its name; `None` for an ending that is not in the table.

    >>> content_type_of_name("Photo.JPG"), content_type_of_name("archive.zip")
    ('image/jpeg', None)
    """
    stem, _, ending = name.rpartition(".")
    return _CONTENT_TYPES.get(ending.lower()) if stem else None


progress_done: Lens[Progress, int] = Lens(Progress, "done")
progress_size: Lens[Progress, int] = Lens(Progress, "size")
uploaded_attachment_id: Lens[Uploaded, str] = Lens(Uploaded, "attachment_id")
uploaded_size: Lens[Uploaded, int] = Lens(Uploaded, "size")
downloaded_size: Lens[Downloaded, int] = Lens(Downloaded, "size")
downloaded_sha256: Lens[Downloaded, str] = Lens(Downloaded, "sha256")
