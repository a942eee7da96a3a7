"""lensconnect: the Amazon Connect Participant Service as values, lenses and programs.

The imports below are the table of contents.
"""

# ruff: noqa: I001 - in the order one meets them, not by name

from types import ModuleType as _ModuleType

# Optics: look into and change any of the values below
from lensconnect.optics import Lens as Lens, Prism as Prism, StateFn as StateFn, Traversal as Traversal
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

# The edge: HTTP as values, and everything that can go wrong
from lensconnect.http import *
from lensconnect.errors import *

# Containers and the ways out of them
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
from lensconnect.wire.limits import *
from lensconnect.wire.validate import validate as validate

# Programs: descriptions of effects, and how a call is made, retried, paced and watched
from lensconnect.programs.program import *
from lensconnect.programs.send import send as send, tokened as tokened
from lensconnect.programs.rehearse import *
from lensconnect.programs.wrap import *
from lensconnect.programs.retry import *
from lensconnect.programs.pace import *
from lensconnect.programs.observe import *
from lensconnect.programs.settings import *

# Environments run them
from lensconnect.interpreters.contract import AsyncTransport as AsyncTransport, Transport as Transport
from lensconnect.interpreters.doors import *
from lensconnect.interpreters.env import *
from lensconnect.interpreters.async_env import *
from lensconnect.interpreters.new_env import *
from lensconnect.interpreters.logs import *


def _drop_submodules(namespace: dict[str, object], kept: tuple[_ModuleType, ...]) -> None:
    """A star import brings the submodules of a package along; they have their own names under it."""
    for name, value in list(namespace.items()):
        if isinstance(value, _ModuleType) and value not in kept and value.__name__ != f"{__name__}.{name}":
            del namespace[name]


_drop_submodules(globals(), (render,))
