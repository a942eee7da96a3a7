"""Walk through a contact flow, and report every step at which it says something else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import lensconnect as lc


class Step(NamedTuple):
    """A text that the customer says or chooses, and the texts that follow.  The first step says nothing."""

    says: str
    expected: tuple[str, ...]


class Difference(NamedTuple):
    """A step of a walk, by its number, and what the flow said instead."""

    step: int
    expected: tuple[str, ...]
    heard: tuple[str, ...]

    def __str__(self) -> str:
        return f"step {self.step}: expected {list(self.expected)}, heard {list(self.heard)}"


def shown(items: Iterable[lc.Item]) -> tuple[str, ...]:
    """Return what a customer sees of some items: texts, titles of questions with their choices."""
    seen: list[str] = []
    for item in items:
        match lc.content_of(item):
            case lc.Text(text):
                seen.append(text)
            case lc.Interactive() as asked:
                seen.append("/".join(map(str, lc.choices_of(asked))))
            case _:
                pass
    return tuple(seen)


def question_in(items: Iterable[lc.Item]) -> lc.Interactive | None:
    """Return the last question of some items."""
    asked = [content for content in map(lc.content_of, items) if isinstance(content, lc.Interactive)]
    return asked[-1] if asked else None


@lc.program
def walk(customer: lc.Chat, steps: tuple[Step, ...]) -> lc.Steps[tuple[Difference, ...]]:
    """Walk through all steps; a text that is a choice of the last question is sent as its answer."""
    found: list[Difference] = []
    question: lc.Interactive | None = None
    for number, step in enumerate(steps):
        if step.says and question is not None and step.says in lc.choices_of(question):
            yield from lc.answer(customer, question, step.says)
        elif step.says:
            yield from lc.say(customer, step.says)
        items = yield from lc.replies(customer, within=20.0)
        question = question_in(items)
        if shown(items) != step.expected:
            found.append(Difference(number, step.expected, shown(items)))
    return tuple(found)


def walk_and_leave(token: lc.ParticipantToken, steps: tuple[Step, ...]) -> lc.Program[tuple[Difference, ...], lc.Error]:
    """Open a chat, walk through its flow, and leave it in every case."""
    return lc.converse(token, lambda customer: lc.ensure(walk(customer, steps), lc.leave(customer).attempt()))
