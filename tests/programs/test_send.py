"""send and the environment it runs in."""

import copy
import pickle
import uuid
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

import pytest
from helpers.retry_strategies import EAGER, KINDS, SENT, any_float, policies
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lensconnect import (
    CONNECTION_TYPE_WEBSOCKET,
    CONTENT_TEXT_PLAIN,
    DOCUMENTED_2026,
    EVENT_TYPING,
    NO_RETRY,
    OPERATIONS,
    STANDARD,
    ConnectionToken,
    Env,
    Event,
    Failure,
    HttpRequest,
    HttpResponse,
    InvalidEndpoint,
    ParticipantToken,
    Reply,
    Request,
    Result,
    RetryPolicy,
    SerializeError,
    Success,
    TransportError,
    create_participant_connection_type,
    decode,
    env_deadline,
    env_limits,
    env_timeout,
    fresh_token,
    is_err,
    is_ok,
    new_create_participant_connection,
    new_env,
    new_get_authentication_url,
    new_get_transcript,
    new_send_event,
    new_send_message,
    retry_policy_max_attempts,
    send,
    send_message_client_token,
    to_result,
    undescribe,
)

TOKEN = ConnectionToken("a-token")
TYPING = new_send_event(EVENT_TYPING, TOKEN)
LOST = TransportError("reset", "gone", "maybe")


class Recorder:
    """A transport that answers 200 and records its requests."""

    def __init__(self, body: bytes = b'{"Id":"m-1"}') -> None:
        self.body = body
        self.requests: list[tuple[HttpRequest, float]] = []

    def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        self.requests.append((request, seconds))
        return Success(HttpResponse(200, (), self.body))


def recording_env(**settings: object) -> tuple[Env, Recorder]:
    recorder = Recorder()
    return new_env(**{"region": "us-east-1", "transport": recorder, **settings}), recorder  # type: ignore[arg-type]


def failure_of(env: Env, request: Request[Reply] = TYPING) -> object:
    return to_result(send(request)(env)).failure()


def test_one_attempt_with_the_timeout_of_the_environment() -> None:
    env, recorder = recording_env(timeout=7.5)
    assert to_result(send(TYPING)(env)).unwrap().id == "m-1"
    ((request, seconds),) = recorder.requests
    assert (request.method, request.url) == (
        "POST",
        "https://participant.connect.us-east-1.amazonaws.com/participant/event",
    )
    assert seconds == 7.5


def test_an_empty_connection_is_refused_where_type_asks_for_a_part() -> None:
    env, recorder = recording_env()
    recorder.body = b"{}"
    plain = new_create_participant_connection(ParticipantToken("p"))
    asking = plain & create_participant_connection_type.set((CONNECTION_TYPE_WEBSOCKET,))
    assert is_ok(to_result(send(plain)(env)))
    error = failure_of(env, asking)
    assert error == SerializeError(200, "not a reply of this operation: it has no part that Type asks for")
    assert len(recorder.requests) == 2


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_bearer_that_the_peer_repeats_is_masked_in_the_error(status: int) -> None:
    bearer = ConnectionToken("token" * 20)
    response = HttpResponse(status, (("Server", bearer),), f"no such token: {bearer.upper()}".encode())
    env = new_env(region="us-east-1", transport=lambda *_: Success(response), retry=NO_RETRY)
    error = failure_of(env, new_send_event(EVENT_TYPING, bearer))
    assert "tokentoken" not in f"{error} {error!r}".lower()


def test_a_client_token_is_added_where_the_operation_takes_one_and_it_is_absent() -> None:
    env, recorder = recording_env(tokens=iter(["one", "two"]).__next__)
    hello = new_send_message(CONTENT_TEXT_PLAIN, "hi", TOKEN)
    for request in (hello, hello, hello & send_message_client_token.set("given"), new_get_transcript(TOKEN)):
        send(request)(env)
    sent = [undescribe(request).unwrap() for request, _ in recorder.requests]
    assert [getattr(request, "client_token", "no such field") for request in sent] == [
        "one",
        "two",
        "given",
        "no such field",
    ]


