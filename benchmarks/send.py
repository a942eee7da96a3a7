"""Measure the CPU of the client's side of a call: `send` against a bare server on loopback, asked three ways.

- On one core with the server, without and with TLS: a reply is there at once, caches and branch predictors are shared.
- On two cores over TLS, with a reply after 2 ms: the client's process sleeps in between, as one that waits for AWS does.
- In both ways also against boto3 as a user has it, who may not know that the service needs no signature.

boto3           `send_message`, unsigned, no retries, over one kept connection
boto3 default   the same as it comes with credentials: it signs each request, and its retries are on
straight line   one hand-written function over a raw socket with the checks that no client may drop (`straight_line`)
transport       the same HTTP request, described once in advance, through `DirectTransport`: no client token,
                nothing checked, described or decoded
exchange        the same bytes through the exchange without I/O, on one blocking socket: no deadline, no pool, no
                locks
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, Final

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.harness import OURS, Aim, Case, Code, cheaper, within
from benchmarks.message import PARAMS, REQUEST, WHOLE
from benchmarks.server import Served, running
from benchmarks.straight_line import send_straight
from lensconnect import Endpoint, HttpRequest, describe, new_env, or_raise, send
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request

TITLE = "A call on loopback, CPU of the client"
AFTER: Final = 0.002
"""Seconds before the reply of a server that is away."""


def exchange_on(connection: socket.socket, request: HttpRequest) -> int:
    encoded = encode_request(request)
    assert isinstance(encoded, EncodedRequest)
    exchange = Exchange(encoded)
    exchange.begin_sending()
    while encoded.unsent is not None:
        encoded.advance(connection.send(encoded.unsent))
    while exchange.outcome is None:
        exchange.feed(connection.recv(65536))
    return exchange.outcome.unwrap().status


def cases() -> Iterator[Case]:
    boto3_aims = {"boto3": cheaper(8), "boto3 default": cheaper(8)}
    inner = {"transport": within(), "exchange": within()}
    with running() as served:
        yield from _case("send a message", served, {**boto3_aims, "straight line": within(2.0), **inner})
    with running(tls=True) as served:
        yield from _case("send a message over TLS", served, {**boto3_aims, "straight line": within(1.8), **inner})
    with running(tls=True, after=AFTER) as served:
        aims = {"boto3": cheaper(4), "boto3 default": cheaper(4), "straight line": within()}
        yield from _case("send a message over TLS, reply after 2 ms", served, aims, share=1 / 3)


def _case(name: str, served: Served, aims: dict[str, Aim], share: float = 1.0) -> Iterator[Case]:
    described = or_raise(describe(WHOLE, Endpoint(served.url)))
    host = served.url.partition("//")[2]
    unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    with ExitStack() as stack:
        boto = stack.enter_context(closing(_boto3(served, config=unsigned)))
        default = stack.enter_context(closing(_boto3(served, aws_access_key_id="key", aws_secret_access_key="secret")))
        env = stack.enter_context(new_env(endpoint_url=served.url, ca_bundle=served.ca))
        transport = stack.enter_context(DirectTransport(ssl_context=_context(served)))
        blocking, idle = stack.enter_context(_connected(served)), stack.enter_context(_connected(served))
        idle.setblocking(False)
        readable = select.poll()
        readable.register(idle, select.POLLIN)
        reply = or_raise(send(REQUEST)(env))
        assert reply.id == boto.send_message(**PARAMS)["Id"] == default.send_message(**PARAMS)["Id"]
        assert reply == send_straight(idle, readable, host, REQUEST, 60.0)
        assert exchange_on(blocking, described) == 200
        sides = {
            OURS: Code("send(request)(env)", send=send, request=REQUEST, env=env),
            "boto3": Code("send_message(**params)", send_message=boto.send_message, params=PARAMS),
            "boto3 default": Code("send_message(**params)", send_message=default.send_message, params=PARAMS),
            "straight line": Code(
                "run(connection, readable, host, request, 60.0)",
                run=send_straight,
                connection=idle,
                readable=readable,
                host=host,
                request=REQUEST,
            ),
            "transport": Code("transport(described, 60.0)", transport=transport, described=described),
            "exchange": Code("run(connection, r)", run=exchange_on, connection=blocking, r=described),
        }
        measured = {side: code for side, code in sides.items() if side == OURS or side in aims}
        yield Case(name, measured, aims, share)


def _boto3(served: Served, **options: Any) -> Any:
    return boto3.client(
        "connectparticipant", region_name="eu-central-1", endpoint_url=served.url, verify=served.ca, **options
    )


def _context(served: Served) -> ssl.SSLContext | None:
    return None if served.ca is None else ssl.create_default_context(cafile=served.ca)


def _connected(served: Served) -> socket.socket:
    connection, context = socket.create_connection(("127.0.0.1", served.port)), _context(served)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection if context is None else context.wrap_socket(connection, server_hostname="127.0.0.1")
