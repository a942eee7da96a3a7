"""Tools for tests without AWS.  The page docs/testing.md shows each of them.

fixtures     pytest fixtures: an emulator for each test, in process and behind HTTP
stub         a transport and WebSockets that do what a script says
cassette     record a conversation, with its secrets removed, and replay it
trace        observe each exchange of a transport, and each frame of a socket driver
faults       faults of transports and socket drivers, as functions from one to another
simulate     environments with a simulated clock, from a seed; many seeds, and the shrinking of one that fails
laws         the laws of optics, and the contracts of transports and socket drivers, as checks of one line
contract     the suites that check a transport and a socket driver
strategies   Hypothesis strategies for requests, replies and shapes

choices      used by simulate: the decisions of a seed, recorded and shrunk
attempts     used by simulate and fixtures: the end of a client that tries for ever
participants used by simulate: an environment for each participant, with faults, and the story of a run
differences  used by fixtures: the differences between two values, by path
scripted     used by stub and cassette: a transport that answers from a script, and `scripted_sockets` for WebSockets
socket_wrappers  used by faults, cassette and trace: wrappers of socket drivers of both kinds
frames       used by stub and cassette: frames of the service as text
pseudonyms   used by cassette: names that stand for secrets
"""
