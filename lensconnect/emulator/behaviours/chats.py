"""Chats: how they start, go on and end, and what time does to them."""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.behaviours.row import Area, chosen, documented, observed

__all__ = ["CONNECTING", "ENDING", "QUOTAS", "STARTING", "TIMERS"]

STARTING: Final = Area(
    "Starting a chat",
    (
        documented(
            "StartChatContact gives ContactId, ParticipantId and ParticipantToken.",
            "by_boto3.test_contacts.test_starts_and_stops_chats",
        ),
        documented(
            "What it takes is bounded: lengths, 32,768 bytes of attributes, 60 to 10,080 minutes, `text/plain` among the "
            "content types, one of PersistentChat and RelatedContactId.",
            "by_boto3.test_contacts.test_what_starts_no_chat",
        ),
        documented("A guide needs both interactive content types.", "by_boto3.test_contacts.test_what_starts_no_chat"),
        chosen(
            "Without SupportedMessagingContentTypes only `text/plain` is taken.",
            "test_starting.test_without_a_wish_only_plain_text_is_taken",
        ),
        documented("The InitialMessage is the customer's first.", "by_boto3.test_contacts.test_starts_and_stops_chats"),
        documented(
            "ConnectionTypes brings a socket's URL and a connection token along.",
            "by_boto3.test_contacts.test_starts_and_stops_chats",
        ),
        documented(
            "The connection type AUTHENTICATION_SESSION brings nothing.",
            "by_boto3.test_contacts.test_what_a_chat_may_start_with",
        ),
        documented(
            "A repeated ClientToken gives the first contact again, over or not; without a socket where it is over.",
            "by_boto3.test_contacts.test_starts_and_stops_chats",
        ),
        chosen(
            "Instances, flows and credentials are not looked at.", "by_boto3.test_contacts.test_starts_and_stops_chats"
        ),
        chosen(
            "The agent belongs to a chat from its start and joins by its token; nothing is routed.",
            "test_browsers.test_the_emulators_own_door",
        ),
        documented(
            "CreateParticipant gives the token of someone more.", "by_boto3.test_contacts.test_starts_and_stops_chats"
        ),
        documented(
            "StopContact ends a chat; 404 for an unknown one, 410 for one that is over.",
            "by_boto3.test_contacts.test_starts_and_stops_chats",
        ),
        chosen(
            "Streaming is started and stopped, once for each ClientToken; nothing is ever written to a topic.",
            "by_boto3.test_contacts.test_streaming_starts_and_stops",
        ),
        documented(
            "A persistent chat brings the items of past contacts: of all of them, or from a segment on.",
            "by_boto3.test_contacts.test_a_persistent_chat_goes_on",
        ),
        observed(
            "`chat.rehydrated` is said, here when the customer joins.",
            "test_starting.test_a_persistent_chat_is_announced_when_its_customer_joins",
        ),
    ),
)

CONNECTING: Final = Area(
    "Connecting",
    (
        documented(
            "Type may be left out where ConnectParticipant is true.", "test_access.test_a_connection_asks_for_something"
        ),
        documented(
            "Each part of the reply is there if it was asked for.", "test_access.test_a_connection_asks_for_something"
        ),
        chosen(
            "A WebRTC meeting has the right form; nobody answers at its addresses.",
            "test_access.test_a_meeting_has_the_form_of_one",
        ),
        documented(
            "A participant token is good again and again; a connection token for a day.",
            "test_access.test_a_connection_token_lives_for_a_day_and_a_new_one_does_not_end_it",
            "connection_token_seconds",
        ),
        chosen(
            "A new connection token does not end the older ones.",
            "test_access.test_a_connection_token_lives_for_a_day_and_a_new_one_does_not_end_it",
        ),
        documented(
            "ConnectParticipant marks a participant as connected; here with or without streaming.",
            "test_sockets.test_when_a_participant_is_in",
        ),
        chosen(
            "Whoever subscribes, connects without a socket or sends something has joined too.",
            "test_sockets.test_when_a_participant_is_in",
            "joins",
        ),
        observed(
            "`participant.joined` is said once.", "test_sockets.test_being_there_is_said_once_and_heard_by_who_comes"
        ),
    ),
)

