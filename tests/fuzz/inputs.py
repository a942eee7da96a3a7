"""Choices and texts that the bytes of an input stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_PIECES = 24


class Input:
    """The bytes of an input, read from the front.  An input that is too short goes on with zeros."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self) -> int:
        """Return the next byte."""
        at, self._at = self._at, self._at + 1
        return self._data[at] if at < len(self._data) else 0

    def choice(self, options: Sequence[T]) -> T:
        """Return the option that the next byte stands for; the letter `a` stands for the first."""
        return options[(self.number() - ord("a")) % len(options)]

    @property
    def is_empty(self) -> bool:
        """True if every byte is read."""
        return self._at >= len(self._data)

    def rest(self) -> bytes:
        """Return the bytes that are left."""
        at, self._at = self._at, len(self._data)
        return self._data[at:]


def text_of(data: bytes) -> str:
    """Return bytes as text; one that is not UTF-8 becomes a lone surrogate."""
    return data.decode("utf-8", "surrogateescape")


def headers_of(lines: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    """Return lines `name:value` as headers."""
    parts = (text_of(line).partition(":") for line in lines)
    return tuple((name, value) for name, colon, value in parts if colon)


def pieces(data: bytes, length: int) -> list[bytes]:
    """Cut bytes into pieces of this length, the last of which may be longer; 0 for one piece."""
    cut = min(len(data), MOST_PIECES * length)
    return [*(data[at : at + length] for at in range(0, cut, length or 1)), data[cut:]]
