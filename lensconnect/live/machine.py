"""A live chat as a state machine that asks for one thing at a time.  No I/O, clock or chance.

    order = plan(state, now, until)
    absorb(state, order, outcome, now, chance)

`plan` (`planning`) chooses the next order and changes only the queue of what is to be handed out.  `absorb`
(`absorbing`) takes the outcome of an order: a `Result` with the errors of the package.  `until` is the time at which
the caller wants to be back, `chance` a random number, 0 <= chance < 1.  A request, an opening or a page is begun after
`until` once for each call at most.  `advance` does both, and ends calls.
"""

from __future__ import annotations

from typing import Any, Final

from lensconnect.errors import Error
from lensconnect.live.absorbing import absorb
from lensconnect.live.orders import Fail, HandOut, Nothing, Order
from lensconnect.live.planning import plan
from lensconnect.live.state import ChatState
from lensconnect.results import Result

LAST_ORDERS: Final = (HandOut, Nothing, Fail)
"""The orders that end a call of `receive`."""


def advance(
    state: ChatState, order: Order | None, outcome: Result[Any, Error] | None, now: float, chance: float, until: float
) -> Order:
    """Absorb the outcome of the last order, if there is one, and plan the next; the end of a call starts a new one."""
    if order is not None and outcome is not None:
        absorb(state, order, outcome, now, chance)
    following = plan(state, now, until)
    if isinstance(following, LAST_ORDERS):
        state.looked = state.begun = False
    return following
