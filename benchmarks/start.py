"""Measure the start: import, environment and first send over TLS; and the first send of a second environment.

In a fresh interpreter, which trusts one authority:

boto3         `import boto3`, a client of the service without credentials, and its first `send_message`
import        our import alone
dependencies  the import of the packages that we depend on and that our import loads, alone
floor         an interpreter that does nothing, which is part of every side

In this process, with the authorities that botocore brings as the ones to trust:

handshake     TCP, TLS and the same bytes on a blocking socket, with a context that has read the authorities already
boto3         a session's second client and its first `send_message`
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import botocore
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.harness import OURS, Case, Code, Script, cheaper, within
from benchmarks.message import PARAMS, REQUEST, WHOLE
from benchmarks.send import exchange_on
from benchmarks.server import Served, running
from lensconnect import Endpoint, HttpRequest, describe, new_env, or_raise, send

TITLE = "Import and first use"

SOURCES = {
    OURS: """\
from lensconnect import ConnectionToken, new_env, new_send_message, or_raise, send
with new_env(endpoint_url={url!r}, ca_bundle={ca!r}) as env:
    or_raise(send(new_send_message("text/plain", "Hello", ConnectionToken("t")))(env))
""",
    "boto3": """\
import boto3
from botocore import UNSIGNED
from botocore.config import Config
unsigned = Config(signature_version=UNSIGNED)
client = boto3.client(
    "connectparticipant", region_name="eu-central-1", endpoint_url={url!r}, verify={ca!r}, config=unsigned
)
client.send_message(ContentType="text/plain", Content="Hello", ConnectionToken="t")
client.close()
""",
    "import": "import lensconnect",
    "dependencies": "import msgspec, orjson, returns.future",
    "floor": "pass",
}


def cases() -> Iterator[Case]:
    with running(tls=True) as served:
        for clock, aim in (("cpu", cheaper(2.2)), ("wall", cheaper())):
            sides = {
                name: Script(source.format(url=served.url, ca=served.ca), clock) for name, source in SOURCES.items()
            }
            aims = {"boto3": aim, "import": within(), "dependencies": within(), "floor": within()}
            yield Case(f"{clock} time", sides, aims, share=1 / 3, unit="ms")
        with TemporaryDirectory() as folder:
            yield second_environment(served, Path(folder))


def second_environment(served: Served, folder: Path) -> Case:
    """Return the case of an environment for each call, in a process that has had one."""
    assert served.ca is not None
    bundle = folder / "bundle.pem"
    bundle.write_text((Path(botocore.__file__).parent / "cacert.pem").read_text() + Path(served.ca).read_text())
    context, described = ssl.create_default_context(cafile=bundle), or_raise(describe(WHOLE, Endpoint(served.url)))
    session = boto3.Session()

    def ours() -> None:
        with new_env(endpoint_url=served.url, ca_bundle=str(bundle)) as env:
            or_raise(send(REQUEST)(env))

    def theirs() -> None:
        client = session.client(
            "connectparticipant",
            region_name="eu-central-1",
            endpoint_url=served.url,
            verify=str(bundle),
            config=Config(signature_version=UNSIGNED),
        )
        client.send_message(**PARAMS)
        client.close()

    sides = {
        OURS: Code("call()", call=ours),
        "handshake": Code(
            "call(port, context, request)", call=handshake, port=served.port, context=context, request=described
        ),
        "boto3": Code("call()", call=theirs),
    }
    return Case(
        "a second environment's first send over TLS", sides, {"handshake": within(2), "boto3": cheaper(10)}, unit="ms"
    )


def handshake(port: int, context: ssl.SSLContext, request: HttpRequest) -> None:
    """Open a connection, send the request over it and read the reply."""
    with socket.create_connection(("127.0.0.1", port)) as connected:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(connected, server_hostname="127.0.0.1") as connection:
            exchange_on(connection, request)
