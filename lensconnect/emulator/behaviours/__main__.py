"""Print the page."""

from __future__ import annotations

import sys

from lensconnect.emulator.behaviours.page import page
from lensconnect.emulator.behaviours.table import AREAS

sys.stdout.write(page(AREAS))
