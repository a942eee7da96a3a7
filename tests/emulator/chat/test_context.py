"""Times of items, and the order of the events of the end."""

from __future__ import annotations

from lensconnect import (
    new_disconnect_participant,
)

from ..helpers.harness import Harness

EVENT = "application/vnd.amazonaws.connect.event."


def test_times_increase_while_the_clock_stands_still() -> None:
    harness = Harness()
    token = harness.connect()
    for n in range(5):
        harness.say(token, str(n))
    harness.now -= 3600
    harness.say(token, "the clock went back")
    times = [item.absolute_time or "" for item in harness.transcript(token)]
    assert times == sorted(set(times), reverse=True)
    assert all(len(time) == 24 and time.endswith("Z") for time in times)


def test_the_events_of_the_end_are_in_order() -> None:
    harness = Harness()
    token = harness.connect()
    harness.frames.clear()
    harness.send(new_disconnect_participant(token)).unwrap()
    customers_items = [
        item for participant_id, item in harness.pushed_items() if participant_id == harness.chat.participant_id
    ]
    assert [item["ContentType"] for item in customers_items] == [EVENT + "participant.left", EVENT + "chat.ended"]
    assert "ParticipantRole" not in customers_items[-1]
