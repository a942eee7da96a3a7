"""GetTranscript: read the transcript, one page per request."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.item import Item
from lensconnect.types.scalars import ConnectionBearer, ContactId, MaxResults, NextToken
from lensconnect.types.transcript import ScanDirection, SortKey, StartPosition

__all__ = [
    "GET_TRANSCRIPT",
    "GetTranscript",
    "GetTranscriptResponse",
    "get_transcript_connection_token",
    "get_transcript_contact_id",
    "get_transcript_max_results",
    "get_transcript_next_token",
    "get_transcript_response_http_status",
    "get_transcript_response_undecoded",
    "get_transcript_response_initial_contact_id",
    "get_transcript_response_next_token",
    "get_transcript_response_transcript",
    "get_transcript_scan_direction",
    "get_transcript_sort_order",
    "get_transcript_start_position",
    "new_get_transcript",
    "new_get_transcript_response",
]


class GetTranscriptResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """A page of the transcript.

    On the last page `next_token` is absent or empty; an earlier page may hold fewer items than `max_results`.
    """

    initial_contact_id: ContactId | None = None
    transcript: tuple[Item, ...] | None = None
    next_token: NextToken | None = None


class GetTranscript(Request[GetTranscriptResponse], frozen=True, kw_only=True, rename="pascal"):
    """Get a page of the chat's transcript (`POST /participant/transcript`).

    The defaults of the service: 10 results; BACKWARD without a start position, FORWARD with one; DESCENDING.
    FORWARD without a start position gets a ValidationException (observed in AWS's chatjs issue 19).  Send
    `next_token` with the other members unchanged.  Source: API_GetTranscript.
    """

    connection_token: ConnectionBearer
    contact_id: ContactId | None = None
    max_results: MaxResults | None = None
    next_token: NextToken | None = None
    scan_direction: ScanDirection | None = None
    sort_order: SortKey | None = None
    start_position: StartPosition | None = None


def new_get_transcript(connection_token: ConnectionToken) -> GetTranscript:
    """Build the request for the newest page, newest item first."""
    return GetTranscript(connection_token=connection_token)


def new_get_transcript_response(http_status: int) -> GetTranscriptResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return GetTranscriptResponse(http_status=http_status)


GET_TRANSCRIPT: Operation[GetTranscript, GetTranscriptResponse] = Operation(
    request=GetTranscript,
    reply=GetTranscriptResponse,
    method="POST",
    path="/participant/transcript",
    errors=COMMON_ERRORS,
    repeat="always",
    always=("initial_contact_id", "transcript"),
    most_bytes=16_777_216,  # 100 items of 16,384 bytes, each byte escaped as six, are 9.8 million
    most_values=100_000,
)

get_transcript_contact_id: Lens[GetTranscript, str | None] = Lens(GetTranscript, "contact_id")
get_transcript_max_results: Lens[GetTranscript, int | None] = Lens(GetTranscript, "max_results")
get_transcript_next_token: Lens[GetTranscript, str | None] = Lens(GetTranscript, "next_token")
get_transcript_scan_direction: Lens[GetTranscript, ScanDirection | None] = Lens(GetTranscript, "scan_direction")
get_transcript_sort_order: Lens[GetTranscript, SortKey | None] = Lens(GetTranscript, "sort_order")
get_transcript_start_position: Lens[GetTranscript, StartPosition | None] = Lens(GetTranscript, "start_position")
get_transcript_connection_token: Lens[GetTranscript, ConnectionToken] = Lens(GetTranscript, "connection_token")
get_transcript_response_initial_contact_id: Lens[GetTranscriptResponse, str | None] = Lens(
    GetTranscriptResponse, "initial_contact_id"
)
get_transcript_response_transcript: Lens[GetTranscriptResponse, tuple[Item, ...] | None] = Lens(
    GetTranscriptResponse, "transcript"
)
get_transcript_response_next_token: Lens[GetTranscriptResponse, str | None] = Lens(GetTranscriptResponse, "next_token")
get_transcript_response_http_status: Lens[GetTranscriptResponse, int] = Lens(GetTranscriptResponse, "http_status")
get_transcript_response_undecoded: Lens[GetTranscriptResponse, tuple[str, ...]] = Lens(
    GetTranscriptResponse, "undecoded"
)
