"""The targets by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from . import contents, http, replies, sockets, transcripts

CORPUS = Path(__file__).parent / "corpus"


class Target(NamedTuple):
    """A function of bytes that raises if they break a promise, and the words that its inputs are made of."""

    check: Callable[[bytes], None]
    words: tuple[str, ...] = ()


TARGETS = {
    "decode": Target(replies.fuzz_decode, replies.REPLY_WORDS),
    "undescribe": Target(replies.fuzz_undescribe, replies.REQUEST_WORDS),
    "exchange": Target(http.fuzz_exchange, http.WORDS),
    "framing": Target(http.fuzz_framing, http.WORDS),
    "websocket": Target(sockets.fuzz_websocket, sockets.SOCKET_WORDS),
    "frames": Target(sockets.fuzz_frames, sockets.FRAME_WORDS),
    "content": Target(contents.fuzz_content, contents.WORDS),
    "merge": Target(transcripts.fuzz_merge),
}
