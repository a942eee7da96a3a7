"""The AWS config file: from its text to the settings that say where and how to reach the service.

    text  ->  AwsFile(profiles, services)  or an InvalidEndpoint that names a line

Only the settings asked for are kept: a credential in the file goes no further than here.  An error names a line and
never quotes one.

Facts (botocore 1.44.5, `configloader`; the tests compare both): the format is that of `configparser.RawConfigParser`
(keys in any case, comments on lines of their own, `[DEFAULT]` below every section), plus one level of nesting in an
indented value.  A profile is `[default]` or `[profile NAME]`, quoted as in a shell; of two sections for one name the
last counts.  These make botocore refuse the whole file: a section or key written twice, a byte order mark, bytes that
are not UTF-8, a line that is not a setting, and in any section a nested line without `=`.  `parse` does so too;
`parse_profile` refuses them only in the sections that a profile uses, and reads past a byte order mark.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Set
from configparser import Error as NotParsed
from configparser import RawConfigParser
from io import StringIO
from typing import Any, Final, NamedTuple, TypeAlias

from lensconnect.errors import InvalidEndpoint
from lensconnect.results import Failure, Result, Success, is_err

Setting: TypeAlias = str | Mapping[str, str]
"""A plain value, or a block of them."""
Section: TypeAlias = Mapping[str, Setting]

SERVICE: Final = "connectparticipant"
"""The key of this service in a `services` section."""


class AwsFile(NamedTuple):
    """The settings of each profile, and of this service in each `services` section."""

    profiles: Mapping[str, Section]
    services: Mapping[str, Section]


def parse(text: str, names: Set[str]) -> Result[AwsFile, InvalidEndpoint]:
    """Return the settings of these names in a config file's text; InvalidEndpoint with the line of its first error.

    In the text, half a surrogate pair stands for a byte that is not UTF-8.

    >>> parse("[profile chat]\\nregion = eu-west-2\\noutput = json", {"region"}).unwrap().profiles
    {'chat': {'region': 'eu-west-2'}}
    """
    lines = StringIO(text, newline=None).readlines()
    try:
        return Success(_settings(_sections(lines), names))
    except (NotParsed, ValueError) as error:
        message = f"the AWS config file cannot be read: line {_first_line_of(error, lines)} is not of its format"
        return Failure(InvalidEndpoint(message))


def parse_profile(text: str, profile: str, names: Set[str]) -> Result[AwsFile, InvalidEndpoint]:
    """Return what `parse` returns; of a text that it refuses, the sections that the profile uses.

    Those are the profile's own, `[DEFAULT]`, and the `services` section that it names.  InvalidEndpoint if these
    cannot be read either.

    >>> parse_profile("junk\\n[profile chat]\\nregion = eu-west-2", "chat", {"region"}).unwrap().profiles
    {'chat': {'region': 'eu-west-2'}}
    """
    whole = parse(text, names)
    if not is_err(whole):
        return whole
    own = parse(_sections_of(text, {profile}, frozenset()), names)
    services = own.map(lambda file: file.profiles.get(profile, {}).get("services")).value_or(None)
    return parse(_sections_of(text, {profile}, {services}), names) if isinstance(services, str) else own


def _sections_of(text: str, profiles: Set[str], services: Set[Setting | None]) -> str:
    """Return the text with the lines of all other sections emptied, so that each line keeps its number."""
    kept, is_used = list[str](), False
    for line in StringIO(text.removeprefix("\ufeff"), newline=None):
        header = RawConfigParser.SECTCRE.match(line)
        if header is not None:
            is_used = _is_used(header["header"], profiles, services)
        kept.append(line if is_used else "\n")
    return "".join(kept)


def _is_used(header: str, profiles: Set[str], services: Set[Setting | None]) -> bool:
    if header.startswith("services"):
        return not services.isdisjoint(_name(header))
    names = _name(header) if header.startswith("profile") else [header]
    return header == "DEFAULT" or not profiles.isdisjoint(names)


def _first_line_of(error: Exception, lines: list[str]) -> int:
    """Return the number of the first line that cannot be read: an exception may hide an earlier error."""
    number = _line_of(error, lines)
    try:
        _sections(lines[: number - 1])
    except (NotParsed, ValueError) as earlier:
        return _first_line_of(earlier, lines)
    return number


def _line_of(error: Any, lines: list[str]) -> int:
    """Return the number of the line that an exception of `_sections` is about."""
    if isinstance(error, UnicodeEncodeError):
        return "".join(lines).count("\n", 0, error.start) + 1
    if isinstance(error, ValueError):  # of `_pairs`, about a nested line
        return next(
            number for number, line in enumerate(lines, 1) if error.args[0] in map(str.strip, line.splitlines())
        )
    number: int = error.errors[0][0] if getattr(error, "errors", ()) else error.lineno
    return number


def _sections(lines: list[str]) -> dict[str, Section]:
    """Return each section under its own name; raise `configparser.Error` or `ValueError`."""
    "".join(lines).encode()
    parser = RawConfigParser()
    parser.read_file(lines)
    return {name: {key: _value(parser.get(name, key)) for key in parser.options(name)} for name in parser.sections()}


def _value(text: str) -> Setting:
    return dict(_pairs(text)) if text.startswith("\n") else text


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, map(str.strip, block.splitlines())):
        name, delimiter, value = line.partition("=")
        if not delimiter:
            raise ValueError(line)
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
    """Return the name in a section's header, as a list of one, or nothing: `a b` in `profile "a b"`."""
    try:
        _, *names = shlex.split(header)
    except ValueError:
        return []
    return names if len(names) == 1 else []
