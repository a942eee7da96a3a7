"""What does the client's side of a call cost: CPU of `send` against a bare server on loopback?

boto3         `send_message`, unsigned, no retries, over its kept connection
transport     the same HTTP request, described once before, through `DirectTransport`: no program, no
              token minted, nothing checked, described or decoded
exchange      the same bytes through the exchange without I/O on one blocking socket: no deadline, no
              connections to keep, no other threads to think of
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.harness import OURS, Case, Code, cheaper, within
from benchmarks.server import running
from lensconnect import (
    ConnectionToken,
    Endpoint,
    HttpRequest,
    describe,
    new_env,
    new_send_message,
    or_raise,
    send,
    send_message_client_token,
)
from lensconnect.interpreters.direct.exchange import Exchange
from lensconnect.interpreters.direct.outgoing import Outgoing, prepare
from lensconnect.interpreters.direct.sync import DirectTransport

TITLE = "A call on loopback, CPU of the client"
TOKEN = ConnectionToken("t" * 300)
TEXT = "Good morning, my parcel has not arrived yet."
CLIENT_TOKEN = "b1f4b3a6-6f0c-4b8e-9c55-0f7d2a8f9e11"


def exchange_on(connection: socket.socket, request: HttpRequest) -> int:
    outgoing = prepare(request)
    assert isinstance(outgoing, Outgoing)
    exchange = Exchange(outgoing)
    exchange.begin_sending()
    while (unsent := outgoing.unsent) is not None:
        outgoing.advance(connection.send(unsent))
    while exchange.outcome is None:
        exchange.feed(connection.recv(65536))
    return exchange.outcome.unwrap().status


def cases() -> Iterator[Case]:
    with running() as port, new_env(endpoint_url=f"http://127.0.0.1:{port}") as env, DirectTransport() as transport:
        request = new_send_message("text/plain", TEXT, TOKEN)
        whole = request & send_message_client_token.set(CLIENT_TOKEN)
        described = or_raise(describe(whole, Endpoint(f"http://127.0.0.1:{port}")))
        client = boto3.client(
            "connectparticipant",
            region_name="eu-central-1",
            endpoint_url=f"http://127.0.0.1:{port}",
            config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
        )
        connection = socket.create_connection(("127.0.0.1", port))
        params = {"ContentType": "text/plain", "Content": TEXT, "ConnectionToken": TOKEN}
        assert or_raise(send(request)(env)).id == client.send_message(**params)["Id"]
        assert transport(described, 60.0).unwrap().status == exchange_on(connection, described) == 200
        with connection:
            yield Case(
                "send a message",
                {
                    OURS: Code("send(request)(env)", send=send, request=request, env=env),
                    "boto3": Code("send_message(**params)", send_message=client.send_message, params=params),
                    "transport": Code("transport(described, 60.0)", transport=transport, described=described),
                    "exchange": Code(
                        "run(connection, described)", run=exchange_on, connection=connection, described=described
                    ),
                },
                {"boto3": cheaper(8), "transport": within(1.4), "exchange": within(1.4)},
            )
        client.close()
