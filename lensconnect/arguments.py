"""Errors for wrong arguments: a sentence with the name of the argument, what it must be, and what was given.

A function on the path of a message does not check first: it calls `expect` when something failed.  No sentence quotes
text, which may be a token or the URL of a proxy with its password.
"""

from __future__ import annotations

from collections.abc import Collection
from math import inf
from typing import Any


def shown(value: object) -> str:
    """Return what a value is, without its contents."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "None" if value is None else f"a value of type {type(value).__name__}"


def wrong_type(name: str, words: str, value: object, hint: str = "") -> TypeError:
    """Return the error for an argument that must be `words`; `hint` says what to do."""
    return TypeError(f"{name} must be {words}, not {shown(value)}{hint}")


def expect(name: str, value: object, kinds: Any, words: str, hint: str = "") -> None:
    """Raise `TypeError` for a value that is no instance of `kinds`, a type or a tuple of types; `hint` says what to do."""
    if not isinstance(value, kinds):
        raise wrong_type(name, words, value, hint) from None


def expect_one_of(name: str, value: object, known: Collection[str]) -> None:
    """Raise `TypeError` for a value that is no text, `ValueError` for one that is none of the known ones."""
    expect(name, value, str, "text")
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}") from None


def expect_number(
    name: str, value: object, low: float, high: float = inf, *, whole: bool = False, or_none: bool = False
) -> None:
    """Raise `TypeError` for a value that is no number, `ValueError` for a number out of range; a bool is no number."""
    if value is None and or_none:
        return
    bounds = "" if low == -inf else f" from {low} up" if high == inf else f" from {low} to {high}"
    words = f"a {'whole ' if whole else ''}number{bounds}" + (", or None" if or_none else "")
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise wrong_type(name, words, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be {words}, not {value}")
