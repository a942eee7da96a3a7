"""The pages beside the code print what they say, and name what there is."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
from helpers.type_checkers import CHECKERS, marked

import lensconnect
from docs.pages import EXAMPLES, FILES, PAGES, Example, rows, run, write
from lensconnect import EnvOptions, Program
from lensconnect.emulator import running
from lensconnect.interpreters.configuration.environment import VARIABLES, read_configuration
from lensconnect.interpreters.environments import factory as new_env
from lensconnect.programs.observe import EventName
from lensconnect.testing.laws import check_transport

TYPED = sorted(PAGES.keys() - {"testing"})
"""The pages whose examples checkers must accept: tests that take fixtures are seldom annotated."""


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.name for each in EXAMPLES])
def test_an_example_prints_what_the_page_says(example: Example, tmp_path: Path) -> None:
    write(example.page, tmp_path)
    shown = run(tmp_path, example.name)
    assert (shown.stdout, shown.stderr) == (example.printed, "")


def test_the_tests_on_the_page_pass(tmp_path: Path) -> None:
    write("testing", tmp_path)
    shown = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "test_greeting.py")
    promised = re.search(r"`pytest` says\n\n```\n(\d+ passed)\n```", PAGES["testing"])
    assert promised is not None
    assert f" {promised[1]} in " in shown.stdout, shown.stdout


def test_every_example_is_run() -> None:
    blocks = sum(page.count("```python") for page in PAGES.values())
    assert blocks == len(EXAMPLES) + sum(map(len, FILES.values())) > 25


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_checkers_accept_the_examples_but_for_what_says_it_is_wrong(checker: str, tmp_path: Path) -> None:
    if find_spec(checker) is None and not os.environ.get("CI"):
        pytest.skip(f"{checker} is not installed")
    programs = [file for page in TYPED for file in write(page, tmp_path)]
    typed = [file for file in programs if "import boto3" not in file.read_text()]  # which has no types
    wrong = {file.name: marked(file.read_text()).keys() for file in typed if marked(file.read_text())}
    assert {name: found.keys() for name, found in CHECKERS[checker](*typed).items()} == wrong
    assert wrong


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_misses_the_kind_of_error_that_is_forgotten(checker: str, tmp_path: Path) -> None:
    (source,) = (each.code for each in EXAMPLES if "def advice(" in each.code)
    whole, last = re.subn(r"        case lc.ServiceError\(\):\n.*\n", "", source)
    (forgetful := tmp_path / "forgetful.py").write_text(whole)
    assert last == 1
    assert CHECKERS[checker](forgetful)


# --- configuration


class Asked(Mapping[str, str]):
    """Variables that are all absent, and which of them were asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


OPTIONS = list(rows("configuration", 5))
WITHOUT_OPTION = list(rows("configuration", 3))
SETTINGS = {"fips": "use_fips_endpoint", "dualstack": "use_dualstack_endpoint", "retry": "max_attempts"}
"""The settings of a profile that are not called as the option is."""


def quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`(\w+)`", cell))


def test_the_table_of_options_has_them_all_with_their_defaults() -> None:
    names = [name for row in OPTIONS for name in quoted(row[0])]
    assert names == ["transport", *EnvOptions.__annotations__]
    parameters = {**inspect.signature(new_env._plan).parameters, **inspect.signature(new_env.new_env).parameters}
    known = {**vars(lensconnect), **vars(new_env)}
    assert {row[0]: eval(row[1].strip("`"), known) for row in OPTIONS} == {
        f"`{name}`": parameters[name].default for name in names
    }


def test_an_option_is_read_from_the_variables_in_the_table() -> None:
    for row in OPTIONS:
        (name,) = quoted(row[0])
        assert quoted(row[3]) == VARIABLES.get(SETTINGS.get(name, name), quoted(row[3])), name


def test_the_page_on_configuration_names_every_variable_and_every_setting_that_is_read() -> None:
    asked = Asked()
    read_configuration(environ=asked, read_file=lambda _: None)
    variables = [name for row in OPTIONS for name in quoted(row[3])] + [quoted(row[0])[0] for row in WITHOUT_OPTION]
    settings = [name for row in OPTIONS for name in quoted(row[4])]
    settings += [name for row in WITHOUT_OPTION for name in quoted(row[1])]
    assert sorted(variables) == sorted(asked.names)
    assert sorted(settings) == sorted(VARIABLES)


