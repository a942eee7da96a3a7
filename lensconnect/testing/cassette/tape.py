"""Recording a conversation while it takes place, and replaying it without the service."""

from __future__ import annotations

from collections.abc import Callable

from lensconnect.http import HttpRequest
from lensconnect.testing.cassette.exchanges import Cassette, Exchange
from lensconnect.testing.cassette.scrub import Scrubber, scrubbed
from lensconnect.testing.scripted import Expectation, Expectations, ScriptedTransport, read
from lensconnect.testing.trace import Outcome, TransportWrapper, watched

__all__ = ["Tape", "recording", "replaying"]


class Tape:
    """What recordings are made on, of one transport or several."""

    def __init__(self, *, keep_content: bool = False) -> None:
        self._keep_content = keep_content
        self._begun: list[_Begun] = []

    @property
    def cassette(self) -> Cassette:
        """What is on it so far, scrubbed; an exchange that has not ended, or never will, is not."""
        ended = tuple(
            Exchange(begun.request, begun.outcome) for begun in tuple(self._begun) if begun.outcome is not None
        )
        return scrubbed(Cassette(ended, self._keep_content))

    def begin(self, request: HttpRequest, _: float) -> Callable[[Outcome], None]:
        """Take the next place for a request; what this gives puts the outcome there."""
        begun = _Begun(request)
        self._begun.append(begun)
        return begun.end


class _Begun:
    """A place on a tape."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.outcome: Outcome | None = None

    def end(self, outcome: Outcome) -> None:
        self.outcome = outcome


def recording(tape: Tape) -> TransportWrapper:
    """The same transport, everything that goes through it being kept on the tape."""
    return watched(tape.begin)


def replaying(cassette: Cassette) -> ScriptedTransport:
    """What was recorded, again: requests of each operation in their order, up to the names of their secrets.

    Secrets differ from run to run, so the live ones get names as those on the cassette have.  A request
    that does not come next is an `UnexpectedRequestError`.
    """
    scrub = Scrubber(keep_content=cassette.keep_content)
    steps = [
        Expectation(number, read(exchange.request), exchange.outcome)
        for number, exchange in enumerate(scrubbed(cassette).exchanges, 1)
    ]
    script = Expectations(steps, in_each_operation=True)

    def answer(request: HttpRequest) -> Outcome:
        asked = scrub.request(request)
        return scrub.outcome(asked, script.play(read(asked)))

    return ScriptedTransport(answer, script)
