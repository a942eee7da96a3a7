"""What lensconnect costs, as ratios against named rivals: `python -m benchmarks`.

describe.py  decode.py  optics.py  start.py  send.py  at_once.py  adapter.py     one file per question
harness.py   picture.py  server.py  message.py                    how it is measured, drawn, answered, asked
results/                                                 what a full run measured: JSON and SVG
"""