def test_a_fresh_token_is_a_random_uuid() -> None:
    minted = {fresh_token() for _ in range(200)}
    assert len(minted) == 200
    for token in minted:
        read = uuid.UUID(token)
        assert (str(read), read.version, read.variant) == (token, 4, uuid.RFC_4122)


def test_every_operation_with_an_optional_client_token_gets_one() -> None:
    optional = {row.name for row in OPERATIONS for f in row.members if f.name == "client_token" and not f.required}
    assert optional == {"SendMessage", "SendEvent", "DisconnectParticipant"}


def test_errors_of_the_request_or_the_endpoint_cause_no_io() -> None:
    env, recorder = recording_env()
    assert is_err(to_result(send(new_send_event("", ConnectionToken("a b")))(env)))
    assert failure_of(new_env(region=None, transport=recorder)) == InvalidEndpoint(
        "no region: give region= or an endpoint URL, or set AWS_REGION"
    )
    assert recorder.requests == []


def test_lens_made_copies_change_settings_and_share_connections() -> None:
    env, recorder = recording_env()
    strict = env & env_limits.set(DOCUMENTED_2026) & env_timeout.set(1.0)
    assert is_err(to_result(send(new_send_event("text/plain", TOKEN))(strict)))
    send(TYPING)(strict)
    assert recorder.requests[0][1] == 1.0
    assert strict.handle == env.handle
    assert env.settings.timeout == 60.0


def test_a_closed_environment_sends_nothing() -> None:
    env, recorder = recording_env()
    with env:
        pass
    assert failure_of(env) == TransportError("closed", "the environment was closed", "no")
    assert recorder.requests == []


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps])
def test_an_environment_can_neither_be_pickled_nor_deep_copied(duplicate: Callable[[Env], object]) -> None:
    with pytest.raises(TypeError, match="call new_env where you need one"):
        duplicate(recording_env()[0])


@pytest.mark.parametrize("url", ["http://chat.example/", "http://10.0.0.1", "http://127.0.0.1.example"])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    assert "plain http" in str(failure_of(recording_env(region=None, endpoint_url=url)[0]))
    assert is_err(to_result(send(TYPING)(recording_env(region=None, endpoint_url=url)[0])))
    allowed, recorder = recording_env(region=None, endpoint_url=url, allow_plain=True)
    assert not is_err(to_result(send(TYPING)(allowed)))
    assert recorder.requests


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1/base", "http://[::1]:1"])
def test_plain_http_to_this_machine_is_allowed(url: str) -> None:
    assert not is_err(to_result(send(TYPING)(recording_env(region=None, endpoint_url=url)[0])))


