"""UpdateParticipantRoleConfig: the idle limits of the participants of a role.

Facts (documented: UpdateParticipantRoleConfig, chat timeouts): 2 to 480 minutes or `Unset`, for customers and agents, at
most six timers in one request; limits that are set before an agent joins hold for that agent.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.wire.errors import invalid_parameter, resource_not_found
from lensconnect.emulator.wire.responses import JsonOutcome
from lensconnect.record import Shape
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole

_TYPES: Final = ("IDLE", "DISCONNECT_NONCUSTOMER")
_ROLES: Final = (PARTICIPANT_ROLE_CUSTOMER, PARTICIPANT_ROLE_AGENT)
_MINUTE: Final = 60_000


class _TimerValue(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_timer_action: str | None = None
    participant_timer_duration_in_minutes: int | None = None

    def is_valid(self) -> bool:
        """Return whether it is either `Unset` or a duration of 2 to 480 minutes."""
        minutes = self.participant_timer_duration_in_minutes
        if minutes is None:
            return self.participant_timer_action == "Unset"
        return self.participant_timer_action is None and 2 <= minutes <= 480


class _TimerConfig(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_role: str
    timer_type: str
    timer_value: _TimerValue

    def is_valid(self) -> bool:
        """Return whether the role, the type and the value are ones that the operation takes."""
        return self.participant_role in _ROLES and self.timer_type in _TYPES and self.timer_value.is_valid()


class _ChatConfig(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_timer_config_list: tuple[_TimerConfig, ...]


class _ChannelConfig(Shape, frozen=True, kw_only=True, rename="pascal"):
    chat: _ChatConfig


class UpdateParticipantRoleConfig(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of UpdateParticipantRoleConfig (Amazon Connect API, API_UpdateParticipantRoleConfig)."""

    channel_configuration: _ChannelConfig


def update_role_config(
    context: OperationContext, request: UpdateParticipantRoleConfig, _instance_id: str, contact_id: str
) -> JsonOutcome:
    """Set or unset idle limits of a chat; timers that run already keep theirs."""
    chat = context.state.contacts.get(contact_id)
    if chat is None or chat.over:
        return resource_not_found("ContactId is not the id of an open contact")
    timers = request.channel_configuration.chat.participant_timer_config_list
    if not 1 <= len(timers) <= 6 or not all(timer.is_valid() for timer in timers):
        return invalid_parameter("ParticipantTimerConfigList must hold one to six timers of 2 to 480 minutes")
    for timer in timers:
        role = ParticipantRole(timer.participant_role)
        minutes = timer.timer_value.participant_timer_duration_in_minutes
        limit = None if minutes is None else minutes * _MINUTE
        idle, disconnect = chat.idle_limits.get(role, (None, None))
        chat.idle_limits[role] = (limit, disconnect) if timer.timer_type == "IDLE" else (idle, limit)
    return {}
