"""Names of measures in running text and table heads, one spelling each.

A measure on the scale 0–1 may be written as 0.843, 84.3 or 84.3 %; the others (perplexity, errors) have no such scale.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_UNIT_SCALE = "unit"
_NO_SCALE = "none"

# canonical name, how it is written (case as given where "(?-i:"), scale
_METRICS: tuple[tuple[str, str, str], ...] = (
    ("mAP", r"(?-i:mAP|MAP)|mean average precision", _UNIT_SCALE),
    ("average precision", r"average precision|(?-i:\bAP\b)", _UNIT_SCALE),
    ("nDCG", r"n-?dcg(?:-score)?", _UNIT_SCALE),
    ("MRR", r"(?-i:MRR)|mean reciprocal rank", _UNIT_SCALE),
    ("MCC", r"(?-i:MCC)|matthews correlation(?: coefficient)?", _UNIT_SCALE),
    ("recall", r"recall|(?-i:R)(?=@)", _UNIT_SCALE),
    ("precision", r"precision|(?-i:P)(?=@)", _UNIT_SCALE),
    ("hit rate", r"hits?(?:[ -]rate)?(?=@)|hit[ -]rate|(?-i:HR)(?=@)", _UNIT_SCALE),
    ("success", r"success(?=@)", _UNIT_SCALE),
    ("pass", r"pass(?=[@^]\w)", _UNIT_SCALE),
    ("accuracy", r"accurac(?:y|ies)|(?-i:\bAcc\b\.?)|(?-i:\bacc\b\.?)", _UNIT_SCALE),
    ("F1", r"f-?1|f-?(?:measure|score)|f₁", _UNIT_SCALE),
    ("EM", r"exact[ -]match(?:es)?|(?-i:EM)", _UNIT_SCALE),
    ("chrF", r"chr-?f(?:\+\+|2)?", _UNIT_SCALE),
    ("sacreBLEU", r"sacre-?bleu", _UNIT_SCALE),
    ("BLEURT", r"bleurt", _UNIT_SCALE),
    ("BLEU", r"bleu(?:-\d)?", _UNIT_SCALE),
    ("ROUGE", r"rouge(?:-(?:\d|l(?:sum)?|w|su\d?))?", _UNIT_SCALE),
    ("METEOR", r"(?-i:METEOR)", _UNIT_SCALE),
    ("BERTScore", r"bertscore(?:-f1)?", _UNIT_SCALE),
    ("COMET", r"(?-i:COMET)(?:-?(?:22|kiwi|da))?", _UNIT_SCALE),
    ("CIDEr", r"(?-i:CIDEr)", _NO_SCALE),
    ("WER", r"(?-i:WER)|word error rate", _UNIT_SCALE),
    ("CER", r"(?-i:CER)|character error rate", _UNIT_SCALE),
    ("EER", r"(?-i:EER)|equal error rate", _UNIT_SCALE),
    ("TER", r"(?-i:TER)", _UNIT_SCALE),
    ("AUROC", r"(?-i:AUROC|ROC[- ]AUC|AUC[- ]ROC)|area under the (?:roc|receiver operating characteristic) curve", _UNIT_SCALE),
    ("AUPRC", r"(?-i:AUPRC|PR[- ]AUC)", _UNIT_SCALE),
    ("AUC", r"(?-i:AUC)|area under the curve", _UNIT_SCALE),
    ("LAS", r"(?-i:LAS)|labell?ed attachment score", _UNIT_SCALE),
    ("UAS", r"(?-i:UAS)|unlabell?ed attachment score", _UNIT_SCALE),
    ("ECE", r"(?-i:ECE)|expected calibration error", _UNIT_SCALE),
    ("kappa", r"(?:cohen['’]s |fleiss['’]? )?(?:kappa|κ)", _UNIT_SCALE),
    ("Krippendorff's alpha", r"krippendorff['’]s (?:alpha|α)", _UNIT_SCALE),
    ("Spearman", r"spearman(?:['’]s)?(?: rank)?(?: correlation)?(?: coefficient)?(?: \(?[ρr]\)?)?", _UNIT_SCALE),
    ("Pearson", r"pearson(?:['’]s)?(?: correlation)?(?: coefficient)?(?: \(?r\)?)?", _UNIT_SCALE),
    ("Kendall", r"kendall(?:['’]s)?(?: tau| τ)?", _UNIT_SCALE),
    ("win rate", r"win[ -]rates?", _UNIT_SCALE),
    ("success rate", r"success rates?", _UNIT_SCALE),
    ("perplexity", r"perplexit(?:y|ies)|(?-i:PPL)", _NO_SCALE),
    ("MAE", r"(?-i:MAE)|mean absolute error", _NO_SCALE),
    ("RMSE", r"(?-i:RMSE)|root mean squared? error", _NO_SCALE),
    ("MSE", r"(?-i:MSE)", _NO_SCALE),
)  # fmt: skip
_AVERAGES = r"(?:(?P<average>macro|micro|weighted|samples)[- ]?(?:averaged?[- ]?)?)?"
_CUT = r"(?:\s?[@^]\s?(?P<cut>\d{1,4}|k\b)|\s(?:at|@)\s(?P<cut2>\d{1,4})(?![\d.%]))?"
_DEPENDS_ON_FORM = frozenset({"ROUGE", "BLEU"})


class Metric(NamedTuple):
    """A measure by its canonical name, with its cut-off or average: ``nDCG@10``, ``macro F1``."""

    name: str
    on_unit_scale: bool


class Mention(NamedTuple):
    """Where a text names a measure."""

    metric: Metric
    start: int
    end: int


@cache
def _pattern() -> re.Pattern[str]:
    names = "|".join(f"(?P<m{i}>{pattern})" for i, (_, pattern, _) in enumerate(_METRICS))
    return re.compile(rf"(?<![\w@-]){_AVERAGES}(?:{names}){_CUT}(?:[- ]scores?)?(?![\w])", re.IGNORECASE)


def metrics_in(text: str) -> list[Mention]:
    """Where ``text`` names measures, left to right.

    >>> [m.metric.name for m in metrics_in("ndcg@10, macro-F1, R@5, ROUGE-L and MAP")]
    ['nDCG@10', 'macro F1', 'recall@5', 'ROUGE-L', 'mAP']
    """
    return [Mention(_metric(m), m.start(), m.end()) for m in _pattern().finditer(text)]


def metric_named(text: str) -> Metric | None:
    """The measure that a short text names, if it names exactly one."""
    found = list(dict.fromkeys(mention.metric for mention in metrics_in(text)))
    return found[0] if len(found) == 1 else None


def _metric(match: re.Match[str]) -> Metric:
    index = next(i for i in range(len(_METRICS)) if match[f"m{i}"])
    name, _, scale = _METRICS[index]
    written = match[f"m{index}"]
    if name in _DEPENDS_ON_FORM and "-" in written:
        name = f"{name}-{written.split('-', 1)[1].upper().replace('LSUM', 'Lsum')}"
    if match["average"]:
        name = f"{match['average'].casefold()} {name}"
    cut = match["cut"] or match["cut2"]
    return Metric(f"{name}@{cut}" if cut else name, scale == _UNIT_SCALE)
