"""Measure the CPU of the client's side of a call: `send` against a bare server on loopback, without and with TLS.

boto3         `send_message`, unsigned, no retries, over one kept connection
by hand       the parts of `send` in straight-line Python: token, describe, `DirectTransport`, decode; no program,
              so no retries, no budget, no deadline, no observers, no event loops
transport     the same HTTP request, described once in advance, through `DirectTransport`: no client token,
              nothing checked, described or decoded
exchange      the same bytes through the exchange without I/O, on one blocking socket: no deadline, no pool, no
              locks
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.harness import OURS, Case, Code, cheaper, within
from benchmarks.message import PARAMS, REQUEST, WHOLE
from benchmarks.server import Served, running
from lensconnect import (
    Endpoint,
    HttpRequest,
    SendMessage,
    SendMessageResponse,
    decode,
    describe,
    fresh_token,
    new_env,
    or_raise,
    send,
    send_message_client_token,
)
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request

TITLE = "A call on loopback, CPU of the client"


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


def by_hand(request: SendMessage, endpoint: Endpoint, transport: DirectTransport) -> SendMessageResponse:
    whole = send_message_client_token.put(fresh_token(), request)
    response = transport(describe(whole, endpoint).unwrap(), 60.0).unwrap()
    return decode(SendMessage, response).unwrap()


def cases() -> Iterator[Case]:
    for tls in (False, True):
        with running(tls=tls) as served:
            yield from _case(served)


def _case(served: Served) -> Iterator[Case]:
    context = None if served.ca is None else ssl.create_default_context(cafile=served.ca)
    endpoint = Endpoint(served.url)
    described = or_raise(describe(WHOLE, endpoint))
    client = boto3.client(
        "connectparticipant",
        region_name="eu-central-1",
        endpoint_url=served.url,
        verify=served.ca,
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
    )
    with ExitStack() as stack:
        stack.enter_context(closing(client))
        env = stack.enter_context(new_env(endpoint_url=served.url, ca_bundle=served.ca))
        transport = stack.enter_context(DirectTransport(ssl_context=context))
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
        if context is not None:
            connection = stack.enter_context(context.wrap_socket(connection, server_hostname="127.0.0.1"))
        assert or_raise(send(REQUEST)(env)).id == client.send_message(**PARAMS)["Id"]
        assert by_hand(REQUEST, endpoint, transport).http_status == exchange_on(connection, described) == 200
        names = {"env": env, "endpoint": endpoint, "transport": transport, "request": REQUEST, "described": described}
        yield Case(
            "send a message" + (" over TLS" if served.ca else ""),
            {
                OURS: Code("send(request)(env)", send=send, **names),
                "boto3": Code("send_message(**params)", send_message=client.send_message, params=PARAMS),
                "by hand": Code("by_hand(request, endpoint, transport)", by_hand=by_hand, **names),
                "transport": Code("transport(described, 60.0)", **names),
                "exchange": Code("run(connection, described)", run=exchange_on, connection=connection, **names),
            },
            {"boto3": cheaper(8), "by hand": within(1.4), "transport": within(1.4), "exchange": within(1.4)},
        )
