"""Wrappers of transports compose as functions do, and their order can be observed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    HttpRequest,
    HttpResponse,
    Result,
    Success,
    Transport,
    TransportError,
    http_request_headers,
    is_err,
)
from lensconnect.testing.faults import (
    TransportFault,
    delivered_twice,
    healthy,
    lost_reply,
    lost_request,
    scheduled,
    slow,
    throttled,
    unavailable,
)


def marking(name: str) -> TransportFault:
    """A wrapper whose place in a chain can be read from the request and the response."""

    def wrapper(transport: Transport) -> Transport:
        def perform(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
            marked = request & http_request_headers.modify(lambda headers: (*headers, ("Via", name)))
            return transport(marked, seconds).map(
                lambda response: response.__replace__(headers=(*response.headers, ("Via", name)))
            )

        return perform

    return wrapper


def echo(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Success(HttpResponse(200, request.headers, request.body))


GET = HttpRequest("GET", "https://x/")
TRANSPORT_WRAPPERS: dict[str, TransportFault] = {
    "healthy": healthy,
    "lost_request": lost_request,
    "lost_reply": lost_reply,
    "delivered_twice": delivered_twice,
    "throttled": throttled,
    "unavailable": unavailable,
    "slow": slow(2.0, lambda _: None),
    "marking a": marking("a"),
    "marking b": marking("b"),
}
transport_wrappers = st.sampled_from(list(TRANSPORT_WRAPPERS.values()))


class Counted:
    """The echo transport; it records its requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[HttpRequest, float]] = []

    def __call__(self, request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
        self.asked.append((request, seconds))
        return echo(request, seconds)


def behaviour(wrapper: TransportFault, seconds: float) -> tuple[object, object]:
    counted = Counted()
    transport = wrapper(counted)
    return [transport(GET, seconds) for _ in range(3)], counted.asked


@given(transport_wrappers, transport_wrappers, transport_wrappers, st.sampled_from([1.0, 9.0]))
def test_wrapping_transports_is_associative_with_healthy_as_its_identity(
    one: TransportFault, two: TransportFault, three: TransportFault, seconds: float
) -> None:
    def composed(outer: TransportFault, inner: TransportFault) -> TransportFault:
        return lambda transport: outer(inner(transport))

    left, right = composed(composed(one, two), three), composed(one, composed(two, three))
    assert behaviour(left, seconds) == behaviour(right, seconds)
    assert behaviour(composed(one, healthy), seconds) == behaviour(one, seconds)
    assert behaviour(composed(healthy, one), seconds) == behaviour(one, seconds)


def test_the_outer_wrapper_is_first_on_the_way_out_and_last_on_the_way_back() -> None:
    response = marking("outer")(marking("inner")(echo))(GET, 1.0).unwrap()
    assert [value for _, value in response.headers] == ["outer", "inner", "inner", "outer"]


def test_scheduled_faults_apply_in_order_and_then_none() -> None:
    transport = scheduled([lost_request, throttled])(echo)
    outcomes = [transport(GET, 1.0) for _ in range(4)]
    assert [is_err(outcomes[0]), outcomes[1].unwrap().status, *outcomes[2:]] == [
        True,
        429,
        echo(GET, 1.0),
        echo(GET, 1.0),
    ]
