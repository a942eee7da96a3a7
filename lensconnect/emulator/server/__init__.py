"""The emulator behind HTTP and WebSocket on loopback."""
