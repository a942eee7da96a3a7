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
from lensconnect.emulator.chat.context import OperationContext, event
from lensconnect.emulator.chat.idle_timer import watch
from lensconnect.types.item import PARTICIPANT_ROLE_CUSTOMER

__all__ = ["check_idle", "restart_idle_timer"]


def restart_idle_timer(context: OperationContext) -> None:
    """The participant has said something."""
    timer = context.participant.idle_timer
    if timer is None:
        return
    timer.since = context.time
    if timer.is_idle:
        timer.is_idle = False
        context.broadcast(event(EVENT_PARTICIPANT_RETURNED), context.participant)
        watch(context.state, context.chat, context.participant)


def check_idle(context: OperationContext) -> None:
    """A moment has come at which the participant may have been silent for too long."""
    timer = context.participant.idle_timer
    due = timer.due() if timer else None
    if timer is None or due is None or context.participant.status != "joined":
        return
    if context.time < due:
        watch(context.state, context.chat, context.participant)
    elif timer.idle is not None and not timer.is_idle:
        timer.is_idle = True
        timer.since = due
        context.broadcast(event(EVENT_PARTICIPANT_IDLE), context.participant)
        watch(context.state, context.chat, context.participant)
    else:
        context.broadcast(event(EVENT_PARTICIPANT_AUTODISCONNECTION), context.participant)
        _clear(context)


def _clear(context: OperationContext) -> None:
    for one in list(context.chat.participants.values()):
        if one.status == "joined" and one.role != PARTICIPANT_ROLE_CUSTOMER:
            context.leave(one)
    context.end()
