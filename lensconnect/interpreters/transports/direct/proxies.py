"""Which proxy a request goes by.  Pure: the variables are read elsewhere.

    proxy_for(url, {"https": "http://user:password@proxy:3128", "no": "localhost,.internal,10.0.0.0/8"})

Facts: nothing standardises NO_PROXY; these are the rules curl, Go and Python have in common.  Entries are
parted by commas or blanks; `*` is every host; a name, with or without a leading dot, is that host and
all below it; an address or a network is compared as a number; a port narrows an entry.  A proxy may
be named without a scheme.  https to a proxy (TLS within TLS) and SOCKS are not spoken here.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Final, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from lensconnect.errors import TransportError
from lensconnect.interpreters.transports.direct.origin import Origin, is_ipv6
from lensconnect.marks import SECRET
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success

__all__ = ["NO_PROXIES", "Proxies", "Proxy", "proxy_for"]

_PROXY: Final = re.compile(
    r"(?:http://)?(?:(?P<user>[^/?#@]*)@)?(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/?",
    re.IGNORECASE | re.ASCII,
)
_ENTRY: Final = re.compile(r"\[?(?P<host>[^\[\]]*?)\]?(?::(?P<port>[0-9]+))?")
_BAD: Final = TransportError("proxy", "the proxy is not named by an http URL of host and port", "no")


class Proxy(Record, frozen=True):
    """An HTTP proxy, and what it is to be told of us."""

    host: str
    port: int
    authorization: Annotated[str | None, SECRET] = None

    @property
    def origin(self) -> Origin:
        """Where to connect to."""
        return Origin(tls=False, host=self.host, port=self.port)


Rule: TypeAlias = Callable[[Origin], bool]


class Proxies:
    """The proxies by scheme, and the hosts that need none."""

    __slots__ = ("_by_scheme", "_known", "_rules")

    def __init__(self, given: Mapping[str, str]) -> None:
        self._by_scheme = {True: _proxy(given, "https"), False: _proxy(given, "http")}
        self._rules = tuple(map(_rule, given.get("no", "").replace(",", " ").split()))
        self._known: dict[Origin, Proxy | TransportError | None] = {}

    def of(self, origin: Origin) -> Proxy | TransportError | None:
        """The proxy for an origin; None for a direct connection; an error where what is named is no proxy."""
        try:
            return self._known[origin]
        except KeyError:
            direct = any(rule(origin) for rule in self._rules)
            self._known[origin] = found = None if direct else self._by_scheme[origin.tls]
            return found

    def __repr__(self) -> str:
        return "<Proxies>"


def proxy_for(url: str, proxies: Mapping[str, str]) -> Result[Proxy | None, TransportError]:
    """The proxy a URL is reached by; None for a direct connection.

    >>> proxy_for("https://example.com/", {"https": "http://u:p@proxy:3128"})
    <Success: Proxy(host='proxy', port=3128, authorization='***')>
    >>> proxy_for("https://a.internal/", {"https": "proxy:3128", "no": "localhost,.internal"})
    <Success: None>
    """
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host, _, port = parts.netloc.rpartition("@")[2].rpartition(":")
    if not port.isdecimal():
        host, port = parts.netloc.rpartition("@")[2], "443" if tls else "80"
    found = Proxies(proxies).of(Origin(tls, host.strip("[]").lower(), int(port)))
    return Failure(found) if isinstance(found, TransportError) else Success(found)


def _proxy(given: Mapping[str, str], scheme: str) -> Proxy | TransportError | None:
    if not given.get(scheme):
        return None
    parts = _PROXY.fullmatch(given[scheme].strip())
    if parts is None:
        return _BAD
    host, port = parts["host"].strip("[]").lower(), int(parts["port"] or 80)
    if not 0 < port < 65536 or ("[" in parts["host"] and not is_ipv6(host)):
        return _BAD
    return Proxy(host, port, None if parts["user"] is None else _basic(parts["user"]))


def _basic(userinfo: str) -> str:
    user, _, password = userinfo.partition(":")
    return "Basic " + b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode()


def _rule(entry: str) -> Rule:
    """One entry of NO_PROXY as a question to an origin."""
    if entry == "*":
        return lambda _: True
    try:
        return partial(_within, ip_network(entry.strip("[]"), strict=False), None)
    except ValueError:
        pass
    parts = _ENTRY.fullmatch(entry.lower())
    host, port = (parts["host"], parts["port"]) if parts is not None else (entry.lower(), None)
    only = None if port is None else int(port)
    try:
        return partial(_within, ip_network(host, strict=False), only)
    except ValueError:
        return partial(_below, host.removeprefix("*").strip("."), only)


def _within(network: IPv4Network | IPv6Network, port: int | None, origin: Origin) -> bool:
    try:
        return port in (None, origin.port) and ip_address(origin.host) in network
    except ValueError:
        return False


def _below(name: str, port: int | None, origin: Origin) -> bool:
    host = origin.host.rstrip(".")
    return port in (None, origin.port) and bool(name) and (host == name or host.endswith(f".{name}"))


NO_PROXIES: Final = Proxies({})
"""Every connection is direct."""
