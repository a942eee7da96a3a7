"""Cassettes: record a conversation with the service once, without its secrets, and replay it in tests.

    tape = Tape()
    new_env(transport=recording(tape)(transport),      for synchronous and asynchronous transports
            sockets=recording_sockets(tape)(driver))   and socket drivers
    save(tape.cassette, "greeting.json")

    with replaying(load("greeting.json")) as replay:
        new_env(transport=replay.transport, sockets=replay.sockets, clock=replay.clock)

Secrets are found by the types of the service model, not by patterns: tokens, presigned URLs and all other
sensitive fields never enter the file, and neither does the URL of a WebSocket.  Message texts and display names are left out too, unless the tape is
made with `Tape(keep_content=True)`: a replay gives the program `***` for each, with a warning.  `Tape(check_content=True)` keeps hashes of the texts of
requests, to compare them.

    exchanges         Cassette, RecordedExchange and RecordedSocket, as values
    scrub             removes secrets
    tape              recording and replaying, of transports and socket drivers
    replayed_sockets  used by `replaying`: the WebSockets of a cassette as a script
    files             a cassette as a JSON file
"""

from __future__ import annotations

from lensconnect.testing.cassette.exchanges import *
from lensconnect.testing.cassette.files import *
from lensconnect.testing.cassette.scrub import scrubbed as scrubbed
from lensconnect.testing.cassette.tape import *
from lensconnect.testing.scripted import MissingRequestError as MissingRequestError
from lensconnect.testing.scripted import ScriptedTransport as ScriptedTransport
from lensconnect.testing.scripted import UnexpectedRequestError as UnexpectedRequestError
from lensconnect.testing.scripted_sockets import UnexpectedConnectionError as UnexpectedConnectionError
from lensconnect.testing.scripted_sockets import UnexpectedFrameError as UnexpectedFrameError
