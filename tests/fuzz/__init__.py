"""Fuzzing: bytes in, and a promise that no bytes break.

    targets      the table: the name of each target, its function and the words of its input
    replies      `decode` of each operation, `undescribe`
    http         HTTP/1.1 replies and their framing
    sockets      WebSocket handshakes and frames, the frames of a chat, items from elsewhere
    contents     the content of items, interactive templates and their answers
    transcripts  `merge` and `merge_transcripts`
    inputs       helpers that read choices and texts from bytes
    mutations    changed inputs, without coverage, for the lanes of the suite
    test_fuzz    replays the corpus and some thousand mutations of it
    __main__     the long, coverage-guided run: `poe fuzz` (it needs `pip install atheris`)

A target is a function of bytes that returns nothing.  It raises if the library raises, and if a result breaks what the
docstring of a function promises.  `corpus/NAME` has a few small inputs for each target.
"""
