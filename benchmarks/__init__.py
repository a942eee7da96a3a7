"""What lensconnect costs, as ratios against named rivals, and what its emulator bears: `python -m benchmarks`.

describe.py  decode.py  optics.py  start.py  send.py     one file per question
at_once.py   adapter.py                                  questions of calls on one event loop
emulator_length.py  emulator_load.py                     questions of the emulator: `length`, `load`
harness.py   picture.py                                  how it is measured and drawn
server.py    emulator_process.py  crowd.py  message.py   who answers, who asks in numbers, and what
results/                                                 what a full run measured: JSON and SVG
"""
