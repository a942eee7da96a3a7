"""The content of messages and events.

types.py       the content types by name
json.py        optics into JSON inside a string, as receipts and interactive messages have it
members.py     JSON objects as records that keep the members they have no field for
templates.py   interactive messages: Interactive, the record of each template, a prism for each
answers.py     the answers to interactive messages: choices_of, reply_to
contents.py    content_of: the content of an item as a record
"""
