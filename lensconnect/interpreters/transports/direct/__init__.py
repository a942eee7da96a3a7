"""The direct transports: HTTP/1.1 by httptools over our own sockets.

Without I/O, in the order to read them:

    origin           scheme, host and port that a connection is made to
    proxies          which proxy a request goes through
    request_writer   from an HttpRequest to its bytes
    streaming        bodies that are read from and written to somewhere else, step by step
    framing          which replies are refused by their head, and where a reply ends
    http11           Exchange: one request and its reply
    tunnel           the CONNECT request to a proxy
    deadline         Deadline, the time limit of an attempt; AttemptFailed, which ends an attempt
    pool             ConnectionPool: which connections are open and which are idle
    pool_queue       PoolQueue: the calls that wait for a free connection
    happy_eyeballs   which address of a host to try next, and when (RFC 8305)

With I/O:

    resolver         looks up host names in threads
    poller           waits for one socket
    base             the options of both transports
    sync/            DirectTransport, for threads
    aio/             AsyncDirectTransport, for asyncio
"""
