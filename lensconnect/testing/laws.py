"""Laws as one-line checks: of optics and of transports, for this library's own and for yours.

    check_lens(my_lens, states, values)
    assert_transport(MyTransport)

Those of a transport are the suite `lensconnect.testing.contract`.  Each check of an optic tries every
combination of what it is given and raises `BrokenLawError` at the first law that does not hold; under
Hypothesis give it what you have drawn.  The message says which law and which of the states and values,
by index, and never shows one: they may be secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import TypeVar

from lensconnect.optics import Lens, Prism, Traversal
from lensconnect.testing.contract import aassert_transport, acheck_transport, assert_transport, check_transport

S = TypeVar("S")
A = TypeVar("A")

__all__ = [
    "BrokenLawError",
    "aassert_transport",
    "acheck_transport",
    "assert_transport",
    "check_lens",
    "check_prism",
    "check_transport",
    "check_traversal",
]


class BrokenLawError(AssertionError):
    """An optic does not keep a law of its kind."""


def check_lens(lens: Lens[S, A], states: Iterable[S], values: Iterable[A]) -> None:
    """Get-put, put-get, put-put, and that each way of saying the same does the same.

    >>> from lensconnect import Endpoint, endpoint_url
    >>> check_lens(endpoint_url, [Endpoint("https://a.example")], ["https://b.example", ""])
    """
    states, values = tuple(states), tuple(values)
    for at, state in enumerate(states):
        focus = lens.view(state)
        _expect(lens.put(focus, state) == state, lens, "get-put", state=at)
        _expect((state & lens.get()) == focus == lens.get()(state), lens, "get is view", state=at)
        _expect(lens.collect()(state) == [focus], lens, "collect holds one focus", state=at)
        _expect(lens.preview()(state) == focus, lens, "preview is view", state=at)
    for (at, state), (index, value) in product(enumerate(states), enumerate(values)):
        changed = lens.put(value, state)
        _expect(lens.view(changed) == value, lens, "put-get", state=at, value=index)
        _expect(
            (state & lens.set(value)) == changed == lens.set(value)(state), lens, "set is put", state=at, value=index
        )
        for later, other in enumerate(values):
            _expect(lens.put(other, changed) == lens.put(other, state), lens, "put-put", state=at, value=later)
    check_traversal(lens, states, map(_always, values))


def check_traversal(
    traversal: Traversal[S, A],
    states: Iterable[S],
    functions: Iterable[Callable[[A], A]] = (),
    *,
    exact: bool = True,
) -> None:
    """Identity and composition of `modify`, and that it reaches exactly what `collect` shows.

    `exact=False` compares compositions by their foci only: see `check_prism`.

    >>> from lensconnect import Fault, InvalidRequest, fault_path, invalid_request_faults
    >>> state = InvalidRequest((Fault("a", "1..2 characters"), Fault("b", "int")))
    >>> check_traversal(invalid_request_faults.Each() & fault_path, [state], [str.upper])
    """
    states, functions = tuple(states), tuple(functions)
    for at, state in enumerate(states):
        foci = traversal.collect()(state)
        _expect(traversal.modify(_itself)(state) == state, traversal, "modify by identity changes nothing", state=at)
        _expect(traversal.preview()(state) == next(iter(foci), None), traversal, "preview is the first focus", state=at)
        seen: list[A] = []
        traversal.modify(_seeing(seen))(state)
        _expect(seen == foci, traversal, "modify meets what collect shows, in order", state=at)
        if foci:
            put_first = traversal.set(foci[0])(state)
            _expect(traversal.collect()(put_first) == [foci[0]] * len(foci), traversal, "set-collect", state=at)
    for (at, state), (index, function) in product(enumerate(states), enumerate(functions)):
        once = traversal.modify(function)(state)
        changed = [function(focus) for focus in traversal.collect()(state)]
        _expect(traversal.collect()(once) == changed, traversal, "modify-collect", state=at, value=index)
        for later, other in enumerate(functions):
            twice, at_once = traversal.modify(other)(once), traversal.modify(_then(function, other))(state)
            same = twice == at_once if exact else traversal.collect()(twice) == traversal.collect()(at_once)
            _expect(same, traversal, "modify of a composition", state=at, value=later)


def check_prism(prism: Prism[S, A], states: Iterable[S], values: Iterable[A], *, exact: bool = True) -> None:
    """What is built is found again; what is found, put back, changes nothing; no focus, no change.

    `values` are ones the prism can focus: one that narrows (to a kind of error, say) keeps its laws on
    those.  `exact=False` is for a prism whose states hold more than the focus, such as the white space
    of a JSON text that is kept as long as the object does not change: built from its focus a state need
    not be what it was, and changing there and back need not bring the white space back.

    >>> from lensconnect import TransportError, transport_error
    >>> error = TransportError("reset", "gone", "maybe")
    >>> check_prism(transport_error, [error], [error])
    """
    states, values = tuple(states), tuple(values)
    for index, value in enumerate(values):
        _expect(prism.unpack(prism.construct(value)) == value, prism, "construct-unpack", value=index)
    for at, state in enumerate(states):
        focus = prism.unpack(state)
        found = [] if focus is None else [focus]
        _expect(prism.collect()(state) == found, prism, "collect is unpack", state=at)
        if focus is not None:
            _expect(prism.set(focus)(state) == state, prism, "what was found, put back, changes nothing", state=at)
            _expect(not exact or prism.construct(focus) == state, prism, "unpack-construct", state=at)
    for (at, state), (index, value) in product(enumerate(states), enumerate(values)):
        there = prism.unpack(state) is not None
        after = prism.set(value)(state)
        _expect(prism.unpack(after) == (value if there else None), prism, "set-unpack", state=at, value=index)
        _expect(there or after == state, prism, "without a focus, set changes nothing", state=at, value=index)
    check_traversal(prism, states, map(_always, values), exact=exact)


def _expect(holds: bool, optic: object, law: str, **at: int) -> None:
    if not holds:
        places = ", ".join(f"{name} {index}" for name, index in at.items())
        raise BrokenLawError(f"{optic!r} breaks the law {law!r} at {places}")


def _itself(value: A) -> A:
    return value


def _always(value: A) -> Callable[[A], A]:
    return lambda _: value


def _then(first: Callable[[A], A], second: Callable[[A], A]) -> Callable[[A], A]:
    return lambda value: second(first(value))


def _seeing(seen: list[A]) -> Callable[[A], A]:
    def see(focus: A) -> A:
        seen.append(focus)
        return focus

    return see
