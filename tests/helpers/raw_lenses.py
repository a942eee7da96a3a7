"""The names of the package `lenses`, if it is installed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

__all__ = ["UnboundLens", "lens", "needs_lenses"]

UnboundLens: Any = None
lens: Any = None
with suppress(ModuleNotFoundError):
    from lenses import UnboundLens, lens  # type: ignore[no-redef]

needs_lenses = pytest.mark.skipif(lens is None, reason="the package lenses is not installed, or blocked")
