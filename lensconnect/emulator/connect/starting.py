"""StartChatContact: a contact, its customer's token, and what else was asked for.

Facts: a repeated ClientToken gives the first contact again, over or not, and no socket where it is over;
the initial message is the customer's first; a persistent chat brings items of past contacts along;
chats that nobody ends count against a quota of those at once.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.starting import start_chat
from lensconnect.emulator.chat.state import Chat, Membership
from lensconnect.emulator.connect.answers import Answer, Moment, not_found, too_many, wrong_parameter
from lensconnect.emulator.connect.chats import ENTIRE_PAST_SESSION, StartChatContact, fault_in
from lensconnect.emulator.connect.streaming import start_stream
from lensconnect.emulator.operations.connection import credentials, websocket
from lensconnect.emulator.wire.responses import to_members
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, JsonObject
from lensconnect.types.connection import CONNECTION_TYPE_CONNECTION_CREDENTIALS, CONNECTION_TYPE_WEBSOCKET
from lensconnect.types.item import CHAT_ITEM_TYPE_MESSAGE, Item, item_contact_id, item_related_contact_id

__all__ = ["start_chat_contact"]


def start_chat_contact(moment: Moment, request: StartChatContact) -> Answer:
    """Start a chat."""
    fault = fault_in(request)
    if fault is not None:
        return wrong_parameter(fault)
    before = moment.state.started.get(("", request.client_token or ""))
    if before is not None:
        return _again(moment, before)
    source = _source(moment, request)
    if isinstance(source, ServiceError):
        return source
    if _is_full(moment):
        return too_many()
    told = _started(moment, request, source)
    if request.client_token:
        moment.state.started["", request.client_token] = told
    return told


def _again(moment: Moment, told: JsonObject) -> JsonObject:
    over = moment.state.chats[str(told["ContactId"])].over
    return {name: value for name, value in told.items() if not (over and name == "Websocket")}


def _is_full(moment: Moment) -> bool:
    most = moment.state.options.concurrent_chats
    return most is not None and sum(not chat.over for chat in moment.state.chats.values()) >= most


def _source(moment: Moment, request: StartChatContact) -> Chat | ServiceError | None:
    if request.persistent_chat is None:
        return None
    source = moment.state.chats.get(request.persistent_chat.source_contact_id or "")
    return not_found("PersistentChat.SourceContactId is not of a contact") if source is None else source


def _started(moment: Moment, request: StartChatContact, source: Chat | None) -> JsonObject:
    state, time, outbox = moment
    begun = start_chat(
        state, time, customer=request.participant_details.display_name, content_types=request.content_types()
    )
    chat = state.chats[begun.contact_id]
    if request.chat_duration_in_minutes is not None:
        chat.ends = time + request.chat_duration_in_minutes * 60_000
        state.timers.at(chat.ends, "chat", chat.contact_id)
    told: dict[str, Json] = {
        "ContactId": begun.contact_id,
        "ParticipantId": begun.participant_id,
        "ParticipantToken": begun.participant_token,
    }
    if source is not None and request.persistent_chat is not None:
        _continue(chat, source, request.persistent_chat.rehydration_type == ENTIRE_PAST_SESSION)
        told["ContinuedFromContactId"] = source.contact_id
    context = OperationContext(state, time, Membership(chat, chat.participants[begun.participant_id]), outbox)
    if request.initial_message is not None:
        said = request.initial_message
        item = Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type=said.content_type, content=said.content)
        context.post(item, context.participant)
    return told | _connections(context, request)


def _connections(context: OperationContext, request: StartChatContact) -> dict[str, Json]:
    wanted = request.connection_types or ()
    held: dict[str, Json] = {}
    if CONNECTION_TYPE_CONNECTION_CREDENTIALS in wanted:
        held["ConnectionCredentials"] = to_members(credentials(context))
    if CONNECTION_TYPE_WEBSOCKET in wanted:
        held["Websocket"] = to_members(websocket(context))
    if CONNECTION_TYPE_CONNECTION_CREDENTIALS in wanted and CONNECTION_TYPE_WEBSOCKET not in wanted:
        context.join()
    if request.chat_streaming_configuration is not None:
        held["StreamingId"] = start_stream(context.state, context.chat)
    return held


def _continue(chat: Chat, source: Chat, everything: bool) -> None:
    """Put the items of a past contact, and perhaps of those before it, in front."""
    past = source.items if everything else source.items[source.past :]
    chat.items = [_of_the_past(item) for item in past]
    chat.past = len(chat.items)
    chat.last_time = max(chat.last_time, source.last_time)


def _of_the_past(item: Item) -> Item:
    related = item.related_contact_id or item.contact_id
    return item_related_contact_id.put(related, item_contact_id.put(None, item))
