"""Lines that both checkers must reject, each with what is wrong with it behind `# wrong:`.

Checked, never run: `test_typing.py` gives this file to mypy and to pyright, both at their strictest,
and expects an error on every marked line and on no other.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import assert_type

from returns.pipeline import flow
from returns.pointfree import bind

import lensconnect as lc
from lensconnect import (
    ConnectionToken,
    Endpoint,
    Env,
    Error,
    HttpRequest,
    HttpResponse,
    IOResult,
    Iso,
    Item,
    Lens,
    ParticipantToken,
    Result,
    SendEvent,
    SendEventResponse,
    SendMessage,
    ServiceError,
    Steps,
    TransportError,
    decode,
    describe,
    get_transcript_response_transcript,
    get_transcript_sort_order,
    get_transcript_start_position,
    has_status,
    item_content,
    item_id,
    item_message_metadata,
    json_object,
    key,
    message_metadata_receipts,
    new_create_participant_connection,
    new_env,
    new_get_transcript,
    new_send_event,
    new_send_event_response,
    new_send_message,
    or_raise,
    program,
    receipt_read_timestamp,
    send,
    send_event_connection_token,
    send_event_content,
    send_event_content_type,
    send_event_response_id,
    send_message_content,
    send_message_content_type,
    service_error_code,
    start_position_most_recent,
    throttling_exception,
    to_result,
    transport_error_sent,
)
from lensconnect.emulator import Emulator
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.programs.effects import OpenSocket
from lensconnect.programs.files import attach_with, download_bytes_with, download_with
from lensconnect.testing.cassette import Tape, recording, recording_sockets
from lensconnect.testing.faults import handshake_refused, lost_reply
from lensconnect.testing.laws import check_lens, check_sockets, check_transport
from lensconnect.testing.simulate import Simulation
from lensconnect.testing.stub import connection, expects, pushes, stub

participant = ParticipantToken("p")
token = ConnectionToken("t")
event = new_send_event("text/plain", token)
message = new_send_message("text/plain", "hi", token)
transcript = new_get_transcript(token)
home = Endpoint("https://participant.example")
reply = decode(SendEvent, HttpResponse(200))
items = get_transcript_response_transcript.Some().Each()
metadata = items & item_message_metadata.Some()
digits: Iso[str, int] = Iso(int, str)


def next_program(done: SendEventResponse) -> lc.Program[int, Error]:
    return lc.Program.from_value(done.http_status)


# Tokens
new_send_event("text/plain", participant)  # wrong: a participant token where a connection token goes
new_create_participant_connection(token)  # wrong: a connection token where a participant token goes
new_send_event("text/plain", "t")  # wrong: plain text is no token
new_create_participant_connection("p")  # wrong: plain text is no token
SendEvent(content_type="text/plain", connection_token="t")  # wrong: plain text is no token
send_event_connection_token.set(participant)  # wrong: the other kind of token
send_event_connection_token.set("t")  # wrong: plain text is no token
event & send_event_connection_token.modify(str.upper)  # wrong: a function that makes plain text of a token

# Constructing
SendEvent(content_type="text/plain")  # wrong: a required field is missing
SendMessage(content_type="text/plain", connection_token=token)  # wrong: a required field is missing
SendEvent(content_type="text/plain", connection_token=token, contents="x")  # wrong: no such field
SendEvent("text/plain", token)  # wrong: fields are keyword arguments
new_send_message("text/plain", token)  # wrong: the content is missing
new_send_event(token, "text/plain")  # wrong: the other way round
new_send_event_response("200")  # wrong: a status is a number
SendEvent(content_type=None, connection_token=token)  # wrong: a required field is never absent
lc.StartPosition(most_recent="3")  # wrong: a number is wanted
lc.GetTranscriptResponse(http_status=200, transcript=[Item()])  # wrong: a list where a tuple goes
lc.CompleteAttachmentUpload(attachment_ids=["a"], client_token="c", connection_token=token)  # wrong: a list again
TransportError("reset", "gone", "perhaps")  # wrong: not one of no, maybe, yes
TransportError("vanished", "gone", "no")  # wrong: no such kind

# Fields, and that records are frozen
event.content.upper()  # wrong: it may be absent
event.content = "x"  # wrong: a record cannot be changed in place
event.contents  # wrong: no such field

# What a lens takes
send_event_content.set(5)  # wrong: text is wanted
send_event_content_type.set(None)  # wrong: a required field is never absent
send_message_content.set(None)  # wrong: the content of a message is required
get_transcript_sort_order.set("ASCENDING")  # wrong: plain text is no sort key
send_event_content_type.modify(len)  # wrong: a function to a number
send_event_content.modify(str.upper)  # wrong: `.Some()` is forgotten
transport_error_sent.set("perhaps")  # wrong: not one of no, maybe, yes
send_event_content.put(5, event)  # wrong: text is wanted
send_event_content.put("x", message)  # wrong: another record's lens
send_event_content.view(message)  # wrong: another record's lens

# What a lens is put to
message & send_event_content.set("x")  # wrong: another record's lens
send_event_content.set("x")(message)  # wrong: another record's lens
message & send_event_content.get()  # wrong: another record's lens
message & send_event_content  # wrong: a lens is no function: a verb is missing
number: int = event & send_event_content_type.get()  # wrong: it is text
text: str = event & send_event_content.get()  # wrong: it may be absent
text = event & send_event_content.preview()  # wrong: it may be absent
changed: SendMessage = event & send_event_content.set("x")  # wrong: it is still an event

# The content of items
lc.interactive & lc.item_id  # wrong: an interactive message is not an item
lc.list_picker & lc.panel_title  # wrong: another template's lens
lc.interactive.unpack(Item())  # wrong: the prism is on text
lc.content_of("text")  # wrong: an item is wanted
lc.reply_to("{}", "Yes")  # wrong: the message is read first
lc.reply_to(lc.Interactive("Panel"), 3)  # wrong: a choice is text or a pair
lc.list_picker.construct(lc.Panel("Good?", ()))  # wrong: another template
lc.receipt_content.construct(3)  # wrong: an id is text
lc.TemplateElement("Yes").titel  # wrong: no such field

# Compositions
send_event_content & send_event_content_type  # wrong: text has no such field
item_message_metadata & message_metadata_receipts  # wrong: `.Some()` is forgotten
get_transcript_response_transcript.Each()  # wrong: `.Some()` is forgotten
metadata & message_metadata_receipts & receipt_read_timestamp  # wrong: `.Some().Each()` is forgotten
get_transcript_start_position & start_position_most_recent  # wrong: `.Some()` is forgotten
items & receipt_read_timestamp  # wrong: an item has no such field
item_content.Each()  # wrong: text is not a tuple
send_event_content & json_object  # wrong: `.Some()` is forgotten
send_event_content.Some() & key("messageId")  # wrong: `json_object` is forgotten
throttling_exception & item_id  # wrong: an error is not an item
has_status("403")  # wrong: a status is a number
event_content: Lens[SendEvent, str | None] = Lens(SendMessage, "content")  # wrong: another record
items.filtered(lambda item: item.tpye == "MESSAGE")  # wrong: no such field
items.filtered(str.isupper)  # wrong: the foci are items
items.ix(0)  # wrong: the foci are no tuples
get_transcript_response_transcript.Some().ix("a")  # wrong: the index is a number
send_event_content.non(0)  # wrong: the focus is text
message & send_event_content.non("").set("x")  # wrong: another record's lens
event & send_event_content.non("").set(None)  # wrong: no default is None
items.any_of(str.isupper)  # wrong: the foci are items
message & send_event_content.has()  # wrong: another record's lens
number_of: int = items.length_of()  # wrong: a function of the page
digits("x")  # wrong: an iso is no function
backwards: Iso[int, str] = digits  # wrong: it is the other way round
send_event_content & Iso(str.upper, str.lower)  # wrong: the content may be None
path: Lens[SendEvent, int] = send_event_content_type  # wrong: its focus is text
whole: Lens[lc.GetTranscriptResponse, Item] = items  # wrong: a traversal is no lens

# Verbs and slips of the pen
items.get()  # wrong: many foci: `collect` or `preview`
items.view(lc.new_get_transcript_response(200))  # wrong: many foci: `collect` or `preview`
send_event_content.construct("x")  # wrong: a lens builds nothing
send_event_content.tpyo  # wrong: no such verb
send_event_content.upper()  # wrong: no such verb
lc.send_event_contents  # wrong: no such lens
send_event_content + "x"  # wrong: no arithmetic
send_event_content[0]  # wrong: no indexing
-send_event_content  # wrong: no signs
send_event_content < send_event_content_type  # wrong: no ordering  # noqa: B015
send_event_content(event)  # wrong: a lens is no function
send_event_content.path = ()  # wrong: nor can it be changed
throttling_exception.unpack = has_status(429).unpack  # wrong: nor can a prism

# Functions and containers
decode(event, HttpResponse(200))  # wrong: the request's type is wanted
decode(Item, HttpResponse(200))  # wrong: not a request
describe(SendEvent, home)  # wrong: a request is wanted, not its type
describe(event, "https://participant.example")  # wrong: plain text is no endpoint
describe(event, home).unwrap().status  # wrong: a request has no status
lc.doc(Item)  # wrong: not a request
reply.unwrap().contents  # wrong: no such field
other: Result[lc.SendMessageResponse, Error] = reply  # wrong: another operation's reply
narrow: Result[SendEventResponse, ServiceError] = reply  # wrong: other errors are possible
reply.map(lc.send_message_response_id.view)  # wrong: another reply's lens
to_result(reply)  # wrong: it is a result already
wanted: lc.SendMessageResponse = or_raise(reply)  # wrong: another operation's reply
ServiceError(403, "x") & service_error_code.set(403)  # wrong: a code is text
check_lens(send_event_content, [event], [5])  # wrong: text is wanted
HttpRequest("GET", "https://h/", {"Accept": "*/*"})  # wrong: headers are a tuple of pairs
HttpResponse(200, (), "{}")  # wrong: a body is bytes
resolved: Endpoint = lc.resolve_endpoint("us-east-1")  # wrong: it is a result

# Programs and environments
send(SendEvent)  # wrong: a request is wanted, not its type
send(event, home)  # wrong: the environment holds the endpoint


def run(env: Env) -> None:
    done: Result[SendEventResponse, Error] = send(event)(env)  # wrong: it is an IOResult
    io: IOResult[lc.SendMessageResponse, Error] = send(event)(env)  # wrong: another operation's reply
    send(event)()  # wrong: it runs in an environment
    send(event).unwrap()  # wrong: nothing has been run
    send(event).map(lc.send_message_response_id.view)  # wrong: another reply's lens
    env.settings = env.settings  # wrong: an environment is frozen
    print(done, io)


@program
def steps(start: ConnectionToken) -> Steps[str]:
    opened = yield from send(new_create_participant_connection(start))  # wrong: the other kind of token
    sent = yield from send(event)
    print(opened.contents)  # wrong: no such field
    return sent.id  # wrong: it may be absent


@program  # wrong: its steps are no programs
def no_steps() -> Generator[int, object, str]:
    yield 1
    return ""


def print_size(size: int) -> None:
    print(size)


def late(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, (), request.body)


new_env(region="us-east-1", transport=late)  # wrong: it takes no seconds and gives no result
new_env(regoin="us-east-1")  # wrong: no such setting
new_env("us-east-1")  # wrong: settings are keyword arguments

good_token: lc.Program[ConnectionToken, Error] = lc.Program.from_value(ConnectionToken("t"))
attach_with(ConnectionToken("t"), "a.txt")  # wrong: a token, not a program that yields one
attach_with(lc.Program.from_value(ParticipantToken("t")), "a.txt")  # wrong: the other kind of token
attach_with(good_token, 5)  # wrong: neither a path nor bytes
attach_with(good_token, b"", progress=print_size)  # wrong: it takes a number, not a Progress
download_with(good_token, "a-1", b"a.txt")  # wrong: a path is text
assert_type(download_bytes_with(good_token, "a-1"), lc.Program[str, Error])  # wrong: bytes

chat = lc.Chat("a-key")
lc.open_chat(ConnectionToken("t"))  # wrong: the other kind of token
lc.notifications("a-key")  # wrong: a key, not a chat
lc.mark_read(chat, "m-1")  # wrong: an id, not an item
lc.notifications(chat).each(str)  # wrong: no program
lc.converse(ParticipantToken("t"), lc.chat_key.view)  # wrong: no program

recording(late)  # wrong: it is given a tape, and then a transport
stub({event: SendEventResponse(http_status=200)})  # wrong: by operation, so by type
stub([(event, "yes")])  # wrong: no answer

unused = (send_event_response_id, send_message_content_type, transcript, item_id)

# What the functions of `returns` make of programs and lenses: without its plugin for mypy, nothing typed
assert_type(flow(event, send), lc.Program[SendEventResponse, Error])  # wrong: flow loses the type
assert_type(flow(event, send_event_content.get()), str | None)  # wrong: flow loses the type
bind(next_program)  # wrong: a program is no kind of `returns` to a checker

notes = lc.notifications(chat)
blocking, on_a_loop = new_env(region="us-east-1"), lc.new_async_env(region="us-east-1")


def to_text(count: int, note: lc.Notification) -> str:
    return f"{count} {note}"


def shown(note: lc.Notification, prefix: str) -> bool:
    return str(note).startswith(prefix)


def pair(state: int) -> tuple[int, int]:
    return state, state


for _ in notes(on_a_loop):  # wrong: `async for` in an AsyncEnv
    pass
notes.each(lambda note: lc.say(chat, str(note)), limit="2")  # wrong: a number
notes.fold(to_text, 0)  # wrong: another type than the first value's
notes.take("3")  # wrong: a number
notes.until(shown)  # wrong: it takes two
assert_type(notes.map(str), lc.Stream[lc.Notification, Error])  # wrong: of texts
lc.unfold(3, pair)  # wrong: no program
lc.pages(event)  # wrong: another request
lc.pages(lc.new_get_transcript(ConnectionToken("t")), cursor="n")  # wrong: text, not a Cursor
lc.merge(lc.EMPTY_TRANSCRIPT, Item())  # wrong: one item, not items
lc.merge(lc.EMPTY_TRANSCRIPT, ["m"])  # wrong: Ids
lc.merge_transcripts(lc.EMPTY_TRANSCRIPT, [Item()])  # wrong: items, not a transcript
lc.items_of([Item()])  # wrong: no transcript
lc.find_item(lc.EMPTY_TRANSCRIPT, Item())  # wrong: an item, not an Id
lc.items_from_sns([{}])  # wrong: a list of records, not an event
lc.items_from_transcript_file("{}")  # wrong: text, not the bytes of a file


async def later(opening: OpenSocket, /) -> Result[lc.AsyncSocketConnection, TransportError | ServiceError]:
    raise NotImplementedError


def by_url(url: str, /) -> Result[lc.SocketConnection, TransportError | ServiceError]:
    raise NotImplementedError


new_env(sockets=later)  # wrong: an asynchronous driver
new_env(sockets=by_url)  # wrong: a driver takes an OpenSocket, which masks its URL
lc.new_async_env(sockets=Emulator().sockets)  # wrong: a synchronous driver
Simulation(1, socket_fault=lost_reply)  # wrong: a fault of transports
Simulation(1, fault=handshake_refused(403))  # wrong: a fault of socket drivers
Simulation(1).at(1.0, Simulation(1))  # wrong: no function
pushes(1)  # wrong: no frame
expects(Item)  # wrong: no type of requests
connection("aws/heartbeat")  # wrong: no step
stub({}, sockets=pushes("a"))  # wrong: a step, not a connection
lc.new_async_env(sockets=stub({}).sockets)  # wrong: a synchronous driver
on_a_thread: lc.SocketDriver = recording_sockets(Tape())(Emulator().async_sockets)  # wrong: it stays asynchronous
check_transport(DirectTransport, tier="quick")  # wrong: no tier
check_sockets(DirectTransport, tier="safe")  # wrong: a transport, not a socket driver
