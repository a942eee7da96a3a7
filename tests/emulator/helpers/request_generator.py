"""A generator of well-formed requests: a table of templates, filled with values from earlier responses.

`"@Name"` stands for a value that a response had in its member `Name`, and `"@Name@"` for one inside a text.
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

from .mutations import written

HOME = "http://emulator.invalid"
EVENT = "application/vnd.amazonaws.connect.event."
INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive"
TYPES = ("text/plain", "text/markdown", "application/json", INTERACTIVE, INTERACTIVE + ".response")
SECRET_TEXT = "said-in-confidence"
"""A part of every message, which must not be logged."""


class RequestTemplate(NamedTuple):
    """A template of requests.  A tuple stands for one of its entries; a member `"Name?"` is optional."""

    method: str
    path: str
    body: Mapping[str, Any] = {}
    bearer: str | None = "@ConnectionToken"
    weight: int = 1


START = {
    "InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Zoë"}, "Attributes?": {"a": "b"},
    "InitialMessage?": {"ContentType": "text/plain", "Content": SECRET_TEXT}, "ClientToken?": ("@Client", "once", "twice"),
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
SCRIPT = {"Name": "menu", "Greeting?": "Hi", "Answers?": [{"Pattern": "a*b", "Answer": "c"}]}
FAULT = {
    "Kind": ("throttle", "error", "reset", "drop", "truncate", "duplicate", "reorder", "silence", "expire", "refuse"),
    "Operation?": ("SendMessage", "GetTranscript", "Upload"), "Topic?": ("aws/chat", "aws/ping"), "Count": (1, 3),
    "Probability?": (0.1, 1.0), "Status?": (500, 503, 400), "ContactId?": "@ContactId", "On?": ("http", "socket"),
    "ParticipantRole?": ("CUSTOMER", "AGENT"), "ParticipantId?": "@ParticipantId",
}  # fmt: skip

TEMPLATES = (
    RequestTemplate("POST", "/participant/connection", {"Type": (BOTH, BOTH, BOTH, ["WEBRTC_CONNECTION"]),
        "ConnectParticipant?": (True, False)}, "@ParticipantToken", 20),
    RequestTemplate("POST", "/participant/message", {"ContentType": TYPES, "Content": (SECRET_TEXT, SECRET_TEXT + "é" * 9), "ClientToken?": "@Client"},
        weight=40),
    RequestTemplate("POST", "/participant/event", {"ContentType": EVENT + "typing", "ClientToken?": "@Client"}, weight=10),
    RequestTemplate("POST", "/participant/event", {"ContentType": (EVENT + "message.read", EVENT + "message.delivered"),
        "Content": '{"messageId":"@Id@"}', "ClientToken?": "@Client"}, weight=24),
    RequestTemplate("POST", "/participant/event", {"ContentType": EVENT + "connection.acknowledged"}),
    RequestTemplate("POST", "/participant/transcript", {"MaxResults?": (0, 1, 3, 100), "NextToken?": "@NextToken", "ContactId?": "@ContactId",
        "ScanDirection?": ("FORWARD", "BACKWARD"), "SortOrder?": ("ASCENDING", "DESCENDING"),
        "StartPosition?": ({}, {"Id": "@Id"}, {"MostRecent": (0, 5, 100)}, {"AbsoluteTime": "@AbsoluteTime"})}, weight=40),
    RequestTemplate("POST", "/participant/transcript", {"MaxResults": 1, "NextToken?": "@NextToken"}, weight=16),
    RequestTemplate("POST", "/participant/disconnect", {"ClientToken?": "@Client"}),
    RequestTemplate("POST", "/participant/start-attachment-upload", {"ContentType": ("text/plain", "image/png"), "AttachmentSizeInBytes": 3,
        "AttachmentName": ("a.txt", "Grüße.pdf"), "ClientToken": "@Client"}, weight=16),
    RequestTemplate("POST", "/participant/complete-attachment-upload", {"AttachmentIds": ["@AttachmentId"], "ClientToken": "@Client"}, weight=24),
    RequestTemplate("POST", "/participant/attachment", {"AttachmentId": "@AttachmentId", "UrlExpiryInSeconds?": (5, 300),
        "UrlContentDisposition?": ("INLINE", "ATTACHMENT")}, weight=24),
    RequestTemplate("GET", "/participant/views/@ViewToken@", weight=10),
    RequestTemplate("POST", "/participant/authentication-url", {"SessionId": "@SessionId", "RedirectUri": "https://h.example/?b=é"}, weight=16),
    RequestTemplate("POST", "/participant/cancel-authentication", {"SessionId": "@SessionId"}),
    RequestTemplate("PUT", "/contact/chat", START, None),
    RequestTemplate("PUT", "/contact/chat", AGAIN, None),
    RequestTemplate("PUT", "/contact/chat", RELATED, None),
    RequestTemplate("POST", "/contact/stop", {**CONTACT, "DisconnectReason?": {"Code": "x"}}, None),
    RequestTemplate("POST", "/contact/create-participant", {**CONTACT, "ClientToken?": "@Client", "ParticipantDetails": {
        "ParticipantRole": ("AGENT", "CUSTOM_BOT", "SUPERVISOR"), "DisplayName": "Third"}}, None, 2),
    RequestTemplate("POST", "/contact/start-streaming", {**CONTACT, "ChatStreamingConfiguration": {}, "ClientToken": "@Client"}, None, 2),
    RequestTemplate("POST", "/contact/stop-streaming", {**CONTACT, "StreamingId": "@StreamingId"}, None, 4),
    RequestTemplate("POST", "/contact/update-participant-authentication", {"State": "@state", "InstanceId": "i", "Code?": "c", "Error?": "e"},
        None, 3),
    RequestTemplate("PUT", "/contact/participant-role-config/i/@ContactId@", {"ChannelConfiguration": {"Chat": {
        "ParticipantTimerConfigList": ([TIMER], [TIMER, TIMER])}}}, None),
    RequestTemplate("GET", "/_emulator/login?state=@state@", bearer=None, weight=10),
    RequestTemplate("PUT", "@Upload", bearer=None, weight=24),
    RequestTemplate("GET", "@Url", bearer=None, weight=10),
    RequestTemplate("POST", "/_emulator/chats", {"CustomerName?": "Ada", "AgentName?": "Bo"}, None),
    RequestTemplate("GET", "/_emulator/chats", bearer=None),
    RequestTemplate("GET", "/_emulator/chats/@ContactId@/items", bearer=None),
    RequestTemplate("POST", "/_emulator/chats/@ContactId@/participants", {"ParticipantRole?": "SUPERVISOR", "DisplayName?": "S"}, None),
    RequestTemplate("POST", "/_emulator/chats/@ContactId@/messages", {"Content": SECRET_TEXT, "ContentType?": TYPES, "DisplayName?": "BOT"}, None, 2),
    RequestTemplate("POST", "/_emulator/chats/@ContactId@/transfer", {"AgentName?": "Cy", "Fails?": (False, True)}, None),
    RequestTemplate("POST", "/_emulator/chats/@ContactId@/authentication", bearer=None, weight=2),
    RequestTemplate("POST", "/_emulator/faults", FAULT, None),
    RequestTemplate("POST", "/_emulator/faults", {"Faults": [FAULT, FAULT], "Seed?": "s"}, None),
    RequestTemplate("DELETE", "/_emulator/faults", bearer=None, weight=10),
    RequestTemplate("DELETE", "/_emulator/faults/@FaultId@", bearer=None),
    RequestTemplate("POST", "/_emulator/flows", SCRIPT, None),
    RequestTemplate("OPTIONS", "/participant/message", bearer=None),
    RequestTemplate("GET", "/", bearer=None),
    RequestTemplate("GET", "/_emulator/page/main.js", bearer=None),
)  # fmt: skip
_WEIGHTS = [template.weight for template in TEMPLATES]
_NAMED = re.compile("@([A-Za-z]+)@")


class Observed:
    """The values seen in responses so far, by the name of their member."""

    def __init__(self, rng: Random) -> None:
        self._chance = rng
        self._known: defaultdict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=5))
        self._known["Client"].extend("abcdefgh")

    def one(self, name: str) -> Any:
        """Return one of the last values of a name, `"unknown"` if there is none."""
        known = self._known.get(name)
        return self._chance.choice(known) if known else "unknown"

    def last(self, name: str) -> Any:
        """Return the last value of a name."""
        return self._known[name][-1]

    def response(self, response: HttpResponse) -> None:
        """Add the values of a response."""
        if response.status == 302:
            self._known["state"].append((response.header("location") or "").rpartition("=")[2])
        elif response.status == 200 and response.body[:1] == b"{":
            self.value(json.loads(response.body))

    def value(self, value: Any) -> None:
        """Add the members of a JSON value."""
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


def generate_request(rng: Random, observed: Observed) -> HttpRequest:
    """Return a well-formed request."""
    template = rng.choices(TEMPLATES, _WEIGHTS)[0]
    if template.path == "@Upload":
        return _upload(observed.one("Upload"))
    path = _NAMED.sub(lambda found: str(observed.one(found[1])), template.path)
    url = HOME + (urlsplit(observed.one("Url")).path if path == "@Url" else path)
    bearer = () if template.bearer is None else (("X-Amz-Bearer", observed.one(template.bearer[1:])),)
    body = written(rng, _filled(rng, observed, template.body)) if template.body else b""
    return HttpRequest(template.method, url, (*bearer, ("Content-Type", "application/json")), body)


def _upload(metadata: Any) -> HttpRequest:
    if isinstance(metadata, str):
        return HttpRequest("PUT", HOME + "/_emulator/uploads/unknown")
    return HttpRequest(
        "PUT", HOME + urlsplit(metadata["Url"]).path, tuple(metadata["HeadersToInclude"].items()), b"abc"
    )


def _filled(rng: Random, observed: Observed, value: Any) -> Any:
    if isinstance(value, tuple):
        return _filled(rng, observed, rng.choice(value))
    if isinstance(value, Mapping):
        there = {name: held for name, held in value.items() if name[-1] != "?" or rng.random() < 0.3}
        return {name.removesuffix("?"): _filled(rng, observed, held) for name, held in there.items()}
    if isinstance(value, list):
        return [_filled(rng, observed, entry) for entry in value]
    if isinstance(value, str) and "@" in value:
        return observed.one(value[1:]) if value[-1] != "@" and value[0] == "@" else _NAMED.sub(_of(observed), value)
    return value


def _of(observed: Observed) -> Callable[[re.Match[str]], str]:
    return lambda found: str(observed.one(found[1]))
