"""The call that the questions `send`, `at_once` and `adapter` measure."""

from __future__ import annotations

from lensconnect import ConnectionToken, new_send_message, send_message_client_token

TOKEN = ConnectionToken("t" * 300)
TEXT = "Good morning, my parcel has not arrived yet."
REQUEST = new_send_message("text/plain", TEXT, TOKEN)
WHOLE = REQUEST & send_message_client_token.set("b1f4b3a6-6f0c-4b8e-9c55-0f7d2a8f9e11")
PARAMS = {"ContentType": "text/plain", "Content": TEXT, "ConnectionToken": TOKEN}
"""The same request as parameters of a botocore client."""
