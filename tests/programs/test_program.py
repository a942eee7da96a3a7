"""Program: its methods, equality, pickling, and how an environment runs it."""

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    EVENT_TYPING,
    ConnectionToken,
    Env,
    Failure,
    HttpRequest,
    HttpResponse,
    IOFailure,
    IOSuccess,
    Program,
    Result,
    Steps,
    Success,
    TransportError,
    call,
    mint,
    new_env,
    new_send_event,
    now,
    perform,
    program,
    rehearse,
    send,
    send_event_client_token,
    sleep,
    to_result,
    tokened,
)

LOST = TransportError("reset", "gone", "maybe")


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float, /) -> None:
        self.time += seconds


def lose(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Failure(LOST)


@pytest.fixture
def env() -> Iterator[Env]:
    with new_env(
        region="us-east-1", transport=lose, clock=Clock(), tokens=iter(map(str, range(10**6))).__next__
    ) as made:
        yield made


closed: list[str] = []


@program
def adding(numbers: tuple[int, ...]) -> Steps[int]:
    total = 0
    for number in numbers:
        total += yield from Program.from_value(number)
    return total


@program
def leaving(name: str, then: Program[int, TransportError]) -> Steps[int]:
    try:
        return (yield from then)
    finally:
        closed.append(name)


@given(st.lists(st.integers()))
def test_a_program_may_be_run_any_number_of_times(numbers: list[int]) -> None:
    with new_env(region="us-east-1", transport=lose) as env:
        total = adding(tuple(numbers))
        assert total(env) == total(env)
        assert to_result(total(env)) == Success(sum(numbers))


def test_programs_are_equal_and_pickle_by_function_and_arguments() -> None:
    first, second = adding((1, 2)), adding((2, 1))
    assert first == adding((1, 2)) != second
    assert hash(first) == hash(adding((1, 2)))
    assert pickle.loads(pickle.dumps(first)) == first
    request = new_send_event(EVENT_TYPING, ConnectionToken("t"))
    assert send(request) == send(new_send_event(EVENT_TYPING, ConnectionToken("t")))
    assert send(request) != send(new_send_event(EVENT_TYPING, ConnectionToken("u")))
    assert pickle.loads(pickle.dumps(send(request))) == send(request)


def test_map_bind_alt_lash(env: Env) -> None:
    bad: Program[int, TransportError] = Program.from_failure(LOST)
    good = Program.from_value(2)
    assert to_result(good.map(str)(env)) == Success("2")
    assert to_result(good.bind(lambda n: Program.from_value(n + 1))(env)) == Success(3)
    assert to_result(good.lash(lambda _: Program.from_value(0))(env)) == Success(2)
    assert to_result(bad.map(str)(env)) == Failure(LOST)
    assert to_result(bad.bind(lambda _: good)(env)) == Failure(LOST)
    assert to_result(bad.alt(lambda error: error.kind)(env)) == Failure("reset")
    assert to_result(bad.lash(lambda error: Program.from_value(error.kind))(env)) == Success("reset")


def test_the_environment_answers_every_effect(env: Env) -> None:
    assert to_result(mint()(env)) == Success("0")
    assert to_result(sleep(2.5).bind(lambda _: now())(env)) == Success(2.5)
    assert to_result(call(divmod_or_fail, 7, 2)(env)) == Success((3, 1))
    assert to_result(call(divmod_or_fail, 7, 0)(env)) == Failure("by zero")
    assert to_result(perform(HttpRequest("GET", "https://x/"), 1.0)(env)) == Failure(LOST)


def divmod_or_fail(a: int, b: int) -> Result[tuple[int, int], str]:
    return Success(divmod(a, b)) if b else Failure("by zero")


def test_a_failure_closes_the_generators_it_leaves_innermost_first(env: Env) -> None:
    closed.clear()
    failing: Program[int, TransportError] = Program.from_failure(LOST)
    assert to_result(leaving("outer", leaving("inner", failing))(env)) == Failure(LOST)  # type: ignore[arg-type]
    assert closed == ["inner", "outer"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, StopIteration, ZeroDivisionError])
