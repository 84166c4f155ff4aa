"""The label schemes that one model learns together, each from its own data."""

from __future__ import annotations

from typing import NamedTuple


class Scheme(NamedTuple):
    """A set of labels; ``claim`` is the one that a claim carries."""

    name: str
    labels: tuple[str, ...]
    claim: str


ROLES = Scheme("roles", ("background", "objective", "method", "result", "other"), "result")
ARGUMENT = Scheme("argument", ("none", "premise", "claim"), "claim")
CLAIM = Scheme("claim", ("none", "claim"), "claim")
CONCLUSION = Scheme("conclusion", ("none", "conclusion"), "conclusion")
SCHEMES = (ROLES, ARGUMENT, CLAIM, CONCLUSION)
