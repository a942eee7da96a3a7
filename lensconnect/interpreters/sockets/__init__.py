"""Socket drivers: open WebSockets, and send and receive frames on them.

In the order to read them:

protocol           SocketDriver, SocketConnection and their asynchronous variants: the contract
websocket          WebSocket: handshake and frames without I/O, over websockets' ClientProtocol
websocket_stream   WebSocketStream: reads and writes a WebSocket over a SocketStream, and never waits
sync_socket        DirectSockets: the synchronous driver, over the direct transport's connections
asyncio_socket     AsyncioSocket: one WebSocket on an asyncio loop
trio_socket        TrioSocket: one WebSocket on trio
async_sockets      AsyncDirectSockets: the asynchronous driver, for both
"""
