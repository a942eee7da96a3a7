"""Recording a conversation on a tape, and replaying a cassette without the service."""

from __future__ import annotations

from collections.abc import Callable

from lensconnect.http import HttpRequest
from lensconnect.testing.cassette.exchanges import Cassette, RecordedExchange
from lensconnect.testing.cassette.scrub import Scrubber, scrubbed
from lensconnect.testing.scripted import Expectations, ScriptedTransport, parse_request
from lensconnect.testing.trace import TransportOutcome, TransportWrapper, watched

__all__ = ["Tape", "recording", "replaying"]


class Tape:
    """Records the exchanges of one or more transports.

    With `keep_content` the cassette keeps message texts, display names and names of attachments.
    """

    def __init__(self, *, keep_content: bool = False) -> None:
        self._keep_content = keep_content
        self._begun: list[_BegunExchange] = []

    @property
    def cassette(self) -> Cassette:
        """The exchanges recorded so far, scrubbed, without those that have not ended."""
        ended = [(each.request, each.outcome) for each in tuple(self._begun) if each.outcome is not None]
        return scrubbed(Cassette(tuple(RecordedExchange(*each) for each in ended), self._keep_content))

    def begin(self, request: HttpRequest, _: float) -> Callable[[TransportOutcome], None]:
        """Record a request in the next place; the function returned records its outcome there."""
        self._begun.append(begun := _BegunExchange(request))
        return begun.end


class _BegunExchange:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.outcome: TransportOutcome | None = None

    def end(self, outcome: TransportOutcome) -> None:
        self.outcome = outcome


def recording(tape: Tape) -> TransportWrapper:
    """Return a wrapper that records every exchange of a transport on the tape and changes none."""
    return watched(tape.begin)


def replaying(cassette: Cassette) -> ScriptedTransport:
    """Return a transport that replays the cassette; the requests of each operation must come in their order.

    Secrets differ from run to run, so those of a request are replaced by pseudonyms, as on the cassette, before
    it is compared.  A request that is not the next one expected is an `UnexpectedRequestError`.
    """
    scrub = Scrubber(keep_content=cassette.keep_content)
    pairs = ((parse_request(exchange.request), exchange.outcome) for exchange in scrubbed(cassette).exchanges)
    expectations = Expectations(pairs, per_operation=True)

    def answer(request: HttpRequest) -> TransportOutcome:
        received = scrub.request(request)
        return scrub.outcome(received, expectations.meet(parse_request(received)))

    return ScriptedTransport(answer, expectations)
