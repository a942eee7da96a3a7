"""Who may have which connection: the bookkeeping alone, with a clock of our own."""

from __future__ import annotations

import gc
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from lensconnect.interpreters.transports.direct.pool import Place, Shelf


@dataclass(eq=False)
class Fake:
    """A connection that is what it is told to be."""

    stale: bool = False
    closed: bool = False

    def is_stale(self) -> bool:
        """As told."""
        return self.stale

    def close(self) -> None:
        """Once only."""
        assert not self.closed
        self.closed = True


def opened(shelf: Shelf[Fake], key: str, now: float = 0.0) -> Place[Fake]:
    """A place that was lent, its connection opened if it has none."""
    place = shelf.take(key, now)
    assert place is not None
    place.connection = place.connection or Fake()
    return place


def kept(shelf: Shelf[Fake], key: str, now: float = 0.0) -> Fake:
    """A connection that has been put by."""
    place = opened(shelf, key, now)
    assert place.connection is not None
    connection = place.connection
    shelf.give(place, now, keep=True)
    return connection


def test_newest_first() -> None:
    """What was used last is the least likely to have been closed by the peer."""
    shelf: Shelf[Fake] = Shelf(4, 4, 55.0)
    a, b = opened(shelf, "x"), opened(shelf, "x")
    first, last = a.connection, b.connection
    shelf.give(a, 1.0, keep=True)
    shelf.give(b, 2.0, keep=True)
    assert opened(shelf, "x", 3.0).connection is last
    assert opened(shelf, "x", 3.0).connection is first


def test_keys_do_not_mix() -> None:
    """A connection is for its own origin only."""
    shelf: Shelf[Fake] = Shelf(4, 4, 55.0)
    connection = kept(shelf, "x")
    assert opened(shelf, "y").connection is not connection


def test_the_stale_and_the_old_are_closed() -> None:
    """Neither is lent again."""
    shelf: Shelf[Fake] = Shelf(4, 4, 55.0)
    old, stale = opened(shelf, "x"), opened(shelf, "x")
    connections = old.connection, stale.connection
    shelf.give(old, 0.0, keep=True)
    shelf.give(stale, 10.0, keep=True)
    assert connections[0]
    assert connections[1]
    connections[1].stale = True
    assert opened(shelf, "x", 56.0).connection not in connections
    assert connections[0].closed
    assert connections[1].closed


def test_bounds() -> None:
    """So many for one key, so many in all; an idle one of another key makes room."""
    shelf: Shelf[Fake] = Shelf(3, 2, 55.0)
    a, b = opened(shelf, "x"), opened(shelf, "x")
    assert not shelf.take("x", 0.0)
    idle = kept(shelf, "y")
    held = opened(shelf, "z")
    assert idle.closed
    assert not shelf.take("y", 0.0)
    shelf.give(a, 0.0, keep=False)
    for place in (held, b, opened(shelf, "y")):
        assert place.connection is not None
        assert not place.connection.closed


def test_expired_ones_are_closed() -> None:
    """On giving one back, others may go."""
    shelf: Shelf[Fake] = Shelf(3, 3, 55.0)
    old, place = kept(shelf, "x", 0.0), opened(shelf, "y", 60.0)
    shelf.give(place, 60.0, keep=True)
    assert old.closed
    assert shelf.idle == 1


def test_a_lost_place_frees_its_place() -> None:
    """Whatever became of its holder."""
    shelf: Shelf[Fake] = Shelf(1, 1, 55.0)
    place = opened(shelf, "x")
    assert not shelf.take("x", 0.0)
    del place
    gc.collect()
    assert shelf.take("x", 0.0)


def test_forgetting() -> None:
    """After a fork nothing is ours."""
    shelf: Shelf[Fake] = Shelf(2, 2, 55.0)
    place, idle = opened(shelf, "x"), kept(shelf, "y")
    shelf.forget()
    assert idle.closed
    assert place.connection is not None
    assert opened(shelf, "x") is not opened(shelf, "x")


class Bookkeeping(RuleBasedStateMachine):
    """Any history of taking and giving keeps the bounds and lends nothing twice."""

    places = Bundle("places")
    keys = st.sampled_from("xyz")

    def __init__(self) -> None:
        super().__init__()
        self.shelf: Shelf[Fake] = Shelf(4, 2, 55.0)
        self.now = 0.0
        self.made: list[Fake] = []
        self.held: dict[Place[Fake], Fake] = {}

    @rule(target=places, key=keys, passed=st.sampled_from([0.0, 1.0, 30.0, 60.0]))
    def take(self, key: str, passed: float) -> Place[Fake] | None:
        """Take one if there is one."""
        self.now += passed
        place = self.shelf.take(key, self.now)
        if place is None:
            return None
        if place.connection is None:
            place.connection = Fake()
            self.made.append(place.connection)
        assert not place.connection.closed
        assert not place.connection.stale
        assert place.connection not in self.held.values()
        self.held[place] = place.connection
        return place

    @rule(place=consumes(places), keep=st.booleans(), stale=st.booleans())
    def give(self, place: Place[Fake] | None, *, keep: bool, stale: bool) -> None:
        """Give it back, fresh or stale."""
        if place is None:
            return
        connection = self.held.pop(place)
        connection.stale = stale
        self.shelf.give(place, self.now, keep=keep)
        assert connection.closed or keep

    @invariant()
    def bounded(self) -> None:
        """What is open is in the bounds, and known."""
        still = [one for one in self.made if not one.closed]
        assert len(still) <= 4
        assert len(still) == len(self.held) + self.shelf.idle

    def teardown(self) -> None:
        """Nothing idle stays open."""
        self.shelf.close_idle()
        assert sum(not one.closed for one in self.made) == len(self.held)


Bookkeeping.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestBookkeeping = Bookkeeping.TestCase
