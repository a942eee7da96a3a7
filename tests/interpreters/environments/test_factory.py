"""AWS's variables and config file set an environment's endpoint, attempts and connections."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme
import truststore

from interpreters.helpers.servers import PatientServer, ServerConnection
from lensconnect import (
    EVENT_TYPING,
    NO_RETRY,
    STANDARD,
    ConnectionToken,
    EnvOptions,
    Error,
    Result,
    SendEventResponse,
    Success,
    new_async_env,
    new_env,
    new_send_event,
    send,
    to_result,
)

TYPING = send(new_send_event(EVENT_TYPING, ConnectionToken("t")))
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"Id":"m-1"}'
Outcome = Result[SendEventResponse, Error]


def _sync(**options: Any) -> Outcome:
    with new_env(**options) as env:
        return to_result(TYPING(env))


def _async(**options: Any) -> Outcome:
    async def perform() -> Outcome:
        async with new_async_env(**options) as env:
            return to_result(await TYPING(env))

    return asyncio.run(perform())


def _on_trio(**options: Any) -> Outcome:
    async def perform() -> Outcome:
        async with new_async_env(**options) as env:
            return to_result(await TYPING(env))

    return trio.run(perform)


SENDERS = {
    "direct": _sync,
    "direct on asyncio": _async,
    "aiohttp": partial(_async, transport="aiohttp"),
    "httpx2 on asyncio": partial(_async, transport="httpx2"),
    "httpx2 on trio": partial(_on_trio, transport="httpx2"),
}
on_every_transport = pytest.mark.parametrize("sent", SENDERS.values(), ids=SENDERS)
Send = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def no_aws_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str = "", **variables: str) -> None:
    (tmp_path / "config").write_text(text)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


FILE = """
[default]
region = eu-west-2
use_dualstack_endpoint = true
max_attempts = 4

[profile chat]
region = us-gov-west-1
use_fips_endpoint = true
services = mine

[profile elsewhere]
endpoint_url = https://everything.example
services = mine

[services mine]
connectparticipant =
  endpoint_url = https://chat.example/base
"""


@pytest.mark.parametrize(
    ("variables", "options", "url", "attempts"),
    [
        ({}, {}, "https://participant.connect.eu-west-2.api.aws", 4),
        ({"AWS_DEFAULT_REGION": "us-west-2"}, {}, "https://participant.connect.us-west-2.api.aws", 4),
        (
            {"AWS_DEFAULT_REGION": "us-west-2", "AWS_REGION": "us-east-1"},
            {},
            "https://participant.connect.us-east-1.api.aws",
            4,
        ),
        ({"AWS_REGION": "us-west-2"}, {"region": "us-east-1"}, "https://participant.connect.us-east-1.api.aws", 4),
        (
            {"AWS_USE_DUALSTACK_ENDPOINT": "false", "AWS_USE_FIPS_ENDPOINT": "TRUE"},
            {},
            "https://participant.connect-fips.eu-west-2.amazonaws.com",
            4,
        ),
        (
            {"AWS_USE_FIPS_ENDPOINT": "true"},
            {"fips": False, "dualstack": False},
            "https://participant.connect.eu-west-2.amazonaws.com",
            4,
        ),
        ({"AWS_MAX_ATTEMPTS": "2"}, {}, "https://participant.connect.eu-west-2.api.aws", 2),
        ({"AWS_MAX_ATTEMPTS": "2"}, {"retry": NO_RETRY}, "https://participant.connect.eu-west-2.api.aws", 1),
        ({"AWS_PROFILE": "elsewhere"}, {"dualstack": False}, "https://chat.example/base", 3),
        ({"AWS_PROFILE": "chat"}, {"profile": "elsewhere"}, "https://chat.example/base", 3),
        (
            {"AWS_PROFILE": "chat", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            {},
            "https://participant.connect.us-gov-west-1.amazonaws.com",
            3,
        ),
        ({"AWS_PROFILE": "elsewhere", "AWS_ENDPOINT_URL": "https://a.example"}, {}, "https://a.example", 3),
        (
            {"AWS_ENDPOINT_URL": "https://a.example", "AWS_ENDPOINT_URL_CONNECTPARTICIPANT": "https://b.example"},
            {"dualstack": False},
            "https://b.example",
            4,
        ),
        (
            {"AWS_ENDPOINT_URL_CONNECT_PARTICIPANT": "https://not.read.example"},
            {},
            "https://participant.connect.eu-west-2.api.aws",
            4,
        ),
        (
            {"AWS_ENDPOINT_URL": "https://a.example"},
            {"endpoint_url": "https://c.example", "dualstack": False},
            "https://c.example",
            4,
        ),
    ],
)
def test_endpoint_and_attempts(
    variables: dict[str, str],
    options: EnvOptions,
    url: str,
    attempts: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    configure(monkeypatch, tmp_path, FILE, **variables)
    for settings in (new_env(**options).settings, new_async_env(**options).settings):
        assert settings.endpoint.map(lambda endpoint: endpoint.url) == Success(url)
        assert settings.retry.max_attempts == attempts


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_the_retry_mode_does_not_change_the_policy(mode: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, tmp_path, AWS_RETRY_MODE=mode, AWS_REGION="us-east-1")
    assert new_env().settings.retry == STANDARD


@on_every_transport
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "no region"),
        ({"AWS_PROFILE": "nobody"}, "no profile 'nobody'"),
        ({"AWS_MAX_ATTEMPTS": "many"}, "AWS_MAX_ATTEMPTS must be a whole number"),
        ({"AWS_RETRY_MODE": "eager"}, "AWS_RETRY_MODE must be one of"),
        ({"AWS_ENDPOINT_URL": "https://a.example", "AWS_USE_FIPS_ENDPOINT": "true"}, "FIPS cannot be combined"),
        ({"AWS_PROFILE": "chat", "AWS_USE_FIPS_ENDPOINT": "true"}, "no profile 'chat'"),
        ({"AWS_REGION": "us-east-1", "AWS_CA_BUNDLE": "/nowhere.pem"}, "the CA bundle cannot be used"),
    ],
    ids=str,
)
def test_a_bad_configuration_is_the_failure_of_every_send(
    sent: Send, variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path, **variables)
    assert message in str(sent().failure())


@on_every_transport
@pytest.mark.parametrize(
    ("variables", "text", "options"),
    [
        ({"AWS_PROFILE": "in-the-credentials-file"}, "", {"region": "us-east-1"}),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "", {}),
        ({"AWS_CA_BUNDLE": "/nowhere.pem"}, "", {}),
        ({"AWS_MAX_ATTEMPTS": "many", "AWS_RETRY_MODE": "eager"}, "", {"retry": NO_RETRY}),
        ({}, "\ufeff[profile other]\nnonsense\n", {"retry": NO_RETRY}),
        ({}, "[default]\nservices = nowhere\nuse_dualstack_endpoint =\n  a = b\n", {}),
        ({"NO_PROXY": "a:" + "9" * 5000}, "", {}),
    ],
    ids=str,
)
def test_a_setting_that_a_call_does_not_need_changes_nothing(
    sent: Send,
    variables: dict[str, str],
    text: str,
    options: EnvOptions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Options replace configured settings, and only the configured settings still needed are checked."""
    configure(monkeypatch, tmp_path, text, **variables)
    with PatientServer(lambda connection: connection.send(connection.read_request() and OK)) as peer:
        assert sent(endpoint_url=peer.url(""), **options).unwrap().id == "m-1"
        assert "no profile 'nobody'" in str(sent(endpoint_url=peer.url(""), profile="nobody", **options).failure())


