"""One routing decision for each request: from its method and URL to the operation that answers it.

`route_of` reads one table of path templates: the operations of the participant service (from the core's
table of operations), of the Amazon Connect API, of object storage, and of the emulator's own API.  The
agent page's guard, fault injection, quotas, the traffic log and `dispatch` all read the resulting `Route`.

Facts: a path is split before it is percent-decoded, because clients escape a slash in a view token (observed
with botocore 1.44.5 and the AWS SDK for JavaScript 3.1019.0).  Both put the operation's path behind the base
path of a configured endpoint, and the JavaScript SDK doubles the slash between them (observed).  The 404
for other paths and the 405 with `Allow` for other methods are assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

from lensconnect.operations import OPERATIONS, Row

PREFIX: Final = "_emulator"
"""The first segment of every path of the emulator's own APIs."""

SOCKET: Final = "/participant/socket?ticket="
UPLOAD: Final = f"/{PREFIX}/uploads/"
DOWNLOAD: Final = f"/{PREFIX}/files/"
LOGIN: Final = f"/{PREFIX}/login?state="
"""The presigned URLs of a WebSocket, an upload, a download and a login page, without origin and ticket."""

Api: TypeAlias = Literal["participant", "connect", "storage", "admin", "login", "page", "feed", "socket", "unknown"]
"""The part of the emulator that a path belongs to."""

Access: TypeAlias = Literal["token", "local", "page"]
"""The clients that a route answers: those that hold a token or a presigned URL, from web pages of any site; those of
this machine, pages included; or, of all web pages, the agent page alone."""

_SERVICES: Final = ("participant", "connect", "storage")
_WITH_TOKEN: Final = ("participant", "storage", "login", "socket")


class Route(NamedTuple):
    """The destination of a request.  `url` is the URL split once, `segments` its non-empty path segments, still escaped.

    `operation` is the name of the operation, `None` where no operation has this method and path.  `labels`
    are the variable segments of the path, still escaped.  `allowed` holds the path's methods where the
    request's method is not one of them.
    """

    api: Api
    operation: str | None
    url: SplitResult
    segments: tuple[str, ...]
    labels: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @property
    def service_operation(self) -> str | None:
        """The operation by its name in fault plans, quotas and the traffic log; `None` for the emulator's own."""
        return self.operation if self.api in _SERVICES else None

    @property
    def access(self) -> Access:
        """The clients that this route answers.  A route that asks for no token is closed to other sites."""
        if self.api in ("page", "feed") or not self.segments:
            return "page"
        return "token" if self.api in _WITH_TOKEN else "local"


class _Template(NamedTuple):
    """A row of a route table.  In `path`, `{}` stands for one segment; `method` is `None` for any method."""

    api: Api
    method: str | None
    path: str
    operation: str


class _Shape(NamedTuple):
    """The templates that have the same number of segments and the same variable ones.

    `fixed` picks the fixed segments out of a path, counted from its end.
    """

    length: int
    fixed: itemgetter[object]
    labels: tuple[int, ...]
    templates: dict[object, list[_Template]]


class _RouteTable:
    """Path templates, indexed so that a look-up takes one step for each shape of path and not for each row."""

    def __init__(self, templates: Iterable[_Template]) -> None:
        shapes: dict[tuple[int, ...], _Shape] = {}
        for template in templates:
            words = template.path.split("/")
            offsets = [index - len(words) for index, word in enumerate(words) if word != "{}"]
            labels = tuple(index - len(words) for index, word in enumerate(words) if word == "{}")
            shape = shapes.setdefault((len(words), *labels), _Shape(len(words), itemgetter(*offsets), labels, {}))
            shape.templates.setdefault(shape.fixed(words), []).append(template)
        self._shapes = tuple(shapes[key] for key in sorted(shapes, reverse=True))

    def find(self, segments: tuple[str, ...], *, whole: bool) -> tuple[list[_Template], tuple[str, ...]]:
        """Return the templates that match the last segments of a path, and its labels.

        With `whole`, a template must match all segments.
        """
        for shape in self._shapes:
            if len(segments) == shape.length or (len(segments) > shape.length and not whole):
                found = shape.templates.get(shape.fixed(segments))
                if found is not None:
                    return found, tuple(segments[offset] for offset in shape.labels)
        return [], ()


def _participant(row: Row) -> _Template:
    return _Template("participant", row.method, row.path.strip("/") + "/{}" * len(row.at("path")), row.name)


