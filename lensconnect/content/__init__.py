"""The content of messages and events.

types.py   the content types by name
json.py    optics into JSON inside a string, as receipts and interactive messages have it
"""
