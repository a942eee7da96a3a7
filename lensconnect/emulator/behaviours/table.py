"""Every behaviour of the emulator in one table; `docs/emulator.md` is written from it.

python -m lensconnect.emulator.behaviours > lensconnect/docs/emulator.md
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.behaviours.chats import CONNECTING, ENDING, QUOTAS, STARTING, TIMERS
from lensconnect.emulator.behaviours.extras import ATTACHMENTS, OWN, VIEWS
from lensconnect.emulator.behaviours.lines import FRAMES, SOCKETS
from lensconnect.emulator.behaviours.requests import REPLIES, REQUESTS
from lensconnect.emulator.behaviours.saying import MESSAGES, RECEIPTS, TRANSCRIPTS

__all__ = ["AREAS"]

AREAS: Final = (
    REQUESTS,
    REPLIES,
    STARTING,
    CONNECTING,
    MESSAGES,
    RECEIPTS,
    TRANSCRIPTS,
    SOCKETS,
    FRAMES,
    ATTACHMENTS,
    VIEWS,
    TIMERS,
    ENDING,
    QUOTAS,
    OWN,
)
