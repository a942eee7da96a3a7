"""WebSocket connections and their control frames."""
