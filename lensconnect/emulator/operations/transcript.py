"""GetTranscript: a page, and a token for the next page of the same query.

Facts: ContactId is one of the current contact chain (documented); the transcript of a contact that the token may
not see is an empty list (observed: amazon-connect-chatjs#28);
the last page has an empty `NextToken`, or none (observed).  Assumed: each contact of the chain
has the items of all; a token of another query is a ValidationException.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.transcript import InvalidQuery, is_forward, page, start_of
from lensconnect.emulator.wire.errors import validation_error
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, dumps
from lensconnect.operations import GetTranscript, GetTranscriptResponse
from lensconnect.record import to_members
from lensconnect.types.item import Item
from lensconnect.types.transcript import SORT_KEY_DESCENDING


def get_transcript(context: MemberContext, request: GetTranscript) -> GetTranscriptResponse | ServiceError:
    """Return a page; ValidationException for a bad StartPosition, or for a NextToken of another query."""
    chat = context.chat
    index = start_of(chat.items, chat.places, request, chat.past)
    if isinstance(index, InvalidQuery):
        return validation_error() if index.message is None else validation_error(index.message)
    if request.next_token is not None:
        continued = _index_in(context, request, request.next_token)
        if continued is None:
            return validation_error("NextToken does not belong to this query")
        index = continued
    if request.contact_id not in (None, *chat.contact_ids):
        return _reply(context, (), "")
    following = page(chat.items, index, request, chat.past)
    return _reply(
        context,
        following.items,
        "" if following.next_index is None else _next_token(context, request, following.next_index),
    )


def _reply(context: MemberContext, items: tuple[Item, ...], token: str) -> GetTranscriptResponse:
    return GetTranscriptResponse(
        http_status=200,
        initial_contact_id=context.chat.contact_id,
        transcript=items,
        next_token=token if token or context.state.options.end_token else None,
    )


def _next_token(context: MemberContext, request: GetTranscript, index: int) -> str:
    """Return a token: an index, and a signature of the index and the query with its defaults filled in.

    MaxResults is not part of the query, so the size of the pages may change.
    """
    position = request.start_position
    query: list[Json] = [
        index,
        context.chat.contact_id,
        request.contact_id in (None, *context.chat.contact_ids),
        is_forward(request),
        request.sort_order or SORT_KEY_DESCENDING,
        {} if position is None else to_members(position),
    ]
    return f"{index:x}.{context.state.ids.seal(dumps(query).decode())}"


def _index_in(context: MemberContext, request: GetTranscript, token: str) -> int | None:
    """Return the index in a token, `None` if this service did not make the token for this query."""
    text = token.partition(".")[0]
    try:
        index = int(text, 16)
    except ValueError:
        return None
    return index if _next_token(context, request, index) == token else None
