"""The eleven operations: from a request to an answer.

route ──▶ who is asking ──▶ read ──▶ seen before? ──▶ still open? ──▶ limits ──▶ quota ──▶ handler
 404,405      403            400      first reply         403           400        429

What is over repeats nothing but the reply to the very disconnection.
"""

from __future__ import annotations

from lensconnect.emulator.api.authorization import authorize
from lensconnect.emulator.api.enums import unknown_enum_values
from lensconnect.emulator.api.idempotency import lookup_reply, store_reply
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.rate_limits import is_over_quota
from lensconnect.emulator.chat.state import Membership, State
from lensconnect.emulator.operations import HANDLERS, Answer
from lensconnect.emulator.wire.errors import denied, faulty, invalid, refused
from lensconnect.emulator.wire.routes import route
from lensconnect.errors import THROTTLING, ServiceError
from lensconnect.http import HttpRequest
from lensconnect.operations import GetTranscript, Reply, Request, Row
from lensconnect.results import is_ok
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT
from lensconnect.wire.describe import undescribe
from lensconnect.wire.plan import BEARER_HEADER
from lensconnect.wire.validate import validate

__all__ = ["operate", "membership_behind"]


def operate(state: State, time: int, http_request: HttpRequest, segments: tuple[str, ...], outbox: Outbox) -> Answer:
    """Answer a participant's request."""
    row = route(http_request.method, segments)
    if isinstance(row, ServiceError):
        return row
    membership = authorize(state, time, row, http_request)
    if isinstance(membership, ServiceError):
        return membership
    request = _read(http_request)
    before = None if isinstance(request, ServiceError) else lookup_reply(state, membership, row, request)
    if before is not None:
        return before
    if not (membership.is_open or _is_after_work(state, membership, row)):
        return denied()
    if isinstance(request, ServiceError):
        return request
    faults = validate(request, state.options.limits) + unknown_enum_values(request)
    return faulty(faults) if faults else _act(OperationContext(state, time, membership, outbox), row, request)


def _is_after_work(state: State, membership: Membership, row: Row) -> bool:
    """Whether an agent reads what was said in a chat that is over."""
    reads = row.request is GetTranscript and membership.participant.role == PARTICIPANT_ROLE_AGENT
    return reads and membership.chat.over and state.options.agent_reads_after_end


def membership_behind(state: State, http_request: HttpRequest) -> Membership | None:
    """Whose token a request carries, whatever it is good for."""
    bearer = http_request.header(BEARER_HEADER) or ""
    grant = state.connection_tokens.get(bearer)
    return state.participant_tokens.get(bearer) if grant is None else grant.membership


def _read(http_request: HttpRequest) -> Request[Reply] | ServiceError:
    request = undescribe(http_request)
    return request.unwrap() if is_ok(request) else invalid(request.failure().message)


def _act(context: OperationContext, row: Row, request: Request[Reply]) -> Answer:
    if is_over_quota(context.state, context.time, row.name):
        return refused(THROTTLING, "Rate exceeded")
    answer = HANDLERS[row.request](context, request)
    if not isinstance(answer, ServiceError):
        store_reply(context.state, context.membership, row, request, answer)
    return answer
