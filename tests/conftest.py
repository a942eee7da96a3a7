"""What every test shares: Hypothesis without deadlines, and without chance where CI runs."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("lensconnect", deadline=None)
settings.register_profile("lensconnect-ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("lensconnect-ci" if os.environ.get("CI") else "lensconnect")
