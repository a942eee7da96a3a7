"""Ids, tokens and random numbers from a seed: the same seed gives the same ones in the same order.

They are as hard to guess as the seed.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final
from uuid import UUID

_SECRET: Final = re.compile("[0-9A-Fa-f]{64,}")


def mask_tokens(text: str) -> str:
    """Replace the secret part of each token in a text, which is at least 64 hexadecimal digits in a row, by `***`.

    >>> mask_tokens("upload-" + "a" * 64)
    'upload-***'
    """
    return _SECRET.sub("***", text)


class Ids:
    """A source of ids, tokens and random numbers: the same seed gives the same sequence.

    Each is a keyed BLAKE2 hash of a counter.

    >>> Ids("seed").uuid() == Ids("seed").uuid()
    True
    """

    __slots__ = ("_count", "_key")

    def __init__(self, seed: str) -> None:
        self._key = blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._count = 0

    def uuid(self) -> str:
        """Return a fresh UUID (36 characters)."""
        return str(UUID(bytes=self._next("id")[:16], version=4))

    def token(self, kind: str) -> str:
        """Return a fresh token: its kind, a dash, 64 hexadecimal digits."""
        return f"{kind}-{self._next(kind).hex()}"

    def fraction(self) -> float:
        """Return a fresh random number, from 0 up to but not including 1."""
        return int.from_bytes(self._next("random")[:6], "big") / 2**48

    def seal(self, text: str) -> str:
        """Return a signature of a text that only this seed produces, without advancing the counter."""
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=12).hexdigest()

    def _next(self, kind: str) -> bytes:
        self._count += 1
        return blake2b(f"{kind} {self._count}".encode(), key=self._key, digest_size=32).digest()
