"""The modules, optics and records of the package, found by introspection."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_args, get_origin

import lensconnect
from lensconnect.optics import Traversal
from lensconnect.record import Record

PACKAGE = Path(lensconnect.__file__).parent
ROOT = PACKAGE.parent
PYTHON = sys.executable


@cache
def modules() -> tuple[ModuleType, ...]:
    """Import and return every module of the package; outside CI, a module whose extra is missing is left out."""
    found = [lensconnect]
    for info in pkgutil.walk_packages(lensconnect.__path__, "lensconnect."):
        if info.name.endswith(".__main__"):
            continue
        try:
            found.append(importlib.import_module(info.name))
        except ModuleNotFoundError as missing:
            if os.environ.get("CI") or (missing.name or "").startswith("lensconnect"):
                raise
    return tuple(found)


class Found(NamedTuple):
    """An optic with its name, the module that annotates it, and the two types of its annotation."""

    name: str
    module: ModuleType
    optic: Any
    state: Any
    focus: Any

    def __str__(self) -> str:
        return self.name


@cache
def optics() -> tuple[Found, ...]:
    """Return every public optic that a module of the package annotates."""
    return tuple(
        Found(name, module, getattr(module, name), *get_args(eval(hint, vars(module))))
        for module in modules()
        for name, hint in getattr(module, "__annotations__", {}).items()
        if not name.startswith("_") and isinstance(getattr(module, name, None), Traversal)
    )


def public_values() -> Iterator[tuple[ModuleType, str, object]]:
    """Yield every public name of every module; a value with several names comes several times."""
    for module in modules():
        for name, value in vars(module).items():
            if not name.startswith("_"):
                yield module, name, value


@cache
def records() -> tuple[type[Record], ...]:
    """Return every public record type, base classes included, in the order of definition."""
    found = {
        value: None
        for module, _, value in public_values()
        if isinstance(value, type) and issubclass(value, Record) and value.__module__ == module.__name__
    }
    return tuple(found)


def plain(annotation: Any) -> Any:
    """Return the class of an annotation: `Operation` for `Operation[...]`."""
    return get_origin(annotation) or annotation


def snake(name: str) -> str:
    """Convert a class name to snake case as botocore does: `WebRTCMeeting` becomes `web_rtc_meeting`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
