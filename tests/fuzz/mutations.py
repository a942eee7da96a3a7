"""Inputs of the corpus, changed at random: what the lanes of the suite run instead of a search guided by coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

MOST_CHANGES = 4


def mutations(random: Random, corpus: Sequence[bytes], words: Sequence[str]) -> Iterator[bytes]:
    """Yield changed inputs without an end: a few changes to an input, each of one place."""
    vocabulary = [word.encode() for word in words] or [b"\0"]
    while True:
        data = random.choice(corpus)
        for _ in range(random.randint(1, MOST_CHANGES)):
            at = random.randint(0, len(data))
            end = random.randint(at, min(len(data), at + 8))
            other = random.choice(corpus)
            match random.randrange(6):
                case 0:
                    data = data[:at] + random.choice(vocabulary) + data[at:]
                case 1:
                    data = data[:at] + random.choice(vocabulary) + data[end:]
                case 2:
                    data = data[:at] + data[end:]
                case 3:
                    data = data[:at] + random.randbytes(1) + data[at + 1 :]
                case 4:
                    data = data[:end] + data[at:]
                case _:
                    data = data[:at] + other[random.randint(0, len(other)) :]
        yield data
