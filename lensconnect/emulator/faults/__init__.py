"""Planned faults, from their request to their effect.

fault_input  checks faults and plans them, for Python and for `/_emulator/faults`
responses    the error that replaces a response, and the delivery of a response
frames       the frames that are lost, repeated, delayed or stopped

The plan itself, and the draw of probabilities, are `chat/fault_plan.py`.
"""
