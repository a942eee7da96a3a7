"""Measure the time until a fresh interpreter has imported the library and is ready for its first call.

boto3         `import boto3` and a client of the service, without credentials
floor         an interpreter that does nothing, which is part of both sides
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness import OURS, Case, Script, cheaper, within

TITLE = "Import and first use"

SOURCES = {
    OURS: """\
from lensconnect import ConnectionToken, describe, new_send_event, or_raise, resolve_endpoint
endpoint = or_raise(resolve_endpoint("eu-central-1"))
or_raise(describe(new_send_event("text/plain", ConnectionToken("t")), endpoint))
""",
    "boto3": """\
import boto3
from botocore import UNSIGNED
from botocore.config import Config
boto3.client("connectparticipant", region_name="eu-central-1", config=Config(signature_version=UNSIGNED))
""",
    "floor": "pass",
}


def cases() -> Iterator[Case]:
    for clock, aim in (("cpu", cheaper(3)), ("wall", cheaper())):
        sides = {name: Script(source, clock) for name, source in SOURCES.items()}
        yield Case(f"{clock} time", sides, {"boto3": aim, "floor": within()}, share=1 / 3, unit="ms")
