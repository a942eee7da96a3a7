"""Helpers that tests of several folders share.

introspection.py     the modules, optics and records of the package
law_strategies.py    Hypothesis strategies for the types in annotations of optics
secret_samples.py    a value of every kind with a planted secret
import_rules.py      the order of imports and the owners of dependencies
language_rules.py    the language of docstrings, comments and names
type_checkers.py     mypy and pyright as functions
raw_lenses.py        the package `lenses`, if it is installed
retry_strategies.py  errors, policies and strategies for tests of retries
request_counts.py    the work that one SendMessage causes in the emulator
command_line.py      the command line in a subprocess
cancelling.py        cancel a call at one of its waits
signal_handlers.py   run a function, or raise KeyboardInterrupt, at a chosen line of a call
lanes.py             searches that are short in the fast lane and long in the slow lane
"""
