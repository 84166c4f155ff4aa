"""Settings of all tests."""

import os

from hypothesis import settings

# In CI the same examples every time; at home new ones each run, which is how properties find faults.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("home", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")
