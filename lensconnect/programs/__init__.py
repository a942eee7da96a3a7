"""Programs: descriptions of effects, and `send`, the program of one call.

In the order to read them:

    observe          Event: what an observer receives
    pace             Quotas: request rates, and the wait that keeps to them
    retry_rules      the rules of a retry policy as data; the retry budget
    retry_after      the wait that a response's headers ask for
    retry_decision   next_step: after a failed attempt, send again or stop
    retry_plan       RetryPlan: the steps of a call, computed in advance
    retry_policy     RetryPolicy: STANDARD, AMAZONKA, NO_RETRY
    settings         Settings: the part of an environment that programs can read

    effects          the closed set of effects, as values
    usage_errors     messages for mistakes in a program
    program          Program, and @program for generator functions
    stream           Stream: values that programs give one after the other
    primitives       the functions that build programs: perform, sleep, ensure, gather, ...
    evaluator        evaluate: walk a program and yield its effects; drive: run it to its end

    send             one call: retries, pacing, deadlines, events
    connection_token  get_connection_token: CreateParticipantConnection for a token alone
    files            attach_with, download_with, download_bytes_with: files of a chat
    chats/           open_chat, receive, say, ...: live chats
    pages            pages: the transcript of a chat as a stream of pages
    wrap             retrying, within, paced, observed, on_request
    rehearse         run a program in memory and list its effects

A module imports only modules above it.  No module does I/O or reads a clock: the environments in
`interpreters.environments` answer the effects.
"""
