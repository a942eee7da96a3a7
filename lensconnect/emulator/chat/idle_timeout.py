"""The effects of an idle timer: mark a participant as idle, as returned, or disconnect the chat.

Facts (documented: Amazon Connect Administrator Guide, chat timeouts): a message resets the timer of its sender;
at an auto-disconnection everyone but the customer is removed and the chat ends; the events
`participant.idle`, `.returned` and `.autodisconnection` are pushed and not stored.  Assumed: typing does
not reset a timer.
"""

from __future__ import annotations

from lensconnect.content.types import (
    EVENT_PARTICIPANT_AUTODISCONNECTION,
    EVENT_PARTICIPANT_IDLE,
    EVENT_PARTICIPANT_RETURNED,
)
from lensconnect.emulator.chat.context import MemberContext, event
from lensconnect.emulator.chat.idle_timer import schedule_check
from lensconnect.types.item import PARTICIPANT_ROLE_CUSTOMER


def restart_idle_timer(context: MemberContext) -> None:
    """Restart the participant's timer, because the participant has sent something."""
    timer = context.participant.idle_timer
    if timer is None:
        return
    timer.since = context.time
    if timer.is_idle:
        timer.is_idle = False
        context.broadcast(event(EVENT_PARTICIPANT_RETURNED), context.participant)
        schedule_check(context.state, context.chat, context.participant)


def check_idle(context: MemberContext) -> None:
    """Apply the participant's limits, or schedule the next check if the participant has been active since."""
    timer = context.participant.idle_timer
    due = timer.due() if timer else None
    if timer is None or due is None or context.participant.status != "joined":
        return
    if context.time < due:
        schedule_check(context.state, context.chat, context.participant)
    elif timer.idle is not None and not timer.is_idle:
        timer.is_idle = True
        timer.since = due
        context.broadcast(event(EVENT_PARTICIPANT_IDLE), context.participant)
        schedule_check(context.state, context.chat, context.participant)
    else:
        context.broadcast(event(EVENT_PARTICIPANT_AUTODISCONNECTION), context.participant)
        _end_without_agents(context)


def _end_without_agents(context: MemberContext) -> None:
    for participant in list(context.chat.participants.values()):
        if participant.status == "joined" and participant.role != PARTICIPANT_ROLE_CUSTOMER:
            context.leave(participant)
    context.end()
