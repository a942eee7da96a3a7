"""Scripts: contact flows as data, as the agent page writes them: no code, and patterns that take linear time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lensconnect.record import Shape, decoder

MOST_ANSWERS: Final = 50
MOST_SCRIPTS: Final = 100
LONGEST_NAME: Final = 64
LONGEST_PATTERN: Final = 200
LONGEST_TEXT: Final = 4_000
"""In characters; 4 bytes each fit in a message of the service, 16,384 bytes."""


class ScriptAnswer(Shape, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    """A pattern and the text that answers a message in which it is found; with `ends` the flow then ends the chat."""

    pattern: str
    answer: str = ""
    ends: bool = False


class FlowScript(Shape, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    """A flow that says `greeting`, then answers each message of the customer; "" says nothing."""

    name: str
    greeting: str = ""
    answers: tuple[ScriptAnswer, ...] = ()
    otherwise: str = ""

    def answer_to(self, text: str) -> ScriptAnswer:
        """Return the answer of the first pattern that is found in a text, else `otherwise`; its text may be ""."""
        otherwise = ScriptAnswer(pattern="", answer=self.otherwise)
        return next((each for each in self.answers if is_found(each.pattern, text)), otherwise)

    def fault(self) -> str | None:
        """Return what is wrong with the script, `None` if nothing is."""
        return next(self._faults(), None)

    def _faults(self) -> Iterator[str]:
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            yield f"Name must be 1 to {LONGEST_NAME} printable characters long"
        if len(self.answers) > MOST_ANSWERS:
            yield f"Answers must be at most {MOST_ANSWERS}"
        if not (self.answers or self.greeting or self.otherwise):
            yield "A script needs a Greeting, Answers or Otherwise"
        for each in self.answers:
            if not each.pattern.strip(" *") or len(each.pattern) > LONGEST_PATTERN:
                yield f"Pattern must be 1 to {LONGEST_PATTERN} characters long and more than *"
            if not each.answer.strip() and not each.ends:
                yield "Answer must not be empty, unless it Ends the chat"
        if any(len(text) > LONGEST_TEXT for text in (self.greeting, self.otherwise, *(a.answer for a in self.answers))):
            yield f"A text must be at most {LONGEST_TEXT} characters long"


read_script: Final = decoder(FlowScript)
"""Read a script from JSON; raises `NotDecodable`."""


def is_found(pattern: str, text: str) -> bool:
    """Return whether a text holds the parts of a pattern, in order and without regard to case; `*` stands for any text.

    >>> is_found("open*sunday", "Are you OPEN on Sundays?"), is_found("open*sunday", "Sunday: open?")
    (True, False)
    """
    folded, place = text.casefold(), 0
    for part in pattern.casefold().split("*"):
        place = folded.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True
