"""The headers Host and Origin: which of them name this machine.

A client may write anything into them, a browser may not: it names the page's own site in Origin (Fetch standard), and
the site that a person opened in Host, also if the name of that site leads to this machine (DNS rebinding).
"""

from __future__ import annotations

import re
from typing import Final

from lensconnect.wire.endpoint import is_loopback

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


def is_local_origin(origin: str) -> bool:
    """Return whether an Origin header names a page that this machine serves."""
    scheme, separator, host = origin.partition("://")
    return bool(separator) and scheme in ("http", "https") and is_local_host(host)
