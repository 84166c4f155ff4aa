"""Settings of all tests."""

import os

import pytest
from hypothesis import settings

# In CI the same examples every time; at home new ones each run, which is how properties find faults.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("home", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--live``: hold our own fixtures against the real hosts, and record anew what can be."""
    parser.addoption("--live", action="store_true", help="ask the real hosts for what the fixtures hold")
