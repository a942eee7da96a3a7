"""Switches: the emulator's options as text, for who does not write Python.

quotas=true   scan_seconds=2.5   sixth_socket=replace   limits=classic   socket_quiet_seconds=null
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lensconnect.emulator.options import Options
from lensconnect.jsontext import Json, dumps, loads
from lensconnect.record import NotDecodable, decoder, fields, part_of, values
from lensconnect.wire.limits import CLASSIC, DOCUMENTED_2026, MODEL, NONE

__all__ = ["SWITCHES", "options_of"]

_LIMITS: Final = {limits.name: limits for limits in (MODEL, DOCUMENTED_2026, CLASSIC, NONE)}

SWITCHES: Final = tuple(field.name for field in fields(Options))
"""The names there are."""

_read: Final = decoder(part_of(Options, frozenset(SWITCHES) - {"limits"}))


def options_of(settings: Iterable[str]) -> Options:
    """The options that `NAME=VALUE`s say, the others as they are; `NotDecodable` says what is wrong.

    >>> chosen = options_of(["quotas=true", "scan_seconds=2.5", "limits=classic"])
    >>> chosen.quotas, chosen.scan_seconds, chosen.limits.name
    (True, 2.5, 'classic')
    """
    given = dict(map(_setting, settings))
    name = given.pop("limits", DOCUMENTED_2026.name)
    limits = _LIMITS.get(name) if isinstance(name, str) else None
    if limits is None:
        raise NotDecodable("limits is one of " + ", ".join(_LIMITS))
    return Options(limits=limits, **values(_read(dumps(given))))


def _setting(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    if not equals or name not in SWITCHES:
        raise NotDecodable(f"{text} is not NAME=VALUE of one of " + ", ".join(SWITCHES))
    try:
        return name, loads(value)
    except ValueError:
        return name, value
