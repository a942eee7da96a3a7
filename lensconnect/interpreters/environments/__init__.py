"""Environments: the settings, the transport, the clock and the random source that a program runs with.

In the order to read them:

    factory        new_env, new_async_env: from options and configuration to an environment
    options        the options of both functions: types, defaults, checks
    base           BaseEnv: the fields of every environment; the effects that need no waiting
    handle         Handle: transport, retry budget and rate quotas, shared by all copies of an environment
    live           LiveTables: open WebSockets and the states of chats, shared likewise
    sync           Env and its driver
    asynchronous   AsyncEnv and its driver
    logging        log_to: an observer that writes to the standard library's logging
"""
