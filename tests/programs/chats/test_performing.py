"""Orders of a chat, performed while another task acts on it."""

from __future__ import annotations

import lensconnect as lc
from lensconnect.interpreters.contract import Transport
from lensconnect.testing.simulate import Simulation


def test_a_receipt_under_way_is_not_sent_by_another_mark_too() -> None:
    receipts: list[str] = []
    opened: list[lc.Chat] = []
    items: list[lc.Item] = []

    def fault(transport: Transport) -> Transport:
        def marking(request: lc.HttpRequest, seconds: float) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            if request.url.endswith("/participant/event"):
                receipts.append(request.body.decode())
                if len(receipts) == 1:
                    lc.or_raise(lc.mark_delivered(opened[0], items[0])(simulation.env))
            return transport(request, seconds)

        return marking

    simulation = Simulation(1, fault=fault)
    started = simulation.service.start_chat()
    opened.append(lc.or_raise(lc.open_chat(started.participant_token)(simulation.env)))
    for text in ("older", "newer"):
        simulation.service.say(started.contact_id, text)
    items.extend(lc.or_raise(lc.replies(opened[0])(simulation.env)))
    lc.or_raise(lc.mark_delivered(opened[0], items[1])(simulation.env))
    assert lc.or_raise(lc.receive_within(opened[0], 20.0)(simulation.env)) is None
    assert len(receipts) == 1
