"""The direct transports: HTTP/1.1 by httptools over our own sockets.

Without I/O, in the order to read them:

    origin           scheme, host and port that a connection is made to
    proxies          which proxy a request goes through
    request_writer   from an HttpRequest to its bytes
    framing          where a reply ends, and which replies are refused
    http11           Exchange: one request and its reply
    tunnel           the CONNECT request to a proxy
    deadline         the time that is left for an attempt; how an attempt fails
    pool             ConnectionPool: which connections are open and which are idle

With I/O:

    resolver         looks up host names in threads
    poller           waits for one socket
    sync/            DirectTransport, for threads
    aio/             AsyncDirectTransport, for asyncio
"""
