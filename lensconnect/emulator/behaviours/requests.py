"""Requests and replies: what is taken, what is refused, and how that looks."""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.behaviours.row import Area, chosen, documented, observed

__all__ = ["REPLIES", "REQUESTS"]

REQUESTS: Final = Area(
    "Requests",
    (
        documented("The eleven operations have the methods and paths of the service model.", "test_wire.test_routes"),
        chosen("Another method is 405 with `Allow`, any other path 404.", "test_wire.test_routes"),
        observed(
            "A path is split before it is decoded: an escaped slash stays within a view token.",
            "test_wire.test_the_server_keeps_a_path_as_it_came",
        ),
        observed("Doubled slashes and a base path are overlooked.", "test_wire.test_takes_what_clients_send"),
        observed(
            "`application/json` and `application/x-amz-json-1.1` are taken, with parameters or without.",
            "test_wire.test_takes_what_clients_send",
        ),
        observed(
            "An empty body counts as `{}`; unknown headers and members are ignored, `null` is absent.",
            "test_wire.test_takes_what_clients_send",
        ),
        chosen("Another media type is a ValidationException.", "test_wire.test_another_media_type_is_refused"),
        observed("Credentials and signatures are not looked at.", "test_wire.test_takes_what_clients_send"),
        documented(
            "CreateParticipantConnection takes the participant token, every other operation the connection token; "
            "else 403.",
            "test_access.test_the_wrong_kind_of_token_is_denied",
        ),
        chosen(
            "The token is looked at before anything else of a request.",
            "test_access.test_no_token_is_denied_before_anything_is_looked_at",
        ),
        documented(
            "Lengths, ranges and required members are the model's; a breach is a ValidationException.",
            "test_wire.test_a_refusal_spells_members_as_the_caller_does",
            "limits",
        ),
        documented(
            "Content is at most 16,384 bytes of UTF-8.", "test_effects.test_content_is_measured_in_bytes", "limits"
        ),
        documented(
            "`limits=CLASSIC`: the characters that were documented before October 2026.",
            "test_effects.test_the_limits_of_before_can_be_had",
            "limits",
        ),
        chosen("Values outside the model's enums are refused under any limits.", "test_transcript.test_refusals"),
        chosen(
            "A body larger than any attachment is 413.", "test_wire.test_the_server_bounds_a_body", "attachment_bytes"
        ),
        observed(
            "Preflights are answered, for any path and with the SDKs' own headers allowed.",
            "test_browsers.test_a_preflight_allows_what_the_sdks_send",
        ),
        chosen("Pages of every origin may call.", "test_browsers.test_a_page_may_read_the_answer"),
        chosen(
            "`x-amzn-RequestId` and `x-amzn-ErrorType` can be read by a page.",
            "test_browsers.test_a_page_may_read_the_answer",
        ),
    ),
)

REPLIES: Final = Area(
    "Replies",
    (
        documented(
            "Errors have the names and statuses of the model; a quota is 402.", "test_wire.test_errors_read_back"
        ),
        chosen("`x-amzn-ErrorType` is the plain name.", "test_wire.test_errors_read_back", "error_type"),
        observed("An error's text is in `message`.", "test_wire.test_errors_read_back", "message_key"),
        observed("Every 403 says `Access denied`.", "by_boto3.test_operations.test_walks_a_chat"),
        chosen(
            "A ValidationException names every fault.", "test_wire.test_a_refusal_spells_members_as_the_caller_does"
        ),
        observed("Every answer has an `x-amzn-RequestId`.", "test_wire.test_takes_what_clients_send"),
        chosen(
            "A reply without members is `{}`.", "test_wire.test_replies_without_members_may_be_nothing", "empty_replies"
        ),
        observed(
            "`Date` is the real time, whatever the emulator's clock says.",
            "test_wire.test_the_date_of_an_answer_is_the_real_one",
        ),
        documented(
            "Times are ISO 8601 in UTC, with milliseconds and `Z`.",
            "test_effects.test_times_rise_though_the_clock_stands",
        ),
        chosen("The times of a chat rise strictly.", "test_effects.test_times_rise_though_the_clock_stands"),
        documented("A SessionId has 36 characters.", "test_browsers.test_the_emulators_own_door"),
        chosen(
            "With a seed and a clock, everything is the same every time.",
            "test_effects.test_one_seed_does_the_same_every_time",
        ),
    ),
)
