"""lensconnect: a typed, functional client for the Amazon Connect Participant Service.

Optics          Lens, Iso, Prism, Traversal; json_object, json_string and key look into JSON in text
Operations      SendMessage, new_send_message, send_message_content (a lens), SEND_MESSAGE (its row), and so
                for each of OPERATIONS; `doc(SendMessage)` prints one
Shapes          Item, View and the other records of replies; open enums such as SORT_KEY_ASCENDING;
                ConnectionToken, ParticipantToken; CONTENT_TEXT_PLAIN, EVENT_TYPING and the other content types
Content         content_of reads an item; Interactive, and a prism for each template such as list_picker;
                choices_of, reply_to; receipt_content
The edge        HttpRequest, HttpResponse, Endpoint
Errors          Error is InvalidRequest, InvalidEndpoint, TransportError, SerializeError or ServiceError;
                a prism for each, such as throttling_exception; is_chat_over
Containers      Result, IOResult, FutureResult; is_ok, is_err, to_result, or_raise
Pure functions  describe, undescribe, described, decode, validate, resolve_endpoint, render; Limits
Transcripts     Transcript, merge, items_of, find_item, participants_in, is_stored; pages, Page, Cursor;
                item_from_json, items_from_sns, items_from_transcript_file
Programs        send, get_connection_token, tokened, gather, ensure, local, call, sleep, program (with Steps);
                rehearse, retrying, within, paced, observed, on_request; RetryPolicy, Quotas, Event, Settings;
                Stream, unfold
Environments    new_env, Env, new_async_env, AsyncEnv, EnvOptions; Transport, AsyncTransport; SocketDriver,
                AsyncSocketDriver; log_to

`lensconnect.emulator` emulates the service, `lensconnect.testing` helps to test programs.
"""

# ruff: noqa: I001 - imports in the order of the table of contents, not by name

from types import ModuleType as _ModuleType

# Optics: get and set parts of the values below
from lensconnect.optics import Iso as Iso, Lens as Lens, Prism as Prism, StateFn as StateFn, Traversal as Traversal
from lensconnect.content.json import json_object as json_object, json_string as json_string, key as key

# Requests and replies, their smart constructors, lenses and rows
from lensconnect.operations import *

# Shared shapes, open enums, tokens, content types
from lensconnect.types import *
from lensconnect.record import (
    ConnectionToken as ConnectionToken,
    ParticipantToken as ParticipantToken,
    Record as Record,
)
from lensconnect.content.types import *

# The content of items, and the answers to interactive messages
from lensconnect.content.templates import *
from lensconnect.content.answers import *
from lensconnect.content.contents import *

# The edge: HTTP as values, and the errors
from lensconnect.http import *
from lensconnect.errors import *

# Containers, and functions that take a value out of them
from lensconnect.results import *

# Pure functions: request to HTTP and back, response to reply, region to endpoint
from lensconnect.wire import render as render
from lensconnect.wire.decode import decode as decode
from lensconnect.wire.describe import (
    describe as describe,
    described as described,
    described_at as described_at,
    undescribe as undescribe,
)
from lensconnect.wire.documentation import doc as doc
from lensconnect.wire.endpoint import resolve_endpoint as resolve_endpoint
from lensconnect.wire.items import *
from lensconnect.wire.limits import *
from lensconnect.wire.validate import validate as validate

# Programs: descriptions of effects; sending, retrying, pacing and observing
from lensconnect.programs.program import *
from lensconnect.programs.primitives import *
from lensconnect.programs.stream import *
from lensconnect.programs.send import send as send, tokened as tokened
from lensconnect.programs.connection_token import *
from lensconnect.programs.pages import *
from lensconnect.programs.rehearse import *
from lensconnect.programs.wrap import *
from lensconnect.programs.retry_policy import *
from lensconnect.programs.retry_plan import *
from lensconnect.programs.retry_decision import *
from lensconnect.programs.retry_rules import *
from lensconnect.programs.pace import *
from lensconnect.programs.observe import *
from lensconnect.programs.settings import *

# Live chats
from lensconnect.live.files import *
from lensconnect.live.notifications import *
from lensconnect.live.options import *
from lensconnect.live.position import *
from lensconnect.live.transcript import *
from lensconnect.programs.chats.opening import *
from lensconnect.programs.chats.receiving import *
from lensconnect.programs.chats.sending import *

# Environments run them
from lensconnect.interpreters.sockets.protocol import (
    AsyncSocketConnection as AsyncSocketConnection,
    AsyncSocketDriver as AsyncSocketDriver,
    SocketConnection as SocketConnection,
    SocketDriver as SocketDriver,
)
from lensconnect.interpreters.transports.protocol import AsyncTransport as AsyncTransport, Transport as Transport
from lensconnect.interpreters.environments.base import *
from lensconnect.interpreters.environments.sync import *
from lensconnect.interpreters.environments.asynchronous import *
from lensconnect.interpreters.environments.factory import *
from lensconnect.interpreters.environments.logging import *


def _export(namespace: dict[str, object], kept: tuple[_ModuleType, ...]) -> None:
    """Set `__all__` to the names imported above, without modules such as `http` and `types`.

    A star import also binds the submodules of its package here; those bindings are deleted.
    """
    modules = {name: value for name, value in namespace.items() if isinstance(value, _ModuleType) and value not in kept}
    for name, module in modules.items():
        if module.__name__ != f"{__name__}.{name}":
            del namespace[name]
    namespace["__all__"] = [name for name in namespace if not name.startswith("_") and name not in modules]


_export(globals(), (render,))
