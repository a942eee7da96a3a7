"""Measure the CPU that a message and a page of the transcript take in the emulator, by the chat's length.

Only `Emulator.handle` is measured, without sockets and HTTP.  Messages are spread over several chats of each
length, so that the short chats stay short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, cycle

from benchmarks.harness import Case, Code, within
from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    ConnectionToken,
    Endpoint,
    HttpRequest,
    HttpResponse,
    Reply,
    Request,
    create_participant_connection_type,
    decode,
    describe,
    get_transcript_max_results,
    new_create_participant_connection,
    new_get_transcript,
    new_send_message,
    or_raise,
    send_message_client_token,
)
from lensconnect.emulator import Emulator

TITLE = "A long chat in the emulator"
LENGTHS = (100, 1_000, 10_000)
CHATS = 8
ENDPOINT = Endpoint("http://emulator.invalid")
TEXT = "Good morning, my parcel has not arrived yet."


class Chats:
    """Several chats of one length; each call sends one request to the next of them."""

    def __init__(self, length: int) -> None:
        self.emulator = Emulator(seed="length")
        self.numbers = count()
        tokens = [self._connect() for _ in range(CHATS)]
        self.tokens = cycle(tokens)
        for _ in range(length * CHATS):
            self.message()

    def _connect(self) -> ConnectionToken:
        set_type = create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
        request = set_type(new_create_participant_connection(self.emulator.start_chat().participant_token))
        opened = or_raise(decode(type(request), self.emulator.handle(described(request)))).connection_credentials
        assert opened is not None
        return ConnectionToken(str(opened.connection_token))

    def message(self) -> HttpResponse:
        request = new_send_message("text/plain", TEXT, next(self.tokens))
        return self.emulator.handle(described(send_message_client_token.set(str(next(self.numbers)))(request)))

    def page(self) -> HttpResponse:
        return self.emulator.handle(
            described(get_transcript_max_results.set(100)(new_get_transcript(next(self.tokens))))
        )


def described(request: Request[Reply]) -> HttpRequest:
    return or_raise(describe(request, ENDPOINT))


def cases() -> Iterator[Case]:
    chats = {f"{length:,} messages": Chats(length) for length in LENGTHS}
    shortest, *_, longest = chats

    def case(name: str, call: Callable[[Chats], Callable[[], HttpResponse]], share: float) -> Case:
        sides = {length: Code("call()", call=call(each)) for length, each in chats.items()}
        return Case(name, sides, {shortest: within(1.25)}, share, ours=longest)

    yield case("SendMessage", lambda each: each.message, 0.5)
    yield case("GetTranscript, the newest 100", lambda each: each.page, 1.0)
