"""No input of the corpus, and no mutation of one, breaks a promise of the library."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from helpers.lanes import searched

from .mutations import mutations
from .targets import CORPUS, TARGETS, Target

MOST_BYTES = 6000


def corpus_of(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def check(target: Target, data: bytes) -> None:
    """Check an input; an exception names it."""
    try:
        target.check(data)
    except Exception as error:
        error.add_note(f"the input is {data!r}")
        raise


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_breaks_no_promise(name: str) -> None:
    for data in corpus_of(name):
        check(TARGETS[name], data)


@searched("count", fast=300, slow=4_000)
@pytest.mark.parametrize("name", TARGETS)
def test_no_mutation_breaks_a_promise(name: str, count: int) -> None:
    target, random = TARGETS[name], Random(count)
    for data in islice(mutations(random, corpus_of(name), target.words), count):
        check(target, data)


def test_each_target_has_a_corpus_of_small_inputs() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    for name in TARGETS:
        assert 0 < max(map(len, corpus_of(name))) <= MOST_BYTES


def test_a_broken_promise_is_shown_with_its_input() -> None:
    def broken(data: bytes) -> None:
        assert not data

    with pytest.raises(AssertionError) as caught:
        check(Target(broken), b"\x00\xff")
    assert caught.value.__notes__ == ["the input is b'\\x00\\xff'"]
