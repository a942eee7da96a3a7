"""Helpers of the emulator's tests.

harness             an emulator with a clock that the test moves, and a WebSocket client
request_generator   well-formed requests
mutations           changes that make a request malformed
fuzz_session        an emulator under generated requests and frames
"""
