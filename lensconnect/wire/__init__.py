"""Pure functions between requests, replies and HTTP.

In the order of imports:

limits.py         Limits: MODEL, DOCUMENTED_2026, CLASSIC, NONE
validate.py       find every fault of a request
plan.py           compile the row of an operation into a function that validates and describes
describe.py       describe: request to HTTP request; undescribe: the way back; `described`, both as a prism
decode.py         decode: HTTP response to reply or error
items.py          items from frames, from message streaming, from stored transcripts
storage.py        storage_error: the error of the storage of files
endpoint.py       resolve_endpoint: region and flags to a URL
render.py         masked text for people: curl, HTTP, JSON
known_values.py   the known values of a field: open enums and content types
documentation.py  doc: the row of an operation as text
"""
