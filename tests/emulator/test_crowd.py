"""Many chats at once, over real HTTP and real sockets: nothing is lost, doubled or put out of order."""

from __future__ import annotations

import asyncio

from benchmarks.crowd import Crowd
from lensconnect.emulator import running


def test_a_crowd_hears_everything_once_and_in_order() -> None:
    async def meet(base_url: str) -> None:
        crowd = Crowd(base_url)
        await crowd.join(12)
        await crowd.send_messages(crowd.participants, 5)
        async with crowd.page_open():
            await crowd.send_messages(crowd.participants, 2)
        await crowd.check()
        assert {len(each.received) for each in crowd.participants} == {14}
        await crowd.leave()

    with running() as service:
        asyncio.run(meet(service.base_url))
