"""pages: the transcript of a chat as a stream of pages, which can be gone on with from a saved place.

Facts: NextToken must be sent with the same other members; it is absent, null or "" on the last page (API_GetTranscript,
and observed: amazon-connect-chatjs#28), and a page may be empty though it has one.  Without a StartPosition the scan
goes BACKWARD, with one FORWARD, and each page has its newest item first unless SortOrder is ASCENDING
(API_GetTranscript).  StartPosition does not reach the items of past sessions of a persistent chat (administrator guide,
"Enable persistent chat").  Assumed: the item at a StartPosition may come again.
"""

from __future__ import annotations

from typing import Annotated, Final

from lensconnect.arguments import expect
from lensconnect.errors import Error, ServiceError
from lensconnect.marks import SECRET
from lensconnect.operations import (
    GetTranscript,
    GetTranscriptResponse,
    get_transcript_next_token,
    get_transcript_scan_direction,
    get_transcript_start_position,
)
from lensconnect.optics import Lens
from lensconnect.programs.program import Program, Steps, program
from lensconnect.programs.send import send
from lensconnect.programs.stream import Stream, unfold
from lensconnect.record import Record
from lensconnect.results import Result, is_ok
from lensconnect.types.item import Item
from lensconnect.types.transcript import (
    SCAN_DIRECTION_BACKWARD,
    SCAN_DIRECTION_FORWARD,
    SORT_KEY_ASCENDING,
    StartPosition,
)

__all__ = [
    "START",
    "Cursor",
    "Page",
    "cursor_done",
    "cursor_last_id",
    "cursor_next_token",
    "page_cursor",
    "page_items",
    "pages",
]


class Cursor(Record, frozen=True):
    """The place in a transcript where the next page starts: a value that can be pickled and used later.

    `next_token` is the token of the service, `last_id` the Id of the farthest item so far that has one; `done` is true
    after the last page.
    """

    next_token: Annotated[str | None, SECRET] = None
    last_id: str | None = None
    done: bool = False


START: Final = Cursor()
"""The place before the first page."""


class Page(Record, frozen=True):
    """A page of a transcript, in the order that the request asks for; `cursor` is where the next page starts."""

    items: tuple[Item, ...]
    cursor: Cursor


def pages(request: GetTranscript, *, cursor: Cursor = START) -> Stream[Page, Error]:
    """Return the pages of a transcript, each by one GetTranscript, from a cursor on.

    To go on later, keep the cursor of the last page, and pass it with the same request; its connection token may be
    another.  The last page has a cursor that is `done`; from such a cursor there are no pages.  A token that repeats
    itself ends the pages too.

    If the service refuses the token of a cursor, the pages go on from the item `last_id`, and that is left out.  For
    the items of past sessions the service refuses this as well: its error is then the last result, as is any other
    error of `send`.
    """
    expect("pages: request", request, GetTranscript, "a GetTranscript")
    expect("pages: cursor", cursor, Cursor, "a Cursor")

    def step(state: tuple[GetTranscript, Cursor]) -> Program[tuple[Page, tuple[GetTranscript, Cursor]] | None, Error]:
        return _next_page(*state)

    return unfold((request, cursor), step)


@program
def _next_page(request: GetTranscript, cursor: Cursor) -> Steps[tuple[Page, tuple[GetTranscript, Cursor]] | None]:
    """Return the next page, and the request and the cursor for the one after it."""
    if cursor.done:
        return None
    token = cursor.next_token or request.next_token
    asked = get_transcript_next_token.put(token, request)
    result: Result[GetTranscriptResponse, Error] = yield from send(asked).attempt()
    known = None
    if not is_ok(result) and cursor.next_token and cursor.last_id and _is_refusal(result.failure()):
        known, token, request = cursor.last_id, None, _from_item(request, cursor.last_id)
        result = yield from send(request).attempt()
    reply = yield from Program.from_result(result)
    items = reply.transcript or ()
    farthest_first = items if _is_newest_last(request) != _is_forward(request) else reversed(items)
    following = reply.next_token if reply.next_token != token else None
    last_id = next((item.id for item in farthest_first if item.id), cursor.last_id)
    end = Cursor(following or None, last_id, not following)
    return Page(tuple(item for item in items if known is None or item.id != known), end), (request, end)


def _is_refusal(error: Error) -> bool:
    return isinstance(error, ServiceError) and error.status == 400


def _is_forward(request: GetTranscript) -> bool:
    if request.scan_direction is None:
        return request.start_position is not None
    return request.scan_direction == SCAN_DIRECTION_FORWARD


def _is_newest_last(request: GetTranscript) -> bool:
    return request.sort_order == SORT_KEY_ASCENDING


def _from_item(request: GetTranscript, item_id: str) -> GetTranscript:
    """Return the request that goes on in the same direction from an item, without a token."""
    direction = SCAN_DIRECTION_FORWARD if _is_forward(request) else SCAN_DIRECTION_BACKWARD
    anchored = get_transcript_start_position.put(StartPosition(id=item_id), request)
    return get_transcript_next_token.put(None, get_transcript_scan_direction.put(direction, anchored))


cursor_next_token: Lens[Cursor, str | None] = Lens(Cursor, "next_token")
cursor_last_id: Lens[Cursor, str | None] = Lens(Cursor, "last_id")
cursor_done: Lens[Cursor, bool] = Lens(Cursor, "done")
page_items: Lens[Page, tuple[Item, ...]] = Lens(Page, "items")
page_cursor: Lens[Page, Cursor] = Lens(Page, "cursor")
