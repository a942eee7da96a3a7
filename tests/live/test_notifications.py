"""Chat: a name that programs keep in sets and as keys."""

from __future__ import annotations

from lensconnect import Chat


def test_a_chat_is_known_by_its_key() -> None:
    assert {Chat("a"), Chat("a"), Chat("b")} == {Chat("b"), Chat("a")}
