"""From a route to the API that answers it.

participant   the operations of the participant service    api.participant, operations/
connect       how chats are started and stopped            connect/
storage       uploads and downloads of attachments         api.object_storage
login         the login page                               api.login_page
admin         the emulator's own API                       api.admin
"""

from __future__ import annotations

from lensconnect.emulator.api.admin import administer
from lensconnect.emulator.api.login_page import log_in
from lensconnect.emulator.api.object_storage import store_or_fetch
from lensconnect.emulator.api.participant import operate
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.state import TokenGrant
from lensconnect.emulator.connect import connect
from lensconnect.emulator.operations import OperationOutcome
from lensconnect.emulator.wire.errors import no_route, wrong_method
from lensconnect.emulator.wire.responses import JsonOutcome, of_error, of_json, of_reply
from lensconnect.emulator.wire.routes import Route
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.operations import Reply


def dispatch(
    context: OperationContext, http_request: HttpRequest, route: Route, grant: TokenGrant | None
) -> HttpResponse:
    """Answer a request; `grant` belongs to the bearer token that it carries."""
    if route.api == "storage":
        return store_or_fetch(context, http_request, route)
    outcome = _outcome(context, http_request, route, grant)
    if isinstance(outcome, HttpResponse):
        return outcome
    options, request_id = context.state.options, context.state.ids.uuid()
    if isinstance(outcome, Reply):
        return of_reply(outcome, options, request_id)
    if isinstance(outcome, ServiceError):
        return of_error(outcome, options, request_id)
    return of_json(200, outcome, request_id)


def _outcome(
    context: OperationContext, http_request: HttpRequest, route: Route, grant: TokenGrant | None
) -> OperationOutcome | JsonOutcome | HttpResponse:
    if route.api == "admin":
        return administer(context, http_request, route)
    if route.allowed:
        return wrong_method(route.allowed)
    if route.api == "participant":
        return operate(context, http_request, route, grant)
    if route.api == "connect":
        return connect(context, http_request, route)
    return log_in(context, http_request) if route.api == "login" else no_route()
