"""Socket drivers: open WebSockets, and send and receive frames on them.

In the order to read them:

protocol         SocketDriver, SocketConnection and their asynchronous variants: the contract
websocket        WebSocket: handshake and frames without I/O, over websockets' ClientProtocol
sync_socket      DirectSockets: the synchronous driver, over the direct transport's connections
asyncio_socket   AsyncioSocket: one WebSocket on an asyncio loop
async_sockets    AsyncDirectSockets: the asynchronous driver
"""
