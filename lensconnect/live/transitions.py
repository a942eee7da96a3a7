"""Transitions: how a chat gets a connection, loses it and ends, with everything that the state then forgets or begins.

`TRANSITIONS` (`state`) holds the phase that follows; here is what else changes with it.
"""

from __future__ import annotations

from typing import Final

from lensconnect.errors import Error, TransportError, is_chat_over
from lensconnect.live.failures import backoff_seconds, is_hopeless, is_unreachable
from lensconnect.live.notifications import ConnectionLost, ConnectionRegained, ConnectionRenewed, EndReason, LossReason
from lensconnect.live.orders import GOING_AWAY, NORMAL_CLOSURE, Socket, Tell
from lensconnect.live.state import ChatState, Link


def subscribed(state: ChatState, link: Link, now: float, chance: float) -> None:
    """Begin to use a socket whose subscription is confirmed: the first catches up, the second waits to take over."""
    options = state.options
    link.subscribed = True
    state.heartbeat_at = now + options.heartbeat
    state.renew_at = now + options.socket_seconds * (0.9 + 0.1 * chance)
    if link is state.link:
        state.subscribed_once = True
        state.heartbeat_pending = state.ping_due = False
        state.go("subscribed")
        state.walk = state.new_walk()
        state.looked = False
        state.tells.append(Tell("opened"))
    else:
        state.attempt = state.open_link().burst = 0


def caught_up(state: ChatState, now: float, chance: float) -> None:
    """Go online: nothing that could be found is missing."""
    state.go("caught up")
    state.walk, state.gap, state.attempt = None, False, 0
    if state.options.reconcile is not None:
        state.reconcile_at = now + state.options.reconcile * (0.9 + 0.2 * chance)
    if state.lost_at is not None:
        seconds = now - state.lost_at
        state.lost_at, state.regained_at = None, now
        state.delivery.queue(ConnectionRegained(seconds, state.missed))
        state.tells.append(Tell("regained", seconds=seconds, count=state.missed))


def take_over(state: ChatState) -> None:
    """Let the second socket take over: the first is read to its end."""
    state.to_close.append((state.open_link().socket, NORMAL_CLOSURE))
    state.link, state.second = state.second, None
    state.heartbeat_pending = state.ping_due = False
    state.go("renewed")
    state.walk = state.new_walk()
    state.delivery.queue(ConnectionRenewed())
    state.tells.append(Tell("renewed"))


def postpone_renewal(state: ChatState, now: float, chance: float) -> None:
    """Keep the first socket, and renew it later."""
    _drop_second(state)
    state.attempt += 1
    state.renew_at = now + backoff_seconds(state.options.backoff, state.attempt, chance)
    if state.phase == "renewing":
        state.go("not renewed")


def _drop_second(state: ChatState) -> None:
    if state.second is not None:
        state.to_close.append((state.second.socket, GOING_AWAY))
        state.second = None


def lose_link(state: ChatState, socket: Socket, reason: LossReason, detail: str, now: float, chance: float) -> None:
    """Lose a socket: the second one postpones the renewal, the first one is a lost connection."""
    if state.second is not None and state.second.socket == socket:
        postpone_renewal(state, now, chance)
        return
    state.to_close.append((socket, GOING_AWAY))
    _drop_second(state)
    if state.phase not in ("catching up", "subscribing"):
        state.delivery.release_up_to()
    state.link = state.walk = None
    state.heartbeat_pending = state.ping_due = state.reserved = False
    state.gap = True
    state.go("lost")
    if state.lost_at is not None or not state.subscribed_once:
        retry_later(state, None, now, chance)
        return
    state.delivery.queue(ConnectionLost(reason, detail))
    state.tells.append(Tell("lost", reason))
    # A connection that keeps breaking is not opened again at once: two readers of one chat may exclude each other.
    lasted = now - state.regained_at >= state.options.backoff.longest
    state.relapses = 0 if lasted else state.relapses + 1
    state.attempt, state.missed = state.relapses, 0
    state.lost_at = state.offline_since = state.retry_at = now
    if state.relapses:
        state.retry_at += backoff_seconds(state.options.backoff, state.relapses, chance)


def close_here(state: ChatState, error: Error) -> None:
    """Fail, in any phase: this environment has closed the chat's socket, or has none since a fork."""
    release_sockets(state, GOING_AWAY)
    state.delivery.release_up_to()
    state.error, state.phase, state.walk = error, "failed", None


def leave_to_parent(state: ChatState) -> None:
    """Fail in a forked child: the sockets are the parent's, and so is what the chat has still to hand out.

    A chat that was joined without a socket goes on.
    """
    if state.phase != "joined":
        state.link = state.second = state.walk = state.receiver = None
        state.to_close, state.tells = [], []
        state.delivery.drop_queue()
        state.error, state.phase = _PARENT_HAS_IT, "failed"
    state.token_renewing = False


_PARENT_HAS_IT: Final = TransportError(
    "closed", "the chat belongs to the parent of this process: open chats after the fork", "no"
)
_FIRST_ATTEMPTS: Final = 3
"""Attempts to reach a host before a chat that was never open fails: its name or port is probably wrong."""


def retry_later(state: ChatState, error: Error | None, now: float, chance: float) -> None:
    """Wait before the next attempt to connect; fail where another cannot help, or where `give_up` seconds are over."""
    state.attempt += 1
    state.retry_at = now + backoff_seconds(state.options.backoff, state.attempt, chance)
    give_up = state.options.give_up
    denied = error is not None and is_chat_over(error) and state.token is None
    lost = state.attempt >= _FIRST_ATTEMPTS and not state.subscribed_once and is_unreachable(error)
    if error is not None and (denied or lost or is_hopeless(error)):
        _fail(state, error)
    elif give_up is not None and now - state.offline_since >= give_up:
        _fail(state, error or TransportError("timeout", f"no connection within {give_up:g} s", "no"))


def _fail(state: ChatState, error: Error) -> None:
    state.delivery.release_up_to()
    state.error = error
    state.go("failed")


def end(state: ChatState, reason: EndReason) -> None:
    """End the chat: hand out what is held, close the sockets, and send nothing more."""
    state.delivery.release_up_to()
    state.end_reason = "left" if state.left_at is not None and reason in ("ended", "denied") else reason
    release_sockets(state, NORMAL_CLOSURE)
    state.receipts.disable()
    state.walk = None
    state.go("ended")
    state.tells.append(Tell("ended", state.end_reason))


def release_sockets(state: ChatState, code: int) -> None:
    """Put every socket of the chat among those to be closed."""
    for link in (state.link, state.second):
        if link is not None:
            state.to_close.append((link.socket, code))
    state.link = state.second = None
