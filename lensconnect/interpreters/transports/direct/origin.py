"""Origin: what a connection is made to, and kept for."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

__all__ = ["Origin", "is_ipv6"]


class Origin(NamedTuple):
    """Scheme, host and port.  The host is in lower case, an IPv6 address without its brackets."""

    tls: bool
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of the Host header: the port only where it is not the scheme's own.

        >>> Origin(True, "::1", 443).authority, Origin(False, "example.com", 8080).authority
        ('[::1]', 'example.com:8080')
        """
        return self._host if self.port == (443 if self.tls else 80) else f"{self._host}:{self.port}"

    @property
    def tunnel(self) -> str:
        """What a proxy is asked to connect to: always with its port."""
        return f"{self._host}:{self.port}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def is_ipv6(host: str) -> bool:
    """Whether it spells an IPv6 address."""
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True
