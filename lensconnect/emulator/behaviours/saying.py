"""What is said: messages and events, receipts, and the transcript that keeps them."""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.behaviours.row import Area, chosen, documented, observed

__all__ = ["MESSAGES", "RECEIPTS", "TRANSCRIPTS"]

MESSAGES: Final = Area(
    "Messages and events",
    (
        documented(
            "`text/plain` is always taken, other content types where the chat has them.",
            "test_effects.test_only_enabled_content_is_taken",
        ),
        chosen(
            "A content type that is not enabled is a ValidationException.",
            "test_effects.test_only_enabled_content_is_taken",
        ),
        documented(
            "An interactive message is the flow's to send, not a participant's.",
            "test_effects.test_only_enabled_content_is_taken",
        ),
        documented(
            "Of events, clients send typing, delivered, read and the old acknowledgement; no other.",
            "test_effects.test_only_client_events_are_taken",
        ),
        chosen("`connection.acknowledged` means joined.", "test_sockets.test_when_a_participant_is_in"),
        documented("Any text goes through.", "test_effects.test_any_text_goes_through"),
        observed(
            "Everyone hears what is said, on every socket, its author too.",
            "test_sockets.test_everyone_hears_everything_on_every_socket",
        ),
        observed(
            "A frame may come before the reply; here it does.", "test_effects.test_a_frame_comes_before_the_reply"
        ),
        documented("Typing is heard and not kept.", "test_effects.test_typing_is_heard_and_not_kept"),
        documented(
            "The same ClientToken is the same message, event, upload or disconnection.",
            "test_effects.test_a_client_token_makes_one_message",
        ),
        chosen(
            "A ClientToken's first success is repeated as long as the chat lasts, whatever the body.",
            "test_effects.test_idempotency_has_a_switch",
            "idempotency",
        ),
        chosen(
            "A ClientToken belongs to participant and operation; a refusal is not remembered.",
            "test_effects.test_a_refusal_is_not_remembered",
        ),
        chosen(
            "For events a ClientToken belongs to the body too: some clients have one for all receipts.",
            "test_effects.test_receipts_reach_the_author_and_the_transcript",
        ),
    ),
)

RECEIPTS: Final = Area(
    "Receipts",
    (
        observed(
            "The author of the message alone hears of a receipt, as a MESSAGEMETADATA item.",
            "test_sockets.test_receipts_are_for_the_author_alone",
        ),
        documented(
            "Receipts are in the message's MessageMetadata in the transcript.",
            "test_effects.test_receipts_reach_the_author_and_the_transcript",
        ),
        observed(
            "Whatever else a receipt's content holds is overlooked.",
            "test_effects.test_receipts_reach_the_author_and_the_transcript",
        ),
        chosen(
            "The first delivery and the first reading stay.",
            "test_effects.test_the_first_delivery_and_reading_stay",
        ),
        chosen(
            "A receipt that names no message is a ValidationException.", "test_effects.test_receipts_name_a_message"
        ),
        chosen(
            "A receipt for one's own message does nothing.", "test_effects.test_receipts_are_for_messages_of_others"
        ),
        documented(
            "Receipts among more than two participants are a ConflictException.",
            "test_effects.test_receipts_conflict_among_three",
        ),
        documented(
            "Receipts with a supervisor in the chat are a ConflictException.",
            "test_effects.test_receipts_conflict_with_a_supervisor",
        ),
    ),
)

TRANSCRIPTS: Final = Area(
    "Transcripts",
    (
        documented(
            "10 results; BACKWARD without a StartPosition, FORWARD with one; DESCENDING.",
            "test_transcript.test_defaults",
        ),
        chosen("MaxResults 0 counts as not given.", "test_transcript.test_defaults"),
        documented("More than 100 results are refused.", "test_transcript.test_refusals"),
        documented(
            "Which way to walk and how a page is ordered are two things.",
            "test_transcript.test_pages_yield_each_item_once",
        ),
        observed(
            "FORWARD without a StartPosition is refused in the service's own words; `{}` is none.",
            "test_transcript.test_refusals",
        ),
        chosen("A StartPosition is part of its page.", "test_transcript.test_start_positions_are_inclusive"),
        chosen("A StartPosition of more than one kind, or of no item, is refused.", "test_transcript.test_refusals"),
        observed('The end is `NextToken: ""`.', "test_transcript.test_the_end", "end_token"),
        chosen(
            "A NextToken of another question is refused; it never grows old, and the size of a page may change.",
            "test_transcript.test_a_next_token_is_bound_to_its_question",
        ),
        chosen("Every item is on one page, while others arrive.", "test_transcript.test_pages_through_the_service"),
        observed(
            "The transcript of a contact of somebody else's is an empty list, no error.",
            "test_transcript.test_a_foreign_contact_is_an_empty_list",
        ),
        documented(
            "Items of past contacts have RelatedContactId, those of this one ContactId.",
            "by_boto3.test_contacts.test_a_persistent_chat_goes_on",
        ),
        documented(
            "Past items are reached BACKWARD by NextToken; no StartPosition leads to them.",
            "by_boto3.test_contacts.test_a_persistent_chat_goes_on",
        ),
        chosen(
            "No page holds both past items and later ones.", "by_boto3.test_contacts.test_a_persistent_chat_goes_on"
        ),
    ),
)
