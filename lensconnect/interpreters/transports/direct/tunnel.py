"""A tunnel through a proxy: the CONNECT request (RFC 9110, section 9.3.6) and its failures."""

from __future__ import annotations

from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest
from lensconnect.results import is_ok


def connect_exchange(origin: Origin, proxy: Proxy) -> Exchange:
    """Return the exchange that asks a proxy for a tunnel.  Its reply has no body, whatever its headers say."""
    head = (
        f"CONNECT {origin.connect_target} HTTP/1.1\r\nHost: {origin.connect_target}\r\n{proxy.authorization_line}\r\n"
    )
    return Exchange(EncodedRequest(proxy.origin, None, (memoryview(head.encode()),), expects_body=False))


def check_tunnel(exchange: Exchange) -> None:
    """Raise `AttemptFailed` unless the proxy has made the tunnel in this exchange."""
    if exchange.outcome is None or not is_ok(exchange.outcome):
        raise AttemptFailed("proxy", "the proxy did not answer with a plain HTTP/1.1 reply")
    status = exchange.outcome.unwrap().status
    if not 200 <= status <= 299:
        raise AttemptFailed("proxy", f"the proxy refused a tunnel with status {status}")
    if exchange.stray:
        raise AttemptFailed("proxy", "the proxy sent more than its reply")


def through_proxy(failure: AttemptFailed, proxy: Proxy | None) -> AttemptFailed:
    """Return the failure with the proxy's host in its message, if there is a proxy."""
    return failure if proxy is None else failure.during(f"(through the proxy {proxy.host})")
