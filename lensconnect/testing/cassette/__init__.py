"""Cassettes: record a conversation with the service once, without its secrets, and replay it in tests.

    tape = Tape()
    new_env(transport=recording(tape)(transport))      for synchronous and asynchronous transports
    save(tape.cassette, "greeting.json")

    with replaying(load("greeting.json")) as replay:
        new_env(transport=replay.transport)

Secrets are found by the types of the service model, not by patterns: tokens, presigned URLs and all other
sensitive fields never enter the file.  Message texts and display names are left out too, unless the tape is
made with `Tape(keep_content=True)`.

    exchanges   Cassette and RecordedExchange, as values
    scrub       removes secrets
    tape        recording and replaying
    files       a cassette as a JSON file
"""

from __future__ import annotations

from lensconnect.testing.cassette.exchanges import *
from lensconnect.testing.cassette.files import *
from lensconnect.testing.cassette.scrub import scrubbed as scrubbed
from lensconnect.testing.cassette.tape import *
from lensconnect.testing.scripted import MissingRequestError as MissingRequestError
from lensconnect.testing.scripted import ScriptedTransport as ScriptedTransport
from lensconnect.testing.scripted import UnexpectedRequestError as UnexpectedRequestError
