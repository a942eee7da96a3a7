"""Certificates for the servers, valid and invalid, made once."""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from warnings import catch_warnings, simplefilter

import trustme

__all__ = ["authority_file", "outdated", "serving", "trusting"]


@cache
def _authority(name: str) -> trustme.CA:
    return trustme.CA(organization_name=name)


@cache
def serving(*names: str, authority: str = "ours", expired: bool = False) -> ssl.SSLContext:
    """Return a server's context for these names (loopback's if none are given)."""
    end = datetime.now(UTC) - timedelta(days=1) if expired else None
    start = datetime.now(UTC) - timedelta(days=3) if expired else None
    certificate = _authority(authority).issue_cert(
        *(names or ("127.0.0.1", "::1", "localhost")), not_after=end, not_before=start
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@cache
def trusting(authority: str = "ours") -> ssl.SSLContext:
    """Return a client's context that trusts our authority and no other."""
    context = ssl.create_default_context()
    _authority(authority).configure_trust(context)
    return context


def outdated() -> ssl.SSLContext:
    """Return a server's context that supports TLS 1.1 at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority("ours").issue_cert("127.0.0.1").configure_cert(context)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with catch_warnings():
        simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    return context


def authority_file(folder: Path, authority: str = "ours") -> str:
    """Write the certificate of our authority into a folder; return its path, as `ca_bundle` takes it."""
    path = folder / f"{authority}.pem"
    _authority(authority).cert_pem.write_to_path(path)
    return str(path)
