"""rehearse lists the effects of a program without I/O."""

from __future__ import annotations

import pickle
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    AMAZONKA,
    CONNECT_QUOTAS,
    CONTENT_TEXT_PLAIN,
    NO_RETRY,
    STANDARD,
    ConnectionToken,
    Failure,
    HttpResponse,
    InvalidRequest,
    Program,
    RetryPolicy,
    SendMessageResponse,
    Steps,
    Success,
    TransportError,
    call,
    ensure,
    gather,
    new_get_authentication_url,
    new_get_transcript,
    new_send_message,
    now,
    observed,
    paced,
    program,
    rehearse,
    retrying,
    send,
    sleep,
    within,
)
from lensconnect.errors import Sent
from lensconnect.programs.effects import (
    Ask,
    Call,
    CloseSocket,
    Effect,
    Gather,
    NewClientToken,
    Now,
    OpenSocket,
    Perform,
    RandomFloat,
    ReceiveFrame,
    Refund,
    SendFrame,
    Sleep,
    Socket,
    Spend,
    UpdateChat,
)
from lensconnect.programs.primitives import random_float, reserve, spend
from lensconnect.programs.program import Do

TOKEN = ConnectionToken("the-token")
HELLO = new_send_message(CONTENT_TEXT_PLAIN, "chat-text", TOKEN)
LOST = TransportError("reset", "gone", "maybe")
OK = HttpResponse(200, (), b'{"Id":"m-1"}')


def test_the_effects_of_a_send() -> None:
    shown = rehearse(send(HELLO), [OK])
    assert [type(effect) for effect in shown.effects] == [Ask, NewClientToken, Perform, Refund]
    (performed,) = (effect for effect in shown.effects if isinstance(effect, Perform))
    assert b'"ClientToken":"token-1"' in performed.request.body
    assert shown.outcome == Success(SendMessageResponse(http_status=200, id="m-1"))


def test_retries_show_their_waits_costs_and_the_same_bytes() -> None:
    shown = rehearse(send(HELLO), [LOST, HttpResponse(429), OK])
    retried = [effect for effect in shown.effects if not isinstance(effect, RandomFloat | Now)]
    assert retried == [
        Ask(),
        NewClientToken(),
        first := retried[2],
        Spend(14),
        Sleep(0.05),
        first,
        Spend(5),
        Sleep(2.0),
        first,
        Refund(5),
    ]
    assert shown.outcome == rehearse(send(HELLO), [OK]).outcome


@pytest.mark.parametrize("answers", [[LOST] * 9, [LOST, LOST, TransportError("connect", "refused", "no")]])
def test_the_outcome_may_be_a_failure(answers: list[TransportError]) -> None:
    assert rehearse(send(HELLO), answers).outcome == Failure(LOST)


lost = st.builds(
    TransportError, st.sampled_from(["reset", "connect", "tls"]), st.just("x"), st.sampled_from(get_args(Sent))
)
statuses = st.sampled_from([200, 400, 403, 429, 500, 503, 509])


@given(st.sampled_from([STANDARD, AMAZONKA, NO_RETRY]), st.lists(lost | statuses, min_size=9, max_size=9), st.data())
def test_the_effects_of_a_send_are_those_of_the_plan(
    policy: RetryPolicy, outcomes: list[TransportError | int], data: st.DataObject
) -> None:
    request = data.draw(
        st.sampled_from([HELLO, new_get_transcript(TOKEN), new_get_authentication_url("s" * 36, "u", TOKEN)])
    )
    answers = [
        HttpResponse(each, (), b'{"Id":"m","Transcript":[],"AuthenticationUrl":"u"}') if isinstance(each, int) else each
        for each in outcomes
    ]
    shown = rehearse(retrying(policy)(send(request)), answers)
    plan = policy.plan(outcomes, type(request))
    done = isinstance(shown.outcome, Success)
    assert sum(isinstance(effect, Perform) for effect in shown.effects) == len(plan.steps)
    assert [effect.seconds for effect in shown.effects if isinstance(effect, Sleep)] == [
        step.wait for step in plan.steps if step.wait
    ]
    assert [effect.cost for effect in shown.effects if isinstance(effect, Spend)] == [
        step.verdict.cost for step in plan.steps if step.verdict is not None and step.verdict.again
    ]
    assert done is (plan.steps[-1].verdict is None)


def test_an_invalid_request_has_no_effect_but_ask() -> None:
    shown = rehearse(send(new_get_transcript(ConnectionToken("a b"))))
    assert shown.effects == (Ask(),)
    assert isinstance(shown.outcome, Failure)
    assert isinstance(shown.outcome.failure(), InvalidRequest)


