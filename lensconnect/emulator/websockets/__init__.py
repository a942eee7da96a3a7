"""WebSockets, without any network.

connections      open, answer frames, close
control_frames   the frames that clients send, and the answers to them
"""
