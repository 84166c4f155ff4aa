"""Synthesis: answers a research question from the literature and says how far each claim can be trusted.

>>> from synthesis import extract_claims
>>> [c.text for c in extract_claims("We train on 9 languages. Hybrid batches reduce language bias by 30 %.")]
['Hybrid batches reduce language bias by 30 %.']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthesis.api import ClaimVerdict, EvidenceSentence, extract_claims, report, verify
    from synthesis.errors import SynthesisError
    from synthesis.records import Claim, Label, Report, Stance

__version__ = "0.2.0"
__all__ = [
    "Claim",
    "ClaimVerdict",
    "EvidenceSentence",
    "Label",
    "Report",
    "Stance",
    "SynthesisError",
    "extract_claims",
    "report",
    "verify",
]

_HOMES = {
    "Claim": "synthesis.records",
    "ClaimVerdict": "synthesis.api",
    "EvidenceSentence": "synthesis.api",
    "Label": "synthesis.records",
    "Report": "synthesis.records",
    "Stance": "synthesis.records",
    "SynthesisError": "synthesis.errors",
    "extract_claims": "synthesis.api",
    "report": "synthesis.api",
    "verify": "synthesis.api",
}


def __getattr__(name: str) -> Any:
    """Load public names when they are asked for, so that ``import synthesis`` stays light."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'synthesis' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
