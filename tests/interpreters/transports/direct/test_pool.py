"""ConnectionPool without sockets, with a fake clock."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from lensconnect.interpreters.transports.direct.pool import ConnectionPool, Slot


@dataclass(eq=False)
class Fake:
    """A fake connection."""

    stale: bool = False
    closed: bool = False

    def is_stale(self) -> bool:
        """Return the configured state."""
        return self.stale

    def close(self) -> None:
        """Fail if it is closed twice."""
        assert not self.closed
        self.closed = True


def acquired(pool: ConnectionPool[Fake], key: str, now: float = 0.0) -> Slot[Fake] | None:
    """Acquire a slot, if there is room, as a transport does."""
    slot: Slot[Fake] = Slot(key)
    if not pool.acquire(slot, now):
        return None
    while slot.connection is not None and slot.connection.is_stale():
        slot.close()
        pool.take_idle(slot, now)
    pool.close_dropped()
    return slot


def opened(pool: ConnectionPool[Fake], key: str, now: float = 0.0) -> Slot[Fake]:
    """Acquire a slot and open its connection if it has none."""
    slot = acquired(pool, key, now)
    assert slot is not None
    slot.connection = slot.connection or Fake()
    return slot


def released(pool: ConnectionPool[Fake], slot: Slot[Fake], now: float, *, keep: bool) -> None:
    """Return a slot to the pool, as a transport does."""
    if keep:
        pool.release(slot, now)
    else:
        slot.close()
        pool.discard(slot)
    pool.close_dropped()


def kept(pool: ConnectionPool[Fake], key: str, now: float = 0.0) -> Fake:
    """Return an idle connection."""
    slot = opened(pool, key, now)
    assert slot.connection is not None
    connection = slot.connection
    released(pool, slot, now, keep=True)
    return connection


def test_the_connection_used_last_is_acquired_first() -> None:
    """The connection used last is acquired first: the peer is least likely to have closed it."""
    pool: ConnectionPool[Fake] = ConnectionPool(4, 4, 55.0)
    a, b = opened(pool, "x"), opened(pool, "x")
    first, last = a.connection, b.connection
    released(pool, a, 1.0, keep=True)
    released(pool, b, 2.0, keep=True)
    assert opened(pool, "x", 3.0).connection is last
    assert opened(pool, "x", 3.0).connection is first


def test_keys_do_not_mix() -> None:
    """A connection is reused for its own key only."""
    pool: ConnectionPool[Fake] = ConnectionPool(4, 4, 55.0)
    connection = kept(pool, "x")
    assert opened(pool, "y").connection is not connection


def test_expired_connections_are_not_reused() -> None:
    """An expired connection is closed and not reused."""
    pool: ConnectionPool[Fake] = ConnectionPool(4, 4, 55.0)
    old = kept(pool, "x", 0.0)
    assert opened(pool, "x", 56.0).connection is not old
    assert old.closed


def test_a_slot_takes_another_idle_connection_in_place_of_a_stale_one() -> None:
    """A slot in use takes the idle connections of its key one after the other, and keeps its room without one."""
    pool: ConnectionPool[Fake] = ConnectionPool(2, 2, 55.0)
    a, b = opened(pool, "x"), opened(pool, "x")
    first, last = a.connection, b.connection
    released(pool, a, 1.0, keep=True)
    released(pool, b, 2.0, keep=True)
    slot = opened(pool, "x", 3.0)
    assert slot.connection is last
    for expected in (first, None):
        slot.close()
        pool.take_idle(slot, 3.0)
        assert slot.connection is expected
    other = acquired(pool, "x")
    assert other
    assert not acquired(pool, "x")


def test_limits() -> None:
    """Both limits hold; an idle connection of another key is closed to make room."""
    pool: ConnectionPool[Fake] = ConnectionPool(3, 2, 55.0)
    a, b = opened(pool, "x"), opened(pool, "x")
    assert not acquired(pool, "x")
    idle = kept(pool, "y")
    held = opened(pool, "z")
    assert idle.closed
    assert not acquired(pool, "y")
    released(pool, a, 0.0, keep=False)
    for slot in (held, b, opened(pool, "y")):
        assert slot.connection is not None
        assert not slot.connection.closed


def test_expired_ones_are_closed() -> None:
    """Releasing a slot closes expired connections."""
    pool: ConnectionPool[Fake] = ConnectionPool(3, 3, 55.0)
    old, slot = kept(pool, "x", 0.0), opened(pool, "y", 60.0)
    released(pool, slot, 60.0, keep=True)
    assert old.closed
    assert pool.idle_count == 1


def test_an_expired_one_behind_a_stale_one_is_closed() -> None:
    pool: ConnectionPool[Fake] = ConnectionPool(3, 3, 55.0)
    first, second = opened(pool, "x"), opened(pool, "x")
    expired, stale = first.connection, second.connection
    assert expired is not None
    assert stale is not None
    released(pool, first, 0.0, keep=True)
    released(pool, second, 30.0, keep=True)
    stale.stale = True
    opened(pool, "x", 60.0)
    assert (expired.closed, stale.closed, pool.idle_count) == (True, True, 0)


def test_a_lost_slot_frees_its_room() -> None:
    """A slot that its holder has lost frees its room."""
    pool: ConnectionPool[Fake] = ConnectionPool(1, 1, 55.0)
    slot = opened(pool, "x")
    assert not acquired(pool, "x")
    del slot
    assert acquired(pool, "x")


def test_reset_after_fork() -> None:
    """After a fork the pool is empty."""
    pool: ConnectionPool[Fake] = ConnectionPool(2, 2, 55.0)
    slot, idle = opened(pool, "x"), kept(pool, "y")
    pool.reset_after_fork()
    assert idle.closed
    assert slot.connection is not None
    assert opened(pool, "x") is not opened(pool, "x")


class Bookkeeping(RuleBasedStateMachine):
    """Any sequence of acquire and release keeps the limits and acquires no connection twice."""

    slots = Bundle("slots")
    keys = st.sampled_from("xyz")

    def __init__(self) -> None:
        super().__init__()
        self.pool: ConnectionPool[Fake] = ConnectionPool(4, 2, 55.0)
        self.now = 0.0
        self.made: list[Fake] = []
        self.held: dict[Slot[Fake], Fake] = {}

    @rule(target=slots, key=keys, passed=st.sampled_from([0.0, 1.0, 30.0, 60.0]))
    def take(self, key: str, passed: float) -> Slot[Fake] | None:
        """Acquire a slot if there is one."""
        self.now += passed
        slot = acquired(self.pool, key, self.now)
        if slot is None:
            return None
        if slot.connection is None:
            slot.connection = Fake()
            self.made.append(slot.connection)
        assert not slot.connection.closed
        assert not slot.connection.stale
        assert slot.connection not in self.held.values()
        self.held[slot] = slot.connection
        return slot

    @rule(slot=consumes(slots), keep=st.booleans(), stale=st.booleans())
    def give(self, slot: Slot[Fake] | None, *, keep: bool, stale: bool) -> None:
        """Release a slot, with its connection fresh or stale."""
        if slot is None:
            return
        connection = self.held.pop(slot)
        connection.stale = stale
        released(self.pool, slot, self.now, keep=keep)
        assert connection.closed or keep

    @invariant()
    def bounded(self) -> None:
        """The open connections are within the limit, and are those in use and idle."""
        open_ones = [one for one in self.made if not one.closed]
        assert len(open_ones) <= 4
        assert len(open_ones) == len(self.held) + self.pool.idle_count

    def teardown(self) -> None:
        """Close all idle connections."""
        self.pool.drop_idle()
        self.pool.close_dropped()
        assert sum(not one.closed for one in self.made) == len(self.held)


Bookkeeping.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestBookkeeping = Bookkeeping.TestCase
