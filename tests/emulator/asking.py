"""Well-formed traffic as a table: what clients ask of every door, with what they learnt from earlier answers.

`"@Name"` stands for something that an answer called `Name` before, and `"@Name@"` for it inside a text.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lensconnect import HttpRequest, HttpResponse

from .bending import written

HOME = "http://emulator.invalid"
EVENT = "application/vnd.amazonaws.connect.event."
INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive"
TYPES = ("text/plain", "text/markdown", "application/json", INTERACTIVE, INTERACTIVE + ".response")
SAID = "said-in-confidence"
"""Part of every message; nothing may ever log it."""


class Ask(NamedTuple):
    """One thing to ask.  A tuple is one of several; `"Name?"` is left out now and then."""

    method: str
    path: str
    body: Mapping[str, Any] = {}
    bearer: str | None = "@ConnectionToken"
    weight: int = 1


START = {
    "InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Zoë"}, "Attributes?": {"a": "b"},
    "InitialMessage?": {"ContentType": "text/plain", "Content": SAID}, "ClientToken?": ("@Client", "once", "twice"),
    "ChatDurationInMinutes?": (60, 10_080), "SupportedMessagingContentTypes?": ([*TYPES], ["text/plain"]),
    "ConnectionTypes?": (["CONNECTION_CREDENTIALS"], ["CONNECTION_CREDENTIALS", "WEBSOCKET"], ["AUTHENTICATION_SESSION"]),
    "CustomerId?": "c", "DisconnectOnCustomerExit?": ["AGENT"], "ChatStreamingConfiguration?": {"StreamingEndpointArn": "arn"},
}  # fmt: skip
AGAIN = {
    **START, "PersistentChat": {"RehydrationType": ("ENTIRE_PAST_SESSION", "FROM_SEGMENT"), "SourceContactId": "@ContactId"},
}  # fmt: skip
RELATED = {
    **START, "RelatedContactId": "@ContactId", "SegmentAttributes": {"connect:Subtype": {"ValueString": "connect:Guide"}},
}  # fmt: skip
BOTH = ["WEBSOCKET", "CONNECTION_CREDENTIALS"]
CONTACT = {"InstanceId": "i", "ContactId": "@ContactId"}
TIMER = {
    "ParticipantRole": ("CUSTOMER", "AGENT"), "TimerType": ("IDLE", "DISCONNECT_NONCUSTOMER"),
    "TimerValue": ({"ParticipantTimerDurationInMinutes": 2}, {"ParticipantTimerAction": "Unset"}),
}  # fmt: skip
FAULT = {
    "Kind": ("throttle", "error", "reset", "drop", "truncate", "duplicate", "reorder", "silence", "expire", "refuse"),
    "Operation?": ("SendMessage", "GetTranscript", "Upload"), "Topic?": ("aws/chat", "aws/ping"), "Count": (1, 3),
    "Probability?": (0.1, 1.0), "Status?": (500, 503, 400), "ContactId?": "@ContactId", "On?": ("http", "socket"),
}  # fmt: skip

ASKS = (
    Ask("POST", "/participant/connection", {"Type": (BOTH, BOTH, BOTH, ["WEBRTC_CONNECTION"]),
        "ConnectParticipant?": (True, False)}, "@ParticipantToken", 20),
    Ask("POST", "/participant/message", {"ContentType": TYPES, "Content": (SAID, SAID + "é" * 9), "ClientToken?": "@Client"},
        weight=40),
    Ask("POST", "/participant/event", {"ContentType": EVENT + "typing", "ClientToken?": "@Client"}, weight=10),
    Ask("POST", "/participant/event", {"ContentType": (EVENT + "message.read", EVENT + "message.delivered"),
        "Content": '{"messageId":"@Id@"}', "ClientToken?": "@Client"}, weight=24),
    Ask("POST", "/participant/event", {"ContentType": EVENT + "connection.acknowledged"}),
    Ask("POST", "/participant/transcript", {"MaxResults?": (0, 1, 3, 100), "NextToken?": "@NextToken", "ContactId?": "@ContactId",
        "ScanDirection?": ("FORWARD", "BACKWARD"), "SortOrder?": ("ASCENDING", "DESCENDING"),
        "StartPosition?": ({}, {"Id": "@Id"}, {"MostRecent": (0, 5, 100)}, {"AbsoluteTime": "@AbsoluteTime"})}, weight=40),
    Ask("POST", "/participant/transcript", {"MaxResults": 1, "NextToken?": "@NextToken"}, weight=16),
    Ask("POST", "/participant/disconnect", {"ClientToken?": "@Client"}),
    Ask("POST", "/participant/start-attachment-upload", {"ContentType": ("text/plain", "image/png"), "AttachmentSizeInBytes": 3,
        "AttachmentName": ("a.txt", "Grüße.pdf"), "ClientToken": "@Client"}, weight=16),
    Ask("POST", "/participant/complete-attachment-upload", {"AttachmentIds": ["@AttachmentId"], "ClientToken": "@Client"}, weight=24),
    Ask("POST", "/participant/attachment", {"AttachmentId": "@AttachmentId", "UrlExpiryInSeconds?": (5, 300),
        "UrlContentDisposition?": ("INLINE", "ATTACHMENT")}, weight=24),
    Ask("GET", "/participant/views/@ViewToken@", weight=10),
    Ask("POST", "/participant/authentication-url", {"SessionId": "@SessionId", "RedirectUri": "https://h.example/?b=é"}, weight=16),
    Ask("POST", "/participant/cancel-authentication", {"SessionId": "@SessionId"}),
    Ask("PUT", "/contact/chat", START, None),
    Ask("PUT", "/contact/chat", AGAIN, None),
    Ask("PUT", "/contact/chat", RELATED, None),
    Ask("POST", "/contact/stop", {**CONTACT, "DisconnectReason?": {"Code": "x"}}, None),
    Ask("POST", "/contact/create-participant", {**CONTACT, "ClientToken?": "@Client", "ParticipantDetails": {
        "ParticipantRole": ("AGENT", "CUSTOM_BOT", "SUPERVISOR"), "DisplayName": "Third"}}, None, 2),
    Ask("POST", "/contact/start-streaming", {**CONTACT, "ChatStreamingConfiguration": {}, "ClientToken": "@Client"}, None),
    Ask("POST", "/contact/stop-streaming", {**CONTACT, "StreamingId": "@StreamingId"}, None),
    Ask("POST", "/contact/update-participant-authentication", {"State": "@state", "InstanceId": "i", "Code?": "c", "Error?": "e"},
        None, 3),
    Ask("PUT", "/contact/participant-role-config/i/@ContactId@", {"ChannelConfiguration": {"Chat": {
        "ParticipantTimerConfigList": ([TIMER], [TIMER, TIMER])}}}, None),
    Ask("GET", "/_emulator/login?state=@state@", bearer=None, weight=10),
    Ask("PUT", "@Upload", bearer=None, weight=24),
    Ask("GET", "@Url", bearer=None, weight=10),
    Ask("POST", "/_emulator/chats", {"CustomerName?": "Ada", "AgentName?": "Bo"}, None),
    Ask("GET", "/_emulator/chats", bearer=None),
    Ask("GET", "/_emulator/chats/@ContactId@/items", bearer=None),
    Ask("POST", "/_emulator/chats/@ContactId@/participants", {"ParticipantRole?": "SUPERVISOR", "DisplayName?": "S"}, None),
    Ask("POST", "/_emulator/chats/@ContactId@/messages", {"Content": SAID, "ContentType?": TYPES, "DisplayName?": "BOT"}, None, 2),
    Ask("POST", "/_emulator/chats/@ContactId@/authentication", bearer=None, weight=2),
    Ask("POST", "/_emulator/faults", FAULT, None),
    Ask("POST", "/_emulator/faults", {"Faults": [FAULT, FAULT], "Seed?": "s"}, None),
    Ask("DELETE", "/_emulator/faults", bearer=None, weight=10),
    Ask("OPTIONS", "/participant/message", bearer=None),
    Ask("GET", "/", bearer=None),
    Ask("GET", "/_emulator/page/main.js", bearer=None),
)  # fmt: skip
_WEIGHTS = [ask.weight for ask in ASKS]
_NAMED = re.compile("@([A-Za-z]+)@")


class Learnt:
    """What answers have told so far, by the name they gave it."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._known: defaultdict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=5))
        self._known["Client"].extend("abcdefgh")

    def one(self, name: str) -> Any:
        """One of what is known under a name, most likely a late one; a word where nothing is."""
        known = self._known.get(name)
        return self._chance.choice(known) if known else "unknown"

    def last(self, name: str) -> Any:
        """The latest of what is known under a name."""
        return self._known[name][-1]

    def response(self, response: HttpResponse) -> None:
        """Take in an answer."""
        if response.status == 302:
            self._known["state"].append((response.header("location") or "").rpartition("=")[2])
        elif response.status == 200 and response.body[:1] == b"{":
            self.value(json.loads(response.body))

    def value(self, value: Any) -> None:
        """Take in every member of a JSON value."""
        if isinstance(value, dict):
            for name, held in value.items():
                self._member(name, held, value)
        elif isinstance(value, list):
            for entry in value:
                self.value(entry)

    def _member(self, name: str, held: Any, whole: dict[str, Any]) -> None:
        if isinstance(held, dict | list):
            self.value(held)
        elif "HeadersToInclude" in whole and name == "Url":
            self._known["Upload"].append(whole)
        elif name == "AuthenticationUrl":
            self._known["state"].append(held.rpartition("=")[2])
        elif isinstance(held, str) and held:
            self._known["Socket" if name == "Url" and held.startswith("ws") else name].append(held)


