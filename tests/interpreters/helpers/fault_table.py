"""Write the fault table of docs/transports.md: `python -m interpreters.helpers.fault_table`, run in tests/."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import lensconnect
from interpreters.helpers.connect_faults import CONNECT_FAULTS, ConnectFault
from interpreters.helpers.reply_faults import FAMILIES, FAULTS, Expected, Fault

__all__ = ["PAGE", "written"]

PAGE = Path(lensconnect.__file__).parent / "docs" / "transports.md"
_TABLE = re.compile(r"(?<=<!-- faults -->\n).*?(?=<!-- end of faults -->)", re.S)


def written(page: str) -> str:
    """Return the page with the table of the code."""
    return _TABLE.sub(lambda _: "\n".join(_lines()) + "\n", page)


def _lines() -> Iterator[str]:
    yield "| before sending | " + " | ".join(FAMILIES) + " |"
    yield "|---" * (1 + len(FAMILIES)) + "|"
    yield from _rows(CONNECT_FAULTS)
    yield ""
    yield "| once the peer has the request | " + " | ".join(FAMILIES) + " |"
    yield "|---" * (1 + len(FAMILIES)) + "|"
    yield from _rows(FAULTS)


def _rows(table: Mapping[str, ConnectFault] | Mapping[str, Fault]) -> Iterator[str]:
    for name, row in table.items():
        yield f"| {name} | " + " | ".join(_cell(row.expected(family)) for family in FAMILIES) + " |"


def _cell(expected: Expected) -> str:
    return f"{' or '.join(sorted(expected.kinds))}, {expected.sent}" if expected.kinds else "*a reply*"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
