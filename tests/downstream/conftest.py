"""The fixtures of the test kit.  A project of its own names them in `pytest_plugins` of its top conftest.py."""

from lensconnect.testing.fixtures import *
