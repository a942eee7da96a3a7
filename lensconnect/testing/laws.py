"""Check an optic against the laws of optics, or a transport or socket driver against the contract, in one line.

    check_lens(my_lens, states, values)
    assert_transport(MyTransport, tier="careful")
    assert_sockets(MySockets)

The checks of a transport and of a socket driver come from `lensconnect.testing.contract`.  A check of an optic tries every
combination of its states and values and raises `BrokenLawError` at the first law that does not hold.
Under Hypothesis, pass the examples that you have drawn.  The message names the law and the indexes of the
states and values; it shows none of them, because they may be secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import TypeVar

from lensconnect.optics import Iso, Lens, Prism, Traversal
from lensconnect.testing.contract import (
    aassert_sockets,
    aassert_transport,
    acheck_sockets,
    acheck_transport,
    assert_sockets,
    assert_transport,
    check_sockets,
    check_transport,
)

S = TypeVar("S")
A = TypeVar("A")

__all__ = [
    "BrokenLawError",
    "aassert_sockets",
    "aassert_transport",
    "acheck_sockets",
    "acheck_transport",
    "assert_sockets",
    "assert_transport",
    "check_iso",
    "check_lens",
    "check_prism",
    "check_sockets",
    "check_transport",
    "check_traversal",
]


class BrokenLawError(AssertionError):
    """An optic breaks a law of its kind."""


def check_iso(iso: Iso[S, A], states: Iterable[S], values: Iterable[A]) -> None:
    """Check that each of the two functions is the inverse of the other, and the laws of a lens.

    `states` and `values` must be such as the functions take: `Iso(int, str)` keeps its laws for "7", not for "07".

    >>> from lensconnect import Iso
    >>> check_iso(Iso(int, str), ["1", "-20"], [3, 4])
    """
    states, values = tuple(states), tuple(values)
    for at, state in enumerate(states):
        _expect(iso.back(iso.there(state)) == state, iso, "there-back", state=at)
        _expect(iso.reverse().put(state, iso.there(state)) == iso.there(state), iso, "reverse", state=at)
    for index, value in enumerate(values):
        _expect(iso.there(iso.back(value)) == value, iso, "back-there", value=index)
        _expect(iso.reverse().view(value) == iso.back(value), iso, "reverse is back", value=index)
    check_lens(iso, states, values)


def check_lens(lens: Lens[S, A], states: Iterable[S], values: Iterable[A]) -> None:
    """Check get-put, put-get and put-put, and that methods which mean the same do the same.

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
        put = state & lens.set(value)
        _expect(put == changed == lens.set(value)(state), lens, "set is put", state=at, value=index)
        for later, other in enumerate(values):
            _expect(lens.put(other, changed) == lens.put(other, state), lens, "put-put", state=at, value=later)
    check_traversal(lens, states, map(_constant, values))


def check_traversal(
    traversal: Traversal[S, A],
    states: Iterable[S],
    functions: Iterable[Callable[[A], A]] = (),
    *,
    exact: bool = True,
) -> None:
    """Check identity and composition of `modify`, and that it changes exactly the foci that `collect` returns.

    With `exact=False` states are compared by their foci only: see `check_prism`.

    >>> from lensconnect import Fault, InvalidRequest, fault_path, invalid_request_faults
    >>> state = InvalidRequest((Fault("a", "1..2 characters"), Fault("b", "int")))
    >>> check_traversal(invalid_request_faults.Each() & fault_path, [state], [str.upper])
    """
    states, functions = tuple(states), tuple(functions)
    for at, state in enumerate(states):
        foci = traversal.collect()(state)
        _expect(traversal.modify(_identity)(state) == state, traversal, "modify by identity changes nothing", state=at)
        _expect(traversal.preview()(state) == next(iter(foci), None), traversal, "preview is the first focus", state=at)
        seen: list[A] = []
        traversal.modify(_recording(seen))(state)
        _expect(seen == foci, traversal, "modify visits what collect returns, in order", state=at)
        if foci:
            put_first = traversal.set(foci[0])(state)
            _expect(traversal.collect()(put_first) == [foci[0]] * len(foci), traversal, "set-collect", state=at)
    for (at, state), (index, function) in product(enumerate(states), enumerate(functions)):
        once = traversal.modify(function)(state)
        changed = [function(focus) for focus in traversal.collect()(state)]
        _expect(traversal.collect()(once) == changed, traversal, "modify-collect", state=at, value=index)
        for later, other in enumerate(functions):
            twice, at_once = traversal.modify(other)(once), traversal.modify(_composed(function, other))(state)
            same = twice == at_once if exact else traversal.collect()(twice) == traversal.collect()(at_once)
            _expect(same, traversal, "modify of a composition", state=at, value=later)


def check_prism(prism: Prism[S, A], states: Iterable[S], values: Iterable[A], *, exact: bool = True) -> None:
    """Check construct-unpack, unpack-construct, and that setting changes nothing where there is no focus.

    `values` must be values that the prism can focus: a prism that narrows a type, for example to one kind
    of error, keeps its laws for those only.  `exact=False` is for a prism whose states hold more than the
    focus, such as the white space of a JSON text: a state constructed from its focus may differ from the
    original, and so may a state after a change and its reversal.

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
            _expect(prism.set(focus)(state) == state, prism, "set of the focus changes nothing", state=at)
            _expect(not exact or prism.construct(focus) == state, prism, "unpack-construct", state=at)
    for (at, state), (index, value) in product(enumerate(states), enumerate(values)):
        focused = prism.unpack(state) is not None
        after = prism.set(value)(state)
        _expect(prism.unpack(after) == (value if focused else None), prism, "set-unpack", state=at, value=index)
        _expect(focused or after == state, prism, "without a focus, set changes nothing", state=at, value=index)
    check_traversal(prism, states, map(_constant, values), exact=exact)


def _expect(holds: bool, optic: object, law: str, **at: int) -> None:
    if not holds:
        places = ", ".join(f"{name} {index}" for name, index in at.items())
        raise BrokenLawError(f"{optic!r} breaks the law {law!r} at {places}")


def _identity(value: A) -> A:
    return value


def _constant(value: A) -> Callable[[A], A]:
    return lambda _: value


def _composed(first: Callable[[A], A], second: Callable[[A], A]) -> Callable[[A], A]:
    return lambda value: second(first(value))


def _recording(seen: list[A]) -> Callable[[A], A]:
    def record(focus: A) -> A:
        seen.append(focus)
        return focus

    return record
