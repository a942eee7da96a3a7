"""Wrappers of programs compose as functions do, and their order can be observed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from itertools import permutations
from typing import Any, Final

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
    Event,
    Failure,
    HttpRequest,
    HttpResponse,
    Program,
    Quota,
    Quotas,
    Request,
    Result,
    Settings,
    Success,
    TransportError,
    ask,
    is_err,
    is_ok,
    local,
    new_send_message,
    observed,
    on_request,
    or_raise,
    paced,
    rehearse,
    retrying,
    send,
    send_message_content,
    to_result,
    within,
)
from lensconnect.programs.effects import Observe, Perform
from lensconnect.testing.faults import (
    TransportFault,
    slow,
)
from lensconnect.testing.simulate import Simulation

AnyProgram = Program[Any, Any]
ProgramWrapper = Callable[[AnyProgram], AnyProgram]

HELLO = new_send_message(CONTENT_TEXT_PLAIN, "hello", ConnectionToken("t"))
OK = HttpResponse(200, (), b'{"Id":"m-1"}')
ANSWERS = [TransportError("reset", "gone", "maybe"), HttpResponse(429), OK]
SLOW: Final = Quotas("slow", (Quota("all", ("SendMessage",), 0.5, 1),))


def appending(word: str) -> Callable[[Request[Any]], Request[Any]]:
    def change(request: Request[Any]) -> Request[Any]:
        return request & send_message_content.modify(lambda text: f"{text} {word}")  # type: ignore[operator]

    return change


def observer(name: str) -> Callable[[Event], None]:
    """An observer that compares equal to itself and can be found by its name."""
    return NAMED[name]


NAMED: dict[str, Callable[[Event], None]] = {name: partial(lambda _name, _event: None, name) for name in "ab"}
WRAPPERS: dict[str, ProgramWrapper] = {
    "retrying, not at all": retrying(NO_RETRY),
    "retrying, as amazonka": retrying(AMAZONKA),
    "within 5": within(5.0),
    "within 50": within(50.0),
    "paced": paced(),
    "paced slowly": paced(SLOW),
    "observed by a": observed(observer("a")),
    "observed by b": observed(observer("b")),
    "on_request x": on_request(appending("x")),
    "on_request y": on_request(appending("y")),
}
wrappers = st.sampled_from(list(WRAPPERS.values()))


def have_same_effects(one: AnyProgram, other: AnyProgram) -> bool:
    return rehearse(one, ANSWERS) == rehearse(other, ANSWERS)


def compose(outer: ProgramWrapper, inner: ProgramWrapper) -> ProgramWrapper:
    return lambda program: outer(inner(program))


@given(wrappers, wrappers, wrappers)
def test_wrapping_programs_is_associative(one: ProgramWrapper, two: ProgramWrapper, three: ProgramWrapper) -> None:
    left, right = compose(compose(one, two), three), compose(one, compose(two, three))
    assert have_same_effects(left(send(HELLO)), right(send(HELLO)))
    assert have_same_effects(one(two(send(HELLO))), compose(one, two)(send(HELLO)))


def unchanged(program: AnyProgram) -> AnyProgram:
    return local(lambda settings: settings, program)


@given(wrappers)
def test_no_change_of_the_settings_is_the_identity(wrapper: ProgramWrapper) -> None:
    assert have_same_effects(unchanged(send(HELLO)), send(HELLO))
    assert have_same_effects(compose(unchanged, wrapper)(send(HELLO)), wrapper(send(HELLO)))
    assert have_same_effects(compose(wrapper, unchanged)(send(HELLO)), wrapper(send(HELLO)))


def test_a_wrapper_around_a_program_without_effects_changes_nothing() -> None:
    for wrapper in WRAPPERS.values():
        for plain in (Program.from_value(1), Program.from_failure("no")):
            assert rehearse(wrapper(plain)).outcome == rehearse(plain).outcome


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_changes_settings_inside_and_not_around_it(name: str) -> None:
    before, inside, after = (rehearse(source).outcome for source in (ask(), WRAPPERS[name](ask()), ask()))
    around = rehearse(WRAPPERS[name](ask()).bind(lambda _: ask())).outcome
    assert before == after == around != inside


def test_wrapping_twice_is_idempotent_except_observed_and_on_request() -> None:
    idempotent = {name for name, each in WRAPPERS.items() if settings_of(each, each) == settings_of(each)}
    assert {name.split()[0].strip(",") for name in WRAPPERS.keys() - idempotent} == {"observed", "on_request"}


def settings_of(*outermost_first: ProgramWrapper) -> Settings:
    wrapped = reduce(lambda program, wrapper: wrapper(program), reversed(outermost_first), ask())
    settings = rehearse(wrapped).outcome
    assert isinstance(settings, Success)
    return settings.unwrap()  # type: ignore[return-value]


def test_the_innermost_policy_and_quotas_win() -> None:
    assert settings_of(retrying(AMAZONKA), retrying(NO_RETRY)).retry == NO_RETRY
    assert settings_of(retrying(NO_RETRY), retrying(AMAZONKA)).retry == AMAZONKA
    assert settings_of(paced(SLOW), paced()).quotas == CONNECT_QUOTAS
    assert settings_of(paced(), paced(SLOW)).quotas == SLOW


def test_the_shortest_deadline_wins_in_any_order() -> None:
    for order in permutations([within(3.0), within(5.0), within(1.0)]):
        assert settings_of(*order).until == 1.0


def test_the_outer_observer_and_the_inner_change_come_first() -> None:
    shown = rehearse(observed(observer("a"))(observed(observer("b"))(send(HELLO))), [OK])
    assert [effect.observer for effect in shown.effects if isinstance(effect, Observe)] == [
        observer("a"),
        observer("b"),
    ] * 2
    shown = rehearse(on_request(appending("outer"))(on_request(appending("inner"))(send(HELLO))), [OK])
    (performed,) = (effect for effect in shown.effects if isinstance(effect, Perform))
    assert b"hello inner outer" in performed.request.body


@given(st.permutations(["retrying, as amazonka", "within 5", "paced slowly", "observed by a", "on_request x"]))
def test_wrappers_of_different_settings_commute(order: list[str]) -> None:
    usual = ["retrying, as amazonka", "within 5", "paced slowly", "observed by a", "on_request x"]
    assert settings_of(*(WRAPPERS[name] for name in order)).__replace__(on_request=()) == settings_of(
        *(WRAPPERS[name] for name in usual)
    ).__replace__(on_request=())


# Effects of wrappers, in simulated time


def answers(outcomes: list[HttpResponse | TransportError]) -> TransportFault:
    following = iter(outcomes)

    def perform(_request: HttpRequest, _seconds: float) -> Result[HttpResponse, TransportError]:
        outcome = next(following)
        return Failure(outcome) if isinstance(outcome, TransportError) else Success(outcome)

    return lambda _: perform


def test_all_sends_inside_share_a_deadline() -> None:
    simulation = Simulation(1, jitter=lambda: 1.0)
    pair = send(HELLO).attempt().bind(lambda first: send(HELLO).attempt().map(lambda second: (first, second)))
    pair_within = within(1.5)(retrying(STANDARD)(pair))
    first, second = or_raise(pair_within(simulation.with_fault(slow(1.0, simulation.sleep))))
    assert [is_err(first), is_err(second)] == [True, True]
    assert simulation.clock.time <= 1.5


def test_pacing_keeps_to_the_rate_and_sends_nothing_where_the_deadline_is_earlier() -> None:
    simulation = Simulation(1)
    env = simulation.with_fault(answers([OK, OK]))
    assert is_ok(to_result(paced(SLOW)(send(HELLO))(env)))
    assert is_ok(to_result(paced(SLOW)(send(HELLO))(env)))
    assert simulation.clock.waits == [2.0]
    error = to_result(within(1.0)(paced(SLOW)(send(HELLO)))(env)).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, error.sent) == ("timeout", "no")
    assert simulation.clock.waits == [2.0]
    assert simulation.trace[-1].endswith("SendMessage attempt 1 stopped: why the deadline would pass")


def test_a_write_that_may_have_arrived_is_not_reported_as_unsent_when_the_quota_stops_it() -> None:
    simulation = Simulation(1)
    lost = TransportError("reset", "gone", "maybe")
    env = simulation.with_fault(answers([lost]))
    assert to_result(within(1.5)(paced(SLOW)(send(HELLO)))(env)) == Failure(lost)