@on_every_transport
@pytest.mark.parametrize("place", ["variable", "file", "argument"])
def test_a_ca_bundle_is_trusted_wherever_it_is_named(
    sent: Send, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, bundle = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def script(connection: ServerConnection) -> None:
        if connection.read_request():
            connection.send(OK)

    with PatientServer(script, context) as peer:
        configure(monkeypatch, tmp_path, AWS_ENDPOINT_URL=f"https://127.0.0.1:{peer.port}")
        assert sent(retry=NO_RETRY).failure().kind == "tls"
        if place == "variable":
            monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        elif place == "file":
            (tmp_path / "config").write_text(f"[default]\nca_bundle = {bundle}\n")
        assert sent(ca_bundle=str(bundle) if place == "argument" else None).unwrap().id == "m-1"


@on_every_transport
@pytest.mark.parametrize("place", ["variable", "argument"])
def test_truststore_verifies_where_it_is_asked_for(
    sent: Send, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On Linux it uses the files of the system, which SSL_CERT_FILE replaces."""
    authority, bundle = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    made: list[int] = []

    class Spy(truststore.SSLContext):
        def __init__(self, protocol: int) -> None:
            made.append(protocol)
            super().__init__(protocol)

    def script(connection: ServerConnection) -> None:
        if connection.read_request():
            connection.send(OK)

    monkeypatch.setattr(truststore, "SSLContext", Spy)
    with PatientServer(script, context) as peer:
        configure(monkeypatch, tmp_path, AWS_ENDPOINT_URL=f"https://127.0.0.1:{peer.port}")
        if place == "variable":
            monkeypatch.setenv("AWS_CA_BUNDLE", "truststore")
        option = {"ca_bundle": "truststore"} if place == "argument" else {}
        assert sent(retry=NO_RETRY, **option).failure().kind == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        assert sent(retry=NO_RETRY, **option).unwrap().id == "m-1"
    assert made == [ssl.PROTOCOL_TLS_CLIENT] * 2


def test_without_the_package_every_send_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "truststore", None)
    error = _sync(region="us-east-1", ca_bundle="truststore").failure()
    assert "ca_bundle='truststore' needs truststore: python -m pip install" in str(error)


@on_every_transport
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_is_used_unless_an_option_or_no_proxy_excludes_it(
    sent: Send, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[bytes] = []

    def script(connection: ServerConnection) -> None:
        asked.append(connection.read_request().split(b"\r\n")[0])
        connection.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with PatientServer(script) as peer:
        variables = {name: f"http://127.0.0.1:{peer.port}", "AWS_ENDPOINT_URL": "https://chat.invalid"}
        configure(monkeypatch, tmp_path, **variables)
        assert sent(retry=NO_RETRY).failure().kind == "proxy"
        assert asked == [b"CONNECT chat.invalid:443 HTTP/1.1"]
        assert sent(retry=NO_RETRY, proxies={}).failure().kind == "name"
        monkeypatch.setenv("NO_PROXY", "other.example,.invalid")
        assert sent(retry=NO_RETRY).failure().kind == "name"
        assert len(asked) == 1


@on_every_transport
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_of_the_environment_never_gets_a_request_to_this_machine(
    sent: Send, host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A token would pass in clear through HTTP_PROXY on its way back; a proxy that is given in code is used."""

    def script(connection: ServerConnection) -> None:
        while connection.read_request():
            connection.send(OK)

    with PatientServer(script) as peer, PatientServer(script) as proxy:
        configure(monkeypatch, tmp_path, AWS_ENDPOINT_URL=peer.url("", host=host))
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        assert sent(retry=NO_RETRY).unwrap().id == "m-1"
        assert not proxy.requests
        assert sent(retry=NO_RETRY, proxies={"http": proxy.url("")}).unwrap().id == "m-1"
        assert proxy.requests[0].startswith(b"POST http://")
