"""The optics of the package `lenses`, which only this module imports.

Facts about `lenses` (observed with version 1.2.0): it has no `py.typed`, so a type checker sees `Any`
everywhere; an attribute that does not exist becomes a lens; `==` builds a setter, which is always true; a get
takes microseconds.  Our optics are subclasses of its `UnboundLens`, so any raw optic composes with them by `&`
on either side; but they run compiled closures, compare by identity and refuse at run time what a type checker
refuses.

`lenses` is GPL-3.0-or-later.  A distribution may leave it out: without it our optics work on their own, and
only composing with raw `lenses` optics is missing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final


class LensesBase:
    """The base of our optics, to a type checker and where `lenses` is not installed."""

    __slots__ = ()


lenses: Any = None
maybe: Any = None
if not TYPE_CHECKING:
    with suppress(ModuleNotFoundError):
        import lenses as _package

        LensesBase, lenses, maybe = _package.UnboundLens, _package.optics, _package.maybe

HINT: Final = "" if lenses else "; optics of the package `lenses` need it installed: python -m pip install lenses"
"""The end of an error that may come from the absence of `lenses`."""
