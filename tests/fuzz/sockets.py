"""Bytes of a peer as WebSocket frames, and texts as frames of a chat and as items."""

from __future__ import annotations

from interpreters.sockets.helpers.peer import accept_of

from lensconnect.errors import SerializeError, ServiceError, TransportError
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.live.frames import ChatFrame, HeartbeatEcho, Junk, PingAnswer, SubscribeAnswer, parse
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import is_ok
from lensconnect.types.item import Item
from lensconnect.wire.items import item_from_json, items_from_sns, items_from_transcript_file

from .inputs import Input, pieces, text_of

OPENING = OpenSocket("wss://chat.example/participant/socket?ticket=secret-ticket", 1.0, 100)
CUTS = (1, 2, 3, 5, 7, 16, 40)
ACCEPT = b"ACCEPT"
"""Stands for the value of Sec-WebSocket-Accept that the handshake asks for."""

SOCKET_WORDS = (
    *(
        "HTTP/1.1 101 Switching Protocols\r\n",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "HTTP/1.1 403 F\r\n",
    ),
    *("Sec-WebSocket-Accept: ACCEPT\r\n", "Sec-WebSocket-Extensions: permessage-deflate\r\n", "\r\n\r\n"),
    *("Sec-WebSocket-Protocol: x\r\n", "HTTP/1.1 100 C\r\n\r\n", "Content-Length: 2\r\n", "\x01\x02hi"),
)
FRAME_WORDS = (
    *('"topic":"aws/chat"', '"topic":"aws/subscribe"', '"topic":"aws/ping"', '"topic":"aws/heartbeat"'),
    *('"content":', '"statusCode":', '"status":"success"', '"Id":', '"AbsoluteTime":', '"Attachments":[{', '"Type":'),
    *('"MessageMetadata":{', '"Receipts":[{', '"ChunkNumber":', '"InitialContactId":', '"Records":[{', '"Sns":{'),
    *('"Message":', '"body":', '"Transcript":[{', '"ConversationCharacteristics":', "\\ud800", "1e999", "null", "\\"),
)


def _received(data: bytes, *, opened: bool, length: int) -> tuple[object, ...]:
    """Return the messages of a WebSocket, its loss and its refusal."""
    web = WebSocket(OPENING)
    assert web.unsent is not None
    accepts = accept_of(bytes(web.unsent))
    web.advance(len(web.unsent))
    if opened:
        web.feed(accepts)
    else:
        data = data.replace(ACCEPT, accepts.partition(b"Sec-WebSocket-Accept: ")[2].partition(b"\r\n")[0], 1)
    for piece in pieces(data, length):
        if piece:
            web.feed(piece)
    web.end()
    messages: list[str | bytes] = []
    while (message := web.take()) is not None:
        messages.append(message)
    return web.is_open, messages, web.loss, web.refused


def fuzz_websocket(data: bytes) -> None:
    """Check that bytes are messages and an end, the same however they are cut; no error shows the ticket."""
    given = Input(data)
    opened, length = given.choice((True, False)), given.choice(CUTS)
    received = given.rest()
    whole = _received(received, opened=opened, length=0)
    assert _received(received, opened=opened, length=length) == whole
    _, messages, loss, refused = whole
    assert isinstance(loss, TransportError) or isinstance(refused, ServiceError)
    assert "secret" not in f"{loss} {refused!r}"
    assert isinstance(messages, list)
    for message in messages:
        _check_frame(message)


def _check_frame(text: str | bytes) -> None:
    found = parse(text)
    assert isinstance(found, ChatFrame | SubscribeAnswer | HeartbeatEcho | PingAnswer | Junk)
    repr(found)


def fuzz_frames(data: bytes) -> None:
    """Check that any text is a frame of a chat or junk, and that any text is items or a SerializeError."""
    _check_frame(data)
    text = text_of(data)
    _check_frame(text)
    for one in (item_from_json(text), item_from_json(data)):
        assert isinstance(one.unwrap() if is_ok(one) else one.failure(), Item | SerializeError)
    for many in (items_from_sns(text), items_from_sns(data), items_from_transcript_file(data)):
        if is_ok(many):
            assert all(isinstance(item, Item) for item in many.unwrap())
        else:
            assert isinstance(many.failure(), SerializeError)
            str(many.failure())
