"""Times of items, and the order of the events of the end."""

from __future__ import annotations

import json
from typing import Any

from lensconnect import (
    ConnectionToken,
    Item,
    new_disconnect_participant,
    new_get_transcript,
)

from ..helpers.harness import Harness

EVENT = "application/vnd.amazonaws.connect.event."


def transcript(harness: Harness, token: ConnectionToken) -> tuple[Item, ...]:
    return harness.send(new_get_transcript(token)).unwrap().transcript or ()


def heard(harness: Harness) -> list[tuple[str, dict[str, Any]]]:
    """Who heard what since the last time; the frames are JSON inside JSON."""
    frames = []
    for frame in harness.frames:
        outer = json.loads(frame.text)
        assert (outer["topic"], outer["contentType"]) == ("aws/chat", "application/json")
        frames.append((frame.participant_id, json.loads(outer["content"])))
    harness.frames.clear()
    return frames


def test_times_increase_while_the_clock_stands_still() -> None:
    harness = Harness()
    token = harness.connect()
    for n in range(5):
        harness.say(token, str(n))
    harness.now -= 3600
    harness.say(token, "the clock went back")
    times = [item.absolute_time or "" for item in transcript(harness, token)]
    assert times == sorted(set(times), reverse=True)
    assert all(len(time) == 24 and time.endswith("Z") for time in times)


def test_the_events_of_the_end_are_in_order() -> None:
    harness = Harness()
    token = harness.connect()
    harness.frames.clear()
    harness.send(new_disconnect_participant(token)).unwrap()
    mine = [item for who, item in heard(harness) if who == harness.chat.participant_id]
    assert [item["ContentType"] for item in mine] == [EVENT + "participant.left", EVENT + "chat.ended"]
    assert "ParticipantRole" not in mine[-1]
