"""The advice for a missing package is a command that works whether or not lensconnect is on an index."""

from __future__ import annotations

import shlex
from importlib.metadata import PackageNotFoundError

import pytest

from lensconnect.interpreters.extras import needs_extra


def advice(extra: str, missing: str) -> list[str]:
    with pytest.raises(ModuleNotFoundError) as raised, needs_extra("the thing", extra):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
    assert raised.value.name == missing
    subject, command = str(raised.value).split(": ", 1)
    assert subject == f"the thing needs {missing}"
    *pip, first = shlex.split(command)[:5]
    assert pip == ["python", "-m", "pip", "install"]
    return [first, *shlex.split(command)[5:]]


@pytest.mark.parametrize(
    ("extra", "missing", "packages"),
    [
        ("aiohttp", "aiohttp", ["aiohttp"]),
        ("httpx2", "httpx2", ["httpx2"]),
        ("cli", "typer", ["jmespath", "pyyaml", "rich", "typer"]),
        ("emulator", "uvicorn", ["jmespath", "pyyaml", "rich", "starlette", "typer", "uvicorn"]),
    ],
)
def test_the_command_installs_the_packages_of_the_extra_in_their_ranges(
    extra: str, missing: str, packages: list[str]
) -> None:
    requirements = advice(extra, missing)
    assert [requirement.partition(">")[0].partition("<")[0] for requirement in requirements] == packages
    assert all(">=" in requirement for requirement in requirements)
    assert "lensconnect" not in " ".join(requirements)


def test_a_package_outside_the_extra_is_installed_too() -> None:
    assert advice("httpx2", "anyio")[-1] == "anyio"


def test_without_metadata_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(_: str) -> list[str]:
        raise PackageNotFoundError

    monkeypatch.setattr("importlib.metadata.requires", requires)
    assert advice("emulator", "uvicorn") == ["uvicorn"]
