"""Interpreters run programs.  Everything that touches a socket, a clock, a file or chance is in this folder.

    environments/    Env, AsyncEnv and the functions that make them      start with environments/factory
    configuration/   the AWS environment variables and the AWS config file
    transports/      from one HttpRequest to one HttpResponse            start with transports/protocol
    sockets/         WebSockets                                          start with sockets/protocol
    files            files of this machine as bodies of requests and replies
    unrun            the report of programs that are made and never run, in tests and under `python -X dev`
    extras           the pip command for the missing package of an extra

Users import these names from here, wherever the code is:

    lensconnect.interpreters.contract   Transport, AsyncTransport
    lensconnect.interpreters.direct     DirectTransport, AsyncDirectTransport, DirectSockets, AsyncDirectSockets
    lensconnect.interpreters.aiohttp    AiohttpTransport
    lensconnect.interpreters.httpx2     Httpx2Transport
"""
