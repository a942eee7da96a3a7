"""Cassettes: recording changes nothing, replaying repeats the outcome, and no file holds a secret."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from helpers.full_disk import full_disk
from helpers.secret_samples import CANARY, HOME, PRESIGNED, SECRET_HEADERS, http_requests, http_responses, planted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    CONTENT_TEXT_PLAIN,
    EVENT_TYPING,
    ConnectionToken,
    DescribeView,
    Error,
    Failure,
    GetTranscript,
    HttpRequest,
    HttpResponse,
    ParticipantToken,
    Request,
    Result,
    SendMessage,
    Steps,
    Success,
    Transport,
    TransportError,
    create_participant_connection_type,
    decode,
    described_at,
    get_transcript_max_results,
    get_transcript_next_token,
    http_request_url,
    is_ok,
    new_async_env,
    new_create_participant_connection,
    new_describe_view,
    new_env,
    new_get_transcript,
    new_send_event,
    new_send_message,
    program,
    send,
    send_message_client_token,
    send_message_connection_token,
    send_message_content,
    to_result,
    undescribe,
)
from lensconnect.emulator import Emulator, HttpFault
from lensconnect.jsontext import dumps
from lensconnect.operations import OPERATIONS
from lensconnect.record import Record, fields, to_members
from lensconnect.testing.cassette import (
    Cassette,
    MissingRequestError,
    RecordedExchange,
    Tape,
    UnexpectedRequestError,
    load,
    recording,
    replaying,
    save,
    scrubbed,
)
from lensconnect.testing.pseudonyms import Pseudonyms, is_pseudonym
from lensconnect.testing.simulate import LeapingClock, Simulation
from lensconnect.testing.strategies import reply_objects_of, requests, requests_of
from lensconnect.testing.trace import TransportOutcome

ENDPOINT_URL = "https://chat.invalid"


@program
def connected(participant_token: ParticipantToken) -> Steps[ConnectionToken]:
    kinds = (CONNECTION_TYPE_CONNECTION_CREDENTIALS, CONNECTION_TYPE_WEBSOCKET)
    opened = yield from send(
        new_create_participant_connection(participant_token) & create_participant_connection_type.set(kinds)
    )
    assert opened.connection_credentials is not None
    assert opened.connection_credentials.connection_token is not None
    return opened.connection_credentials.connection_token


@program
def conversation(participant_token: ParticipantToken) -> Steps[list[str | None]]:
    """Open a chat, send two messages and read the transcript page by page."""
    token = yield from connected(participant_token)
    for text in ("Hello!", "My parcel has not arrived."):
        yield from send(new_send_message(CONTENT_TEXT_PLAIN, text, token))
    seen: list[str | None] = []
    page = yield from send(new_get_transcript(token))
    while page.transcript:
        seen += [item.id for item in page.transcript]
        if not page.next_token:
            break
        page = yield from send(new_get_transcript(token) & get_transcript_next_token.set(page.next_token))
    return seen


def faulty(seed: str) -> Emulator:
    service = Emulator(seed=seed)
    service.plan(HttpFault("throttle", operation="SendMessage", count=1))
    service.plan(HttpFault("drop", operation="GetTranscript", count=1))
    return service


RecordConversation = Callable[[Emulator, Tape], object]


def record_synchronously(service: Emulator, tape: Tape) -> object:
    transport = recording(tape)(service.transport)
    with new_env(endpoint_url=ENDPOINT_URL, transport=transport, clock=LeapingClock()) as env:
        return to_result(conversation(service.start_chat().participant_token)(env))


def record_on_asyncio(service: Emulator, tape: Tape) -> object:
    async def run() -> object:
        transport = recording(tape)(service.async_transport)
        async with new_async_env(endpoint_url=ENDPOINT_URL, transport=transport, clock=LeapingClock()) as env:
            return to_result(await conversation(service.start_chat().participant_token)(env))

    return asyncio.run(run())


def record_in_a_simulation(service: Emulator, tape: Tape) -> object:
    simulation = Simulation(7, fault=lambda _: recording(tape)(service.transport))
    return to_result(conversation(service.start_chat().participant_token)(simulation.env))


def replay_synchronously(cassette: Cassette) -> object:
    with (
        replaying(cassette, allow_masked=True) as replay,
        new_env(endpoint_url=ENDPOINT_URL, transport=replay.transport, clock=LeapingClock()) as env,
    ):
        return to_result(conversation(ParticipantToken("another"))(env))


def replay_on_asyncio(cassette: Cassette) -> object:
    async def run() -> object:
        with replaying(cassette, allow_masked=True) as replay:
            transport = replay.async_transport
            async with new_async_env(endpoint_url=ENDPOINT_URL, transport=transport, clock=LeapingClock()) as env:
                return to_result(await conversation(ParticipantToken("another"))(env))

    return asyncio.run(run())


def replay_in_a_simulation(cassette: Cassette) -> object:
    with replaying(cassette, allow_masked=True) as replay:
        simulation = Simulation(8, fault=lambda _: replay.transport)
        return to_result(conversation(ParticipantToken("another"))(simulation.env))


RECORDINGS: list[RecordConversation] = [record_synchronously, record_on_asyncio, record_in_a_simulation]
REPLAYS = [replay_synchronously, replay_on_asyncio, replay_in_a_simulation]


@pytest.mark.parametrize("record", RECORDINGS, ids=lambda record: record.__name__)
@pytest.mark.parametrize("keep_content", [False, True], ids=["without text", "with text"])
def test_a_recorded_conversation_replays_to_the_same_outcome_in_every_environment(
    record: RecordConversation, keep_content: bool, tmp_path: Path
) -> None:
    tape = Tape(keep_content=keep_content)
    outcome = record(faulty("one"), tape)
    assert outcome == record(faulty("one"), Tape()), "the emulator is deterministic for one seed"
    save(tape.cassette, tmp_path / "tape.json")
    cassette = load(tmp_path / "tape.json")
    assert cassette == tape.cassette
    assert len(cassette.exchanges) == 6, "failed attempts are recorded too"
    assert [replay(cassette) for replay in REPLAYS] == [outcome] * 3
    assert ("My parcel" in (tmp_path / "tape.json").read_text()) == keep_content


def test_a_token_of_a_reply_is_the_token_of_the_next_request() -> None:
    tape = Tape()
    record_synchronously(Emulator(seed="names"), tape)
    opened, message, *_ = tape.cassette.exchanges
    reply = json.loads(opened.outcome.unwrap().body)
    assert opened.request.header("X-Amz-Bearer") == "***participant_token-1"
    assert reply["ConnectionCredentials"]["ConnectionToken"] == "***connection_token-1"
    assert message.request.header("X-Amz-Bearer") == "***connection_token-1"
    assert reply["Websocket"]["Url"].endswith("://scrubbed.invalid/***url-1"), "the pseudonym of a URL is a URL"
    assert json.loads(message.request.body)["ClientToken"] == "***send_message_client_token-1"


def test_a_token_of_another_chat_has_a_pseudonym_of_its_own() -> None:
    service, tape = Emulator(seed="two"), Tape()
    with new_env(endpoint_url=ENDPOINT_URL, transport=service.transport) as env:
        other_token = to_result(connected(service.start_chat().participant_token)(env)).unwrap()

    @program
    def both(start: ParticipantToken, other: ConnectionToken) -> Steps[ConnectionToken]:
        own = yield from connected(start)
        for token in (other, own):
            yield from send(new_get_transcript(token))
        return own

    with new_env(endpoint_url=ENDPOINT_URL, transport=recording(tape)(service.transport)) as env:
        to_result(both(service.start_chat().participant_token, other_token)(env)).unwrap()
    bearers = [exchange.request.header("X-Amz-Bearer") for exchange in tape.cassette.exchanges]
    assert bearers == ["***participant_token-1", "***connection_token-2", "***connection_token-1"]
    with (
        replaying(tape.cassette) as replay,
        new_env(endpoint_url=ENDPOINT_URL, transport=replay.transport) as env,
    ):
        own = to_result(both(ParticipantToken("start"), ConnectionToken("other"))(env))
        assert own == Success("***connection_token-1")


def test_the_pseudonyms_of_a_url_and_of_another_text_have_different_numbers() -> None:
    pseudonym = Pseudonyms()
    assert pseudonym("url", "***url-1") == "***url-1"
    assert pseudonym("url", "https://h/a") == "https://scrubbed.invalid/***url-2"


# Laws


@cache
def outcomes(request_type: type[Request[Any]]) -> st.SearchStrategy[TransportOutcome]:
    """Return a strategy for outcomes of a request: replies, service errors, invalid bodies, transport errors."""
    bodies = reply_objects_of(request_type).map(dumps) | st.sampled_from(
        [b"", b"{}", b"<html>", b"[1]", b'{"Id":', b"\xff", b'{"message":"no","code":"a#ConflictException:b"}']
    )
    names = st.sampled_from(["Set-Cookie", "x-amzn-ErrorType", "x-amzn-RequestId", "Retry-After", "X-Other"])
    headers = st.lists(st.tuples(names, st.text(max_size=5)), max_size=2).map(tuple)
    statuses = st.sampled_from([200, 201, 204, 302, 400, 403, 404, 429, 503, 99])
    answered: st.SearchStrategy[TransportOutcome] = st.builds(HttpResponse, statuses, headers, bodies).map(Success)
    errors = [TransportError("reset", "gone", "maybe"), TransportError("timeout", "late", "no")]
    return answered | st.sampled_from(errors).map(Failure)


others = st.builds(
    RecordedExchange,
    st.builds(HttpRequest, st.sampled_from(["PUT", "GET"]), st.sampled_from([PRESIGNED, "https://h/a", "not a URL"])),
    st.sampled_from([b"", b"bytes"]).map(lambda body: Success(HttpResponse(200, SECRET_HEADERS, body))),
)


def cassettes_of(change: Callable[[Request[Any]], Request[Any]]) -> st.SearchStrategy[Cassette]:
    """Return a strategy for cassettes of valid requests, each of them changed, and of other exchanges."""
    exchanged = [
        st.builds(
            RecordedExchange,
            requests_of(row.request).map(change).map(described_at(HOME).construct),
            outcomes(row.request),
        )
        for row in OPERATIONS
    ]
    return st.builds(Cassette, st.lists(st.one_of(exchanged) | others, max_size=5).map(tuple), st.booleans())


def with_other_secrets(request: Request[Any]) -> Request[Any]:
    """Return the request with secrets and a client token that no reply of a strategy holds; a mask is none."""
    renamed = {
        field.name: f"another{getattr(request, field.name)}"
        for field in fields(type(request))
        if (field.secret or field.name == "client_token") and not is_pseudonym(getattr(request, field.name) or "")
    }
    return request.__replace__(**renamed)


cassettes = cassettes_of(lambda request: request)


def transport_from(cassette: Cassette) -> Transport:
    """Return a transport that returns the outcomes of the cassette in order, whatever the request."""
    remaining = iter(cassette.exchanges)
    return lambda request, seconds: next(remaining).outcome


def decoded(exchange: RecordedExchange) -> Result[Any, Error]:
    """Return the result that a program gets from an exchange."""
    parsed = undescribe(exchange.request)
    return exchange.outcome.bind(lambda response: parsed.bind(lambda request: decode(type(request), response)))


@given(cassettes)
def test_recording_changes_nothing(cassette: Cassette) -> None:
    tape = Tape(keep_content=cassette.keep_content)
    transport = recording(tape)(transport_from(cassette))
    for exchange in cassette.exchanges:
        assert transport(exchange.request, 1.0) is exchange.outcome
    assert tape.cassette == scrubbed(cassette)


@given(cassettes)
def test_scrubbing_is_idempotent(cassette: Cassette) -> None:
    assert scrubbed(scrubbed(cassette)) == scrubbed(cassette)


def test_a_cassette_that_cannot_be_saved_leaves_the_one_that_was(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    save(Cassette(keep_content=True), path)
    with full_disk(), pytest.raises(OSError, match="File too large"):
        save(Cassette(), path)
    assert load(path) == Cassette(keep_content=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cassettes)
def test_loading_returns_the_cassette_that_was_saved(tmp_path: Path, cassette: Cassette) -> None:
    save(cassette, tmp_path / "tape.json")
    assert load(tmp_path / "tape.json") == scrubbed(cassette)


@given(cassettes_of(with_other_secrets))
def test_replaying_returns_the_recorded_outcomes_and_recording_a_replay_returns_the_cassette(
    cassette: Cassette,
) -> None:
    """A program takes a secret of a reply from the replay, so no request here repeats one of the recording."""
    clean, tape = scrubbed(cassette), Tape(keep_content=cassette.keep_content)
    with replaying(clean, allow_masked=True) as replay:
        transport = recording(tape)(replay.transport)
        for exchange, expected in zip(cassette.exchanges, clean.exchanges, strict=True):
            assert transport(exchange.request, 1.0) == expected.outcome
    assert tape.cassette == clean


@given(cassettes)
def test_a_scrubbed_exchange_decodes_to_the_same_kind_of_result(cassette: Cassette) -> None:
    for exchange, clean in zip(cassette.exchanges, scrubbed(cassette).exchanges, strict=True):
        live, taped = decoded(exchange), decoded(clean)
        assert type(live) is type(taped)
        if is_ok(live):
            assert type(live.unwrap()) is type(taped.unwrap())
            assert live.unwrap().http_status == taped.unwrap().http_status
        else:
            live_error, taped_error = live.failure(), taped.failure()
            for field in ("status", "code", "request_id", "resource_id", "kind", "sent"):
                assert getattr(live_error, field, None) == getattr(taped_error, field, None)


@given(requests(), st.data())
def test_a_request_with_other_secrets_replays_the_same_outcome(request: Request[Any], data: st.DataObject) -> None:
    exchange = RecordedExchange(described_at(HOME).construct(request), data.draw(outcomes(type(request))))
    live = described_at(HOME).construct(with_other_secrets(request))
    cassette = Cassette((exchange,), keep_content=True)
    assert replaying(cassette).transport(live, 1.0) == scrubbed(cassette).exchanges[0].outcome


# Secrets


def planted_cassettes(keep_content: bool) -> list[Cassette]:
    """Return one cassette for each pair of a request and a response with planted secrets, and one with all."""
    pairs = [
        RecordedExchange(request, Success(response)) for request, response in product(http_requests(), http_responses())
    ]
    return [Cassette((pair,), keep_content) for pair in pairs] + [Cassette(tuple(pairs), keep_content)]


@pytest.mark.parametrize("keep_content", [False, True], ids=["without text", "with text"])
def test_no_secret_is_in_the_file_or_in_any_rendering(keep_content: bool, tmp_path: Path) -> None:
    *singles, everything = planted_cassettes(keep_content)
    assert {type(undescribe(single.exchanges[0].request).value_or(None)) for single in singles} > {
        row.request for row in OPERATIONS
    }
    assert any(CANARY.encode() in single.exchanges[0].outcome.unwrap().body for single in singles)
    assert CANARY not in f"{everything!r} {everything}", "not even before it is scrubbed"
    for single in singles:
        exchange = scrubbed(single).exchanges[0]
        bare = [exchange.request.url, exchange.request.headers, exchange.request.body, exchange.outcome.unwrap().body]
        assert CANARY not in f"{bare} {exchange.outcome.unwrap().headers}"
    save(everything, tmp_path / "tape.json")
    assert CANARY not in (tmp_path / "tape.json").read_text()


def personal(value: Any) -> Any:
    """Return the value with the canary in every field that is marked personal."""
    if isinstance(value, tuple):
        return tuple(map(personal, value))
    if not isinstance(value, Record):
        return value
    held = {field: getattr(value, field.name) for field in fields(type(value))}
    return type(value)(
        **{
            field.name: CANARY if field.personal and inner is not None else personal(inner)
            for field, inner in held.items()
        }
    )


def test_texts_and_names_are_kept_only_with_keep_content(tmp_path: Path) -> None:
    personal_members = {(row.name, field.name) for row in OPERATIONS for field in row.members if field.personal}
    assert personal_members >= {
        ("SendMessage", "content"),
        ("SendEvent", "content"),
        ("StartAttachmentUpload", "attachment_name"),
    }
    requests = [personal(planted(SendMessage)[0]), new_get_transcript(ConnectionToken("another-token"))]
    page = personal(planted(GET_TRANSCRIPT.reply)[0])
    assert str(page).count(CANARY) == 3, "content, display name, name of an attachment"
    exchanges = tuple(
        RecordedExchange(described_at(HOME).construct(request), Success(HttpResponse(200, (), body)))
        for request, body in zip(requests, (b"{}", reply_body(page)), strict=True)
    )
    for keep_content in (False, True):
        save(Cassette(exchanges, keep_content), tmp_path / "tape.json")
        text = (tmp_path / "tape.json").read_text()
        if keep_content:
            text = text.replace(f'"Content": "{CANARY}"', "").replace(f'Name": "{CANARY}"', "")
            assert text != (tmp_path / "tape.json").read_text()
        assert (tmp_path / "tape.json").read_text().count(CANARY) == (4 if keep_content else 0)


GET_TRANSCRIPT = next(row for row in OPERATIONS if row.request is GetTranscript)


def reply_body(reply: Record) -> bytes:
    return dumps(to_members(reply))


def test_a_view_token_inside_kept_text_has_the_pseudonym_of_the_request_for_it() -> None:
    content = json.dumps({"templateType": "ViewResource", "data": {"content": {"viewToken": CANARY}}})
    page = dumps({"Transcript": [{"Content": content}]})
    exchanges = [
        (new_get_transcript(ConnectionToken("t")), page),
        (new_describe_view(CANARY, ConnectionToken("t")), b"{}"),
    ]
    raw = Cassette(
        tuple(
            RecordedExchange(described_at(HOME).construct(request), Success(HttpResponse(200, (), body)))
            for request, body in exchanges
        ),
        keep_content=True,
    )
    transcript, view = scrubbed(raw).exchanges
    kept = json.loads(json.loads(transcript.outcome.unwrap().body)["Transcript"][0]["Content"])
    request = undescribe(view.request).unwrap()
    assert isinstance(request, DescribeView)
    assert kept == {"templateType": "ViewResource", "data": {"content": {"viewToken": request.view_token}}}
    assert CANARY not in request.view_token


@pytest.mark.parametrize(
    "text", ["[" * 200 + '"' + "[" * 200, '{"viewToken": {"a": 1}}', '{"url": ["x"]', "\ud800", ""]
)
def test_kept_text_of_any_form_is_saved(text: str, tmp_path: Path) -> None:
    http_request = described_at(HOME).construct(new_send_message(CONTENT_TEXT_PLAIN, text, ConnectionToken("t")))
    page = dumps({"Transcript": [{"Content": text}], "NextToken": ""})
    get_transcript = described_at(HOME).construct(new_get_transcript(ConnectionToken("t")))
    cassette = Cassette(
        (
            RecordedExchange(http_request, Success(HttpResponse(200))),
            RecordedExchange(get_transcript, Success(HttpResponse(200, (), page))),
        ),
        keep_content=True,
    )
    save(cassette, tmp_path / "tape.json")
    assert load(tmp_path / "tape.json") == scrubbed(cassette) == scrubbed(scrubbed(cassette))
    assert b'"NextToken":""' in scrubbed(cassette).exchanges[1].outcome.unwrap().body, "the end of the pages is kept"


def nested(text: str) -> str:
    return "[" * 240 + json.dumps(text) + "]" * 240


@pytest.mark.parametrize(
    "text",
    [json.dumps({"viewToken": {"a": [CANARY]}}), nested(nested(nested(nested(json.dumps({"url": CANARY})))))],
    ids=["a secret that is not text", "text nested too deeply to search"],
)
def test_a_secret_in_kept_text_without_a_pseudonym_is_masked(text: str) -> None:
    live = described_at(HOME).construct(new_send_message(CONTENT_TEXT_PLAIN, text, ConnectionToken("t")))
    clean = scrubbed(Cassette((RecordedExchange(live, Success(HttpResponse(200))),), keep_content=True))
    assert CANARY.encode() not in clean.exchanges[0].request.body
    assert b"***" in clean.exchanges[0].request.body
    assert scrubbed(clean) == clean


# Unexpected requests

HELLO = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", ConnectionToken("a"))


def recorded(*requests: Request[Any], keep_content: bool = True) -> Cassette:
    tape = Tape(keep_content=keep_content)
    with new_env(endpoint_url=ENDPOINT_URL, transport=recording(tape)(lambda *_: Success(HttpResponse(403)))) as env:
        for request in requests:
            to_result(send(request)(env))
    return tape.cassette


def unexpected_request_text(cassette: Cassette, *requests: Request[Any]) -> str:
    with new_env(endpoint_url=ENDPOINT_URL, transport=replaying(cassette).transport) as env:
        *before, last = requests
        for request in before:
            to_result(send(request)(env))
        with pytest.raises(UnexpectedRequestError) as raised:
            send(last)(env)
    return str(raised.value)


def test_an_unexpected_request_is_compared_with_the_nearest_by_lens_path() -> None:
    text = send_message_content.set
    cassette = recorded(
        HELLO & text("One") & send_message_connection_token.set(ConnectionToken("b")), HELLO & text("Two")
    )
    assert unexpected_request_text(cassette, HELLO & text("Three")) == (
        "SendMessage is not the next request expected; the nearest is number 1, SendMessage, where\n"
        "  send_message_content: 'Three' != 'One'"
    )
    pages = [new_get_transcript(ConnectionToken("a")) & get_transcript_max_results.set(size) for size in (1, 2)]
    assert unexpected_request_text(recorded(*pages), pages[1]) == (
        "GetTranscript is too early: it is number 2, GetTranscript, and number 1, GetTranscript comes first"
    )
    assert (
        unexpected_request_text(cassette, new_get_transcript(ConnectionToken("a")))
        == "GetTranscript is not expected, or not once more"
    )


def test_a_different_secret_is_shown_by_its_pseudonym() -> None:
    twice = recorded(HELLO, HELLO)
    other = HELLO & send_message_connection_token.set(ConnectionToken(CANARY))
    text = unexpected_request_text(twice, HELLO, other)
    assert "send_message_connection_token: '***connection_token-2' != '***connection_token-1'" in text
    assert CANARY not in text
    live = described_at(HOME).construct(other)
    with pytest.raises(UnexpectedRequestError) as raised:
        replaying(Cassette()).transport(live, 1.0)
    frames = traceback.TracebackException.from_exception(raised.value, capture_locals=True).format()
    assert CANARY not in "".join(frames)
    fresh = send_message_client_token.set("once")
    assert "client_token-1' != '***send_message_client_token-2'" in unexpected_request_text(
        twice, HELLO & fresh, HELLO & fresh
    )


def test_each_operation_has_its_own_order() -> None:
    typing = new_send_event(EVENT_TYPING, ConnectionToken("a"))
    with (
        replaying(recorded(HELLO, typing)) as replay,
        new_env(endpoint_url=ENDPOINT_URL, transport=replay.transport) as env,
    ):
        assert replay.remaining == ("number 1, SendMessage", "number 2, SendEvent")
        to_result(send(typing)(env))
        to_result(send(HELLO)(env))


def test_leaving_with_names_missing_requests_unless_an_exception_is_raised() -> None:
    with (
        pytest.raises(MissingRequestError, match="requests that were not made: number 1, SendMessage"),
        replaying(recorded(HELLO)),
    ):
        pass
    with pytest.raises(LookupError), replaying(recorded(HELLO)):
        raise LookupError


def test_bytes_sent_to_a_presigned_url_are_masked_and_replayed() -> None:
    """The URL comes out of a reply; in a replay it is the pseudonym that the reply has."""
    start = next(request for request in http_requests() if "start-attachment" in request.url)
    url = "https://bucket.example/key?X-Amz-Signature=1"
    reply = HttpResponse(200, (), dumps({"UploadMetadata": {"Url": url, "HeadersToInclude": {"x-amz-acl": "private"}}}))
    put = HttpRequest("PUT", url, (("x-amz-acl", "private"),), CANARY.encode())
    cassette = scrubbed(
        Cassette((RecordedExchange(start, Success(reply)), RecordedExchange(put, Success(HttpResponse(200)))))
    )
    with replaying(cassette) as replay:
        metadata = json.loads(replay.transport(start, 1.0).unwrap().body)["UploadMetadata"]
        again = HttpRequest("PUT", metadata["Url"], tuple(metadata["HeadersToInclude"].items()), b"other bytes")
        assert replay.transport(again, 1.0) == Success(HttpResponse(200))
    assert CANARY not in f"{cassette.exchanges[1].request.body!r}"


def test_a_cancelled_request_is_not_recorded_and_concurrent_ones_keep_their_order() -> None:
    tape = Tape()
    never = asyncio.Event()

    async def transport(request: HttpRequest, seconds: float) -> TransportOutcome:
        if seconds == 1.0:
            await never.wait()
        await asyncio.sleep(0 if seconds == 3.0 else 0.01)
        return Success(HttpResponse(int(seconds)))

    async def run() -> None:
        wrapped = recording(tape)(transport)
        first, *rest = [asyncio.ensure_future(wrapped(HttpRequest("GET", "x"), seconds)) for seconds in (1.0, 2.0, 3.0)]
        await asyncio.gather(*rest)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(run())
    assert [exchange.outcome.unwrap().status for exchange in tape.cassette.exchanges] == [2, 3]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "truncated"),
        ("[]", "Expected `object`"),
        (
            '{"keep_content": false, "exchanges": [{"request": {"method": "GET"}}]}',
            r"url` - at `\$.exchanges\[0\].request",
        ),
        (
            '{"keep_content": false, "exchanges": [{"request": {"method": "GET", "url": "x"}}]}',
            "neither a response nor",
        ),
    ],
)
def test_a_file_in_another_format_is_a_value_error_with_the_place(text: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "tape.json").write_text(text)
    with pytest.raises(ValueError, match=rf"^the cassette .*tape\.json: .*{place}"):
        load(tmp_path / "tape.json")


BEARER = ConnectionToken("Aa1/+=" + "token" * 20)


def test_a_bearer_that_the_peer_repeats_is_not_on_the_cassette(tmp_path: Path) -> None:
    http_request = described_at(HOME).construct(new_send_message(CONTENT_TEXT_PLAIN, "Hello!", BEARER))
    names = ("Server", "Date", "Content-Type", "Allow", "x-amzn-RequestId", "x-amzn-ErrorType", BEARER.lower())
    headers = tuple((name, f"a {BEARER} b") for name in names)
    members = dict.fromkeys(("code", "message", "ResourceId", "ResourceType", "Id", "AbsoluteTime"), f"a {BEARER}")
    outcomes: list[TransportOutcome] = [
        *(Success(HttpResponse(status, headers, dumps(members))) for status in (200, 403)),
        Success(HttpResponse(200, headers, dumps({"Id": BEARER, "AbsoluteTime": f"at {BEARER}"}))),
        *(Success(HttpResponse(status, headers, f"<title>{BEARER}".encode())) for status in (200, 403)),
        Failure(TransportError("protocol", f"no header: {BEARER}", "maybe")),
    ]
    for request in (http_request, http_request & http_request_url.set("https://elsewhere.example/")):
        cassette = Cassette(tuple(RecordedExchange(request, outcome) for outcome in outcomes), keep_content=True)
        save(cassette, tmp_path / "tape.json")
        text = (tmp_path / "tape.json").read_text().lower()
        assert "tokentoken" not in text
        assert scrubbed(scrubbed(cassette)) == scrubbed(cassette)
        assert load(tmp_path / "tape.json") == scrubbed(cassette)
