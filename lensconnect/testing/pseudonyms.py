"""Pseudonyms for secrets in cassettes."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import count
from typing import Final

from lensconnect.http import hiding
from lensconnect.record import MASK

_SCHEME: Final = re.compile(r"(https?|wss?)://")
_PSEUDONYM: Final = re.compile(r"(?:(?:https?|wss?)://scrubbed\.invalid/)?\*\*\*[a-z_]+-[0-9]+|\*\*\*|")


class Pseudonyms:
    """Gives each secret a pseudonym of its kind and a number, the same for the same secret.

    A pseudonym is its own pseudonym.  That of a URL is a URL of the same scheme.  A text that only differs from run to
    run has a pseudonym too, but `is_secret=False`: other texts may hold it.

    >>> pseudonym = Pseudonyms()
    >>> [pseudonym("token", secret) for secret in ("a", "b", "a", "***token-1", "wss://h/c")]
    ['***token-1', '***token-2', '***token-1', '***token-1', 'wss://scrubbed.invalid/***token-3']
    """

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._secrets: set[str] = set()
        self._taken: set[str] = set()
        self._numbers: defaultdict[str, count[int]] = defaultdict(lambda: count(1))

    def __call__(self, kind: str, text: str, *, is_secret: bool = True) -> str:
        """Return the pseudonym of a text; a new one takes the next free number of its kind."""
        pseudonym = text if is_pseudonym(text) else self._given.get(text)
        if pseudonym is None:
            scheme = _SCHEME.match(text)
            origin = f"{scheme[0]}scrubbed.invalid/" if scheme else ""
            names = (f"{MASK}{kind}-{number}" for number in self._numbers[kind])
            pseudonym = self._given[text] = origin + next(each for each in names if each not in self._taken)
        if is_secret and pseudonym != text:
            self._secrets.add(text)
        self._taken.add(pseudonym.rpartition("/")[2])
        return pseudonym

    def hide(self, text: str) -> str:
        """Return a text with a mask for each secret that has a pseudonym."""
        return hiding(self._secrets)(text)


def is_pseudonym(text: str) -> bool:
    """Return whether the text needs no pseudonym: it is one, is the mask, or is empty.

    An empty text is not a secret: an empty next token ends the pages of a transcript.
    """
    return _PSEUDONYM.fullmatch(text) is not None
