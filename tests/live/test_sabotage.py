"""The lives find what is broken: each variant that breaks a rule is caught."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from lensconnect import ItemReceived

from .helpers.lives import life_of, live
from .helpers.model_service import Faults, ModelService, Run
from .helpers.sabotage import SABOTAGES, sabotaged

FEW, MANY = 20, 400
RARE = {
    "no_reconciliation",
    "confirmation_at_once",
    "heartbeat_judged_before_looking",
    "receipts_without_distance",
    "second_socket_stays_open",
    "walk_ends_at_an_empty_page",
}
"""Variants that few lives find."""


def is_found(name: str, most: int) -> bool:
    """Return whether a life fails with the broken variant."""
    with sabotaged(name):
        for seed in range(most):
            try:
                live(life_of(seed))
            except (AssertionError, KeyError):
                return True
    return False


@pytest.mark.parametrize("name", sorted(SABOTAGES.keys() - RARE))
def test_a_broken_variant_is_found(name: str) -> None:
    assert is_found(name, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RARE))
def test_a_broken_variant_is_found_by_many_lives(name: str) -> None:
    assert is_found(name, MANY)


@pytest.mark.slow
def test_the_unbroken_machine_passes_the_same_lives() -> None:
    for seed in range(MANY):
        live(life_of(seed))


@pytest.mark.parametrize("name", [None, "anchor_is_the_last_seen", "no_catching_up"])
def test_a_lost_frame_before_a_loss_is_found_from_the_last_confirmed_item_only(name: str | None) -> None:
    with sabotaged(name) if name else nullcontext():
        service = ModelService(1)
        service.post("confirmed")
        run = Run(service)
        run.receive_until(service.now + 1)
        service.pass_time(service.now + 1)
        service.faults = Faults(lost=1.0)
        service.post("lost")
        service.faults = Faults()
        service.pass_time(service.now + 1)
        service.post("seen")
        run.receive_until(service.now + 1)
        for socket in service.open_sockets():
            socket.cut_at = service.now
        run.receive_until(service.now + 5)
    contents = {note.item.content for note in run.notes if isinstance(note, ItemReceived)}
    assert ("lost" in contents) == (name is None)


def test_there_are_enough_variants() -> None:
    assert len(SABOTAGES) > 24
    assert SABOTAGES.keys() > RARE
