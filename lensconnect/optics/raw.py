"""The optics of the package `lenses`, which only this module imports, when the first of ours meets one of them.

Facts about `lenses` (observed with version 1.2.0): it has no `py.typed`, so a type checker sees `Any`
everywhere; an attribute that does not exist becomes a lens; `==` builds a setter, which is always true; a get
takes microseconds; its import takes a sixteenth of a process that sends one message.  So our optics run compiled
closures and inherit nothing.  `UnboundLens.__and__` takes what is an instance of its class and has an `_optic`:
ours are instances by their `__class__`, as `isinstance` asks for it, so any raw optic composes with them by `&`
on either side.

`lenses` is GPL-3.0-or-later.  A distribution may leave it out: without it our optics work on their own, and
only composing with raw `lenses` optics is missing.
"""

from __future__ import annotations

from contextlib import suppress
from sys import modules
from typing import TYPE_CHECKING, Any


def unbound_lens() -> Any:
    """Return the class of raw optics where their package was imported, None elsewhere: nobody has such an optic."""
    return getattr(modules.get("lenses"), "UnboundLens", None)


def package() -> Any:
    """Return the package `lenses`, None if it is not installed."""
    if not TYPE_CHECKING:
        with suppress(ModuleNotFoundError):
            import lenses

            return lenses
    return None


def hint() -> str:
    """Return the end of an error that may come from the absence of `lenses`."""
    return "" if package() else "; optics of the package `lenses` need it installed: python -m pip install lenses"
