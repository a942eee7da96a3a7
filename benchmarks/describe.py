"""Measure the time to check a request and describe it as HTTP.

botocore      its serializer with parameter validation, as every boto3 call runs it
floor         the same values written by hand without checks: the record's fields into a dict, `orjson`, an
              `HttpRequest` in a `Success`, which is built as ours is, without the slow constructor of `returns`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import orjson
from botocore.serialize import create_serializer

from benchmarks.harness import OURS, Case, Code, cheaper, within
from lensconnect import (
    ConnectionToken,
    Endpoint,
    HttpRequest,
    SendEvent,
    SendMessage,
    Success,
    describe,
    new_send_event,
    new_send_message,
    or_raise,
    send_message_client_token,
)
from lensconnect.results import success
from lensconnect.wire.plan import JSON_HEADER

TITLE = "Checking and describing a request"
SERVICE = botocore.session.Session().get_service_model("connectparticipant")
ENDPOINT = Endpoint("https://participant.connect.eu-central-1.amazonaws.com")
TYPING = "application/vnd.amazonaws.connect.event.typing"
TEXT = "Good morning, my parcel has not arrived yet. Could you find out where it is? " * 2
CLIENT_TOKEN = "b1f4b3a6-6f0c-4b8e-9c55-0f7d2a8f9e11"


def floor_event(request: SendEvent, base: str) -> Success[HttpRequest]:
    headers = (("X-Amz-Bearer", request.connection_token), JSON_HEADER)
    body = orjson.dumps({"ContentType": request.content_type})
    return success(HttpRequest("POST", base + "/participant/event", headers, body))


def floor_message(request: SendMessage, base: str) -> Success[HttpRequest]:
    headers = (("X-Amz-Bearer", request.connection_token), JSON_HEADER)
    members = {"ContentType": request.content_type, "Content": request.content, "ClientToken": request.client_token}
    return success(HttpRequest("POST", base + "/participant/message", headers, orjson.dumps(members)))


def cases() -> Iterator[Case]:
    for size in (40, 300):
        token = ConnectionToken("t" * size)
        event = new_send_event(TYPING, token)
        params = {"ContentType": TYPING, "ConnectionToken": token}
        yield _case(f"typing event, token of {size}", event, floor_event, params)
        message = new_send_message("text/plain", TEXT, token) & send_message_client_token.set(CLIENT_TOKEN)
        params = {"ContentType": "text/plain", "Content": TEXT, "ClientToken": CLIENT_TOKEN, "ConnectionToken": token}
        yield _case(f"full message, token of {size}", message, floor_message, params)


def _case(name: str, request: Any, floor: Callable[[Any, str], Success[HttpRequest]], params: dict[str, str]) -> Case:
    operation = SERVICE.operation_model(type(request).__name__)
    serializer = create_serializer("rest-json", include_validation=True)
    ours = or_raise(describe(request, ENDPOINT))
    theirs = serializer.serialize_to_request(params, operation)
    assert ours == floor(request, ENDPOINT.url).unwrap()
    assert json.loads(ours.body) == json.loads(theirs["body"])
    return Case(
        name,
        {
            OURS: Code("describe(request, endpoint)", describe=describe, request=request, endpoint=ENDPOINT),
            "botocore": Code(
                "serialize(params, row)", serialize=serializer.serialize_to_request, params=params, row=operation
            ),
            "floor": Code("floor(request, base)", floor=floor, request=request, base=ENDPOINT.url),
        },
        {"botocore": cheaper(8), "floor": within(2)},
    )
