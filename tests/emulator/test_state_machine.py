"""The service as a state machine, compared with a simple model, under random sequences of operations.

In every transcript the times increase strictly; a participant that has left is denied, and so is everyone
after the end; a repeated ClientToken has no effect; nothing follows the end; pages hold each item once, in
both directions, while messages arrive.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lensconnect import (
    ConnectionToken,
    GetTranscript,
    Item,
    ScanDirection,
    ServiceError,
    SortKey,
    StartPosition,
    get_transcript_next_token,
    new_disconnect_participant,
    new_get_transcript,
    new_send_event,
    new_send_message,
    send_event_content,
    send_message_client_token,
)
from lensconnect.emulator import Options

from .helpers.harness import Harness, WebSocketClient, kinds

EVENT = "application/vnd.amazonaws.connect.event."
SIDES = st.sampled_from(["customer", "agent"])
SORTS = st.sampled_from(["ASCENDING", "DESCENDING"])


class Service(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.harness = Harness(Options(customer_idle_seconds=50, customer_disconnect_seconds=100, socket_seconds=400))
        chat = self.harness.chat
        self.participant_tokens = {"customer": chat.participant_token, "agent": chat.agent_token}
        self.ids = {"customer": chat.participant_id, "agent": chat.agent_id}
        self.tokens: dict[str, ConnectionToken] = {}
        self.clients: dict[str, list[tuple[WebSocketClient, list[dict[str, Any]]]]] = {"customer": [], "agent": []}
        self.messages: list[str] = []
        self.by_token: dict[tuple[str, str], str] = {}
        self.left: set[str] = set()
        self.over = False

    def gone(self, side: str) -> bool:
        return self.over or side in self.left

    def read_frames(self) -> None:
        """Read the pushed frames, and note whether the chat has ended."""
        for clients in self.clients.values():
            for client, items in clients:
                items += client.items()
        self.over = self.over or any(EVENT + "chat.ended" in frame.text for frame in self.harness.frames)
        self.harness.frames.clear()

    @rule(side=SIDES)
    def connect(self, side: str) -> None:
        if self.gone(side):
            url = "ws://emulator.invalid/participant/socket?ticket=x"
            assert WebSocketClient(self.harness, url).refusal is not None
            return
        self.tokens[side] = self.harness.connect(self.participant_tokens[side])

    @precondition(lambda self: not self.over)
    @rule(side=SIDES, subscribes=st.booleans())
    def open(self, side: str, subscribes: bool) -> None:
        if not self.gone(side):
            client = self.harness.open_socket(self.participant_tokens[side])
            if client.refusal is None:
                self.clients[side].append((client, []))
                if subscribes:
                    client.harness.emulator.receive_frame(
                        client.id, '{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}'
                    )
            else:
                assert client.refusal.status == 429

    @rule(side=SIDES, which=st.integers(0, 4))
    def hang_up(self, side: str, which: int) -> None:
        if which < len(self.clients[side]):
            client, _ = self.clients[side].pop(which)
            self.harness.emulator.close_socket(client.id)

    @rule(side=SIDES, text=st.text(min_size=1, max_size=5), once=st.sampled_from([None, "t", "u"]))
    def say(self, side: str, text: str, once: str | None) -> None:
        if side not in self.tokens:
            return
        request = send_message_client_token.put(once, new_send_message("text/plain", text, self.tokens[side]))
        outcome = self.harness.send(request)
        before = self.by_token.get((side, once or ""))
        if self.gone(side):
            error = outcome.failure()
            assert isinstance(error, ServiceError)
            assert error.status == 403
            return
        identity = outcome.unwrap().id or ""
        assert before in (None, identity)
        if before is None:
            self.messages.append(identity)
        if once is not None:
            self.by_token[side, once] = identity

    @rule(side=SIDES, kind=st.sampled_from(["typing", "message.read", "message.delivered"]), which=st.integers(0, 20))
    def event(self, side: str, kind: str, which: int) -> None:
        if side in self.tokens and not self.gone(side) and self.messages:
            content = json.dumps({"messageId": self.messages[which % len(self.messages)]})
            event = new_send_event(EVENT + kind, self.tokens[side])
            self.harness.send(send_event_content.put(None if kind == "typing" else content, event)).unwrap()

    @rule(seconds=st.sampled_from([0.0, 0.001, 1.0, 40.0, 90.0]))
    def wait(self, seconds: float) -> None:
        self.harness.advance(seconds)
        self.read_frames()

    @rule(side=SIDES)
    def leave(self, side: str) -> None:
        if side in self.tokens:
            outcome = self.harness.send(new_disconnect_participant(self.tokens[side]))
            assert isinstance(
                outcome.unwrap().http_status if not self.gone(side) else outcome.failure(), int | ServiceError
            )
            self.left.add(side)
            self.over = self.over or side == "customer"

    @rule(side=SIDES, size=st.integers(1, 4), forward=st.booleans(), sort=SORTS, meanwhile=st.integers(0, 2))
    def page(self, side: str, size: int, forward: bool, sort: str, meanwhile: int) -> None:
        self.read_frames()
        if side not in self.tokens or self.gone(side):
            return
        token = self.tokens[side]
        start = StartPosition(most_recent=100) if forward else None
        request = GetTranscript(
            connection_token=token,
            max_results=size,
            scan_direction=ScanDirection("FORWARD" if forward else "BACKWARD"),
            sort_order=SortKey(sort),
            start_position=start,
        )
        seen: list[Item] = []
        held = len(self.messages)
        for turn in range(100):
            reply = self.harness.send(request).unwrap()
            page = list(reply.transcript or ())
            assert len(page) <= size
            times = [item.absolute_time or "" for item in page]
            assert times == sorted(times, reverse=sort == "DESCENDING")
            seen += page
            if not reply.next_token:
                break
            request = get_transcript_next_token.put(reply.next_token, request)
            for _ in range(meanwhile if turn < 3 else 0):
                self.messages.append(self.harness.say(token, "meanwhile"))
        ids = [item.id for item in seen]
        assert len(ids) == len(set(ids))
        messages = [
            item.id for item in sorted(seen, key=lambda item: item.absolute_time or "") if item.type == "MESSAGE"
        ]
        assert messages == (self.messages if forward else self.messages[:held])

    @invariant()
    def times_rise_and_nothing_follows_the_end(self) -> None:
        self.read_frames()
        for side, clients in self.clients.items():
            for _, items in clients:
                times = [item["AbsoluteTime"] for item in items]
                ids = [item["Id"] for item in items if item["Type"] == "MESSAGE"]
                assert times == sorted(set(times))
                assert [identity for identity in self.messages if identity in ids] == ids
                shown = kinds(items)
                assert "chat.ended" not in shown[:-1]
                own_departures = [
                    kind == "participant.left" and item["ParticipantId"] == self.ids[side]
                    for kind, item in zip(shown, items, strict=True)
                ]
                assert True not in own_departures or shown[own_departures.index(True) + 1 :] in ([], ["chat.ended"])

    @invariant()
    def the_end_is_the_end(self) -> None:
        if self.over:
            for token in self.tokens.values():
                error = self.harness.send(new_get_transcript(token)).failure()
                assert isinstance(error, ServiceError)
                assert (error.status, error.code) == (403, "AccessDeniedException")

    @invariant()
    def a_transcript_holds_what_was_said_in_order(self) -> None:
        for side, token in self.tokens.items():
            if not self.gone(side):
                reply = self.harness.send(GetTranscript(connection_token=token, max_results=100)).unwrap()
                items = (reply.transcript or ())[::-1]
                times = [item.absolute_time or "" for item in items]
                assert times == sorted(set(times))
                assert [item.id for item in items if item.type == "MESSAGE"] == self.messages[-100:]
                kept = {item.content_type for item in items if item.type == "EVENT"}
                assert kept <= {EVENT + "participant.joined", EVENT + "participant.left"}


TestService = Service.TestCase
TestService.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
