"""The emulator behind HTTP and WebSockets on 127.0.0.1.

running         the context manager `running()`, and the running emulator it yields
uvicorn_server  uvicorn in a thread, and the periodic tick that runs due timers
asgi            one HTTP request: guard, emulator, traffic log, delivery
websocket       one WebSocket between client and emulator
"""
