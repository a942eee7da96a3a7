"""The TLS settings of every transport: TLS 1.2 or later, host names checked."""

from __future__ import annotations

import ssl
from typing import Final

from lensconnect.interpreters.extras import needs_extra

TRUSTSTORE: Final = "truststore"
"""The value of `ca_bundle` that asks for the package of this name; a file called so is `./truststore`."""


def new_tls_context(ca_bundle: str | None = None) -> ssl.SSLContext:
    """Return a client's context that trusts the PEM file `ca_bundle`, or OpenSSL's default authorities without one.

    With "truststore" the operating system verifies (macOS Security, Windows CryptoAPI; on Linux OpenSSL with the
    system's files), which knows the authority of a company that inspects TLS (truststore 0.10.5).

    Raises `OSError` if the file cannot be read or holds no certificate, `ModuleNotFoundError` without the package.
    """
    if ca_bundle == TRUSTSTORE:
        with needs_extra("ca_bundle='truststore'", TRUSTSTORE):
            import truststore
        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.create_default_context(cafile=ca_bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