def test_a_bad_ca_bundle_is_the_failure_of_every_send(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("not a certificate")
    for name in ("empty.pem", "missing.pem"):
        with new_env(region="us-east-1", ca_bundle=str(tmp_path / name)) as env:
            assert "CA bundle" in str(failure_of(env))


def test_an_unknown_transport_name_raises() -> None:
    with pytest.raises(ValueError, match="no transport is called 'carrier pigeon'"):
        new_env(region="us-east-1", transport="carrier pigeon")


def test_the_user_agent_is_sent_only_if_given() -> None:
    for user_agent in (None, "bot/1.0"):
        env, recorder = recording_env(user_agent=user_agent)
        send(TYPING)(env)
        assert recorder.requests[0][0].header("User-Agent") == user_agent


def test_a_lost_reply_is_reported_as_maybe_sent() -> None:
    lost = TransportError("reset", "gone", "maybe")
    env = new_env(region="us-east-1", transport=lambda request, seconds: Failure(lost))
    assert failure_of(env) == lost


def test_a_retry_that_the_deadline_forbids_costs_no_tokens() -> None:
    """Otherwise calls that do not retry would use up the budget of calls that can."""
    env = new_env(
        region="us-east-1",
        transport=lambda *_: Success(HttpResponse(429)),
        deadline=0.5,
        jitter=lambda: 0.999,
    )
    for _ in range(3):
        failure_of(env)
    assert env.handle._budget.tokens == 500


@pytest.mark.parametrize(
    ("deadline", "waits", "why"), [(0.5, [], "the deadline would pass"), (0.625, [0.5], "attempts used up")]
)
def test_a_wait_that_ends_at_the_deadline_is_not_begun(deadline: float, waits: list[float], why: str) -> None:
    twice = STANDARD & retry_policy_max_attempts.set(2)
    scripted = ScriptedEnv(twice, [HttpResponse(429)] * 2, [0.5])
    assert is_err(to_result(send(TYPING)(scripted.env & env_deadline.set(deadline))))
    assert scripted.waits == waits
    assert scripted.reasons[-1] == why


def test_an_attempt_without_a_response_is_observed_with_the_kind_of_its_error() -> None:
    events: list[Event] = []
    env = new_env(region="us-east-1", transport=lambda *_: Failure(LOST), retry=NO_RETRY, observe=events.append)
    assert failure_of(env) == LOST
    assert [(event.name, event.why) for event in events] == [
        ("started", None),
        ("failed", "reset"),
        ("stopped", "attempts used up"),
    ]


class ScriptedEnv:
    """An environment whose transport gives these outcomes in turn; it records what each call does."""

    def __init__(self, policy: RetryPolicy, outcomes: list[HttpResponse | TransportError], draws: list[float]) -> None:
        self.attempts = 0
        self.time = 0.0
        self.waits: list[float] = []
        self.reasons: list[str | None] = []
        self.outcomes = iter(outcomes)
        self.env = new_env(
            region="us-east-1",
            transport=self.perform,
            retry=policy,
            clock=self,
            jitter=chain(draws, repeat(1.0)).__next__,
            observe=self.note,
        )

    def perform(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        self.attempts += 1
        outcome = next(self.outcomes)
        return Failure(outcome) if isinstance(outcome, TransportError) else Success(outcome)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float, /) -> None:
        self.waits.append(seconds)

    def note(self, event: Event) -> None:
        if event.name in ("waiting", "stopped"):
            self.reasons.append(event.why)


HINTS = st.sampled_from([(), (("x-amz-retry-after", "2500"),), (("Retry-After", "60"),), (("Retry-After", "soon"),)])
responses = st.builds(
    HttpResponse,
    st.sampled_from([200, 429, 500, 503, 509]) | st.sampled_from([302, 400, 403, 409, 502, 504]),
    HINTS,
    st.sampled_from([b"{}", b'{"__type":"ThrottlingException"}', b'{"__type":"RequestTimeout"}']),
)
transport_errors = st.builds(TransportError, st.sampled_from(KINDS), st.just("x"), st.sampled_from(SENT))


@settings(max_examples=100)
@example(
    STANDARD, TYPING, [LOST, HttpResponse(503, (("Retry-After", "1"),)), HttpResponse(200, (), b"{}")], [0.5, 0.25]
)
@given(
    st.sampled_from([STANDARD, EAGER]) | policies,
    st.sampled_from([TYPING, new_get_transcript(TOKEN), new_get_authentication_url("s" * 36, "u", TOKEN)]),
    st.lists(responses | transport_errors, max_size=8),
    st.lists(any_float, max_size=8),
)
def test_a_send_takes_the_steps_of_the_plan(
    policy: RetryPolicy, request: Request[Reply], script: list[HttpResponse | TransportError], draws: list[float]
) -> None:
    script = [*script, HttpResponse(403)]  # no policy retries a 403
    outcomes = [
        each if isinstance(each, TransportError) else decode(type(request), each).swap().value_or(each.status)
        for each in script
    ]
    steps = policy.plan(outcomes, type(request), draws=draws).steps
    scripted = ScriptedEnv(policy, script, draws)
    outcome = to_result(send(request)(scripted.env))

    verdicts = [step.verdict for step in steps if step.verdict is not None]
    reasons = [
        step.verdict.reason for step in steps if step.verdict is not None and (step.wait or not step.verdict.again)
    ]
    assert scripted.attempts == len(steps)
    assert scripted.waits == [step.wait for step in steps if step.wait]
    assert scripted.reasons == reasons
    assert scripted.env.handle._budget.tokens == steps[-1].tokens
    assert is_ok(outcome) is (steps[-1].verdict is None) is (len(verdicts) < len(steps))
    if is_err(outcome):
        assert outcome.failure() in outcomes[: len(steps)]
