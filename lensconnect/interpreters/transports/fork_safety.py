"""Fork safety: reset locks, threads and sockets in the child of a fork.

Fact (fork(2), observed on Linux): of the parent's threads only the one that forked runs in the child.  A
lock that another thread held is never released there, and the work of that thread is never finished.
"""

from __future__ import annotations

import os
from typing import Final, Protocol
from weakref import WeakSet


class _Resettable(Protocol):
    """An object that holds locks, threads or sockets."""

    def reset_after_fork(self) -> None:
        """Replace the locks, drop the threads, close this process's copies of the sockets."""
        ...


_REGISTERED: Final[WeakSet[_Resettable]] = WeakSet()


def register_after_fork(holder: _Resettable) -> None:
    """Call `holder.reset_after_fork()` in every forked child while `holder` is alive (it is held weakly)."""
    _REGISTERED.add(holder)


def _reset_all() -> None:
    for holder in list(_REGISTERED):
        holder.reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
