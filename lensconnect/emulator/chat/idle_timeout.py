"""What a long silence comes to: idle, then returned by a message, or disconnected by more silence.

Facts: a message resets its sender's clock, typing does not; at the auto-disconnection everyone but the
customer is removed and the chat ends.  These events are heard and not kept.
"""

from __future__ import annotations

from lensconnect.content.types import (
    EVENT_PARTICIPANT_AUTODISCONNECTION,
    EVENT_PARTICIPANT_IDLE,
    EVENT_PARTICIPANT_RETURNED,
)
from lensconnect.emulator.chat.context import Turn, event
from lensconnect.emulator.chat.idle_timer import watch
from lensconnect.types.item import PARTICIPANT_ROLE_CUSTOMER

__all__ = ["silent", "spoke"]


def spoke(turn: Turn) -> None:
    """The participant has said something."""
    clock = turn.participant.clock
    if clock is None:
        return
    clock.since = turn.time
    if clock.is_idle:
        clock.is_idle = False
        turn.mention(event(EVENT_PARTICIPANT_RETURNED), turn.participant)
        watch(turn.state, turn.chat, turn.participant)


def silent(turn: Turn) -> None:
    """A moment has come at which the participant may have been silent for too long."""
    clock = turn.participant.clock
    due = clock.due() if clock else None
    if clock is None or due is None or turn.participant.standing != "joined":
        return
    if turn.time < due:
        watch(turn.state, turn.chat, turn.participant)
    elif clock.idle is not None and not clock.is_idle:
        clock.is_idle = True
        clock.since = due
        turn.mention(event(EVENT_PARTICIPANT_IDLE), turn.participant)
        watch(turn.state, turn.chat, turn.participant)
    else:
        turn.mention(event(EVENT_PARTICIPANT_AUTODISCONNECTION), turn.participant)
        _clear(turn)


def _clear(turn: Turn) -> None:
    for one in list(turn.chat.participants.values()):
        if one.standing == "joined" and one.role != PARTICIPANT_ROLE_CUSTOMER:
            turn.leave(one)
    turn.end()
