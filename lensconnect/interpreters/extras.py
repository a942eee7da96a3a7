"""needs_extra: name the pip command for the missing package of an extra.

The command names the packages of the extra with their version ranges, from the metadata of lensconnect.  It does not
name lensconnect itself, so it also works where lensconnect was installed from a clone and is on no package index.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def needs_extra(user: str, extra: str) -> Generator[None]:
    """Give the `ModuleNotFoundError` of a missing package a message with the command that installs it.

    `user` is what needs the package, in words; `extra` is an extra of lensconnect.  The error keeps its `name`.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        from shlex import join  # here, since nothing that is sent needs it

        command = join(["python", "-m", "pip", "install", *_requirements(extra, missing.name or extra)])
        raise ModuleNotFoundError(f"{user} needs {missing.name}: {command}", name=missing.name) from None


def _requirements(extra: str, missing: str) -> list[str]:
    """Return the requirements of the extra, and the missing package where it is none of them."""
    from importlib.metadata import PackageNotFoundError, requires  # slow to import, and needed after an error alone

    try:
        parts = [requirement.partition("; extra == ") for requirement in requires("lensconnect") or ()]
    except PackageNotFoundError:  # imported from a folder that was not installed
        parts = []
    found = [requirement for requirement, _, name in parts if name.strip("'\"") == extra]
    return found if any(requirement.startswith(missing) for requirement in found) else [*found, missing]
