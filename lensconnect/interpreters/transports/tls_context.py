"""The TLS settings of every transport: TLS 1.2 or later, host names checked against the alternative names.

    shared_tls_context(ca_bundle)   one context for all environments that trust the same files; nobody changes it
    new_tls_context(ca_bundle)      a context of its own, for a client that changes it

Facts (CPython 3.11, OpenSSL 3.0): reading the 140 authorities of a Linux system takes 18 ms of CPU and 0.7 MiB, more
than ten handshakes.  Python's `ssl` resumes a session only where a caller
passes one, which no transport here does: endpoints that share a context share no session and no ticket.
It takes the common name of a certificate without alternative names for a host name; RFC 9525, section 6.3, forbids that.
"""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from typing import Final, TypeAlias

from lensconnect.interpreters.extras import needs_extra

TRUSTSTORE: Final = "truststore"
"""The value of `ca_bundle` that asks for the package of this name; a file called so is `./truststore`."""
_MOST_SHARED: Final = 8
"""The number of shared contexts that are kept; the one used longest ago is forgotten first."""

_Version: TypeAlias = tuple[str, int, int, int, int, int]
"""The path of a file or folder, and what changes with its content."""


def shared_tls_context(ca_bundle: str | None = None) -> ssl.SSLContext:
    """Return the context of `new_tls_context` that all who trust these files share, made anew when a file changes.

    A file counts as changed by its inode, size, and times of change, and so do the files that `SSL_CERT_FILE` and
    `SSL_CERT_DIR` name.  A change of the certificate stores of Windows is not noticed.  The operating system's own
    verification reads no file and is not shared.  Threads that ask at the same time may each make one; all are equal.

    Raises what `new_tls_context` raises.
    """
    if ca_bundle == TRUSTSTORE:
        return new_tls_context(ca_bundle)
    settings = ssl.SSLContext, os.environ.get("SSLKEYLOGFILE")  # `truststore.inject_into_ssl` replaces the class
    return _context_of(ca_bundle, _trusted_files(ca_bundle), settings)


@lru_cache(_MOST_SHARED)
def _context_of(ca_bundle: str | None, _files: tuple[_Version, ...], _settings: tuple[object, ...]) -> ssl.SSLContext:
    return new_tls_context(ca_bundle)


def _trusted_files(ca_bundle: str | None) -> tuple[_Version, ...]:
    if ca_bundle is not None:
        return (_version(ca_bundle),)
    default = ssl.get_default_verify_paths()  # reads the variables; gives only what exists
    return tuple(_version(path) for path in (default.cafile, default.capath) if path)


def _version(path: str) -> _Version:
    status = os.stat(path)
    return path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


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
    context.hostname_checks_common_name = False
    return context


def server_hostname(context: ssl.SSLContext, host: str) -> str | bytes:
    """Return the name of a host as `context.wrap_socket` takes it, without the dot of a fully qualified name.

    It is bytes, for which Python does not load its IDNA codec (CPython 3.11 to 3.14), but text for a subclass such as
    truststore's, which may take only that.
    """
    name = host.rstrip(".")
    return name.encode() if type(context) is ssl.SSLContext else name
