"""Whose silence is watched, and from when; what a silence comes to is in `silence`.

Facts: the clocks start when an agent is there, run only while agent and customer both are, and stop
when the agent leaves; what was set when the agent joined stays in force.
"""

from __future__ import annotations

from lensconnect.emulator.chat.state import Chat, IdleTimer, Participant, State
from lensconnect.emulator.options import Options
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole

__all__ = ["default_idle_limits", "start_idle_timers", "stop_idle_timers", "watch"]

_Bounds = tuple[int | None, int | None]


def default_idle_limits(options: Options) -> dict[ParticipantRole, _Bounds]:
    """What a chat starts with."""
    return {
        PARTICIPANT_ROLE_CUSTOMER: (_ms(options.customer_idle_seconds), _ms(options.customer_disconnect_seconds)),
        PARTICIPANT_ROLE_AGENT: (_ms(options.agent_idle_seconds), _ms(options.agent_disconnect_seconds)),
    }


def start_idle_timers(state: State, chat: Chat, time: int) -> None:
    """Watch everyone whose silence counts, if both sides are there."""
    joined = [one for one in chat.participants.values() if one.status == "joined"]
    if not {PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER} <= {one.role for one in joined}:
        return
    for one in joined:
        idle, disconnect = chat.idle_limits.get(one.role, (None, None))
        if one.idle_timer is None and (idle is not None or disconnect is not None):
            one.idle_timer = IdleTimer(time, idle, disconnect)
            watch(state, chat, one)


def stop_idle_timers(chat: Chat) -> None:
    """Watch nobody any more."""
    for one in chat.participants.values():
        one.idle_timer = None


def watch(state: State, chat: Chat, participant: Participant) -> None:
    """Look again when the silence is long enough."""
    due = participant.idle_timer.due() if participant.idle_timer else None
    if due is not None:
        state.timers.at(due, "silence", chat.contact_id, participant.id)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
