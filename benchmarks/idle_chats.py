"""Open many chats in one AsyncEnv at an emulator: `python -m benchmarks.idle_chats URL CHATS` prints the memory of one.

It prints the bytes of resident memory for each chat, once with all chats open and once with a `receive` waiting for
each, as JSON.  The first chats are not counted: they pay for what a process allocates once.
"""

from __future__ import annotations

import asyncio
import json
import sys

from benchmarks.crowd import PATIENCE, run_concurrently
from benchmarks.harness import resident_memory
from lensconnect import Chat, HttpRequest, ParticipantToken, new_async_env, open_chat, or_raise, receive
from lensconnect.interpreters.direct import AsyncDirectTransport

NOT_COUNTED = 50


async def measure(base_url: str, count: int) -> tuple[float, float]:
    direct = AsyncDirectTransport()
    env = new_async_env(endpoint_url=base_url, transport=direct)

    async def opened() -> Chat:
        request = HttpRequest("POST", f"{base_url}/_emulator/chats", (), b"{}")
        token = json.loads((await direct(request, PATIENCE)).unwrap().body)["ParticipantToken"]
        chat = or_raise(await open_chat(ParticipantToken(token))(env))
        or_raise(await receive(chat)(env))  # the one who joined
        return chat

    async def wait(chat: Chat) -> None:
        while True:
            or_raise(await receive(chat)(env))

    async with env, direct:
        first = await run_concurrently(opened() for _ in range(NOT_COUNTED))
        waiting = [asyncio.create_task(wait(chat)) for chat in first]
        await asyncio.sleep(1.0)
        before = resident_memory()
        chats = await run_concurrently(opened() for _ in range(count))
        idle = resident_memory()
        waiting += [asyncio.create_task(wait(chat)) for chat in chats]
        await asyncio.sleep(1.0)  # until each task waits
        waited = resident_memory()
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    return (idle - before) / count, (waited - before) / count


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2])))))
