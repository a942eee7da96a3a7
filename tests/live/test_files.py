"""Paths as objects, and content types by the endings of names."""

from __future__ import annotations

import mimetypes
from pathlib import Path

import pytest

from lensconnect import SerializeError
from lensconnect.emulator.options import EXTENSIONS
from lensconnect.live.files import FilePath, content_type_of_name, wrong_size

_OFFICE = "application/vnd.openxmlformats-officedocument."
DIFFERENT = {
    "docx": f"{_OFFICE}wordprocessingml.document",
    "heic": "image/heic",
    "jfif": "image/jpeg",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "rtf": "application/rtf",
    "wav": "audio/wav",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
}
"""Endings that the standard library does not know on every system, or knows by another name."""


@pytest.mark.parametrize("ending", EXTENSIONS)
def test_each_ending_that_an_instance_accepts_has_its_type(ending: str) -> None:
    expected = DIFFERENT.get(ending) or mimetypes.MimeTypes().guess_type(f"name.{ending}")[0]
    assert content_type_of_name(f"a.b.{ending}") == content_type_of_name(f"A.{ending.upper()}") == expected


@pytest.mark.parametrize("name", ["", "png", ".png", "a.", "a.png ", "a.zip", "a.png.exe", "a\u2024png"])
def test_other_names_have_none(name: str) -> None:
    assert content_type_of_name(name) is None


def test_a_path_is_known_from_text() -> None:
    assert isinstance(Path("a.png"), FilePath)
    assert not isinstance("a.png", FilePath)
    assert not isinstance(b"a.png", FilePath)


def test_a_file_of_another_size_is_no_reply() -> None:
    message = "the file has 3 bytes, not the 2 of AttachmentSizeInBytes"
    assert wrong_size(3, 2) == SerializeError(200, message)
