"""The TLS settings of every transport: TLS 1.2 or later, host names checked."""

from __future__ import annotations

import ssl


def new_tls_context(ca_bundle: str | None = None) -> ssl.SSLContext:
    """Return a client's context that trusts the PEM file `ca_bundle`, or the system's authorities without one.

    Raises `OSError` if the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
