"""LiveOptions: the times and limits of a live chat.

Facts: a socket's URL must be opened within 100 s, and AWS's chatjs uses one for 85 s at most; chatjs renews a socket
after 59 minutes and a connection token after 12 hours, and sends a heartbeat every 10 s (observed in the source of
chatjs 5.0.0 and of its websocket manager).  It opens again after 1, 2, 4 ... 30 s, each time give or take 30 %.
"""

from __future__ import annotations

from typing import Final

from lensconnect.arguments import expect, expect_number
from lensconnect.optics import Lens
from lensconnect.record import Record

__all__ = [
    "Backoff",
    "LIVE",
    "LiveOptions",
    "backoff_factor",
    "backoff_first",
    "backoff_jitter",
    "backoff_longest",
    "live_options_backoff",
    "live_options_frame_bytes",
    "live_options_give_up",
    "live_options_heartbeat",
    "live_options_history",
    "live_options_keep",
    "live_options_open_timeout",
    "live_options_receipt_seconds",
    "live_options_reconcile",
    "live_options_settle",
    "live_options_socket_seconds",
    "live_options_subscribe_timeout",
    "live_options_token_seconds",
    "live_options_typing_seconds",
    "live_options_url_seconds",
]


class Backoff(Record, frozen=True):
    """The waits between attempts to reconnect, in seconds.

    The first is `first`, each other one `factor` times the one before, up to `longest`.  Each is multiplied by a
    number between 1 - `jitter` and 1 + `jitter`, drawn by chance.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 30.0
    jitter: float = 0.3


class LiveOptions(Record, frozen=True):
    """The times, in seconds, and the limits of a live chat.

    `heartbeat`          time between two heartbeats; a link that leaves one unanswered until the next is lost
    `open_timeout`       limit of each CreateParticipantConnection, opening of a socket, and transcript page
    `subscribe_timeout`  limit of the subscription to the chat, in which it is asked for three times
    `backoff`            waits between attempts to reconnect
    `url_seconds`        time for which the URL of a socket is tried
    `socket_seconds`     age at which a socket is replaced, less up to a tenth by chance
    `token_seconds`      age at which a connection token is replaced before the next request
    `settle`             time that live messages are held back so that they can be put in order
    `reconcile`          time between two comparisons with the transcript; None for never
    `history`            how many items of the past are handed out at an opening without a position; None for all.
                         They are read from the newest back, 100 in a request, and the oldest is handed out first: the
                         chat holds all of them until it has come to that
    `keep`               how many items the transcript of the chat keeps; None for all
    `frame_bytes`        largest frame; a larger one is a lost connection
    `receipt_seconds`    shortest time between two receipts of a kind, and the limit of sending one
    `typing_seconds`     shortest time between two typing events
    `give_up`            time without a connection after which the chat fails; None for never
    """

    heartbeat: float = 10.0
    open_timeout: float = 10.0
    subscribe_timeout: float = 5.0
    backoff: Backoff = Backoff()
    url_seconds: float = 85.0
    socket_seconds: float = 3540.0
    token_seconds: float = 43_200.0
    settle: float = 0.2
    reconcile: float | None = 300.0
    history: int | None = 100
    keep: int | None = 10_000
    frame_bytes: int = 1 << 20
    receipt_seconds: float = 5.0
    typing_seconds: float = 10.0
    give_up: float | None = None


LIVE: Final = LiveOptions()
"""The options of a chat unless others are given."""

_LEAST: Final = 0.01
"""Shortest time, in seconds, between two things that a chat repeats: with none it would do nothing else."""


def check_live_options(name: str, options: LiveOptions) -> None:
    """Raise `TypeError` or `ValueError` for an option that no chat can live with; `name` is that of the argument."""
    expect(name, options, LiveOptions, "LiveOptions")
    expect(f"{name}.backoff", options.backoff, Backoff, "a Backoff")
    expect_number(f"{name}.backoff.first", options.backoff.first, _LEAST)
    expect_number(f"{name}.backoff.factor", options.backoff.factor, 1)
    expect_number(f"{name}.backoff.longest", options.backoff.longest, _LEAST)
    expect_number(f"{name}.backoff.jitter", options.backoff.jitter, 0, 1)
    expect_number(f"{name}.heartbeat", options.heartbeat, _LEAST)
    expect_number(f"{name}.open_timeout", options.open_timeout, _LEAST)
    expect_number(f"{name}.subscribe_timeout", options.subscribe_timeout, _LEAST)
    expect_number(f"{name}.url_seconds", options.url_seconds, _LEAST)
    expect_number(f"{name}.socket_seconds", options.socket_seconds, _LEAST)
    expect_number(f"{name}.token_seconds", options.token_seconds, 0)
    expect_number(f"{name}.settle", options.settle, 0)
    expect_number(f"{name}.reconcile", options.reconcile, _LEAST, or_none=True)
    expect_number(f"{name}.history", options.history, 0, whole=True, or_none=True)
    expect_number(f"{name}.keep", options.keep, 0, whole=True, or_none=True)
    expect_number(f"{name}.frame_bytes", options.frame_bytes, 1, whole=True)
    expect_number(f"{name}.receipt_seconds", options.receipt_seconds, _LEAST)
    expect_number(f"{name}.typing_seconds", options.typing_seconds, 0)
    expect_number(f"{name}.give_up", options.give_up, 0, or_none=True)


backoff_first: Lens[Backoff, float] = Lens(Backoff, "first")
backoff_factor: Lens[Backoff, float] = Lens(Backoff, "factor")
backoff_longest: Lens[Backoff, float] = Lens(Backoff, "longest")
backoff_jitter: Lens[Backoff, float] = Lens(Backoff, "jitter")
live_options_heartbeat: Lens[LiveOptions, float] = Lens(LiveOptions, "heartbeat")
live_options_open_timeout: Lens[LiveOptions, float] = Lens(LiveOptions, "open_timeout")
live_options_subscribe_timeout: Lens[LiveOptions, float] = Lens(LiveOptions, "subscribe_timeout")
live_options_backoff: Lens[LiveOptions, Backoff] = Lens(LiveOptions, "backoff")
live_options_url_seconds: Lens[LiveOptions, float] = Lens(LiveOptions, "url_seconds")
live_options_socket_seconds: Lens[LiveOptions, float] = Lens(LiveOptions, "socket_seconds")
live_options_token_seconds: Lens[LiveOptions, float] = Lens(LiveOptions, "token_seconds")
live_options_settle: Lens[LiveOptions, float] = Lens(LiveOptions, "settle")
live_options_reconcile: Lens[LiveOptions, float | None] = Lens(LiveOptions, "reconcile")
live_options_history: Lens[LiveOptions, int | None] = Lens(LiveOptions, "history")
live_options_keep: Lens[LiveOptions, int | None] = Lens(LiveOptions, "keep")
live_options_frame_bytes: Lens[LiveOptions, int] = Lens(LiveOptions, "frame_bytes")
live_options_receipt_seconds: Lens[LiveOptions, float] = Lens(LiveOptions, "receipt_seconds")
live_options_typing_seconds: Lens[LiveOptions, float] = Lens(LiveOptions, "typing_seconds")
live_options_give_up: Lens[LiveOptions, float | None] = Lens(LiveOptions, "give_up")
