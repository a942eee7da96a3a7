"""The four doors of the service, by path.

/participant/...   the eleven operations            operations
/contact/...       how chats start and are stopped  connect
/_emulator/uploads, /files, /login                  the bucket and the login page
/_emulator/...     the emulator itself              control
"""

from __future__ import annotations

from lensconnect.emulator.api.admin import PREFIX, control
from lensconnect.emulator.api.login_page import log_in
from lensconnect.emulator.api.object_storage import BUCKET, store_or_fetch
from lensconnect.emulator.api.participant import membership_behind, operate
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.connect import connect, connect_name, is_connect
from lensconnect.emulator.wire.responses import of_error, of_json, of_reply
from lensconnect.emulator.wire.routes import route, segments_of
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse

__all__ = ["answer", "contact_of", "name_of"]


def name_of(http_request: HttpRequest) -> str | None:
    """The operation a request is for, as faults and quotas name it; `None` for the emulator's own."""
    segments = segments_of(http_request.url)
    if segments[:1] == (PREFIX,):
        return BUCKET.get(segments[1]) if len(segments) == 3 else None
    started = connect_name(http_request.method, segments)
    if started is not None:
        return started
    row = route(http_request.method, segments)
    return None if isinstance(row, ServiceError) else row.name


def contact_of(state: State, http_request: HttpRequest) -> str | None:
    """The contact whose token a request carries."""
    membership = membership_behind(state, http_request)
    return None if membership is None else membership.chat.contact_id


def answer(state: State, time: int, http_request: HttpRequest, outbox: Outbox) -> HttpResponse:
    """Answer at the door that was knocked at."""
    segments = segments_of(http_request.url)
    if segments[:1] == (PREFIX,) and len(segments) == 3 and segments[1] in BUCKET:
        return store_or_fetch(state, time, http_request, *segments[1:])
    if segments == (PREFIX, "login"):
        return log_in(state, http_request)
    if segments[:1] == (PREFIX,):
        told = control(state, time, http_request, segments[1:], outbox)
    elif is_connect(segments):
        told = connect(state, time, http_request, segments, outbox)
    else:
        reply = operate(state, time, http_request, segments, outbox)
        if not isinstance(reply, ServiceError):
            return of_reply(reply, state.options, state.ids.uuid())
        told = reply
    request_id = state.ids.uuid()
    if isinstance(told, ServiceError):
        return of_error(told, state.options, request_id)
    return of_json(200, told, request_id)
