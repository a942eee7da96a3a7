"""Check something in a forked child."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

F = TypeVar("F", bound=Callable[..., None])


def forks(test: F) -> F:
    """Skip a test where the system has no fork; Python warns of a fork beside threads."""
    ignored = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
    return pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")(ignored(test))


def holds_in_child(check: Callable[[], bool]) -> bool:
    """Return whether a check holds in a forked child."""
    child = os.fork()
    if not child:
        holds = False
        try:
            holds = check()
        finally:
            os._exit(0 if holds else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
