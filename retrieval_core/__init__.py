"""The retrieval core: texts in, ranked and scored texts out.

The names below are its public API; each loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval_core.analysis import analyze
    from retrieval_core.calibration import Calibrator
    from retrieval_core.encoder import DualEncoder
    from retrieval_core.entailment import Judge
    from retrieval_core.errors import IndexCorruptError, InputError, ModelError, RetrievalError
    from retrieval_core.hybrid_scorer import HybridScorer
    from retrieval_core.language import detect as detect_language
    from retrieval_core.metrics import average_precision, mean_average_precision
    from retrieval_core.records import Document, QAPair, Qrel, Query, RetrievalSet, ScoredDocument
    from retrieval_core.search import SearchIndex
    from retrieval_core.sentence_roles.tagger import RoleTagger

__version__ = "0.1.0"

__all__ = [
    "Calibrator",
    "Document",
    "DualEncoder",
    "HybridScorer",
    "IndexCorruptError",
    "InputError",
    "Judge",
    "ModelError",
    "QAPair",
    "Qrel",
    "Query",
    "RetrievalError",
    "RetrievalSet",
    "RoleTagger",
    "ScoredDocument",
    "SearchIndex",
    "analyze",
    "average_precision",
    "detect_language",
    "mean_average_precision",
]

_HOMES = {
    "Calibrator": "calibration",
    "Document": "records",
    "DualEncoder": "encoder",
    "HybridScorer": "hybrid_scorer",
    "IndexCorruptError": "errors",
    "InputError": "errors",
    "Judge": "entailment",
    "ModelError": "errors",
    "QAPair": "records",
    "Qrel": "records",
    "Query": "records",
    "RetrievalError": "errors",
    "RetrievalSet": "records",
    "RoleTagger": "sentence_roles.tagger",
    "ScoredDocument": "records",
    "SearchIndex": "search",
    "analyze": "analysis",
    "average_precision": "metrics",
    "detect_language": "language",
    "mean_average_precision": "metrics",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES[name]}")
    return getattr(module, "detect" if name == "detect_language" else name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
