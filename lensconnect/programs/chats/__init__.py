"""Live chats as programs.

    performing   perform the orders of a chat (`lensconnect.live`), one after the other, until a call ends
    opening      open_chat, converse, join_chat, chat_from, close_chat
    receiving    receive, receive_within, notifications, replies, position, transcript
    sending      say, answer, show_typing, receipts, leave, attach, download, connection_token

A chat is a state machine that asks for one thing at a time.  `receive` performs what it asks for until there is
something to hand out.  Nothing runs between two calls: no thread, no task and no callback, so heartbeats are sent, and
lost connections found, during a call of `receive`.
"""
