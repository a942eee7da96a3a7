"""The page to play the agent: its files, and who may ask for them or for the emulator's own door.

    GET /                          the page
    GET /_emulator/page/{file}     its style and scripts
    WS  /_emulator/feed            what it shows of chats, faults and traffic (`feed`)

The page is a client of the service like any other: it connects with the agent's token, sends by fetch
and listens on a socket.  What a browser could not know comes from the doors of `control`, and the feed.

Other sites in the same browser are kept out: the emulator's own door opens only where `Host` is this
machine (a name of somebody's that leads here is not) and `Origin`, if any, is a page of this machine;
page and feed want their own origin.  The service's operations, and uploads and downloads, are open
to every origin as the real ones are: they ask for a token.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from lensconnect.emulator.api.admin import PREFIX
from lensconnect.emulator.wire.routes import segments_of
from lensconnect.http import Headers, HttpRequest, HttpResponse

__all__ = ["is_feed", "page_file", "refusal"]

_OPEN: Final = ("uploads", "files", "login")
_OWN: Final = ("page", "feed")
_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def is_feed(segments: tuple[str, ...]) -> bool:
    """Whether a WebSocket is for the feed."""
    return segments == (PREFIX, "feed")


def refusal(origin: str, http_request: HttpRequest) -> HttpResponse | None:
    """Why this request is not answered at all; `None` where it may be."""
    segments = segments_of(http_request.url)
    if segments[:1] not in ((), (PREFIX,)) or (len(segments) > 1 and segments[1] in _OPEN):
        return None
    host, asking = http_request.header("host") or "", http_request.header("origin")
    own = segments == () or segments[1:2] in {(name,) for name in _OWN}
    if not _is_here(host):
        return _said(403, "This host name is not the emulator's.")
    if asking is not None and not (asking == origin if own else _is_page_here(asking)):
        return _said(403, "Pages of other sites may not ask this.")
    return None


def page_file(origin: str, http_request: HttpRequest) -> HttpResponse | None:
    """A file of the page; `None` where the path is somebody else's."""
    segments = segments_of(http_request.url)
    if segments != () and segments[:2] != (PREFIX, "page"):
        return None
    if http_request.method not in ("GET", "HEAD"):
        return HttpResponse(405, (("Allow", "GET, HEAD"),), b"")
    if segments == () and http_request.header("host") != urlsplit(origin).netloc:
        return HttpResponse(307, (("Location", f"{origin}/"),), b"")
    name = "index.html" if segments == () else segments[-1]
    found = _files().get(name) if len(segments) in (0, 3) else None
    if found is None:
        return _said(404, "There is no such file.")
    kind = _TYPES[name.rpartition(".")[2]]
    return HttpResponse(200, (("Content-Type", f"{kind}; charset=utf-8"), *_headers(origin)), found)


def _headers(origin: str) -> Headers:
    """Nothing but its own files may run or be loaded, and nobody may frame or keep it."""
    policy = (
        f"default-src 'self'; connect-src 'self' {origin.replace('http', 'ws', 1)}; object-src 'none'; "
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
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in _TYPES}


def _said(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "text/plain; charset=utf-8"),), text.encode())


def _is_here(authority: str) -> bool:
    try:
        host = urlsplit(f"//{authority}").hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_page_here(origin: str) -> bool:
    scheme, _, authority = origin.partition("://")
    return scheme in ("http", "https") and _is_here(authority)
