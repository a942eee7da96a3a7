"""What goes with a chat: attachments, views, logging in, and the emulator's own doors."""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.behaviours.row import Area, chosen, documented, observed

__all__ = ["ATTACHMENTS", "OWN", "VIEWS"]

ATTACHMENTS: Final = Area(
    "Attachments",
    (
        documented(
            "Announced, put, completed; then everyone hears of it and can fetch it.",
            "test_attachments.test_a_file_goes_in_and_comes_out",
        ),
        observed(
            "HeadersToInclude holds Content-Type, -Length and -Disposition, and `x-amz-` headers.",
            "test_attachments.test_a_file_goes_in_and_comes_out",
        ),
        observed(
            "A PUT with other headers or another size is S3's 403 in XML.",
            "test_attachments.test_a_put_is_exactly_as_signed",
        ),
        observed(
            "The UrlExpiry of an upload has no milliseconds.", "test_attachments.test_a_file_goes_in_and_comes_out"
        ),
        chosen("An upload URL works for 15 minutes.", "test_attachments.test_urls_end", "upload_seconds"),
        documented("An attachment has at most 20 MB.", "test_attachments.test_what_is_not_taken", "attachment_bytes"),
        documented(
            "A chat has at most 35 attachments: ServiceQuotaExceededException.",
            "test_attachments.test_what_is_not_taken",
            "attachments_per_chat",
        ),
        documented(
            "File types are those an instance takes by default.",
            "test_attachments.test_an_administrator_can_add_file_types",
            "attachment_types",
        ),
        documented("A second completion is a conflict.", "test_attachments.test_a_completion_happens_once"),
        chosen("Only who announced a file completes it.", "test_attachments.test_only_who_announced_completes"),
        observed(
            "An ATTACHMENT item has neither Content nor ContentType.",
            "test_attachments.test_a_file_goes_in_and_comes_out",
        ),
        chosen(
            "There is no scanner: a file is approved at once.",
            "test_attachments.test_a_scan_takes_its_time",
            "scan_seconds",
            "scan_rejects",
        ),
        chosen(
            "After a scan the same item is heard again, with its new status.",
            "test_timers.test_a_scan_is_heard_when_it_is_over",
        ),
        chosen("What is completed stays as it is.", "test_attachments.test_what_is_completed_stays"),
        chosen("What is not approved cannot be fetched: 400.", "test_attachments.test_a_scan_takes_its_time"),
        documented(
            "A custom bot may not fetch what a customer sent.",
            "test_attachments.test_a_bot_may_not_fetch_what_the_customer_sent",
        ),
        documented("A download URL works for 5 to 300 seconds.", "test_attachments.test_urls_end"),
        chosen(
            "It works for 300 where the request does not say.", "test_attachments.test_urls_end", "download_seconds"
        ),
        documented(
            "A download is to be saved, or with INLINE to be shown.",
            "by_boto3.test_operations.test_walks_the_other_operations",
        ),
        chosen(
            "File names are percent-encoded in Content-Disposition.", "test_attachments.test_a_long_name_keeps_its_end"
        ),
    ),
)

VIEWS: Final = Area(
    "Views and logging in",
    (
        documented(
            "A view is shown by its token; Template and InputSchema are JSON in a string.",
            "test_views_and_sessions.test_views_belong_to_their_chat",
        ),
        documented(
            "An unknown view token is a ResourceNotFoundException.",
            "test_views_and_sessions.test_an_unknown_view_is_not_found",
        ),
        chosen("A view token of another chat is 403.", "test_views_and_sessions.test_views_belong_to_their_chat"),
        chosen("Every chat has a sample view.", "test_views_and_sessions.test_views_belong_to_their_chat"),
        documented(
            "`authentication.initiated` holds the SessionId, and there is a minute to ask for a URL.",
            "test_timers.test_a_session_is_announced_and_times_out",
            "authentication_seconds",
        ),
        chosen(
            "An authentication URL is given once.",
            "test_views_and_sessions.test_an_authentication_url_is_given_once_within_a_minute",
        ),
        chosen(
            "Every chat has an unannounced session from its start.",
            "test_views_and_sessions.test_an_authentication_url_is_given_once_within_a_minute",
        ),
        chosen(
            "The login page lets everyone in, and sends the browser back with `code` and `state`.",
            "test_views_and_sessions.test_how_a_login_ended_is_heard",
        ),
        documented(
            "UpdateParticipantAuthentication ends it: `authentication.succeeded` or `.failed`.",
            "test_views_and_sessions.test_how_a_login_ended_is_heard",
        ),
        documented(
            "A session can be cancelled: `authentication.cancelled`.",
            "test_views_and_sessions.test_a_session_can_be_cancelled_again_and_again",
        ),
    ),
)

OWN: Final = Area(
    "The emulator's own",
    (
        chosen(
            "Chats, participants, the flow's messages and sessions by HTTP, under `/_emulator/`.",
            "test_browsers.test_the_emulators_own_door",
        ),
        chosen(
            "Faults strike instead of what was asked: `throttle`, `error`, `reset`.",
            "test_faults.test_instead_of_acting",
        ),
        chosen("Or after it: `delay`, `drop`, `truncate`.", "test_faults.test_in_this_process"),
        chosen(
            "Faults are the same in this process and over the network.",
            "test_faults.test_in_this_process_it_fails_as_over_the_network",
        ),
        chosen("Faults of frames and sockets.", "test_faults.test_frames_go_astray"),
        chosen("The chance of faults comes from a seed.", "test_faults.test_chance_comes_from_the_seed"),
        chosen("Faults are planned by Python, and by HTTP.", "test_faults.test_by_http"),
        chosen(
            "A page in the browser plays the agent; pages of other sites are kept out.",
            "test_page_guards.test_other_sites_are_kept_out",
        ),
    ),
)
