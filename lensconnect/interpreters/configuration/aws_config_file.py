"""The AWS config file: from its text to the settings that say where and how the service is reached.

    text  ->  AwsFile(profiles, services)  or an InvalidEndpoint that names a line

Nothing else of the file is kept: a key of credentials in it goes no further than here, and an error
names a line and never quotes one.

Facts, as botocore's `configloader` has them: the format is that of `configparser.RawConfigParser` (keys in
any case, comments on lines of their own, `[DEFAULT]` under every section), plus one level of nesting in an
indented value.  A profile is `[default]` or `[profile NAME]`, quoted as in a shell; the last of two sections
for one name holds alone.  A section or key written twice, a byte order mark, bytes that are not UTF-8, a line
that is no setting: each refuses the whole file, as does a nested line without `=` in any section.
"""

from __future__ import annotations

import shlex
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Set
from configparser import Error as NotParsed
from configparser import RawConfigParser
from io import StringIO
from typing import Final, NamedTuple, TypeAlias

from lensconnect.errors import InvalidEndpoint
from lensconnect.results import Failure, Result, Success

Setting: TypeAlias = str | Mapping[str, str]
"""A plain value, or a block of them."""
Section: TypeAlias = Mapping[str, Setting]

SERVICE: Final = "connectparticipant"
"""What a `services` section calls this service."""


class AwsFile(NamedTuple):
    """What the file says of each profile, and of this service in each `services` section."""

    profiles: Mapping[str, Section]
    services: Mapping[str, Section]


def parse(text: str, names: Set[str]) -> Result[AwsFile, InvalidEndpoint]:
    """The settings of these names in a config file's text.

    In the text, half a surrogate pair stands for a byte that is not UTF-8.

    >>> parse("[profile chat]\\nregion = eu-west-2\\noutput = json", {"region"}).unwrap().profiles
    {'chat': {'region': 'eu-west-2'}}
    """
    lines = StringIO(text, newline=None).readlines()
    if _is_parseable(lines):
        return Success(_settings(_sections(lines), names))
    bad = bisect_left(range(len(lines)), True, key=lambda last: not _is_parseable(lines[: last + 1])) + 1
    mark = " (a byte order mark)" if text.startswith("\ufeff") else ""
    return Failure(InvalidEndpoint(f"the AWS config file cannot be read: line {bad} is not of its format{mark}"))


def _is_parseable(lines: list[str]) -> bool:
    """Whether so much of the file can be read; what cannot does not become readable by what follows."""
    try:
        _sections(lines)
    except (NotParsed, ValueError):
        return False
    return True


def _sections(lines: list[str]) -> dict[str, Section]:
    """Every section under its own name; raises `configparser.Error` or `ValueError`."""
    "".join(lines).encode()
    parser = RawConfigParser()
    parser.read_file(lines)
    return {name: {key: _value(parser.get(name, key)) for key in parser.options(name)} for name in parser.sections()}


def _value(text: str) -> Setting:
    return dict(_pairs(text)) if text.startswith("\n") else text


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, map(str.strip, block.splitlines())):
        name, value = line.split("=", 1)
        yield name.strip(), value.strip()


def _settings(sections: Mapping[str, Section], names: Set[str]) -> AwsFile:
    profiles: dict[str, Section] = {}
    services: dict[str, Section] = {}
    for header, section in sections.items():
        if header == "default":
            profiles["default"] = _only(names, section)
        elif header.startswith("profile"):
            profiles |= {name: _only(names, section) for name in _name(header)}
        elif header.startswith("services"):
            services |= {name: _only({SERVICE}, section) for name in _name(header)}
    return AwsFile(profiles, services)


def _only(names: Set[str], section: Section) -> Section:
    return {name: value for name, value in section.items() if name in names}


def _name(header: str) -> list[str]:
    """The name in a section's header, if it has one: `a b` in `profile "a b"`."""
    try:
        _, *names = shlex.split(header)
    except ValueError:
        return []
    return names if len(names) == 1 else []
