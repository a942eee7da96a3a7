"""Replies of the service that lack a member."""

from __future__ import annotations

import lensconnect as lc
from lensconnect.interpreters.contract import Transport
from lensconnect.testing.faults import TransportFault

__all__ = ["without_member"]


def without_member(name: str) -> TransportFault:
    """Give the member of this name another one in every reply."""
    member, other = f'"{name}":'.encode(), f'"Not{name}":'.encode()

    def fault(transport: Transport) -> Transport:
        def perform(request: lc.HttpRequest, seconds: float) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            reply = transport(request, seconds).unwrap()
            return lc.Success(reply & lc.http_response_body.modify(lambda body: body.replace(member, other)))

        return perform

    return fault
