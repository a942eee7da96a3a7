"""Idle timers: start and stop them, and schedule their checks; `idle_timeout` carries out a check.

Facts (documented: Amazon Connect Administrator Guide, chat timeouts): the timers start when an agent has joined,
run only while both an agent and the customer are in the chat, and stop when the agent leaves.  A limit
that is set after the agent has joined does not change the running timers.
"""

from __future__ import annotations

from lensconnect.emulator.chat.state import ChatRecord, IdleTimer, Participant, State
from lensconnect.emulator.options import Options
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole

_Limits = tuple[int | None, int | None]


def default_idle_limits(options: Options) -> dict[ParticipantRole, _Limits]:
    """Return the limits a chat starts with: by role, milliseconds until idle and until disconnected."""
    return {
        PARTICIPANT_ROLE_CUSTOMER: (_ms(options.customer_idle_seconds), _ms(options.customer_disconnect_seconds)),
        PARTICIPANT_ROLE_AGENT: (_ms(options.agent_idle_seconds), _ms(options.agent_disconnect_seconds)),
    }


def start_idle_timers(state: State, chat: ChatRecord, time: int) -> None:
    """Start the timers of the joined participants that have limits, if both an agent and the customer have joined."""
    joined = [participant for participant in chat.participants.values() if participant.status == "joined"]
    if not {PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER} <= {participant.role for participant in joined}:
        return
    for participant in joined:
        idle, disconnect = chat.idle_limits.get(participant.role, (None, None))
        if participant.idle_timer is None and (idle is not None or disconnect is not None):
            participant.idle_timer = IdleTimer(time, idle, disconnect)
            schedule_check(state, chat, participant)


def stop_idle_timers(chat: ChatRecord) -> None:
    """Stop every timer of a chat."""
    for participant in chat.participants.values():
        participant.idle_timer = None


def schedule_check(state: State, chat: ChatRecord, participant: Participant) -> None:
    """Schedule the next check of a participant's timer, if it has a limit."""
    due = participant.idle_timer.due() if participant.idle_timer else None
    if due is not None:
        state.timers.at(due, "idle", chat.contact_id, participant.id)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
