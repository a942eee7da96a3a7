"""log_to: levels, lazy formatting, and no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from itertools import cycle
from typing import get_args

import pytest
from helpers.secret_samples import CANARY, SECRET_HEADERS, http_responses, planted

from lensconnect import (
    AMAZONKA,
    EVENT_TYPING,
    ConnectionToken,
    Event,
    Failure,
    HttpResponse,
    Result,
    Success,
    TransportError,
    log_to,
    new_env,
    new_send_event,
    observed,
    paced,
    send,
)
from lensconnect.operations import OPERATIONS
from lensconnect.programs.observe import EventName

TYPING = new_send_event(EVENT_TYPING, ConnectionToken("t"))


class Collected(logging.Handler):
    """Collects the records of its own logger."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.logger = logging.Logger("chat", logging.DEBUG)
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def collected() -> Collected:
    return Collected()


def test_attempts_log_debug_waits_info_and_failed_calls_warning(collected: Collected) -> None:
    outcomes: Iterator[Result[HttpResponse, TransportError]] = iter(
        [Failure(TransportError("reset", "gone", "no")), Success(HttpResponse(503)), Success(HttpResponse(403))]
    )
    with new_env(region="us-east-1", transport=lambda *_: next(outcomes), jitter=lambda: 0.0) as env:
        observed(log_to(collected.logger))(send(TYPING))(env)
    logged = [
        (record.levelname, record.getMessage().removeprefix("SendEvent attempt ")) for record in collected.records
    ]
    assert [line for line in logged if "started" not in line[1]] == [
        ("INFO", "1 failed: why reset"),
        ("DEBUG", "2 answered: status 503, bytes_in 0"),
        ("DEBUG", "3 answered: status 403, bytes_in 0"),
        ("WARNING", "3 stopped: why not retryable"),
    ]
    assert {level for level, line in logged if "started" in line} == {"DEBUG"}


@pytest.mark.parametrize("name", [name for names in get_args(EventName) for name in get_args(names)])
def test_every_event_has_a_level_and_is_formatted_lazily(
    name: EventName, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def formatted(_: Event) -> str:
        raise AssertionError("formatted, though nobody writes it")

    monkeypatch.setattr(Event, "__str__", formatted)
    event = Event(name, "SendEvent", 1, 0.0)
    log_to(collected.logger)(event)
    (record,) = collected.records
    assert record.args == (event,)
    collected.logger.filters.append(lambda _: False)
    log_to(collected.logger)(event)
    assert collected.records == [record]
    log_to(logging.Logger("higher", logging.CRITICAL))(event)


@pytest.mark.parametrize(("named", "name"), [((), "lensconnect"), (("my.chat",), "my.chat")])
def test_the_logger_is_given_by_name_or_defaults(
    named: tuple[str], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    log_to(*named)(Event("stopped", "SendEvent", 1, 0.0, why="not retryable"))
    assert caplog.record_tuples == [(name, logging.WARNING, "SendEvent attempt 1 stopped: why not retryable")]


def test_no_record_holds_a_secret(collected: Collected) -> None:
    """No record shows a secret, its arguments included."""
    refusals = [HttpResponse(status, SECRET_HEADERS, body) for status in (400, 403, 503) for body in REFUSALS]
    lost = TransportError("reset", CANARY, "maybe")
    outcomes: cycle[Result[HttpResponse, TransportError]] = cycle(
        [*map(Success, http_responses()), *map(Success, refusals), Failure(lost)]
    )
    sends = 0
    with new_env(region="us-east-1", transport=lambda *_: next(outcomes), retry=AMAZONKA, clock=Still()) as env:
        for _ in range(20):
            for row in OPERATIONS:
                for request in planted(row.request):
                    observed(log_to(collected.logger))(paced()(send(request)))(env)
                    sends += 1
    assert len(collected.records) > 2 * sends
    assert {"failed", "waiting", "stopped"} < {record.args[0].name for record in collected.records}  # type: ignore[union-attr,index]
    whole = json.dumps([{**vars(record), "message": record.getMessage()} for record in collected.records], default=repr)
    assert CANARY not in whole


REFUSALS = [b"", json.dumps({"message": CANARY, "__type": CANARY}).encode()]


class Still:
    """A clock that only `sleep` advances."""

    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float, /) -> None:
        self.time += seconds
