"""Entailment: what a passage says of a claim.

>>> from retrieval_core.entailment import Judge
>>> judge = Judge.load("embedded")
>>> judge.score([("Aspirin lowers the risk of stroke.", "Aspirin raised the risk of stroke.")]).shape
(1, 3)
"""

from typing import Any

__all__ = ["LABELS", "Judge"]


def __getattr__(name: str) -> Any:
    """Load numpy and the word lists only when a judge is asked for."""
    if name in __all__:
        from retrieval_core.entailment import judge

        return getattr(judge, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
