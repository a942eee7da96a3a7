"""The service as a pure function: (state, now, HttpRequest) -> (state, HttpResponse, frames to push).

    route ──▶ who is asking ──▶ read ──▶ seen before? ──▶ still open? ──▶ limits ──▶ handler
     404,405      403            400      first reply         403           400

Deterministic: the clock is `now` (seconds since 1970), ids and tokens come from the state's seed.  The
state is changed in place and given back, so that a long chat does not get slower.  No sockets here.
"""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.emulator.access import seat_of
from lensconnect.emulator.control import PREFIX, control
from lensconnect.emulator.files import settle
from lensconnect.emulator.handlers import HANDLERS, Answer
from lensconnect.emulator.ids import Ids
from lensconnect.emulator.memory import recall, remember
from lensconnect.emulator.options import Options
from lensconnect.emulator.refusals import denied, faulty, invalid
from lensconnect.emulator.respond import of_error, of_json, of_reply
from lensconnect.emulator.routing import route, segments_of
from lensconnect.emulator.state import Seat, State
from lensconnect.emulator.storage import store_or_fetch
from lensconnect.emulator.times import milliseconds
from lensconnect.emulator.turn import Frame, Turn
from lensconnect.emulator.words import unknown_words
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.operations import Reply, Request, Row
from lensconnect.results import is_ok
from lensconnect.wire.describe import undescribe
from lensconnect.wire.validate import validate

__all__ = ["Step", "new_state", "perform"]


class Step(NamedTuple):
    """What one request comes to."""

    state: State
    response: HttpResponse
    frames: tuple[Frame, ...]


def new_state(seed: str, options: Options | None = None) -> State:
    """A service without chats."""
    return State(options or Options(), Ids(seed))


def perform(state: State, now: float, http_request: HttpRequest) -> Step:
    """Answer one request."""
    frames: list[Frame] = []
    segments = segments_of(http_request.url)
    if segments[:1] == (PREFIX,):
        return Step(state, _aside(state, now, http_request, segments), ())
    answer = _answer(state, now, http_request, frames)
    request_id = state.ids.uuid()
    if isinstance(answer, ServiceError):
        return Step(state, of_error(answer, state.options, request_id), tuple(frames))
    return Step(state, of_reply(answer, state.options, request_id), tuple(frames))


def _aside(state: State, now: float, http_request: HttpRequest, segments: tuple[str, ...]) -> HttpResponse:
    """What is asked of the emulator and not of the service."""
    if len(segments) == 3 and segments[1] in ("uploads", "files"):
        return store_or_fetch(state, milliseconds(now), http_request, *segments[1:])
    told = control(state, now, http_request, segments)
    request_id = state.ids.uuid()
    if isinstance(told, ServiceError):
        return of_error(told, state.options, request_id)
    return of_json(200, told, request_id)


def _answer(state: State, now: float, http_request: HttpRequest, frames: list[Frame]) -> Answer:
    row = route(http_request.method, segments_of(http_request.url))
    if isinstance(row, ServiceError):
        return row
    seat = seat_of(state, milliseconds(now), row, http_request)
    if isinstance(seat, ServiceError):
        return seat
    request = _read(http_request)
    before = None if isinstance(request, ServiceError) else recall(state, seat, row, request)
    if before is not None:
        return before
    if not seat.is_open:
        return denied()
    if isinstance(request, ServiceError):
        return request
    faults = validate(request, state.options.limits) + unknown_words(request)
    return faulty(faults) if faults else _act(Turn(state, now, seat), seat, row, request, frames)


def _read(http_request: HttpRequest) -> Request[Reply] | ServiceError:
    request = undescribe(http_request)
    return request.unwrap() if is_ok(request) else invalid(request.failure().message)


def _act(turn: Turn, seat: Seat, row: Row, request: Request[Reply], frames: list[Frame]) -> Answer:
    settle(turn)
    answer = HANDLERS[row.request](turn, request)
    frames += turn.frames
    if not isinstance(answer, ServiceError):
        remember(turn.state, seat, row, request, answer)
    return answer
