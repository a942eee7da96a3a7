"""What lensconnect costs, as ratios against named rivals, and what its emulator bears: `python -m benchmarks`.

describe.py  decode.py  optics.py  start.py  send.py     one file per question
emulator_length.py  emulator_load.py                     questions of the emulator: `length`, `load`
harness.py   picture.py                                  how it is measured and drawn
server.py    emulator_process.py  crowd.py               who answers, and who asks in numbers
results/                                                 what a full run measured: JSON and SVG
"""
