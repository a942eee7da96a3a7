"""The command line: `lensconnect`.  Needs the extra `cli`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say what is missing for it."""
    try:
        from lensconnect.cli.app import app
    except ImportError as missing:
        if missing.name not in ("typer", "rich"):
            raise
        sys.exit(f'lensconnect: the command line needs {missing.name}: pip install "lensconnect[cli]"')
    app(prog_name="lensconnect")
