"""The state of chats, and what changes it.

state           the objects: State, Chat, Participant, WebSocketConnection, tokens and tickets
context         OperationContext and MemberContext: post, push and broadcast items; join, leave, end
lifecycle       start a chat, add participants, post as the flow, end a chat
staged_messages messages that come in stages: chunks of a bot, messages that are processed
transfer        an agent hands the chat to another one, with a contact of its own
transcript      pages of a transcript
attachments     files: announcement, upload headers, scan
outbox          the frames that a step pushes
idle_timer      which participants have an idle timer; idle_timeout acts when it is due
timer_queue     the timers of the service, a heap
rate_limits     quotas
fault_plan      the planned faults, and the draw of their probabilities
ids             ids, tokens and random numbers from a seed
timestamps      times as text
"""
