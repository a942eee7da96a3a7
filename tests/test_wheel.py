"""The wheel: built from this tree and used where the tree is out of reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from helpers.introspection import PACKAGE, ROOT

pytestmark = pytest.mark.slow

PIECE = ("helpers", "conftest.py", "optics", "test_record.py", "test_errors.py", "wire")
"""The part of the suite that needs nothing but the package and other packages."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("lensconnect-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel and the packages of this environment, but not the editable install.

    A path that a `.pth` file adds is searched, while the `.pth` files in it are not read.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    scheme = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", scheme))
    zipfile.ZipFile(wheel).extractall(site)
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Path(sysconfig.get_path("scripts", "venv", scheme)) / "python"


def run(*command: str, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "AWS_"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def test_it_holds_the_package_without_its_pages_and_tests(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*") if path.is_file()}
    pages = {name for name in tracked if name.startswith("lensconnect/docs/")}
    assert packed == {name for name in tracked - pages if "__pycache__" not in name}
    assert pages
    assert "lensconnect/py.typed" in packed
    assert {Path(name).suffix for name in packed if "/static/" in name} == {".js", ".html", ".css", ".svg"}


def test_it_says_what_pyproject_says(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        (metadata,) = (name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        text = packed.read(metadata).decode()
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in packed.namelist())
    assert "License-Expression: MPL-2.0" in text
    assert "Requires-Python: >=3.11" in text
    assert "# lensconnect" in text


def test_a_part_of_the_suite_passes_on_it(python: Path, tmp_path: Path) -> None:
    for name in PIECE:
        source = ROOT / "tests" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / "pyproject.toml").write_text(
        (ROOT / "pyproject.toml").read_text().replace('["tests", "lensconnect"]', '["."]')
    )
    where = run(str(python), "-c", "import lensconnect; print(lensconnect.__file__)", cwd=tmp_path)
    assert not Path(where.strip()).is_relative_to(ROOT)
    output = run(str(python), "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", cwd=tmp_path)
    assert " passed" in output


def test_its_command_line_and_its_page_work(python: Path, tmp_path: Path) -> None:
    shown = run(str(python), "-m", "lensconnect", "demo", cwd=tmp_path)
    assert "Hello" in shown
    page = (
        "import urllib.request; from lensconnect.emulator import running\n"
        "with running() as service: print(urllib.request.urlopen(service.base_url).read().decode())"
    )
    assert "<!doctype html>" in run(str(python), "-c", page, cwd=tmp_path).lower()
