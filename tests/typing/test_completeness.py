"""The types of the public interface are complete, as pyright counts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

LEAST = 0.99


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyright") is None and not os.environ.get("CI"), reason="pyright is not installed")
def test_the_public_types_are_complete(tmp_path: Path) -> None:
    """`--verifytypes` asks the first `python` on PATH where the package is; `--pythonpath` does not count for it."""
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    command = [sys.executable, "-m", "pyright", "--verifytypes", "lensconnect", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout[done.stdout.index("{") :])["typeCompleteness"]
    incomplete = [symbol["name"] for symbol in report["symbols"] if symbol["isExported"] and not symbol["isTypeKnown"]]
    assert report["pyTypedPath"], "the package was not found"
    assert report["completenessScore"] >= LEAST, "\n".join(incomplete)
