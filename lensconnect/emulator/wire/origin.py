"""The headers Host and Origin: which of them name this server, and where the URLs in a reply begin.

A server is named by every name of this machine, and by the host that it is bound to.

A client may write anything into them, a browser may not: it names the page's own site in Origin (Fetch standard), and
the site that a person opened in Host, also if the name of that site leads to this machine (DNS rebinding).  ChatJS 5.0.0
opens a WebSocket only if its URL begins with `wss://` or `ws://127.0.0.1:` (observed in its sources).
"""

from __future__ import annotations

import re
from typing import Final

from lensconnect.wire.endpoint import is_loopback

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_LARGEST_PORT: Final = 65_535

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\x00-\x20/?#@:\[\]]+)(?::[0-9]{1,5})?")


def host_name(host: str) -> str | None:
    """Return the name in a Host header, in lower case, without brackets and port; `None` if it has no such form.

    >>> host_name("LocalHost:80"), host_name("[::1]:80"), host_name("a@localhost")
    ('localhost', '::1', None)
    """
    match = _HOST.fullmatch(host)
    return None if match is None else match[1].strip("[]").lower()


def is_local_host(host: str) -> bool:
    """Return whether a Host header names this machine: localhost, a name under it, or a loopback address."""
    name = host_name(host) or ""
    return name.endswith(".localhost") or is_loopback(name)


def is_own_host(host: str, bound: str) -> bool:
    """Return whether a Host header names this machine, or the host that the server is bound to."""
    return is_local_host(host) or host_name(host) == bound.lower()


def is_local_origin(origin: str) -> bool:
    """Return whether an Origin header names a page that this machine serves."""
    scheme, separator, host = origin.partition("://")
    return bool(separator) and scheme in ("http", "https") and is_local_host(host)


def origin_asked(host: str | None, bound: str, otherwise: str) -> str:
    """Return the origin that a request was sent to, if its Host header names this server, else `otherwise`."""
    return f"http://{host.lower()}" if host is not None and is_own_host(host, bound) else otherwise


def origin_at(host: str, port: int) -> str:
    """Return the origin of a server that is bound to a host, an address or a name.

    >>> origin_at("127.0.0.1", 8080), origin_at("::1", 8080)
    ('http://127.0.0.1:8080', 'http://[::1]:8080')
    """
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def socket_origin(origin: str) -> str:
    """Return the origin of the WebSockets: without TLS, localhost is written as 127.0.0.1, and the port is.

    >>> socket_origin("http://localhost:8080"), socket_origin("https://chat.example")
    ('ws://127.0.0.1:8080', 'wss://chat.example')
    """
    scheme, _, host = origin.partition("://")
    if scheme == "https":
        return f"wss://{host}"
    name = host_name(host) or host
    is_localhost = name == "localhost" or name.endswith(".localhost")
    port = host.rpartition("]")[2].partition(":")[2] or _DEFAULT_PORTS["http"]
    return f"ws://{'127.0.0.1' if is_localhost else f'[{name}]' if ':' in name else name}:{port}"


def public_origin(url: str) -> str:
    """Return the origin of a URL as a browser writes it; ValueError if the URL is not an origin.

    >>> public_origin("HTTPS://Chat.Example:443/")
    'https://chat.example'
    """
    scheme, separator, rest = url.partition("://")
    scheme, host = scheme.lower(), rest.removesuffix("/").lower()
    name, port = host_name(host), host.rpartition("]")[2].partition(":")[2]
    if not (separator and scheme in _DEFAULT_PORTS and name and host.isascii() and int(port or 0) <= _LARGEST_PORT):
        raise ValueError("the URL of the emulator must be http://HOST:PORT or https://HOST:PORT, without a path")
    return f"{scheme}://{host.removesuffix(':' + _DEFAULT_PORTS[scheme])}"
