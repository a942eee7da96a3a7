"""What is told that it now lives in the child of a fork.

Fact: of the parent's threads only the one that forked goes on in the child, so a lock another one held
there is never released here, and what it was doing is never done.
"""

from __future__ import annotations

import os
from typing import Final, Protocol
from weakref import WeakSet

__all__ = ["tell_of_forks"]


class ForgetsParent(Protocol):
    """Holds locks, threads or sockets."""

    def forget_parent(self) -> None:
        """In the child of a fork: what is the parent's is the parent's."""
        ...


_LIVE: Final[WeakSet[ForgetsParent]] = WeakSet()


def tell_of_forks(holder: ForgetsParent) -> None:
    """As long as it lives."""
    _LIVE.add(holder)


def _forget_parent() -> None:
    for holder in list(_LIVE):
        holder.forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)
