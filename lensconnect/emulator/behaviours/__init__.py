"""Every behaviour of the emulator in one table, from which `docs/emulator.md` is written.

python -m lensconnect.emulator.behaviours > lensconnect/docs/emulator.md
"""
