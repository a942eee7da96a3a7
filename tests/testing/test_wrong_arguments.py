"""Wrong arguments of the test kit are refused where they are given: a test that they disarm would pass."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from lensconnect import now
from lensconnect.programs.effects import OpenSocket
from lensconnect.testing.cassette import Cassette, Tape, recording, recording_sockets, replaying, save
from lensconnect.testing.faults import (
    answered,
    frames_corrupted,
    frames_delayed,
    frames_dropped,
    frames_duplicated,
    frames_planned,
    frames_reordered,
    handshake_refused,
    slow,
    slow_opening,
    socket_cut_after,
    socket_expired,
    socket_silenced,
)
from lensconnect.testing.simulate import SimulatedClock, Simulation, check_seeds
from lensconnect.testing.stub import connection, pushes, stub


def untyped(value: Any) -> Any:
    """Return a value that a type checker would refuse."""
    return value


BY_CHANCE = [
    frames_corrupted,
    frames_dropped,
    frames_duplicated,
    frames_reordered,
    socket_expired,
    socket_silenced,
]


@pytest.mark.parametrize("fault", BY_CHANCE)
def test_a_fault_by_chance_takes_a_probability_and_a_function(fault: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="probability must be a number from 0 to 1, not 5"):
        fault(5, Random(1).random)
    with pytest.raises(
        TypeError, match=r"chance must be a function .*, such as Random\(7\)\.random, not a value of type"
    ):
        fault(0.5, Random(1))


WRONG: list[tuple[Callable[[], object], type[Exception], str]] = [
    (
        lambda: frames_planned(["drop", untyped("lost")]),
        ValueError,
        "frames_planned: there is no fault 'lost': use none, drop, dup",
    ),
    (lambda: frames_planned(untyped("drop")), ValueError, "frames_planned: there is no fault 'd'"),
    (lambda: frames_delayed(-1, print), ValueError, "frames_delayed: seconds must be a number from 0 up"),
    (lambda: socket_cut_after(-1), ValueError, "socket_cut_after: frames must be a whole number from 0 up"),
    (lambda: handshake_refused(untyped("403")), TypeError, "handshake_refused: status must be a whole number"),
    (lambda: slow_opening(-1, print), ValueError, "slow_opening: seconds must be"),
    (lambda: slow(-1, print), ValueError, "slow: seconds must be a number from 0 up"),
    (lambda: answered(untyped(429)), TypeError, "answered: response must be an HttpResponse"),
    (lambda: Simulation(untyped("1")), TypeError, "seed must be a whole number, or the choices of check_seeds"),
    (lambda: Simulation(1, chance=5), ValueError, "chance must be a number from 0 to 1"),
    (lambda: Simulation(1).draw(-1), ValueError, "draw: most must be a whole number from 0 up"),
    (lambda: Simulation(1).at(1.0, untyped(None)), TypeError, "at: action must be a function"),
    (lambda: Simulation(1).run({}), ValueError, "run: there is no participant"),
    (
        lambda: Simulation(1).run(untyped(now())),
        TypeError,
        "run: participants must be a mapping from names to programs",
    ),
    (
        lambda: Simulation(1).run({"bot": untyped(now)}),
        TypeError,
        "run: bot must be a program, not a value of type func",
    ),
    (lambda: check_seeds(print, []), ValueError, "check_seeds: there is no seed to check"),
    (lambda: replaying(untyped(Tape())), TypeError, "replaying: cassette must be a Cassette, made by load"),
    (lambda: recording(untyped(Cassette())), TypeError, "recording: tape must be a Tape"),
    (lambda: recording_sockets(untyped(Cassette())), TypeError, "recording_sockets: tape must be a Tape"),
    (lambda: save(untyped(Tape()), "never"), TypeError, "save: cassette must be a Cassette, such as tape.cassette"),
    (lambda: Tape(clock=untyped(SimulatedClock())), TypeError, "Tape: clock must be a function that returns seconds"),
]


@pytest.mark.parametrize(("use", "error", "words"), WRONG, ids=[words.split(" must")[0] for _, _, words in WRONG])
def test_a_wrong_argument_is_refused_at_once(use: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        use()


def test_a_wrong_fault_from_an_iterator_is_refused_at_its_frame() -> None:
    stubbed = stub({}, sockets=connection(pushes("a", "b"), answers=False))
    socket = frames_planned(iter(["none", untyped("lost")]))(stubbed.sockets)(
        OpenSocket("wss://chat.invalid/", 5.0, 1000)
    ).unwrap()
    assert socket.receive(1.0).unwrap() == "a"
    with pytest.raises(ValueError, match="there is no fault 'lost'"):
        socket.receive(1.0)
