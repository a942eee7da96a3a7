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

What a plain send does not need (content, transcripts, live chats, streams) is loaded at its first use.

`lensconnect.emulator` emulates the service, `lensconnect.testing` helps to test programs.
"""

# ruff: noqa: I001 - imports in the order of the table of contents, not by name

from importlib import import_module as _import_module
from sys import flags as _flags
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from lensconnect.later import *

# Optics: get and set parts of the values below
from lensconnect.optics import Iso as Iso, Lens as Lens, Prism as Prism, StateFn as StateFn, Traversal as Traversal

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
from lensconnect.wire.endpoint import resolve_endpoint as resolve_endpoint
from lensconnect.wire.limits import *
from lensconnect.wire.validate import validate as validate

# Programs: descriptions of effects; sending, retrying, pacing and observing
from lensconnect.programs.program import *
from lensconnect.programs.primitives import *
from lensconnect.programs.send import send as send, tokened as tokened
from lensconnect.programs.connection_token import *
from lensconnect.programs.wrap import *
from lensconnect.programs.retry_policy import *
from lensconnect.programs.retry_plan import *
from lensconnect.programs.retry_decision import *
from lensconnect.programs.retry_rules import *
from lensconnect.programs.pace import *
from lensconnect.programs.observe import *
from lensconnect.programs.settings import *

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


def _exported(namespace: dict[str, object]) -> list[str]:
    """Return the names of a namespace that are neither private nor modules such as `http` and `types`."""
    return [
        name
        for name, value in namespace.items()
        if not (name.startswith("_") or (isinstance(value, _ModuleType) and value is not render))
    ]


def _remove_foreign_modules(namespace: dict[str, object]) -> None:
    """Remove the modules that a star import has bound beside the names: submodules of its own package."""
    modules = [(name, value) for name, value in namespace.items() if isinstance(value, _ModuleType)]
    for name, module in modules:
        if name[0] != "_" and module.__name__ != f"{__name__}.{name}" and module is not render:
            del namespace[name]


_remove_foreign_modules(globals())


def _load_later(namespace: dict[str, object]) -> None:
    """Add the names of `lensconnect.later` to this module's, and `__all__`."""
    later = vars(_import_module(f"{__name__}.later"))
    namespace.update({name: later[name] for name in _exported(later)})
    namespace["__all__"] = _exported(namespace)


def _load(name: str) -> object:
    """Load the names of `lensconnect.later` at the first use of one of them, or of `__all__` (PEP 562)."""
    namespace = globals()
    if "__all__" not in namespace and (name == "__all__" or not name.startswith("_")):
        _load_later(namespace)
    try:
        return namespace[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name) from None


if _flags.dev_mode:
    _import_module(f"{__name__}.interpreters.unrun").report_unrun_programs(raises=False)

globals()["__getattr__"] = _load  # a type checker that saw it would take any name


def __dir__() -> list[str]:
    _load("__all__")
    return [*globals()]
