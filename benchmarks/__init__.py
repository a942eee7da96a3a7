"""Measure lensconnect against named rivals, and the load that its emulator carries: `python -m benchmarks`.

describe.py  decode.py  optics.py  start.py  send.py     one file for each question; straight_line.py is the floor
                                                         of `send`, send_parts.py shows where its time goes
at_once.py   adapter.py                                  questions about concurrent calls on one event loop
emulator_length.py  emulator_load.py                     questions about the emulator: `length`, `load`
harness.py   picture.py                                  sampling and statistics; drawing
compare.py                                               the same questions in two trees: `python -m benchmarks.compare`
server.py    emulator_process.py  crowd.py  message.py   servers, the load generator, the message they share
results/                                                 the results of a full run: JSON and SVG
"""
