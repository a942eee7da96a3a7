"""Live chats as pure values and functions: no I/O, no clock, no chance of their own.

options         LiveOptions: the times and limits of a chat; Backoff
files           Progress, Uploaded, Downloaded: files of a chat
notifications   Notification: what `receive` hands out
"""
