"""Measure the time to read a reply: a transcript of 100 items.

botocore      its parser, as every boto3 call runs it
msgspec       the bare decoder of the same reply type; no status check, no `Result` around it
"""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import msgspec
import orjson
from botocore.parsers import create_parser

from benchmarks.harness import OURS, Case, Code, cheaper, within
from lensconnect import GetTranscript, GetTranscriptResponse, HttpResponse, decode, or_raise

TITLE = "Reading a transcript"
CONTACT = "4f0e7b44-9c6a-4a53-8b7b-2f7d9b0f6a10"
EVENT = "application/vnd.amazonaws.connect.event."


def item(index: int) -> dict[str, object]:
    """Return an item of a typical chat: mostly messages with receipts, some events, a few attachments."""
    agent = index % 2
    members: dict[str, object] = {
        "AbsoluteTime": f"2026-11-03T10:{index // 60:02}:{index % 60:02}.123Z",
        "Id": f"0a6d3c1e-53c1-4a7e-9f1b-{index:012}",
        "ParticipantId": f"7c2b8f0a-1111-4222-8333-{agent:012}",
        "DisplayName": "Customer" if agent == 0 else "Agnès from support",
        "ParticipantRole": "CUSTOMER" if agent == 0 else "AGENT",
        "ContactId": CONTACT,
    }
    if index % 10 == 3:
        return {**members, "Type": "EVENT", "ContentType": EVENT + "typing"}
    if index % 20 == 7:
        file = {
            "ContentType": "image/png",
            "AttachmentId": members["Id"],
            "AttachmentName": "a.png",
            "Status": "APPROVED",
        }
        return {**members, "Type": "ATTACHMENT", "Attachments": [file]}
    receipt = {"DeliveredTimestamp": members["AbsoluteTime"], "RecipientParticipantId": members["ParticipantId"]}
    return {
        **members,
        "Type": "MESSAGE",
        "ContentType": "text/plain",
        "Content": "My parcel has not arrived yet; could you find out where it is? " + "😀 " * (index % 3),
        "MessageMetadata": {"MessageId": members["Id"], "Receipts": [receipt]},
    }


def cases() -> Iterator[Case]:
    page = {"InitialContactId": CONTACT, "Transcript": [item(index) for index in range(100)], "NextToken": "n" * 200}
    body = orjson.dumps(page)
    whole = orjson.dumps({"HttpStatus": 200, **page})
    headers = (("Content-Type", "application/json"), ("x-amzn-RequestId", CONTACT))
    response = HttpResponse(200, headers, body)
    received = {"status_code": 200, "headers": dict(headers), "body": body}
    shape = (
        botocore.session.Session().get_service_model("connectparticipant").operation_model("GetTranscript").output_shape
    )
    bare, parser = msgspec.json.Decoder(GetTranscriptResponse), create_parser("rest-json")
    assert or_raise(decode(GetTranscript, response)) == bare.decode(whole)
    assert len(parser.parse(received, shape)["Transcript"]) == 100
    yield Case(
        "transcript of 100 items",
        {
            OURS: Code(
                "decode(GetTranscript, response)", decode=decode, GetTranscript=GetTranscript, response=response
            ),
            "botocore": Code("parse(received, shape)", parse=parser.parse, received=received, shape=shape),
            "msgspec": Code("bare(whole)", bare=bare.decode, whole=whole),
        },
        {"botocore": cheaper(12), "msgspec": within(1.25)},
        note=f"{len(body):,} bytes of JSON",
    )
