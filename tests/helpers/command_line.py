"""Run the command line without the AWS configuration of this machine: in this process, or with `MAIN` in its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from lensconnect.cli import main

__all__ = ["MAIN", "environment", "lensconnect"]

MAIN = [sys.executable, "-W", "error", "-c", "from lensconnect.cli import main; main()"]
"""The command, with warnings as errors."""


def environment(**variables: str) -> dict[str, str]:
    """Return the variables of this process, without those of AWS and lensconnect, and with these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LENSCONNECT_"))}
    return {**inherited, "COLUMNS": "200", "NO_COLOR": "1", "AWS_CONFIG_FILE": os.devnull, **variables}


def lensconnect(*arguments: str, stdin: str | bytes = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in this process, with streams that encode text as PYTHONIOENCODING says."""
    with (
        patch.dict(os.environ, environment(**variables), clear=True),
        patch.object(sys, "argv", ["lensconnect", *arguments]),
    ):
        encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
        given = io.TextIOWrapper(io.BytesIO(stdin.encode(encoding) if isinstance(stdin, str) else stdin), encoding)
        code: object = 0
        with patch.object(sys, "stdin", given), redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                code = ended.code or 0
        assert isinstance(code, int), code
        return subprocess.CompletedProcess(sys.argv, code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