def test_an_exception_of_a_transport_closes_every_generator_and_propagates(error: type[BaseException]) -> None:
    def broken(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
        raise error

    closed.clear()
    inner = perform(HttpRequest("GET", "https://x/"), 1.0).map(lambda response: response.status)
    with new_env(region="us-east-1", transport=broken) as env, pytest.raises(error):
        leaving("outer", leaving("inner", inner))(env)  # type: ignore[arg-type]
    assert closed == ["inner", "outer"]


def test_a_program_of_a_hundred_thousand_steps(env: Env) -> None:
    assert to_result(adding((1,) * 100_000)(env)) == Success(100_000)


def test_the_repr_of_a_program_shows_no_argument() -> None:
    assert "s3cret" not in repr(send(new_send_event("s3cret", ConnectionToken("s3cret")))) + repr(adding.__wrapped__)  # type: ignore[attr-defined]


def test_bimap_changes_the_success_or_the_failure() -> None:
    assert new_env().run(Program.from_value(1).bimap(str, repr)) == IOSuccess("1")
    assert new_env().run(Program.from_failure(1).bimap(repr, str)) == IOFailure("1")


def test_an_attribute_error_of_a_run_is_the_one_that_is_raised() -> None:
    class Broken:
        def run(self, program: object) -> object:
            raise AttributeError("no such attribute")

    with pytest.raises(AttributeError, match="no such attribute"):
        now()(Broken())  # type: ignore[call-overload]


def test_dir_names_no_attribute_that_holds_a_value() -> None:
    assert "map" in dir(Program.from_value("secret"))
    assert not {"result", "_result"} & set(dir(Program.from_value("secret")))


def test_tokened_gives_a_token_where_one_is_taken_and_none_is_given() -> None:
    event = new_send_event(EVENT_TYPING, ConnectionToken("t"))
    first = rehearse(tokened(event)).outcome
    assert first is not None
    given = first.unwrap()
    assert given == event & send_event_client_token.set("token-1")
    assert rehearse(tokened(given)).outcome == Success(given)


USES: dict[str, tuple[Callable[[Any], object], str]] = {
    "an entry": (lambda heard: heard[0], ""),
    "a length": (len, ""),
    "a search": (lambda heard: "no" in heard, ""),
    "a condition": (bool, "; compare it with None if it may be None"),
    "a text": (lambda heard: f"you wrote {heard}", "; write !r in the f-string to show it"),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("heard", [send(new_send_event(EVENT_TYPING, ConnectionToken("t"))), now()])
def test_a_program_that_is_used_as_its_success_says_that_it_was_not_run(heard: Program[Any, Any], use: str) -> None:
    function, hint = USES[use]
    with pytest.raises(TypeError) as raised:
        function(heard)
    advice = "write `yield from` before it in a @program, or call it with an environment"
    assert str(raised.value) == f"{heard!r} was not run: {advice}{hint}"


def test_an_attribute_of_the_success_of_a_program_that_was_not_run(env: Env) -> None:
    @program
    def forgetful() -> Steps[object]:
        (heard,) = now()
        yield from leaving("inner", Program.from_value(1))
        return heard.content  # type: ignore[attr-defined]

    with pytest.raises(AttributeError) as raised:
        leaving("outer", forgetful())(env)  # type: ignore[arg-type]
    assert str(raised.value) == "'Program' object has no attribute 'content'"
    hint, *lines = raised.value.__notes__
    assert hint.startswith("<Program> was not run: write `yield from`")
    assert [line.partition(",")[0] for line in lines] == [
        f"in the program {forgetful.__qualname__}",
        "in the program leaving",
    ]


def test_a_program_is_shown_compared_copied_and_asked_for_attributes_as_any_object() -> None:
    held = adding((1, 2))
    assert (str(held), f"{held!r}", repr(type(held))) == (
        "<Program adding>",
        "<Program adding>",
        repr(type(adding(()))),
    )
    assert copy.copy(held) == copy.deepcopy(held) == held
    assert not hasattr(held, "content")
    assert list(held) == [held]
    assert type(now()).__name__ == type(held).__name__ == "Program"
    for each in (now(), Program.from_value(1), now().attempt()):
        assert type(pickle.loads(pickle.dumps(each))) is type(each)
