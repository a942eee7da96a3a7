"""From a method and a path to the row of an operation.

Facts: the path is split before it is decoded, so an escaped slash stays within its segment; doubled
slashes and a base path are tolerated, since clients make both out of a configured endpoint.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lensconnect.emulator.wire.errors import no_route, wrong_method
from lensconnect.errors import ServiceError
from lensconnect.operations import OPERATIONS, Row

__all__ = ["route", "segments_of"]

_PATHS: Final = tuple((tuple(row.path.strip("/").split("/")), len(row.at("path")), row) for row in OPERATIONS)
"""For each row the words of its path, and how many labels follow them."""


def segments_of(url: str) -> tuple[str, ...]:
    """The path's segments that hold something, still escaped."""
    try:
        return tuple(segment for segment in urlsplit(url).path.split("/") if segment)
    except ValueError:
        return ()


def route(method: str, segments: tuple[str, ...]) -> Row | ServiceError:
    """The operation that answers, or 404 for a path of nobody's and 405 for another method.

    >>> route("GET", ("participant", "views", "a%2Fb")).name
    'DescribeView'
    >>> route("GET", ("participant", "message")).status
    405
    """
    rows = [row for words, labels, row in _PATHS if _fits(words, labels, segments)]
    if not rows:
        return no_route()
    return next((row for row in rows if row.method == method), wrong_method(row.method for row in rows))


def _fits(words: tuple[str, ...], labels: int, segments: tuple[str, ...]) -> bool:
    end = len(segments) - labels
    return end >= len(words) and segments[end - len(words) : end] == words
