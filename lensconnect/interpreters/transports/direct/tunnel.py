"""What came of asking a proxy for a tunnel."""

from __future__ import annotations

from lensconnect.interpreters.transports.direct.deadline import Stop
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.results import is_ok

__all__ = ["by_way_of", "refusal"]


def refusal(exchange: Exchange) -> Stop | None:
    """Why there is no tunnel after this exchange with the proxy; None when there is one."""
    if exchange.outcome is None or not is_ok(exchange.outcome):
        return Stop("proxy", "the proxy did not answer with a plain HTTP/1.1 reply")
    status = exchange.outcome.unwrap().status
    if not 200 <= status <= 299:
        return Stop("proxy", f"the proxy refused a tunnel with status {status}")
    return Stop("proxy", "the proxy said more than its reply") if exchange.stray else None


def by_way_of(proxy: Proxy | None, stop: Stop) -> Stop:
    """The same, saying that a proxy was between."""
    return stop if proxy is None else Stop(stop.kind, f"{stop.message} (by way of the proxy {proxy.host})")