def test_it_stops_at_an_effect_without_an_answer() -> None:
    calls: list[object] = []
    unknown: Program[object, object]
    for unknown, kind in ((call(calls.append), Call), (gather([send(HELLO)]), Perform), (send(HELLO), Perform)):  # type: ignore[arg-type]
        shown = rehearse(unknown.bind(lambda _: sleep(1.0)))
        assert (type(shown.effects[-1]), shown.outcome) == (kind, None)
        assert str(shown).endswith(f"\n=> no answer to {shown.effects[-1]!r}")
    assert calls == []


def test_gathered_programs_run_one_after_the_other() -> None:
    both = gather([send(HELLO), send(HELLO)], limit=2)
    shown = rehearse(both.map(len), [OK, LOST, OK])
    assert [type(effect) for effect in shown.effects if not isinstance(effect, RandomFloat | Now)] == [
        Gather,
        *(Ask, NewClientToken, Perform, Refund),
        *(Ask, NewClientToken, Perform, Spend, Sleep, Perform, Refund),
    ]
    assert shown.outcome == Success(2)
    broken = rehearse(gather([send(HELLO), sleep(1.0)]), [HttpResponse(403)])
    assert Sleep not in map(type, broken.effects)
    assert isinstance(broken.outcome, Failure)
    assert rehearse(both, [OK]).outcome is None


def test_ensures_around_gathered_programs_run() -> None:
    def raise_it(_: object) -> Program[object, TransportError]:
        raise ZeroDivisionError

    times: list[float] = []
    with pytest.raises(ZeroDivisionError):
        rehearse(ensure(gather([now().bind(raise_it)]), now().map(times.append)))
    assert times == [0.0]


def test_only_waits_move_its_clock() -> None:
    assert rehearse(sleep(2.5).bind(lambda _: now())).outcome == Success(2.5)
    late = within(1.0)(sleep(2.0).bind(lambda _: send(HELLO)))
    (performed,) = (effect for effect in rehearse(late, [OK]).effects if isinstance(effect, Perform))
    assert performed.seconds == -1.0


def test_random_numbers_are_1_and_the_budget_and_the_quotas_never_run_out() -> None:
    assert rehearse(random_float()).outcome == Success(1.0)
    assert rehearse(spend(1_000_000)).outcome == Success(True)
    for _ in range(2):
        assert rehearse(reserve("SendMessage", CONNECT_QUOTAS)).outcome == Success(0.0)
    assert Sleep not in map(type, rehearse(paced()(gather([send(HELLO)] * 99)), [OK] * 99).effects)


def test_it_closes_generators_and_raises_the_exceptions_of_the_program() -> None:
    left: list[str] = []

    @program
    def leaving(inner: Program[object, TransportError]) -> Steps[object]:
        try:
            return (yield from inner)  # type: ignore[arg-type]
        finally:
            left.append("left")

    def raise_it(_: object) -> Program[object, TransportError]:
        raise ZeroDivisionError

    rehearse(leaving(send(HELLO)))  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        rehearse(leaving(Program.from_value(1).bind(raise_it)))
    assert left == ["left"] * 2


def test_observers_are_not_called_and_no_secret_is_shown() -> None:
    events: list[object] = []
    shown = rehearse(observed(events.append)(send(HELLO)), [LOST, OK])
    assert events == []
    assert "event=Event(name='started'" in str(shown)
    for secret in ("the-token", "chat-text"):
        assert secret not in repr(shown)
        assert secret not in str(shown)
    assert str(shown).splitlines()[0] == "Ask()"
    assert pickle.loads(pickle.dumps(rehearse(send(HELLO), [OK]))) == rehearse(send(HELLO), [OK])


@pytest.mark.parametrize(
    "effect",
    [
        UpdateChat("c", len),
        OpenSocket("wss://chat.example/?ticket=secret", 1.0, 1024),
        SendFrame(Socket(1), "secret", 1.0),
        ReceiveFrame(Socket(1), 1.0),
        CloseSocket(Socket(1), 1000),
    ],
    ids=lambda effect: type(effect).__name__,
)
def test_it_stops_at_an_effect_of_a_live_chat(effect: Effect[object]) -> None:
    shown = rehearse(Do(effect).bind(lambda _: sleep(1.0)))
    assert shown.effects == (effect,)
    assert shown.outcome is None
    assert str(shown).endswith(f"=> no answer to {effect!r}")
    assert "ticket" not in str(shown)