# --- what pages name


def test_the_page_on_connect_names_every_operation() -> None:
    table = PAGES["connect"].split("## What the participant API does")[1].split("\n## ")[0]
    named = [name for name in re.findall(r"`([A-Z]\w+)`", table) if name not in ("GET", "PUT")]
    assert sorted(named) == sorted(row.name for row in lensconnect.OPERATIONS)


def test_the_page_on_connect_has_the_default_quotas() -> None:
    quotas = [(name, float(rate), int(burst)) for name, rate, burst in rows("connect", 3) if rate.isdigit()]
    assert quotas == [(quota.bucket, quota.rate, quota.burst) for quota in lensconnect.CONNECT_QUOTAS.rows]


def test_the_page_on_optics_names_what_there_is() -> None:
    cells = [cell for row in rows("optics", 2) for cell in row]
    ours = [name for cell in cells for name in re.findall(r"`([a-z_]+|[A-Z_]+)[`(]", cell)]
    assert len(ours) > 15
    assert not [name for name in ours if not hasattr(lensconnect, name)]


def test_the_page_on_optics_shows_each_lens_beside_its_field() -> None:
    table = [[cell.strip("`") for cell in row] for row in rows("optics", 3)]
    named = {lens: (record, field) for record, field, lens in table if re.fullmatch(r"[a-z_]+", lens)}
    assert len(named) > 5
    assert {lens: getattr(lensconnect, lens).path for lens in named} == {lens: (named[lens][1],) for lens in named}
    assert all(hasattr(getattr(lensconnect, record), field) for record, field in named.values())


def test_the_page_on_testing_names_every_fixture() -> None:
    fixtures = importlib.import_module("lensconnect.testing.fixtures")
    assert re.findall(r"^\| `(lensconnect_\w+)` \|", PAGES["testing"], re.M) == re.findall(
        r"^(lensconnect_\w+)  ", fixtures.__doc__ or "", re.M
    )
    assert set(re.findall(r"`(lensconnect_\w+)`", PAGES["testing"])) == set(fixtures.__all__)


def test_the_page_on_hooks_names_what_there_is() -> None:
    hooks = re.findall(r"^\| `(\w+Hook)` \| (.+) \|$", PAGES["hooks"], re.M)
    assert len(hooks) == len(dict(hooks)) == 9
    for name in get_args(EventName):
        assert f"| `{name}` |" in PAGES["hooks"]


@pytest.mark.parametrize("page", ["hooks", "programs", "configuration"])
def test_what_a_page_calls_is_there(page: str) -> None:
    observe = importlib.import_module("lensconnect.programs.observe")
    known: dict[str, Any] = {**vars(lensconnect), **vars(observe), **vars(Program)}
    called = set(re.findall(r"`(\w+)\(", PAGES[page]))
    assert called
    assert called - {"program"} <= known.keys()


# --- transports


@pytest.mark.slow
def test_the_short_transport_fails_the_checks_that_the_page_lists() -> None:
    (source,) = (example.code for example in EXAMPLES if "from http.client import" in example.code)
    namespace: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, namespace)
    failed = [check.name for check in check_transport(lambda: namespace["perform"]).failed]
    table = PAGES["transports"].split("| checks | reason |")[1].split("\n\n")[0]
    listed = re.findall(r"`([^`]+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    assert sorted(failed) == sorted(name for name in failed if name.startswith(tuple(listed)))
    assert [name for name in listed if not any(check.startswith(name) for check in failed)] == []


def test_the_short_transport_runs_a_program_over_http() -> None:
    (source,) = (example.code for example in EXAMPLES if "from http.client import" in example.code)
    namespace: dict[str, Any] = {}
    exec(source.replace("print(", "str("), namespace)
    with running() as service, new_env.new_env(endpoint_url=service.base_url, transport=namespace["perform"]) as env:
        request = lensconnect.CreateParticipantConnection(
            participant_token=service.start_chat().participant_token, connect_participant=True
        )
        assert lensconnect.or_raise(lensconnect.send(request)(env)).http_status == 200
