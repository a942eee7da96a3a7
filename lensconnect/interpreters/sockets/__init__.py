"""Socket drivers: open WebSockets, and send and receive frames on them.

protocol     SocketDriver, SocketConnection and their asynchronous variants: the contract
"""
