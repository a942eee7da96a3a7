"""Environments that trust the same files share one TLS context; a file that changes makes a new one."""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
import truststore

from interpreters.helpers.certificates import authority_file, serving
from interpreters.helpers.servers import PatientServer, ServerConnection
from lensconnect import NO_RETRY, ConnectionToken, new_async_env, new_env, new_send_event, send, to_result
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.transports.tls_context import shared_tls_context

TYPING = send(new_send_event("application/vnd.amazonaws.connect.event.typing", ConnectionToken("t")))
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"Id":"m-1"}'


def answer(connection: ServerConnection) -> None:
    while connection.read_request():
        connection.send(OK)


def sent(port: int, **options: Any) -> Any:
    with new_env(endpoint_url=f"https://127.0.0.1:{port}", retry=NO_RETRY, **options) as env:
        return to_result(TYPING(env))


def replace(path: str, text: str) -> None:
    Path(f"{path}.new").write_text(text)
    os.replace(f"{path}.new", path)


def overwrite(path: str, text: str) -> None:
    """Keep the inode and the time of the last change, as a program can."""
    before = os.stat(path)
    Path(path).write_text(text.ljust(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_environments_that_trust_the_same_files_share_one_context(tmp_path: Path) -> None:
    bundle = authority_file(tmp_path)
    with new_env(region="us-east-1", ca_bundle=bundle) as one, new_env(region="eu-west-2", ca_bundle=bundle) as other:
        assert one.handle.transport.tls_context() is other.handle.transport.tls_context() is shared_tls_context(bundle)

    async def asynchronous() -> ssl.SSLContext:
        async with new_async_env(region="us-east-1", ca_bundle=bundle) as env:
            context: ssl.SSLContext = env.handle.transport.tls_context()
        return context

    assert asyncio.run(asynchronous()) is shared_tls_context(bundle)
    assert DirectTransport().tls_context() is AsyncDirectTransport().tls_context() is shared_tls_context()
    assert shared_tls_context() is not shared_tls_context(bundle)


@pytest.mark.parametrize("change", [replace, overwrite])
@pytest.mark.parametrize("place", ["option", "SSL_CERT_FILE"])
def test_a_rotated_bundle_is_read_by_the_next_environment(
    change: Callable[[str, str], None], place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, other = authority_file(tmp_path), Path(authority_file(tmp_path, "theirs")).read_text()
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", bundle if place == "SSL_CERT_FILE" else os.devnull)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "empty"))
    options = {"ca_bundle": bundle} if place == "option" else {}
    with PatientServer(answer, serving()) as ours, PatientServer(answer, serving(authority="theirs")) as theirs:
        assert sent(ours.port, **options).unwrap().id == "m-1"
        assert sent(theirs.port, **options).failure().kind == "tls"
        change(bundle, other)
        assert sent(ours.port, **options).failure().kind == "tls"
        assert sent(theirs.port, **options).unwrap().id == "m-1"


def test_the_variables_of_openssl_are_read_by_the_next_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shared_tls_context()
    monkeypatch.setenv("SSL_CERT_FILE", authority_file(tmp_path))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    of_variables = shared_tls_context()
    assert of_variables is not before
    assert len(of_variables.get_ca_certs()) == 1
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert shared_tls_context() is not of_variables


def test_a_context_that_its_client_changes_or_the_system_stands_behind_is_not_shared(tmp_path: Path) -> None:
    from lensconnect.interpreters.httpx2 import Httpx2Transport

    bundle = authority_file(tmp_path)
    assert shared_tls_context("truststore") is not shared_tls_context("truststore")

    async def context_of_httpx2(**options: Any) -> object:
        with PatientServer(answer, serving()) as peer:
            async with new_async_env(endpoint_url=peer.url(""), transport="httpx2", retry=NO_RETRY, **options) as env:
                assert isinstance(env.handle.transport, Httpx2Transport)
                assert to_result(await TYPING(env)).unwrap().id == "m-1"
                (client,) = (await env.handle.transport._own.get(dict)).values()  # pyright: ignore[reportPrivateUsage]
                return client._transport._pool._ssl_context

    assert asyncio.run(context_of_httpx2(ca_bundle=bundle)) is not shared_tls_context(bundle)


def test_truststore_injected_later_is_used() -> None:
    before = shared_tls_context()
    truststore.inject_into_ssl()
    try:
        assert isinstance(shared_tls_context(), truststore.SSLContext)
    finally:
        truststore.extract_from_ssl()
    assert shared_tls_context() is before


def test_a_given_context_is_neither_changed_nor_kept_alive() -> None:
    given = ssl.create_default_context()
    given.minimum_version = ssl.TLSVersion.TLSv1_3
    before = given.options, given.verify_flags, given.get_ciphers()
    with PatientServer(answer, serving()) as peer, DirectTransport(ssl_context=given) as transport:
        with new_env(endpoint_url=peer.url(""), retry=NO_RETRY, transport=transport) as env:
            assert to_result(TYPING(env)).failure().kind == "tls"
        assert (given.options, given.verify_flags, given.get_ciphers()) == before
        assert given.minimum_version == ssl.TLSVersion.TLSv1_3
    alive = ref(given)
    del given, transport, env
    gc.collect()
    assert alive() is None


def test_endpoints_share_no_session(tmp_path: Path) -> None:
    """A ticket for one endpoint, or one environment, is never shown to another."""
    bundle = authority_file(tmp_path)
    first, second = serving("127.0.0.1"), serving("127.0.0.1", "::1")
    with PatientServer(answer, first) as one, PatientServer(answer, second) as other:
        for port in (one.port, other.port, one.port):
            assert sent(port, ca_bundle=bundle).unwrap().id == "m-1"
    assert [context.session_stats()["hits"] for context in (first, second)] == [0, 0]


def test_a_bundle_that_cannot_be_read_is_read_again(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    with PatientServer(answer, serving()) as peer:
        assert "No such file" in str(sent(peer.port, ca_bundle=str(bundle)).failure())
        bundle.write_text("no certificate")
        assert "the CA bundle cannot be used" in str(sent(peer.port, ca_bundle=str(bundle)).failure())
        os.replace(authority_file(tmp_path), bundle)
        assert sent(peer.port, ca_bundle=str(bundle)).unwrap().id == "m-1"


def test_threads_that_ask_at_once_get_contexts_that_work(tmp_path: Path) -> None:
    bundle, outcomes, together = authority_file(tmp_path), list[Any](), threading.Barrier(8)

    def first_send(port: int) -> None:
        together.wait()
        outcomes.append(sent(port, ca_bundle=bundle).unwrap().id)

    with PatientServer(answer, serving()) as peer:
        threads = [threading.Thread(target=first_send, args=(peer.port,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes == ["m-1"] * 8


def test_few_contexts_are_kept(tmp_path: Path) -> None:
    bundle = authority_file(tmp_path)
    first = ref(shared_tls_context(bundle))
    for number in range(8):
        copy = tmp_path / f"{number}.pem"
        copy.write_text(Path(bundle).read_text())
        assert shared_tls_context(str(copy)) is shared_tls_context(str(copy))
    gc.collect()
    assert first() is None
