"""Pseudonyms: what secrets are called where they may not be shown, and what fields are called by their lenses."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import count
from typing import Final

from lensconnect.record import MASK, Record

__all__ = ["Pseudonyms", "is_pseudonym", "lens_name"]

_URL: Final = re.compile(r"(https?|wss?)://")
_NAME: Final = re.compile(r"(?:(?:https?|wss?)://scrubbed\.invalid/)?\*\*\*[a-z_]+-[0-9]+|\*\*\*|")
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Pseudonyms:
    """What secrets are called: by their kind, in the order in which they are met.  A name is its own name.

    >>> named = Pseudonyms()
    >>> [named("token", secret) for secret in ("a", "b", "a", "***token-1", "wss://h/c")]
    ['***token-1', '***token-2', '***token-1', '***token-1', 'wss://scrubbed.invalid/***token-3']
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._numbers: defaultdict[str, count[int]] = defaultdict(lambda: count(1))

    def __call__(self, kind: str, secret: str) -> str:
        """The name; that of a URL is a URL of the same scheme."""
        name = secret if is_pseudonym(secret) else self._names.get(secret)
        if name is None:
            scheme = _URL.match(secret)
            home = f"{scheme[0]}scrubbed.invalid/" if scheme else ""
            fresh = (f"{home}{MASK}{kind}-{number}" for number in self._numbers[kind])
            name = self._names[secret] = next(name for name in fresh if name not in self._taken)
        self._taken.add(name)
        return name


def is_pseudonym(text: str) -> bool:
    """Whether it needs no name: it is one, or was masked, or is nothing, which ends the pages of a transcript."""
    return _NAME.fullmatch(text) is not None


def lens_name(record_type: type[Record], field: str) -> str:
    """What the lens of a field is called.

    >>> from lensconnect import WebRTCMeeting
    >>> lens_name(WebRTCMeeting, "meeting_id")
    'web_rtc_meeting_meeting_id'
    """
    return f"{_WORD.sub('_', record_type.__name__).lower()}_{field}"
