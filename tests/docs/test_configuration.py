"""The tables of docs/configuration.md match the arguments of `new_env` and the settings that are read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping

import lensconnect
from docs.pages import rows
from lensconnect import EnvOptions
from lensconnect.interpreters.configuration.environment import VARIABLES, read_configuration
from lensconnect.interpreters.environments import options

ARGUMENTS = list(rows("configuration", 5))
WITHOUT_ARGUMENT = list(rows("configuration", 3))
KEYS = {"fips": "use_fips_endpoint", "dualstack": "use_dualstack_endpoint", "retry": "max_attempts"}
"""The keys of a profile whose names differ from the argument's."""


class NoVariables(Mapping[str, str]):
    """An environment without variables that records the names that are looked up."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def quoted_names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`(\w+)`", cell))


def test_the_table_has_every_argument_with_its_default() -> None:
    names = [name for row in ARGUMENTS for name in quoted_names(row[0])]
    assert names == ["transport", *EnvOptions.__annotations__]
    defaults = {name: option.default for name, option in options.OPTIONS.items()}
    defaults["transport"] = inspect.signature(lensconnect.new_env).parameters["transport"].default
    namespace = {**vars(lensconnect), **vars(options)}
    assert {row[0]: eval(row[1].strip("`"), namespace) for row in ARGUMENTS} == {
        f"`{name}`": defaults[name] for name in names
    }


def test_an_argument_is_read_from_the_variables_in_its_row() -> None:
    for row in ARGUMENTS:
        (name,) = quoted_names(row[0])
        assert quoted_names(row[3]) == VARIABLES.get(KEYS.get(name, name), quoted_names(row[3])), name


def test_the_tables_have_every_variable_and_every_key_that_is_read() -> None:
    environ = NoVariables()
    read_configuration(environ=environ, read_file=lambda _: None)
    variables = [name for row in ARGUMENTS for name in quoted_names(row[3])]
    variables += [quoted_names(row[0])[0] for row in WITHOUT_ARGUMENT]
    keys = [name for row in ARGUMENTS for name in quoted_names(row[4])]
    keys += [name for row in WITHOUT_ARGUMENT for name in quoted_names(row[1])]
    assert sorted(variables) == sorted(environ.names)
    assert sorted(keys) == sorted(VARIABLES)
