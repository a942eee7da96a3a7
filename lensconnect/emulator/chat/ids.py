"""Fresh ids and tokens from a seed: the same seed gives the same ones in the same order.

They are unguessable only if the seed is; nothing here draws chance of its own.
"""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

__all__ = ["Ids"]


class Ids:
    """A counter behind a keyed hash.

    >>> Ids("seed").uuid() == Ids("seed").uuid()
    True
    """

    __slots__ = ("_count", "_key")

    def __init__(self, seed: str) -> None:
        self._key = blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._count = 0

    def uuid(self) -> str:
        """A fresh id of UUID shape (36 characters)."""
        return str(UUID(bytes=self._next("id")[:16], version=4))

    def token(self, kind: str) -> str:
        """A fresh bearer token: its kind, a dash, 64 hexadecimal digits."""
        return f"{kind}-{self._next(kind).hex()}"

    def fraction(self) -> float:
        """A fresh number from 0 up to, and not including, 1."""
        return int.from_bytes(self._next("chance")[:6], "big") / 2**48

    def seal(self, text: str) -> str:
        """A short signature of the text that only this seed makes; it uses nothing up."""
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=12).hexdigest()

    def _next(self, kind: str) -> bytes:
        self._count += 1
        return blake2b(f"{kind} {self._count}".encode(), key=self._key, digest_size=32).digest()