def asked(chance: Random, learnt: Learnt) -> HttpRequest:
    """A request that some client might make now."""
    ask = chance.choices(ASKS, _WEIGHTS)[0]
    if ask.path == "@Upload":
        return _upload(learnt.one("Upload"))
    path = _NAMED.sub(lambda found: str(learnt.one(found[1])), ask.path)
    url = HOME + (urlsplit(learnt.one("Url")).path if path == "@Url" else path)
    bearer = () if ask.bearer is None else (("X-Amz-Bearer", learnt.one(ask.bearer[1:])),)
    body = written(chance, _filled(chance, learnt, ask.body)) if ask.body else b""
    return HttpRequest(ask.method, url, (*bearer, ("Content-Type", "application/json")), body)


def _upload(metadata: Any) -> HttpRequest:
    if isinstance(metadata, str):
        return HttpRequest("PUT", HOME + "/_emulator/uploads/unknown")
    return HttpRequest(
        "PUT", HOME + urlsplit(metadata["Url"]).path, tuple(metadata["HeadersToInclude"].items()), b"abc"
    )


def _filled(chance: Random, learnt: Learnt, value: Any) -> Any:
    if isinstance(value, tuple):
        return _filled(chance, learnt, chance.choice(value))
    if isinstance(value, Mapping):
        there = {name: held for name, held in value.items() if name[-1] != "?" or chance.random() < 0.3}
        return {name.removesuffix("?"): _filled(chance, learnt, held) for name, held in there.items()}
    if isinstance(value, list):
        return [_filled(chance, learnt, entry) for entry in value]
    if isinstance(value, str) and "@" in value:
        return learnt.one(value[1:]) if value[-1] != "@" and value[0] == "@" else _NAMED.sub(_of(learnt), value)
    return value


def _of(learnt: Learnt) -> Callable[[re.Match[str]], str]:
    return lambda found: str(learnt.one(found[1]))
