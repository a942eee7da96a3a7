"""Position: the place in a chat from which a later opening goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lensconnect.jsontext import dumps
from lensconnect.optics import Lens, Prism
from lensconnect.record import NotDecodable, Record, decoder, to_members

__all__ = ["Position", "position_absolute_time", "position_after", "position_item_id", "position_json"]


class Position(Record, frozen=True):
    """The newest item that the transcript has confirmed and that was handed out, and the items handed out after it.

    It holds no token and no text of the chat.  Store it as JSON (`position_json`) or pickled, and give it to
    `open_chat` in a later process: what came meanwhile is handed out, and nothing twice.  Until the first item is
    confirmed, `item_id` is None and `absolute_time` the time of the oldest item of the history.
    """

    item_id: str | None = None
    absolute_time: str | None = None
    after: tuple[str, ...] = ()


_read: Final[Callable[[bytes], Position]] = decoder(Position)


def _position(text: str) -> Position | None:
    try:
        return _read(text.encode("utf-8", "surrogatepass"))
    except NotDecodable:
        return None


def _text(position: Position) -> str:
    return dumps(to_members(position)).decode()


def _rewritten(function: Callable[[Position], Position], text: str) -> str:
    """Return the text as it is where its position does not change."""
    before = _position(text)
    if before is None or (after := function(before)) == before:
        return text
    return _text(after)


position_json: Prism[str, Position] = Prism(_position, _text, _rewritten, "position_json")
"""A prism between JSON text and a position; its laws hold up to white space and members that a position has not."""

position_item_id: Lens[Position, str | None] = Lens(Position, "item_id")
position_absolute_time: Lens[Position, str | None] = Lens(Position, "absolute_time")
position_after: Lens[Position, tuple[str, ...]] = Lens(Position, "after")
