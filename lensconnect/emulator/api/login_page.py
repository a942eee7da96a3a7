"""The login page an authentication URL leads to: everyone is let in at once, and sent back.

Facts: the page of the caller gets a `code`, and the `state` that UpdateParticipantAuthentication asks for.
"""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

from lensconnect.emulator.chat.state import State
from lensconnect.emulator.wire.errors import no_route, wrong_method
from lensconnect.emulator.wire.responses import of_error
from lensconnect.http import HttpRequest, HttpResponse

__all__ = ["log_in"]


def log_in(state: State, http_request: HttpRequest) -> HttpResponse:
    """Redirect to where the caller wanted the browser back."""
    if http_request.method != "GET":
        return of_error(wrong_method(("GET",)), state.options, state.ids.uuid())
    name = parse_qs(urlsplit(http_request.url).query).get("state", [""])[0]
    login = state.logins.get(name)
    if login is None:
        return of_error(no_route(), state.options, state.ids.uuid())
    joint = "&" if "?" in login.redirect_uri else "?"
    target = quote(login.redirect_uri, safe="!#$%&'()*+,/:;=?@[]~-._", errors="replace")
    return HttpResponse(302, (("Location", f"{target}{joint}code={state.ids.uuid()}&state={quote(name)}"),))
