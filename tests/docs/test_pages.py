"""The names and tables on the other pages match the code."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import tomllib
from typing import Any, get_args

import pytest
from helpers.introspection import ROOT
from helpers.language_rules import WORDS

import lensconnect
from docs.pages import DOCS, EXAMPLES, PAGES, rows, section
from lensconnect import Program, new_env
from lensconnect.emulator import running
from lensconnect.emulator.operations import HANDLERS
from lensconnect.programs.observe import EventName
from lensconnect.testing import laws


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_to_a_file_and_a_heading(page: str) -> None:
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", PAGES[page]):
        target = (DOCS / path).resolve() if path else DOCS / f"{page}.md"
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text()), anchor


@pytest.mark.parametrize("page", PAGES)
def test_a_page_counts_no_operations_and_uses_plain_words(page: str) -> None:
    assert WORDS.findall(PAGES[page]) + re.findall(r"(?i)\b(?:eleven|twelve) operations\b", PAGES[page]) == []


def test_connect_names_every_operation_of_the_emulator_and_no_other_name() -> None:
    names = set(re.findall(r"`([A-Z]\w+)`", section("connect", "What the participant API does"))) - {"GET", "PUT"}
    assert {request.__name__ for request in HANDLERS} <= names <= {row.name for row in lensconnect.OPERATIONS}


def test_connect_has_the_default_quotas() -> None:
    quotas = [(name, float(rate), int(burst)) for name, rate, burst in rows("connect", 3) if rate.isdigit()]
    assert quotas == [(quota.bucket, quota.rate, quota.burst) for quota in lensconnect.CONNECT_QUOTAS.rows]


def test_optics_names_only_what_exists() -> None:
    cells = [cell for row in rows("optics", 2) for cell in row]
    names = [name for cell in cells for name in re.findall(r"`([a-z_]+|[A-Z_]+)[`(]", cell)]
    assert len(names) > 15
    assert [name for name in names if not hasattr(lensconnect, name)] == []


def test_optics_shows_each_lens_beside_its_field() -> None:
    table = [[cell.strip("`") for cell in row] for row in rows("optics", 3)]
    fields = {lens: (record, field) for record, field, lens in table if re.fullmatch(r"[a-z_]+", lens)}
    assert len(fields) > 5
    assert {lens: getattr(lensconnect, lens).path for lens in fields} == {lens: (fields[lens][1],) for lens in fields}
    assert all(hasattr(getattr(lensconnect, record), field) for record, field in fields.values())


def test_optics_installs_every_dependency_but_lenses() -> None:
    (installed,) = re.findall(r"`pip install ((?!-)[^`]+)`", section("optics", "The package `lenses`"))
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [re.match(r"[\w-]+", dependency)[0] for dependency in dependencies]
    assert sorted([*installed.split(), "lenses"]) == sorted(names)


def test_testing_names_every_fixture() -> None:
    fixtures = importlib.import_module("lensconnect.testing.fixtures")
    assert re.findall(r"^\| `(lensconnect_\w+)` \|", PAGES["testing"], re.M) == re.findall(
        r"^(lensconnect_\w+)  ", fixtures.__doc__ or "", re.M
    )
    assert set(re.findall(r"`(lensconnect_\w+)`", PAGES["testing"])) == set(fixtures.__all__)


def test_hooks_names_every_event_and_every_hook_of_amazonka() -> None:
    hooks = re.findall(r"^\| `(\w+Hook)` \| (.+) \|$", PAGES["hooks"], re.M)
    assert len(hooks) == len(dict(hooks)) == 9
    names = {name for kind in get_args(EventName) for name in get_args(kind)}
    assert len(names) == 13
    assert [name for name in sorted(names) if f"| `{name}` |" not in PAGES["hooks"]] == []


@pytest.mark.parametrize("page", ["configuration", "connect", "hooks", "programs", "transports"])
def test_a_function_called_on_a_page_exists(page: str) -> None:
    observe = importlib.import_module("lensconnect.programs.observe")
    adapters = {"AiohttpTransport", "Httpx2Transport"}
    known = {*vars(lensconnect), *vars(observe), *vars(Program), *vars(laws), *adapters, "print", "program"}
    called = set(re.findall(r"`(\w+)\(", PAGES[page]))
    assert called
    assert called - known == set()


def short_transport() -> lensconnect.Transport:
    """Return the transport on `http.client` that docs/transports.md shows."""
    (source,) = (example.code for example in EXAMPLES if "from http.client import" in example.code)
    namespace: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, namespace)
    transport: lensconnect.Transport = namespace["perform"]
    return transport


def test_the_short_transport_runs_a_program_over_http() -> None:
    with running() as service, new_env(endpoint_url=service.base_url, transport=short_transport()) as env:
        request = lensconnect.CreateParticipantConnection(
            participant_token=service.start_chat().participant_token, connect_participant=True
        )
        assert lensconnect.or_raise(lensconnect.send(request)(env)).http_status == 200


@pytest.mark.slow
def test_the_short_transport_fails_the_checks_that_the_page_lists() -> None:
    transport = short_transport()
    failed = [check.name for check in laws.check_transport(lambda: transport).failed]
    table = section("transports", "A transport of your own").split("| checks | reason |")[1]
    listed = [
        name for line in table.splitlines() if "|" in line for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    ]
    assert [name for name in failed if not name.startswith(tuple(listed))] == []
    assert [name for name in listed if not any(check.startswith(name) for check in failed)] == []
