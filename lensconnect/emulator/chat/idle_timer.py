"""Whose silence is watched, and from when; what a silence comes to is in `silence`.

Facts: the clocks start when an agent is there, run only while agent and customer both are, and stop
when the agent leaves; what was set when the agent joined stays in force.
"""

from __future__ import annotations

from lensconnect.emulator.chat.people import Clock, Participant
from lensconnect.emulator.chat.state import Chat, State
from lensconnect.emulator.options import Options
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole

__all__ = ["silences_of", "start_clocks", "stop_clocks", "watch"]

_Bounds = tuple[int | None, int | None]


def silences_of(options: Options) -> dict[ParticipantRole, _Bounds]:
    """What a chat starts with."""
    return {
        PARTICIPANT_ROLE_CUSTOMER: (_ms(options.customer_idle_seconds), _ms(options.customer_disconnect_seconds)),
        PARTICIPANT_ROLE_AGENT: (_ms(options.agent_idle_seconds), _ms(options.agent_disconnect_seconds)),
    }


def start_clocks(state: State, chat: Chat, time: int) -> None:
    """Watch everyone whose silence counts, if both sides are there."""
    joined = [one for one in chat.participants.values() if one.standing == "joined"]
    if not {PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER} <= {one.role for one in joined}:
        return
    for one in joined:
        idle, disconnect = chat.silences.get(one.role, (None, None))
        if one.clock is None and (idle is not None or disconnect is not None):
            one.clock = Clock(time, idle, disconnect)
            watch(state, chat, one)


def stop_clocks(chat: Chat) -> None:
    """Watch nobody any more."""
    for one in chat.participants.values():
        one.clock = None


def watch(state: State, chat: Chat, participant: Participant) -> None:
    """Look again when the silence is long enough."""
    due = participant.clock.due() if participant.clock else None
    if due is not None:
        state.timers.at(due, "silence", chat.contact_id, participant.id)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
