"""Certificates that a client must refuse, and one chain that it must accept, made with `cryptography` (of trustme).

Each server is at 127.0.0.1 and localhost; the client trusts `ROOT` alone.  The good chain follows RFC 5280 to the letter,
because Python checks strictly from 3.13 on.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from lensconnect.interpreters.transports.tls_context import new_tls_context

__all__ = ["BAD", "GOOD", "BadCertificate", "trusting_root"]

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
LOOPBACK: tuple[x509.GeneralName, ...] = (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")))
SERVER_USAGE, CA_USAGE = ("digital_signature",), ("key_cert_sign", "crl_sign")
USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


class Party(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key


def name_of(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def made(
    common: str,
    issuer: Party | None,
    *,
    names: Sequence[x509.GeneralName] = (),
    ca: bool = False,
    path_length: int | None = None,
    usage: tuple[str, ...] = (),
    purpose: ObjectIdentifier | None = None,
    days: tuple[int, int] = (-1, 30),
    key: Key | None = None,
    signed_by: Key | None = None,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Party:
    """Issue a certificate; its signature is the issuer's, its own without one, or one with another key."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    signer = signed_by or (issuer.key if issuer else own)
    issuer_key = (issuer.key if issuer else own).public_key()
    wanted = usage or (CA_USAGE if ca else SERVER_USAGE)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common))
        .issuer_name(issuer.certificate.subject if issuer else name_of(common))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(x509.KeyUsage(**{each: each in wanted for each in USAGES}), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if not ca:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([purpose or ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    return Party(builder.sign(signer, hashes.SHA256()), own)


def leaf(issuer: Party | None, *, names: Sequence[x509.GeneralName] = LOOPBACK, **options: object) -> Party:
    return made("server", issuer, names=names, **options)  # type: ignore[arg-type]


@cache
def root() -> Party:
    return made("root", None, ca=True)


def authority(issuer: Party | None = None, **options: object) -> Party:
    """Return an intermediate authority, under the root if no other is given."""
    return made("authority", issuer or root(), ca=True, **options)  # type: ignore[arg-type]


@cache
def trusting_root() -> ssl.SSLContext:
    """Return the context that the package makes for a `ca_bundle` with the root alone."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "root.pem"
        path.write_bytes(pem(root()))
        return new_tls_context(str(path))


def pem(party: Party) -> bytes:
    return party.certificate.public_bytes(serialization.Encoding.PEM)


def serving_chain(*chain: Party) -> ssl.SSLContext:
    """Return the context of a server that sends these certificates, its own first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # a server may offer what a client refuses
    key = chain[0].key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chain.pem"
        path.write_bytes(key + b"".join(map(pem, chain)))
        context.load_cert_chain(path)
    return context


class BadCertificate(NamedTuple):
    """Makes the context of a server, which is made once; the client asks for `host`."""

    make: Callable[[], ssl.SSLContext]
    host: str = "127.0.0.1"

    @property
    def context(self) -> ssl.SSLContext:
        return context_from(self.make)


@cache
def context_from(make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    return make()


def good() -> ssl.SSLContext:
    between = authority()
    return serving_chain(leaf(between), between)


def dns(name: str) -> tuple[x509.GeneralName, ...]:
    return (x509.DNSName(name),)


def under(between: Party) -> ssl.SSLContext:
    return serving_chain(leaf(between), between)


def too_long() -> ssl.SSLContext:
    first = authority(path_length=0)
    second = made("second", first, ca=True)
    return serving_chain(leaf(second), second, first)


def issued_by_a_server() -> ssl.SSLContext:
    issuer = made("other server", root(), usage=(*SERVER_USAGE, *CA_USAGE), names=LOOPBACK)
    return serving_chain(leaf(issuer), issuer)


def unknown_issuer() -> ssl.SSLContext:
    other = made("another root", None, ca=True)
    return serving_chain(leaf(other), other)


def same_name_as_the_root() -> ssl.SSLContext:
    other = made("root", None, ca=True)
    return serving_chain(leaf(other), other)


def constrained(subtree: x509.GeneralName) -> ssl.SSLContext:
    return under(authority(more=[(x509.NameConstraints([subtree], None), True)]))


UNKNOWN_EXTENSION = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")

GOOD = BadCertificate(good)
BAD: dict[str, BadCertificate] = {
    "expired": BadCertificate(lambda: serving_chain(leaf(root(), days=(-3, -1)))),
    "not yet valid": BadCertificate(lambda: serving_chain(leaf(root(), days=(1, 3)))),
    "for another name": BadCertificate(lambda: serving_chain(leaf(root(), names=dns("other.example"))), "localhost"),
    "for another address": BadCertificate(
        lambda: serving_chain(leaf(root(), names=(x509.IPAddress(ip_address("127.0.0.2")),)))
    ),
    "an address as a name": BadCertificate(lambda: serving_chain(leaf(root(), names=dns("127.0.0.1")))),
    "a name and no alternative name": BadCertificate(
        lambda: serving_chain(made("localhost", root(), names=())), "localhost"
    ),
    "a wildcard for everything": BadCertificate(lambda: serving_chain(leaf(root(), names=dns("*"))), "localhost"),
    "a wildcard within a label": BadCertificate(lambda: serving_chain(leaf(root(), names=dns("l*"))), "localhost"),
    "a wildcard one label below": BadCertificate(
        lambda: serving_chain(leaf(root(), names=dns("*.localhost"))), "localhost"
    ),
    "signed by itself": BadCertificate(lambda: serving_chain(leaf(None))),
    "of an unknown authority": BadCertificate(unknown_issuer),
    "of an authority with the root's name": BadCertificate(same_name_as_the_root),
    "with a forged signature": BadCertificate(
        lambda: serving_chain(leaf(root(), signed_by=ec.generate_private_key(ec.SECP256R1())))
    ),
    "without the authority between": BadCertificate(lambda: serving_chain(leaf(authority()))),
    "of an expired authority": BadCertificate(lambda: under(authority(days=(-3, -1)))),
    "of a server instead of an authority": BadCertificate(issued_by_a_server),
    "of an authority that may not sign": BadCertificate(lambda: under(authority(usage=SERVER_USAGE))),
    "of an authority too far down": BadCertificate(too_long),
    "outside its authority's addresses": BadCertificate(lambda: constrained(x509.IPAddress(ip_network("10.0.0.0/8")))),
    "outside its authority's names": BadCertificate(lambda: constrained(x509.DNSName("example")), "localhost"),
    "for clients": BadCertificate(lambda: serving_chain(leaf(root(), purpose=ExtendedKeyUsageOID.CLIENT_AUTH))),
    "for signing certificates": BadCertificate(lambda: serving_chain(leaf(root(), usage=CA_USAGE))),
    "with a critical extension that is unknown": BadCertificate(
        lambda: serving_chain(leaf(root(), more=[(UNKNOWN_EXTENSION, True)]))
    ),
    "with a key of 1,024 bits": BadCertificate(
        lambda: serving_chain(leaf(root(), key=rsa.generate_private_key(65537, 1024)))
    ),
}
"""Reasons for which a client refuses a certificate: RFC 5280, RFC 9525 (names), and OpenSSL's security level 2."""