_CONNECT: Final = (
    _Template("connect", "PUT", "contact/chat", "StartChatContact"),
    _Template("connect", "POST", "contact/stop", "StopContact"),
    _Template("connect", "POST", "contact/create-participant", "CreateParticipant"),
    _Template("connect", "POST", "contact/start-streaming", "StartContactStreaming"),
    _Template("connect", "POST", "contact/stop-streaming", "StopContactStreaming"),
    _Template("connect", "POST", "contact/update-participant-authentication", "UpdateParticipantAuthentication"),
    _Template("connect", "PUT", "contact/participant-role-config/{}/{}", "UpdateParticipantRoleConfig"),
)
_STORAGE: Final = (
    _Template("storage", None, f"{PREFIX}/uploads/{{}}", "Upload"),
    _Template("storage", None, f"{PREFIX}/files/{{}}", "Download"),
)
_OWN: Final = (
    _Template("admin", "GET", f"{PREFIX}/chats", "list_chats"),
    _Template("admin", "POST", f"{PREFIX}/chats", "start_chat"),
    _Template("admin", "GET", f"{PREFIX}/chats/{{}}/items", "list_items"),
    _Template("admin", "POST", f"{PREFIX}/chats/{{}}/participants", "add_participant"),
    _Template("admin", "POST", f"{PREFIX}/chats/{{}}/messages", "say"),
    _Template("admin", "POST", f"{PREFIX}/chats/{{}}/authentication", "announce_session"),
    _Template("admin", "POST", f"{PREFIX}/chats/{{}}/transfer", "transfer_chat"),
    _Template("admin", "GET", f"{PREFIX}/flows", "list_flows"),
    _Template("admin", "POST", f"{PREFIX}/flows", "add_script"),
    _Template("admin", "GET", f"{PREFIX}/faults", "list_faults"),
    _Template("admin", "POST", f"{PREFIX}/faults", "plan_faults"),
    _Template("admin", "DELETE", f"{PREFIX}/faults", "clear_faults"),
    _Template("admin", "DELETE", f"{PREFIX}/faults/{{}}", "remove_fault"),
    _Template("login", "GET", f"{PREFIX}/login", "log_in"),
    _Template("page", None, f"{PREFIX}/page/{{}}", "page_file"),
    _Template("feed", None, f"{PREFIX}/feed", "feed"),
)
_SOCKET: Final = _Template("socket", None, "participant/socket", "open_socket")

CONNECT_OPERATIONS: Final = tuple(template.operation for template in _CONNECT)
"""The names of the operations of the Amazon Connect API that the emulator has."""

STORAGE_OPERATIONS: Final = tuple(template.operation for template in _STORAGE)
"""The names that fault plans and the traffic log use for requests to object storage."""

_SERVICE_ROUTES: Final = _RouteTable((*_CONNECT, *map(_participant, OPERATIONS), _SOCKET))
_OWN_ROUTES: Final = _RouteTable((*_STORAGE, *_OWN))


def route_of(method: str, url: str) -> Route:
    """Return the route of a request.

    >>> route = route_of("GET", "http://127.0.0.1/base/participant/views/a%2Fb")
    >>> route.api, route.operation, route.labels
    ('participant', 'DescribeView', ('a%2Fb',))
    >>> route_of("GET", "http://127.0.0.1/participant/message").allowed
    ('POST',)
    """
    split = _split(url)
    segments = tuple(segment for segment in split.path.split("/") if segment)
    own = segments[:1] == (PREFIX,)
    found, labels = _OWN_ROUTES.find(segments, whole=True) if own else _SERVICE_ROUTES.find(segments, whole=False)
    for template in found:
        if template.method in (method, None):
            return Route(template.api, template.operation, split, segments, labels)
    allowed = tuple(str(template.method) for template in found)
    return Route(found[0].api if found else "unknown", None, split, segments, labels, allowed)


def ticket_in(url: str, start: str) -> str | None:
    """Return the ticket of a presigned URL; `None` unless path and query begin with `start`, byte for byte.

    >>> ticket_in("http://127.0.0.1/_emulator/uploads/a?b", UPLOAD), ticket_in("http://127.0.0.1//_emulator/uploads/a", UPLOAD)
    ('a?b', None)
    """
    target = "/" + url.partition("://")[2].partition("/")[2]
    return target.removeprefix(start) if target.startswith(start) else None


def _split(url: str) -> SplitResult:
    """Split a URL; one that cannot be split counts as a URL without a path."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
