"""Positions as JSON text, which a program stores between two processes."""

from __future__ import annotations

from lensconnect import position_after, position_item_id, position_json


def test_a_change_is_written_and_what_changes_nothing_keeps_the_text() -> None:
    text = ' {"item_id": "m-1", "New": 1} '
    assert position_json.modify(lambda position: position)(text) == text
    changed = text & (position_json & position_item_id).set("m-2")
    assert position_json.unpack(changed) == position_json.unpack('{"item_id":"m-2"}')
    assert "no JSON" & (position_json & position_after).set(()) == "no JSON"
