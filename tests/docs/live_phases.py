"""Draw the phases of a live chat from the table of transitions.

PYTHONPATH=tests python -m docs.live_phases      writes the diagram into the page on live chats
"""

from __future__ import annotations

import re
import sys

from helpers.introspection import PACKAGE

from lensconnect.live.state import TRANSITIONS

__all__ = ["PAGE", "with_phases"]

PAGE = PACKAGE / "docs" / "live.md"
BLOCK = re.compile(r"(?s)(?<=<!-- phases -->\n).*?(?=<!-- end of phases -->)")


def diagram() -> str:
    """Return the transitions as a Mermaid diagram."""
    phases = dict.fromkeys(phase for (start, _), end in TRANSITIONS.items() for phase in (start, end))
    final = phases.keys() - {start for start, _ in TRANSITIONS}
    lines = [
        "stateDiagram-v2",
        *(f'    state "{phase}" as {_name(phase)}' for phase in phases if " " in phase),
        "    [*] --> offline",
        *(f"    {_name(start)} --> {_name(end)}: {event}" for (start, event), end in TRANSITIONS.items()),
        *(f"    {_name(phase)} --> [*]" for phase in phases if phase in final),
    ]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def _name(phase: str) -> str:
    return phase.replace(" ", "_")


def with_phases(page: str) -> str:
    """Return the page with the diagram as it is drawn now."""
    return BLOCK.sub(diagram(), page)


if __name__ == "__main__":
    PAGE.write_text(with_phases(PAGE.read_text()))
    sys.stdout.write(f"wrote {PAGE}\n")
