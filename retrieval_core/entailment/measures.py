"""The measures that are shares: 80 % accuracy, an accuracy of 0.80 and 80 accuracy are one value."""

from __future__ import annotations

import re
from functools import lru_cache

REACH_CHARS = 40  # looked at on each side of a number
_BARRIER_CHARS = 12  # by how much further a measure counts that stands across a comma or an "and"

_MEASURES = {
    "accuracy": "accuracy|accuracies|acc|precisión|exactitud|genauigkeit|accuratezza|exactitude",
    "precision": r"precision(?:@\d+)?|ppv|positive predictive value",
    "recall": r"recall(?:@\d+)?|r@\d+|hits?@\d+|top-\d+ accuracy|sensitivity|sensibilidad|sensibilité|sensitivität",
    "specificity": "specificity|especificidad|spécificité|spezifität",
    "npv": "npv|negative predictive value",
    "f1": r"(?:macro|micro|weighted)?[- ]?f[-_ ]?1(?:[- ]?(?:scores?|measures?|values?))?|f[- ](?:scores?|measures?)",
    "auc": r"auc|auroc|roc[- ]auc|au-roc|area under the (?:\w+ ){0,4}curve|c-(?:statistic|index)",
    "ndcg": r"ndcg(?:@\d+)?", "map": r"mean average precision|map@\d+", "mrr": r"mrr(?:@\d+)?|mean reciprocal rank",
    "exact match": "exact match", "iou": "iou", "dice": "dice(?: score| coefficient)?", "wer": "wer|word error rate",
    "error rate": "error rates?", "probability": "probabilit(?:y|ies)|probabilidad|probabilité|wahrscheinlichkeit",
    "proportion": "proportions?|fractions?|shares?", "rouge": r"rouge(?:-[12l]+)?", "bleu": r"bleu(?:-\d)?",
    "prevalence": "prevalence|prevalencia|prévalence|prävalenz", "mortality": "mortality(?: rate)?",
}  # fmt: skip
_ANY = re.compile(
    "|".join(rf"(?P<m{i}>(?<![\w@])(?:{forms})(?![\w@]))" for i, forms in enumerate(_MEASURES.values())),
    re.IGNORECASE,
)
_NAMES = tuple(_MEASURES)
_BESIDE = re.compile(
    r"\s*(?:(?:score )?(?:of|=|:|is|was|at|reache[sd]|over|above|below|under)\s*)?", re.IGNORECASE
)
_BARRIER = re.compile(r"[,;:()]|\b(?:and|while|but|whereas|versus|vs|y|und|et|e)\b", re.IGNORECASE)


def measure_at(text: str, start: int, end: int, *, sure: bool = True) -> str:
    """The measure that the number at ``start:end`` is of: the nearest one named; "" when none is near.

    A number that could as well count things (not ``sure``: "accuracy in 11 languages") must stand right beside it.

    >>> text = "accuracy of 0.72 and F1 of 0.68"
    >>> measure_at(text, 12, 16), measure_at(text, 27, 31), measure_at("p = 0.05", 4, 8)
    ('accuracy', 'f1', '')
    """
    near = [
        (_distance(gap), name)
        for at, stop, name in _named_in(text)
        if (gap := _gap(text, (at, stop), (start, end))) is not None and (sure or _BESIDE.fullmatch(gap))
    ]
    return min(near, default=(0, ""))[1]


@lru_cache(maxsize=64)
def _named_in(text: str) -> tuple[tuple[int, int, str], ...]:
    """Start, end and name of every measure that a text names."""
    return tuple((match.start(), match.end(), _name(match)) for match in _ANY.finditer(text))


def _gap(text: str, named: tuple[int, int], number: tuple[int, int]) -> str | None:
    """What stands between the two; ``None`` when that is far, or one is part of the other."""
    first, second = sorted((named, number))
    return text[first[1] : second[0]] if 0 <= second[0] - first[1] <= REACH_CHARS else None


def _distance(between: str) -> int:
    return len(between) + _BARRIER_CHARS * len(_BARRIER.findall(between))


def _name(match: re.Match[str]) -> str:
    """The measure, with its cut-off: recall@10 is another measure than recall@100."""
    name = _NAMES[int((match.lastgroup or "m0")[1:])]
    cut = re.search(r"(?:@|top-)(\d+)", match.group())
    return f"{name}@{cut[1]}" if cut else name