ENDING: Final = Area(
    "The end",
    (
        observed(
            "The customer's disconnection ends the chat: `participant.left`, then `chat.ended`.",
            "test_effects.test_the_end_is_told_in_order",
        ),
        observed("`chat.ended` is nobody's: it has no role.", "test_effects.test_the_end_is_told_in_order"),
        observed(
            "After the end every operation is 403, GetTranscript and CreateParticipantConnection too.",
            "test_access.test_everything_is_denied_after_the_end",
        ),
        chosen(
            "A disconnection may be repeated with the same ClientToken.",
            "test_access.test_everything_is_denied_after_the_end",
            "idempotency",
        ),
        observed(
            "An agent in after-contact work can read the transcript, where that is asked for.",
            "test_access.test_an_agent_may_read_after_the_end",
            "agent_reads_after_end",
        ),
        observed(
            "The chat goes on when an agent leaves.", "test_access.test_an_agent_may_end_the_chat", "agent_ends_chat"
        ),
        observed(
            "A participant whose sockets are lost has not left.", "test_sockets.test_lost_sockets_do_not_end_a_chat"
        ),
        observed(
            "An agent who is away for 20 seconds is removed, where that is asked for.",
            "test_sockets.test_an_agent_may_be_away_for_so_long",
            "agent_away_seconds",
        ),
        chosen(
            "A stopped chat is left by everyone, the customer last.",
            "test_sockets.test_the_customer_of_a_stopped_chat_hears_everyone_leave",
        ),
        chosen(
            "With the end every socket is closed, with 1000.",
            "test_sockets.test_the_end_is_heard_and_closes_every_socket",
        ),
        chosen("Who has left hears only the end.", "test_sockets.test_who_has_left_hears_only_the_end"),
        documented("A chat ends after 25 hours.", "test_timers.test_a_chat_ends_by_itself", "chat_seconds"),
        chosen(
            "A chat may end where its customer does not come; the service's own word is 5 minutes.",
            "test_timers.test_a_chat_may_wait_for_its_customer",
            "unseen_seconds",
        ),
    ),
)

TIMERS: Final = Area(
    "Silence",
    (
        documented(
            "A silent customer or agent is `participant.idle`, then `participant.autodisconnection`.",
            "test_timers.test_a_silence_ends_the_chat_in_two_steps",
            "customer_idle_seconds",
            "customer_disconnect_seconds",
        ),
        documented(
            "Without an idle timer the time until the disconnection counts at once.",
            "test_timers.test_a_disconnection_without_idleness_counts_at_once",
            "agent_idle_seconds",
            "agent_disconnect_seconds",
        ),
        chosen(
            "There is no disconnect flow: the chat ends with the auto-disconnection.",
            "test_timers.test_a_silence_ends_the_chat_in_two_steps",
        ),
        documented(
            "A message brings back: `participant.returned`.",
            "test_timers.test_a_message_brings_back_and_typing_does_not",
        ),
        chosen("Typing does not bring back.", "test_timers.test_a_message_brings_back_and_typing_does_not"),
        documented(
            "No event of silence is in the transcript.", "test_timers.test_a_message_brings_back_and_typing_does_not"
        ),
        documented(
            "The clocks run only while agent and customer are there.",
            "test_timers.test_the_clocks_run_only_while_an_agent_is_there",
        ),
        documented(
            "UpdateParticipantRoleConfig sets 2 to 480 minutes, or `Unset`; at most six at once.",
            "by_boto3.test_contacts.test_sets_timers",
        ),
        documented(
            "What was set when the agent joined holds for that agent.",
            "test_timers.test_timers_stay_as_they_were_when_the_agent_joined",
        ),
    ),
)

QUOTAS: Final = Area(
    "Quotas",
    (
        documented(
            "An instance's rates and bursts, where they are asked for: ThrottlingException.",
            "test_starting.test_quotas_are_off_unless_asked_for",
            "quotas",
        ),
        documented(
            "Messages and events share a quota.", "test_starting.test_messages_and_events_share_a_quota", "quotas"
        ),
        documented(
            "StartChatContact asked too often is a TooManyRequestsException.",
            "test_starting.test_chats_are_started_so_often",
            "quotas",
        ),
        documented(
            "More chats at once than allowed are a LimitExceededException.",
            "test_starting.test_so_many_chats_at_once",
            "concurrent_chats",
        ),
    ),
)
