"""The operations of the participant service: from a request to a reply or an error.

token ──▶ read ──▶ stored reply? ──▶ chat open? ──▶ limits ──▶ quota ──▶ handler
 403      400       first reply         403           400       429

Facts: CreateParticipantConnection takes the participant token, every other operation a connection token,
which expires after a day (documented).  The token is checked before anything else of a request, and after
the end of a chat only a repeated DisconnectParticipant succeeds (assumed).
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.api.enums import unknown_enum_values
from lensconnect.emulator.api.idempotency import lookup_reply, store_reply
from lensconnect.emulator.chat.context import MemberContext, OperationContext
from lensconnect.emulator.chat.rate_limits import is_over_quota
from lensconnect.emulator.chat.state import TokenGrant
from lensconnect.emulator.operations import HANDLERS, OperationOutcome
from lensconnect.emulator.wire.errors import access_denied, invalid_members, modelled_error, validation_error
from lensconnect.emulator.wire.routes import Route
from lensconnect.errors import THROTTLING
from lensconnect.http import HttpRequest
from lensconnect.operations import OPERATIONS, CreateParticipantConnection, GetTranscript, Reply, Request, Row
from lensconnect.results import is_ok
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT
from lensconnect.wire.describe import undescribe_as
from lensconnect.wire.validate import validate

_ROWS: Final = {row.name: row for row in OPERATIONS}


def operate(
    context: OperationContext, http_request: HttpRequest, route: Route, grant: TokenGrant | None
) -> OperationOutcome:
    """Answer a participant's request; `grant` belongs to the bearer token that it carries."""
    row = _ROWS[route.operation or ""]
    if grant is None or (grant.kind == "participant") != (row.request is CreateParticipantConnection):
        return access_denied()
    member = context.member(grant.membership)
    read = undescribe_as(row, route.labels, http_request)
    if is_ok(read):
        stored = lookup_reply(member, row, read.unwrap())
        if stored is not None:
            return stored
    if not (grant.membership.is_open or _is_after_contact_work(member, row)):
        return access_denied()
    return _act(member, row, read.unwrap()) if is_ok(read) else validation_error(read.failure().message)


def _is_after_contact_work(context: MemberContext, row: Row) -> bool:
    """Return whether an agent reads the transcript of a chat that is over, and may."""
    reads = row.request is GetTranscript and context.participant.role == PARTICIPANT_ROLE_AGENT
    return reads and context.chat.over and context.state.options.agent_reads_after_end


def _act(context: MemberContext, row: Row, request: Request[Reply]) -> OperationOutcome:
    faults = validate(request, context.state.options.limits) + unknown_enum_values(request)
    if faults:
        return invalid_members(faults)
    counts = context.state.options.quotas and not context.participant.is_played
    if counts and is_over_quota(context, row.name):
        return modelled_error(THROTTLING, "Rate exceeded")
    handler = HANDLERS.get(row.request)
    if handler is None:
        return validation_error(f"The emulator does not implement {row.name}")
    outcome = handler(context, request)
    if isinstance(outcome, Reply):
        store_reply(context, row, request, outcome)
    return outcome
