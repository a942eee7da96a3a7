"""Run one search in two lanes: short in the fast lane, long in the slow lane."""

from __future__ import annotations

import pytest

__all__ = ["searched"]


def searched(name: str, *, fast: int, slow: int) -> pytest.MarkDecorator:
    """Give a test the parameter `name`: `fast` in the fast lane and `slow` in the slow lane."""
    return pytest.mark.parametrize(name, [fast, pytest.param(slow, marks=pytest.mark.slow)])
