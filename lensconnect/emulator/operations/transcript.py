"""GetTranscript: a page, and a token for the next that is bound to the question it continues.

Facts: a contact the token has no right to see gives an empty list, not an error; the end is an empty
`NextToken`, or none; a token of another question is refused.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.transcript import Refused, is_forward, page, start_of
from lensconnect.emulator.wire.errors import invalid
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, dumps
from lensconnect.operations import GetTranscript, GetTranscriptResponse
from lensconnect.record import to_members
from lensconnect.types.item import Item
from lensconnect.types.transcript import SORT_KEY_DESCENDING

__all__ = ["get_transcript"]


def get_transcript(context: MemberContext, request: GetTranscript) -> GetTranscriptResponse | ServiceError:
    """Read a page."""
    chat = context.chat
    index = start_of(chat.items, chat.places, request, chat.past)
    if isinstance(index, Refused):
        return invalid() if index.message is None else invalid(index.message)
    if request.next_token is not None:
        continued = _opened(context, request, request.next_token)
        if continued is None:
            return invalid("NextToken does not belong to this query")
        index = continued
    if request.contact_id not in (None, chat.contact_id):
        return _reply(context, (), "")
    found = page(chat.items, index, request, chat.past)
    return _reply(context, found.items, "" if found.next_index is None else _sealed(context, request, found.next_index))


def _reply(context: MemberContext, items: tuple[Item, ...], token: str) -> GetTranscriptResponse:
    return GetTranscriptResponse(
        http_status=200,
        initial_contact_id=context.chat.initial_contact_id,
        transcript=items,
        next_token=token if token or context.state.options.end_token else None,
    )


def _sealed(context: MemberContext, request: GetTranscript, index: int) -> str:
    """An index with a signature over it and the question, in whichever words it was asked.

    The size of a page may change on the way.
    """
    position = request.start_position
    question: list[Json] = [
        index,
        context.chat.contact_id,
        request.contact_id or context.chat.contact_id,
        is_forward(request),
        request.sort_order or SORT_KEY_DESCENDING,
        {} if position is None else to_members(position),
    ]
    return f"{index:x}.{context.state.ids.seal(dumps(question).decode())}"


def _opened(context: MemberContext, request: GetTranscript, token: str) -> int | None:
    """The index in a token, `None` if it is not one this service made for this question."""
    text = token.partition(".")[0]
    try:
        index = int(text, 16)
    except ValueError:
        return None
    return index if _sealed(context, request, index) == token else None
