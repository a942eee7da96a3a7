"""LiveTables: the open WebSockets and the states of the chats of an environment, shared by all its copies."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import count
from threading import RLock
from typing import Any, Generic, TypeVar

from lensconnect.errors import TransportError, transport_error_message
from lensconnect.interpreters.transports.fork_safety import register_after_fork
from lensconnect.programs.effects import Socket, UpdateChat

D = TypeVar("D")


def _leave(_: object) -> None: ...


class LiveTables(Generic[D]):
    """A socket driver, made at its first use, the connections it has opened by number, and the states of chats by key.

    `hint` follows the message of the error of an opening that reached no server.
    """

    def __init__(self, new_driver: Callable[[], D], close_driver: Callable[[D], Any] = _leave, hint: str = "") -> None:
        self._new_driver, self._close_driver, self._hint = new_driver, close_driver, hint
        self.closed: bool = False
        self._numbers = count(1)
        self._chats: dict[str, Any] = {}
        self._connections: dict[int, Any] = {}
        self._lock = RLock()  # a signal handler may run in the middle of a call
        register_after_fork(self)

    @cached_property
    def driver(self) -> D:
        """The driver."""
        return self._new_driver()

    def reset_after_fork(self) -> None:
        """Forget the connections and leave the chats, which are the parent's, and replace the lock."""
        self._lock, self._connections = RLock(), {}
        if self._chats:
            from lensconnect.live.state import ChatState  # here, since few programs have chats
            from lensconnect.live.transitions import leave_to_parent

            for state in self._chats.values():
                if isinstance(state, ChatState):
                    leave_to_parent(state)

    def explained(self, error: Any) -> Any:
        """Return the error of an opening, with the hint if it reached no server."""
        if not self._hint or not isinstance(error, TransportError) or error.sent != "no":
            return error
        return error & transport_error_message.set(error.message + self._hint)

    def add(self, connection: Any) -> Socket | None:
        """Keep a connection, and return its number; None, and keep nothing, if the environment is closed."""
        with self._lock:
            if self.closed:
                return None
            socket = Socket(next(self._numbers))
            self._connections[socket.number] = connection
            return socket

    def find(self, socket: Socket) -> Any:
        """Return the connection of a number, None if it was closed."""
        return self._connections.get(socket.number)

    def remove(self, socket: Socket) -> Any:
        """Forget a connection and return it, None if it was closed already."""
        with self._lock:
            return self._connections.pop(socket.number, None)

    def remove_all(self) -> list[Any]:
        """Open no more WebSockets; forget and return the connections that are left.

        The states of chats stay for a call that waits: it reads its own once more to end.
        """
        with self._lock:
            self.closed = True
            left, self._connections = list(self._connections.values()), {}
            return left

    def close_driver(self) -> Any:
        """Close the driver if it was made; an asynchronous one when the result is awaited."""
        return self._close_driver(self.driver) if "driver" in self.__dict__ else None

    def update_chat(self, effect: UpdateChat[Any], *timing: float) -> Any:
        """Return what the effect's function makes of the state of its chat, while no other thread has it."""
        with self._lock:
            if effect.initial is not None:
                self._chats.setdefault(effect.key, effect.initial)
            state = self._chats.get(effect.key)
            if state is None:
                raise RuntimeError("this chat is not open in this environment: it was closed, or opened in another one")
            result = effect.change(state, *timing)
            if effect.forget and result:
                del self._chats[effect.key]
            return result
