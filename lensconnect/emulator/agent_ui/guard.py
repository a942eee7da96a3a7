"""Serve the files of the agent page, and refuse web pages of other sites.

    GET /                          the page
    GET /_emulator/page/{file}     its style and scripts
    WS  /_emulator/feed            chats, faults and traffic (`feed`)

The page is a client of the service like any other: it connects with the agent's token, sends by fetch and
receives on a WebSocket.  The rest comes from the admin API (`api/admin.py`) and the feed.

A site that another tab of the browser shows must not start chats or reach the admin API.  A route that asks for no
token is served only if `Host` names this machine (which stops DNS rebinding) and `Origin`, if present, is a page of
this machine; the host that the server is bound to, and the host and the origin of a URL that it was given, count as
this machine.  The page and the feed require their own origin.  The operations of the participant service, uploads
and downloads are open to every origin, as they are on AWS: they require a token.  The option `any_origin` opens all.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from lensconnect.emulator.wire.origin import host_name, is_local_origin, is_own_host, origin_asked, socket_origin
from lensconnect.emulator.wire.routes import PREFIX, Route
from lensconnect.http import Headers, HttpRequest, HttpResponse

_MEDIA_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def refuse_foreign_page(origin: str, bound: str, http_request: HttpRequest, route: Route) -> HttpResponse | None:
    """Return the 403 for a request by a web page of another site; `None` for a request to be served.

    `origin` is the server's own, or that of the URL that it was given; `bound` is the host that it is bound to.
    """
    if route.access == "token":
        return None
    sender, host = http_request.header("origin"), http_request.header("host") or ""
    if not (is_own_host(host, bound) or host_name(host) == host_name(origin.partition("://")[2])):
        return _text(403, "The header Host does not name this machine.")
    is_own = sender in (None, origin, origin_asked(host, bound, origin))
    if not (is_own or (route.access == "local" and is_local_origin(sender or ""))):
        return _text(403, "Web pages of other sites may not send this request.")
    return None


def page_file(origin: str, http_request: HttpRequest, route: Route) -> HttpResponse | None:
    """Return a file of the page, or its 404 or 405; `None` if the path is not the page's.

    The page sends to `origin`, with which the URLs in its replies begin.
    """
    segments = route.segments
    if segments != () and segments[:2] != (PREFIX, "page"):
        return None
    if http_request.method not in ("GET", "HEAD"):
        return HttpResponse(405, (("Allow", "GET, HEAD"),), b"")
    name = "index.html" if segments == () else segments[-1]
    content = _files().get(name) if len(segments) in (0, 3) else None
    if content is None:
        return _text(404, "There is no such file.")
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return HttpResponse(200, (("Content-Type", f"{media_type}; charset=utf-8"), *_headers(origin)), content)


def _headers(origin: str) -> Headers:
    """Return headers that let the browser load the page's own files only, and forbid frames and caches."""
    reached = f"{origin} {origin.replace('http', 'ws', 1)} {socket_origin(origin)}"
    policy = (
        f"default-src 'self'; connect-src 'self' {reached}; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    )


@cache
def _files() -> dict[str, bytes]:
    folder = files("lensconnect.emulator.agent_ui").joinpath("static")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in _MEDIA_TYPES}


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "text/plain; charset=utf-8"),), text.encode())
