"""Origin: the scheme, host and port that a connection is made to and kept for."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple


class Origin(NamedTuple):
    """Scheme, host and port.  The host is in lower case, an IPv6 address without its brackets."""

    tls: bool
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of the Host header: it names the port unless that is the scheme's default.

        >>> Origin(True, "::1", 443).authority, Origin(False, "example.com", 8080).authority
        ('[::1]', 'example.com:8080')
        """
        return self._bracketed_host if self.port == (443 if self.tls else 80) else self.connect_target

    @property
    def connect_target(self) -> str:
        """The target of a CONNECT request: host and port, always both (RFC 9110, 9.3.6)."""
        return f"{self._bracketed_host}:{self.port}"

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def is_ipv6(host: str) -> bool:
    """Return whether `host` is an IPv6 address, without brackets and without a zone."""
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True
