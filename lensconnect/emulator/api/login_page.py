"""The login page that an authentication URL leads to: it accepts everyone and redirects at once.

Facts (documented: GetAuthenticationUrl, UpdateParticipantAuthentication): the caller's page is opened with a
`code` and with the `state` that UpdateParticipantAuthentication takes.
"""

from __future__ import annotations

from urllib.parse import quote

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.wire.errors import no_route
from lensconnect.emulator.wire.routes import LOGIN, ticket_in
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse


def log_in(context: OperationContext, http_request: HttpRequest) -> HttpResponse | ServiceError:
    """Redirect to the caller's RedirectUri with a `code`; 404 for a URL that no session gave out."""
    name = ticket_in(http_request.url, LOGIN) or ""
    login = context.state.logins.get(name)
    if login is None:
        return no_route()
    separator = "&" if "?" in login.redirect_uri else "?"
    target = quote(login.redirect_uri, safe="!#$%&'()*+,/:;=?@[]~-._", errors="replace")
    location = f"{target}{separator}code={context.state.ids.uuid()}&state={quote(name)}"
    return HttpResponse(302, (("Location", location),))
