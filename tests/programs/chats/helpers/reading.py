"""Programs and functions that read what a chat hands out."""

from __future__ import annotations

from collections.abc import Iterable

import lensconnect as lc

__all__ = ["contents", "to_the_end"]


@lc.program
def to_the_end(chat: lc.Chat) -> lc.Steps[list[lc.Notification]]:
    """Return every notification up to the end of the chat."""
    notes: list[lc.Notification] = []
    while not (notes and isinstance(notes[-1], lc.ChatEnded)):
        notes.append((yield from lc.receive(chat)))
    return notes


def contents(notes: Iterable[lc.Notification]) -> list[str]:
    """Return the contents of the new items among notifications."""
    return [note.item.content for note in notes if isinstance(note, lc.ItemReceived) and note.item.content]
