"""Cassettes: a conversation with the real service, recorded once and replayed for ever, its secrets taken out.

    tape = Tape()
    new_env(transport=recording(tape)(transport))      Transport -> Transport, asynchronous ones too
    save(tape.cassette, "greeting.json")

    with replaying(load("greeting.json")) as played:
        new_env(transport=played.transport)

Secrets are known by their types, not by patterns: tokens, presigned URLs and whatever else the service's
model has as one never enter the file.  Nor does what people wrote or are called, unless the tape was told
to keep it: `Tape(keep_content=True)`.
"""

from __future__ import annotations

from lensconnect.testing.cassette.exchanges import (
    Cassette,
    Exchange,
    cassette_exchanges,
    cassette_keep_content,
    exchange_outcome,
    exchange_request,
)
from lensconnect.testing.cassette.files import load, save
from lensconnect.testing.cassette.scrub import scrubbed
from lensconnect.testing.cassette.tape import Tape, recording, replaying
from lensconnect.testing.scripted import MissingRequestError, ScriptedTransport, UnexpectedRequestError

__all__ = [
    "Cassette",
    "Exchange",
    "MissingRequestError",
    "ScriptedTransport",
    "Tape",
    "UnexpectedRequestError",
    "cassette_exchanges",
    "cassette_keep_content",
    "exchange_outcome",
    "exchange_request",
    "load",
    "recording",
    "replaying",
    "save",
    "scrubbed",
]
