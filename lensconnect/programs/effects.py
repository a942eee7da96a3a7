"""Effects: the requests of a program to its environment, as a small closed set of plain values.

An environment answers each effect with a `Result`.  Only `Perform`, `Gather`, `Call`, `UploadFile`,
`DownloadFile` and the effects of sockets can fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.live.files import Downloaded, FileStamp, FileState, Progress
from lensconnect.live.orders import Socket as Socket
from lensconnect.marks import SECRET
from lensconnect.optics import Lens
from lensconnect.programs.observe import Event, Observer
from lensconnect.programs.pace import Quotas
from lensconnect.programs.settings import Settings
from lensconnect.record import Record
from lensconnect.results import Result

T_co = TypeVar("T_co", covariant=True)


class Effect(Record, Generic[T_co], frozen=True):
    """An action that only an environment can take; its success is a `T_co`."""


class Ask(Effect[Settings], frozen=True):
    """Get the environment's settings."""


class Perform(Effect[HttpResponse], frozen=True):
    """Perform an HTTP request once, within `seconds`; fails with a `TransportError` if no complete response arrives."""

    request: HttpRequest
    seconds: float


class Now(Effect[float], frozen=True):
    """Get the time in seconds, by a clock that never goes back."""


class Sleep(Effect[None], frozen=True):
    """Wait for `seconds`."""

    seconds: float


class NewClientToken(Effect[str], frozen=True):
    """Get a new ClientToken."""


class RandomFloat(Effect[float], frozen=True):
    """Get a random number x, 0 <= x < 1."""


class Spend(Effect[bool], frozen=True):
    """Take `cost` tokens from the retry budget; `False` where it holds fewer."""

    cost: int


class Refund(Effect[None], frozen=True):
    """Put `amount` tokens back into the retry budget."""

    amount: int


class Reserve(Effect[float], frozen=True):
    """Reserve a call of an operation within quotas; the success is the seconds to wait before it."""

    operation: str
    quotas: Quotas


class Observe(Effect[None], frozen=True):
    """Pass an event to an observer."""

    observer: Observer
    event: Event


class Gather(Effect[tuple[T_co, ...]], Generic[T_co], frozen=True):
    """Run programs, at most `limit` at a time; fails with the first failure."""

    programs: tuple[Any, ...]
    limit: int | None = None


class ForEach(Effect[None], frozen=True):
    """Run a program for each value of a stream, at most `limit` at a time while the stream goes on.

    `step` gives from a state, first the seed, a program of the next value and state, or of None; `function` gives the
    program of a value.  An environment that runs one program at a time runs `in_order`, which does all.
    """

    seed: object
    step: Callable[[Any], Any]
    function: Callable[[Any], Any]
    in_order: Any
    limit: int

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("function", name_of_function(self.function)), ("limit", self.limit)]


class Call(Effect[T_co], Generic[T_co], frozen=True):
    """Call a function of the user's with its arguments; ends with the `Result` that it returns."""

    function: Callable[..., Result[object, object]]
    arguments: tuple[object, ...]

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("function", name_of_function(self.function))]


class OpenSocket(Effect[Socket], frozen=True):
    """Open a WebSocket by its URL within `seconds`; frames of more than `frame_bytes` end it.

    A refused handshake is a `ServiceError` with its status and no code, another failure a `TransportError`.
    """

    url: Annotated[str, SECRET]
    seconds: float
    frame_bytes: int


class SendFrame(Effect[None], frozen=True):
    """Send a text frame within `seconds`; a `TransportError` means that the socket is lost."""

    socket: Socket
    text: str
    seconds: float


class ReceiveFrame(Effect[str | bytes | None], frozen=True):
    """Receive the next frame: text, bytes of a binary frame, or None if none came within `seconds`.

    A `TransportError` means that the socket is lost or closed; its message names the close code.
    """

    socket: Socket
    seconds: float


class CloseSocket(Effect[None], frozen=True):
    """Close a socket with a close code (RFC 6455, 7.4.1), without waiting for the peer; it never fails."""

    socket: Socket
    code: int


class StatFile(Effect[FileState], frozen=True):
    """Get the stamp of the file that a path leads to, or why it cannot be read as one."""

    path: Annotated[str, SECRET]


class UploadFile(Effect[HttpResponse], frozen=True):
    """Perform an HTTP request once, within `seconds`, with `size` bytes from a file, or with given bytes, as its body.

    It fails with an `InvalidRequest` if the file's stamp is not `stamp`, before its first byte or after its last, and with a
    `TransportError` if no complete response arrives.
    """

    request: HttpRequest
    source: Annotated[str | bytes, SECRET]
    size: int
    stamp: FileStamp | None
    seconds: float
    progress: Callable[[Progress], None] | None = None


class DownloadFile(Effect[Downloaded | HttpResponse], frozen=True):
    """Perform an HTTP request once, within `seconds`, and write the body of the response with status 200 to a new file.

    The success is a response with another status, or else what was written.  Without exactly `size` bytes it fails, as
    it does where `path` exists already or cannot be written, and leaves no file.
    """

    request: HttpRequest
    path: Annotated[str, SECRET]
    size: int
    seconds: float
    progress: Callable[[Progress], None] | None = None


class UpdateChat(Effect[T_co], Generic[T_co], frozen=True):
    """Get the result of `change`, called with the state of a chat; it may change the state, and does no I/O.

    One caller at a time has the state.  With `timed`, `change` also gets the time and a random number x, 0 <= x < 1.
    `initial` is the state of a chat that is not known yet.  With `forget` the chat is removed afterwards if `change`
    returns True.  An unknown key raises `RuntimeError`.
    """

    key: str
    change: Callable[..., T_co]
    timed: bool = False
    initial: object = None
    forget: bool = False

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("key", self.key), ("change", name_of_function(self.change))]


def name_of_function(function: Callable[..., object]) -> str:
    """Return a name for messages; arguments that are bound to the function are not shown, as they may be secret."""
    return str(getattr(function, "__qualname__", type(function).__name__))


gather_programs: Lens[Gather[object], tuple[Any, ...]] = Lens(Gather, "programs")
