"""Lines that both checkers must accept, and the types they must infer.

Checked, never run: `test_typing.py` gives this file to mypy and to pyright, both at their strictest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Never, assert_never, assert_type

from returns.io import IOResult
from returns.result import Failure, Result, Success

import lensconnect as lc
from lensconnect import (
    CONNECTION_TYPE_WEBSOCKET,
    EVENT_TYPING,
    MODEL,
    SORT_KEY_ASCENDING,
    AsyncTransport,
    ConnectionToken,
    ConnectionType,
    CreateParticipantConnectionResponse,
    Endpoint,
    Env,
    Error,
    Fault,
    GetTranscript,
    GetTranscriptResponse,
    HttpRequest,
    HttpResponse,
    InvalidEndpoint,
    InvalidRequest,
    Iso,
    Item,
    Lens,
    Limits,
    MessageMetadata,
    ParticipantToken,
    Prism,
    Program,
    Receipt,
    SendEvent,
    SendEventResponse,
    SendMessage,
    SerializeError,
    ServiceError,
    SortKey,
    StartPosition,
    StateFn,
    Steps,
    Transport,
    TransportError,
    Traversal,
    decode,
    describe,
    described,
    described_at,
    env_timeout,
    get_transcript_response_transcript,
    get_transcript_sort_order,
    get_transcript_start_position,
    has_code,
    has_status,
    http_request_headers,
    invalid_request_faults,
    is_chat_over,
    is_err,
    is_ok,
    item_content,
    item_message_metadata,
    json_object,
    json_string,
    key,
    message_metadata_receipts,
    mint,
    new_create_participant_connection,
    new_env,
    new_get_transcript,
    new_send_event,
    new_send_message,
    or_raise,
    program,
    receipt_read_timestamp,
    resolve_endpoint,
    send,
    send_event_client_token,
    send_event_connection_token,
    send_event_content,
    send_event_content_type,
    send_event_response_id,
    service_error,
    service_error_code,
    start_position_most_recent,
    throttling_exception,
    to_result,
    undescribe,
)
from lensconnect.emulator import Emulator
from lensconnect.programs.effects import OpenSocket
from lensconnect.programs.files import attach_with, download_bytes_with, download_with
from lensconnect.testing.cassette import Tape, recording, recording_sockets, replaying
from lensconnect.testing.faults import TransportFault, handshake_refused, healthy, lost_reply, scheduled
from lensconnect.testing.laws import check_iso, check_lens, check_prism, check_traversal
from lensconnect.testing.simulate import Simulation
from lensconnect.testing.stub import closes, connection, expects, message, pushes, refused, stub, waits
from lensconnect.testing.trace import traced

participant = ParticipantToken("p")
token = ConnectionToken("t")
event = new_send_event(EVENT_TYPING, token)
page = lc.new_get_transcript_response(200)
home = Endpoint("https://participant.connect.us-east-1.amazonaws.com")

# Smart constructors and records
assert_type(event, SendEvent)
assert_type(new_send_message("text/plain", "hi", token), SendMessage)
assert_type(SendEvent(content_type="text/plain", connection_token=token, content="x"), SendEvent)
assert_type(new_create_participant_connection(participant).participant_token, ParticipantToken)
assert_type(event.connection_token, ConnectionToken)
assert_type(event.content, str | None)
assert_type(page.transcript, tuple[Item, ...] | None)
assert_type(SORT_KEY_ASCENDING, SortKey)
tomorrow = SortKey("RELEVANCE")
plain_text: str = CONNECTION_TYPE_WEBSOCKET

# Lenses: verbs, curried and not
assert_type(send_event_content, Lens[SendEvent, str | None])
assert_type(send_event_content.set("x"), StateFn[SendEvent, SendEvent])
assert_type(event & send_event_content.set("x"), SendEvent)
assert_type(event & send_event_content.set(None), SendEvent)
assert_type(event & send_event_content.get(), str | None)
assert_type(event & send_event_content_type.modify(str.upper), SendEvent)
assert_type(event & send_event_content.collect(), list[str | None])
assert_type(event & send_event_content.preview(), str | None)
assert_type(send_event_content.view(event), str | None)
assert_type(send_event_content.put("x", event), SendEvent)
assert_type(send_event_content.set("x")(event), SendEvent)
assert_type(event & send_event_content.set("x") & send_event_client_token.set("c"), SendEvent)
assert_type(event & send_event_connection_token.get(), ConnectionToken)
assert_type(new_get_transcript(token) & get_transcript_sort_order.set(tomorrow), GetTranscript)
types: tuple[ConnectionType, ...] = (CONNECTION_TYPE_WEBSOCKET, ConnectionType("NEXT"))
asked = new_create_participant_connection(participant) & lc.create_participant_connection_type.set(types)

# Compositions
items = get_transcript_response_transcript.Some().Each()
read = items & item_message_metadata.Some() & message_metadata_receipts.Some().Each() & receipt_read_timestamp.Some()
assert_type(items, Traversal[GetTranscriptResponse, Item])
assert_type(read, Traversal[GetTranscriptResponse, str])
assert_type(page & read.collect(), list[str])
assert_type(page & read.preview(), str | None)
assert_type(page & read.set("x"), GetTranscriptResponse)
assert_type(read.modify(str.upper)(page), GetTranscriptResponse)
assert_type(items & item_content, Traversal[GetTranscriptResponse, str | None])
metadata: Lens[Item, MessageMetadata] = Lens("message_metadata")
of_its_record: Lens[Item, MessageMetadata | None] = Lens(Item, "message_metadata")
assert_type(metadata & message_metadata_receipts, Lens[Item, tuple[Receipt, ...] | None])
assert_type(invalid_request_faults.Each(), Traversal[InvalidRequest, Fault])
assert_type(get_transcript_start_position.Some() & start_position_most_recent, Traversal[GetTranscript, int | None])
position = new_get_transcript(token) & get_transcript_start_position.set(StartPosition(most_recent=3))
http = HttpRequest("GET", "https://h/") & http_request_headers.modify(lambda headers: (*headers, ("X", "y")))

# Conditions, indexes, defaults
transcript = get_transcript_response_transcript.Some()
assert_type(items.filtered(lambda item: item.type == "MESSAGE"), Traversal[GetTranscriptResponse, Item])
assert_type(items.filtered(item_content.Some().has()) & item_content, Traversal[GetTranscriptResponse, str | None])
assert_type(transcript.ix(-1), Traversal[GetTranscriptResponse, Item])
assert_type(send_event_content.non(""), Lens[SendEvent, str])
assert_type(get_transcript_sort_order.non(SORT_KEY_ASCENDING), Lens[GetTranscript, SortKey])
assert_type(get_transcript_response_transcript.non(()).Each(), Traversal[GetTranscriptResponse, Item])
assert_type((items & item_content).non(""), Traversal[GetTranscriptResponse, str])
assert_type(event & send_event_content.non("").modify(str.upper), SendEvent)

# Questions about the foci
assert_type(page & items.has(), bool)
assert_type(page & items.last_of(), Item | None)
assert_type(page & items.length_of(), int)
assert_type(page & items.any_of(lambda item: item.type == "EVENT"), bool)
assert_type(page & read.all_of(str.isdigit), bool)
assert_type(items.any_of(item_content.Some().has()), StateFn[GetTranscriptResponse, bool])
assert_type(throttling_exception.has()(ServiceError(429, "x")), bool)

# Isos
digits: Iso[str, int] = Iso(int, str)
assert_type(digits.reverse(), Iso[int, str])
assert_type(digits & digits.reverse(), Iso[str, str])
assert_type(send_event_content_type & digits, Lens[SendEvent, int])
assert_type(read & digits, Traversal[GetTranscriptResponse, int])
assert_type("41" & digits.modify(lambda number: number + 1), str)
assert_type(digits.back(7), str)

# JSON in strings
message_id = send_event_content.Some() & json_object & key("messageId") & json_string
assert_type(message_id, Traversal[SendEvent, str])
assert_type(event & message_id.collect(), list[str])
assert_type(event & message_id.set("m"), SendEvent)
as_text: str = json_object.construct({"a": [1, None, {"b": "c"}]})

# Prisms
assert_type(throttling_exception, Prism[Error, ServiceError])
assert_type(has_status(429).unpack(ServiceError(429, "x")), ServiceError | None)
assert_type(has_code("X") & service_error_code, Traversal[Error, str])
assert_type(service_error.construct(ServiceError(400, "x")), Error)
assert_type(described.unpack(http), lc.Request[lc.Reply] | None)
assert_type(described_at(home).construct(event), HttpRequest)

# The content of items
asked_or_not = lc.interactive.unpack("{}")
assert_type(asked_or_not, lc.Interactive | None)
question = lc.Interactive("Panel")
assert_type(lc.list_picker.unpack(question), lc.ListPicker | None)
assert_type(lc.template_of(question), lc.Template | None)
assert_type(lc.interactive_of(lc.QuickReply("Good?", ())), lc.Interactive)
assert_type(lc.choices_of(question), tuple[lc.Choice, ...])
assert_type(lc.reply_to(question, ("page", "element")), Result[lc.DraftMessage, InvalidRequest])
assert_type("{}" & (lc.interactive & lc.carousel & lc.carousel_elements.Each()).collect(), list[lc.Interactive])
assert_type(lc.receipt_content.construct("m"), str)


def every_content(item: Item) -> str | None:
    found = lc.content_of(item)
    match found:
        case lc.Text(words):
            return words
        case lc.JsonValue(value):
            return str(value)
        case lc.Interactive(template_type=name):
            return name
        case lc.InteractiveAnswer(action=action):
            return action
        case lc.ReceiptFor(about, _):
            return about
        case lc.ChatEvent(kind=kind):
            return kind
        case lc.UnknownContent(content_type):
            return content_type
        case _:
            assert_never(found)


# Pure functions
assert_type(resolve_endpoint("us-east-1"), Result[Endpoint, InvalidEndpoint])
assert_type(describe(event, home), Result[HttpRequest, InvalidRequest])
assert_type(describe(event, home, MODEL), Result[HttpRequest, InvalidRequest])
assert_type(undescribe(http), Result[lc.Request[lc.Reply], SerializeError])
reply = decode(SendEvent, HttpResponse(200))
assert_type(reply, Result[SendEventResponse, Error])
assert_type(decode(GetTranscript, HttpResponse(200)), Result[GetTranscriptResponse, Error])
assert_type(lc.validate(event, Limits("own", rules=(lambda request: (),))), tuple[Fault, ...])
curl: str = lc.render.as_curl(http, reveal=True)

# Containers and the ways out of them
assert_type(or_raise(reply), SendEventResponse)
assert_type(reply.map(send_event_response_id.view), Result[str | None, Error])
assert_type(reply.map(send_event_response_id.get()).value_or("none"), str | None)
assert_type(describe(event, home).alt(lambda error: error.faults), Result[HttpRequest, tuple[Fault, ...]])
if is_ok(reply):
    assert_type(reply, Success[SendEventResponse])
    assert_type(reply.unwrap(), SendEventResponse)
if is_err(reply):
    assert_type(reply, Failure[Error])
    assert_type(reply.failure(), Error)


def outcome(io: IOResult[SendEventResponse, Error]) -> None:
    assert_type(to_result(io), Result[SendEventResponse, Error])
    assert_type(or_raise(io), SendEventResponse)
    if is_ok(io):
        assert_type(io, lc.IOSuccess[SendEventResponse])
    elif is_err(io):
        assert_type(io, lc.IOFailure[Error])


def every_error(error: Error) -> str:
    over: bool = is_chat_over(error)
    match error:
        case InvalidRequest(faults):
            return f"{over} {faults[0].path}"
        case InvalidEndpoint(message):
            return message
        case TransportError(kind, _, sent):
            return kind + sent
        case SerializeError():
            return error.message
        case ServiceError(status, code):
            return code + str(status)
        case _:
            assert_never(error)


# Laws of one's own optics
check_lens(send_event_content, [event], ["a", None])
check_traversal(read, [page], [str.upper])
check_iso(digits, ["1"], [2])
check_prism(throttling_exception, [ServiceError(429, "x")], [])

# Programs and environments
sending = send(event)
assert_type(sending, Program[SendEventResponse, Error])
assert_type(sending.map(send_event_response_id.view), Program[str | None, Error])
assert_type(sending.bind(lambda done: Program.from_value(done.http_status)), Program[int, Error])


def run(env: Env) -> None:
    assert_type(sending(env), IOResult[SendEventResponse, Error])
    assert_type(or_raise(send(new_get_transcript(token))(env)), GetTranscriptResponse)


@program
def converse(start: ParticipantToken) -> Steps[str | None]:
    opened = yield from send(new_create_participant_connection(start))
    assert_type(opened, CreateParticipantConnectionResponse)
    fresh = yield from mint()
    assert_type(fresh, str)
    sent = yield from send(event & send_event_client_token.set(fresh))
    assert_type(sent, SendEventResponse)
    return sent.id


assert_type(converse(participant), Program[str | None, Error])


def transport(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Failure(TransportError("reset", request.method, "no")) if seconds else Success(HttpResponse(200))


pluggable: Transport = transport
env: Env = new_env(region="us-east-1", transport=transport)
assert_type(env & env_timeout.set(3.0), Env)


# Wrappers of transports keep their kind
async def late(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return transport(request, seconds)


tape = Tape()
assert_type(recording(tape)(pluggable), Transport)
waiting: AsyncTransport = traced(print)(recording(tape)(late))
as_a_fault: TransportFault = recording(tape)
assert_type(recording_sockets(tape)(Emulator().sockets), lc.SocketDriver)
assert_type(recording_sockets(tape)(Emulator().async_sockets), lc.AsyncSocketDriver)
replayed: AsyncTransport = replaying(tape.cassette).async_transport
stubbed: Transport = stub({SendEvent: SendEventResponse(http_status=200), SendMessage: HttpResponse(503)}).transport
chat_script = connection(
    pushes(message("Hello"), b"bytes"), expects(SendMessage), expects(event), waits(2), closes(1001)
)
live_stub = stub({}, sockets=[chat_script, refused(403)])
lc.new_env(transport=live_stub.transport, sockets=live_stub.sockets, clock=live_stub.clock)
lc.new_async_env(transport=live_stub.async_transport, sockets=live_stub.async_sockets, clock=live_stub.clock)
in_order = stub([(event, SendEventResponse(http_status=200)), (SendMessage, ServiceError(403, "x"))])

headers: Mapping[str, str] | None = lc.UploadMetadata().headers_to_include

good_token = lc.get_connection_token(ParticipantToken("t"))
assert_type(attach_with(good_token, Path("a.txt"), progress=print), Program[lc.Uploaded, Error])
assert_type(attach_with(Program.from_value(ConnectionToken("t")), b"", name="a.txt"), Program[lc.Uploaded, Error])
assert_type(download_with(good_token, "a-1", "a.txt"), Program[lc.Downloaded, Error])
assert_type(download_bytes_with(good_token, "a-1"), Program[bytes, Error])

chat = lc.Chat("a-key")
assert_type(lc.open_chat(ParticipantToken("t")), Program[lc.Chat, Error])
assert_type(lc.close_chat(chat), Program[None, Never])
assert_type(lc.mark_read(chat, lc.Item(id="m")), Program[None, Never])
assert_type(lc.mark_delivered(chat, lc.Item(id="m")), Program[None, Never])
assert_type(lc.converse(ParticipantToken("t"), lc.replies), Program[tuple[Item, ...], Error])
assert_type(lc.notifications(chat), lc.Stream[lc.Notification, Error])
assert_type(lc.notifications(chat).each(lambda note: lc.say(chat, str(note)), limit=8), Program[None, Error])

# Streams, pages and transcripts
stream = lc.unfold(3, lambda state: Program.from_value((str(state), state - 1) if state else None))
lc_stream: lc.Stream[str, Error] = stream
notes = lc.notifications(chat)
blocking = lc.new_env(region="us-east-1")


async def iterate(env: lc.AsyncEnv) -> None:
    async for result in notes(env):
        assert_type(result, Result[lc.Notification, Error])


for result in notes(blocking):
    assert_type(result, Result[lc.Notification, Error])
    if lc.is_ok(result):
        assert_type(result.unwrap(), lc.Notification)


def fails_with_mine(note: lc.Notification) -> Program[int, ValueError]:
    return Program.from_failure(ValueError(str(note)))


assert_type(notes.each(fails_with_mine), Program[None, Error | ValueError])
assert_type(notes.fold(lambda count, note: count + len(str(note)), 0), Program[int, Error])
assert_type(notes.map(str), lc.Stream[str, Error])
assert_type(notes.map(str).take(3).until(str.isdigit), lc.Stream[str, Error])
assert_type(lc.pages(lc.new_get_transcript(ConnectionToken("t"))), lc.Stream[lc.Page, Error])
for found in lc.pages(lc.new_get_transcript(ConnectionToken("t")), cursor=lc.Cursor(last_id="m"))(blocking):
    assert_type(found, Result[lc.Page, Error])
whole = lc.merge(lc.EMPTY_TRANSCRIPT, [Item()])
assert_type(whole, lc.Transcript)
assert_type(lc.merge_transcripts(whole, whole), lc.Transcript)
assert_type(lc.items_of(whole), tuple[Item, ...])
assert_type(lc.find_item(whole, "m"), Item | None)
assert_type(lc.participants_in(whole), tuple[str, ...])
assert_type(lc.is_stored(Item()), bool)
assert_type(lc.item_from_json("{}"), Result[Item, SerializeError])
assert_type(lc.items_from_sns({"Records": []}), Result[tuple[Item, ...], SerializeError])
assert_type(lc.items_from_transcript_file(b"{}"), Result[tuple[Item, ...], SerializeError])


def counting(driver: lc.SocketDriver) -> lc.SocketDriver:
    def open_socket(opening: OpenSocket, /) -> Result[lc.SocketConnection, TransportError | ServiceError]:
        return driver(opening)

    return open_socket


service = Emulator()
over_sockets: Env = new_env(transport=service.transport, sockets=counting(service.sockets))
on_a_loop_too: lc.AsyncEnv = lc.new_async_env(transport=service.async_transport, sockets=service.async_sockets)
simulated = Simulation(
    1, fault=scheduled([lost_reply, healthy]), socket_fault=scheduled([handshake_refused(403), healthy])
)
simulated.at(1.0, lambda: service.say("c", "hello"))
