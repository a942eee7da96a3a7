"""Sockets: how they open and end, the control frames, the frames of a chat."""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.behaviours.row import Area, chosen, documented, observed

__all__ = ["FRAMES", "SOCKETS"]

SOCKETS: Final = Area(
    "Sockets",
    (
        observed(
            "A URL begins with `ws://127.0.0.1:`, the only plain one that ChatJS takes.",
            "by_boto3.test_contacts.test_starts_and_stops_chats",
        ),
        documented(
            "A URL opens a socket within 100 seconds.",
            "test_sockets.test_a_ticket_opens_one_socket_within_its_time",
            "socket_open_seconds",
        ),
        chosen(
            "A URL opens one socket; after that it is 403.",
            "test_sockets.test_a_ticket_opens_one_socket_within_its_time",
        ),
        documented(
            "Five are open at most for a participant.",
            "test_sockets.test_five_sockets_and_no_more",
            "sockets_per_participant",
        ),
        chosen(
            "A sixth socket is refused with 429.",
            "test_sockets.test_the_sixth_socket_may_take_the_place_of_the_first",
            "sixth_socket",
        ),
        observed(
            "A socket lives for an hour from the reply that held its URL.",
            "test_sockets.test_a_socket_lives_for_an_hour",
            "socket_seconds",
        ),
        chosen("A socket whose hour is over is closed with 1001.", "test_sockets.test_a_socket_lives_for_an_hour"),
        chosen(
            "A socket without a frame in either direction for ten minutes is closed.",
            "test_sockets.test_a_quiet_socket_is_closed",
            "socket_quiet_seconds",
        ),
        chosen(
            "A frame of more than 128 KB closes its socket with 1009.", "test_websocket.test_a_frame_may_be_too_long"
        ),
    ),
)

FRAMES: Final = Area(
    "Frames",
    (
        observed(
            "Nothing of a chat is heard before a subscription, and nothing is replayed.",
            "test_sockets.test_nothing_is_heard_before_a_subscription",
        ),
        observed(
            "A subscription is answered with `success`, of an unknown topic with `failure`.",
            "test_sockets.test_a_subscription_may_fail",
        ),
        chosen("`aws/unsubscribe` ends a subscription.", "test_sockets.test_nothing_is_heard_before_a_subscription"),
        observed("A heartbeat is echoed, a ping answered with 200.", "test_sockets.test_heartbeats_and_pings"),
        observed(
            "Anything else gets the gateway's error, which has no topic.",
            "test_sockets.test_junk_gets_the_gateways_error",
        ),
        observed(
            "A `)` after a frame's JSON is overlooked.",
            "test_sockets.test_a_stray_parenthesis_is_overlooked",
            "stray_parenthesis",
        ),
        observed("An item is JSON in a string within JSON.", "test_websocket.test_a_chat_over_the_network"),
        observed(
            "An item in a frame names the InitialContactId; one in a transcript does not.",
            "test_sockets.test_everyone_hears_everything_on_every_socket",
        ),
        chosen(
            "Frames come in order and once; `SocketFault` has it otherwise.",
            "test_websocket.test_order_is_kept_when_many_threads_send",
        ),
    ),
)
