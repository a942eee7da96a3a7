"""Run the command line in a process of its own, without the AWS configuration of this machine."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["MAIN", "environment", "lensconnect"]

MAIN = [sys.executable, "-W", "error", "-c", "from lensconnect.cli import main; main()"]
"""The command, with warnings as errors."""


def environment(**variables: str) -> dict[str, str]:
    """Return the variables of this process, without those of AWS and lensconnect, and with these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LENSCONNECT_"))}
    return {**inherited, "COLUMNS": "200", "NO_COLOR": "1", "AWS_CONFIG_FILE": os.devnull, **variables}


def lensconnect(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*MAIN, *arguments],
        input=stdin,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
