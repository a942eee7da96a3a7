"""IdleChat: a chat with limits of silence, watched on the customer's WebSocket."""

from __future__ import annotations

from lensconnect.emulator import Options

from .harness import Harness, WebSocketClient, kinds


class IdleChat:
    """A chat whose customer may be silent for ten seconds, and for twenty more."""

    def __init__(self, options: Options | None = None) -> None:
        self.harness = Harness(options or Options(customer_idle_seconds=10, customer_disconnect_seconds=20))
        self.client: WebSocketClient = self.harness.open_socket().subscribe()
        self.token = self.harness.connect()
        self.agent = self.harness.connect(self.harness.chat.agent_token)
        self.client.frames()

    def after(self, seconds: float) -> list[str]:
        self.harness.advance(seconds)
        return kinds(self.client.items())
