"""UpdateParticipantRoleConfig: how long the participants of a role may say nothing.

Facts: 2 to 480 minutes or `Unset`, for customers and agents, at most six at once; what was set before an
agent joined holds for that agent.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.connect.answers import Answer, Moment
from lensconnect.emulator.wire.errors import invalid_parameter, resource_not_found
from lensconnect.record import Shape
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole

__all__ = ["UpdateParticipantRoleConfig", "update_role_config"]

_TYPES: Final = ("IDLE", "DISCONNECT_NONCUSTOMER")
_ROLES: Final = (PARTICIPANT_ROLE_CUSTOMER, PARTICIPANT_ROLE_AGENT)
_MINUTE: Final = 60_000


class _Value(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_timer_action: str | None = None
    participant_timer_duration_in_minutes: int | None = None

    def is_right(self) -> bool:
        """Whether it is one of the two, and in its bounds."""
        minutes = self.participant_timer_duration_in_minutes
        if minutes is None:
            return self.participant_timer_action == "Unset"
        return self.participant_timer_action is None and 2 <= minutes <= 480


class _Timer(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_role: str
    timer_type: str
    timer_value: _Value


class _Chat(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_timer_config_list: tuple[_Timer, ...]


class _Channel(Shape, frozen=True, kw_only=True, rename="pascal"):
    chat: _Chat


class UpdateParticipantRoleConfig(Shape, frozen=True, kw_only=True, rename="pascal"):
    channel_configuration: _Channel


def update_role_config(
    moment: Moment, request: UpdateParticipantRoleConfig, _instance_id: str, contact_id: str
) -> Answer:
    """Set or unset timers."""
    chat = moment.state.chats.get(contact_id)
    if chat is None or chat.over:
        return resource_not_found("ContactId is not of a contact that goes on")
    timers = request.channel_configuration.chat.participant_timer_config_list
    if not 1 <= len(timers) <= 6 or not all(map(_is_right, timers)):
        return invalid_parameter("ParticipantTimerConfigList holds one to six timers of 2 to 480 minutes")
    for timer in timers:
        role = ParticipantRole(timer.participant_role)
        minutes = timer.timer_value.participant_timer_duration_in_minutes
        bound = None if minutes is None else minutes * _MINUTE
        idle, disconnect = chat.idle_limits.get(role, (None, None))
        chat.idle_limits[role] = (bound, disconnect) if timer.timer_type == "IDLE" else (idle, bound)
    return {}


def _is_right(timer: _Timer) -> bool:
    return timer.participant_role in _ROLES and timer.timer_type in _TYPES and timer.timer_value.is_right()
