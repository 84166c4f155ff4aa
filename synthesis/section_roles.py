"""How far a section, by its heading, speaks of a paper's own findings.

A full text holds many checkable sentences that are not what the paper claims: what others found, how a run was set up. The
abstract and the conclusion say what the authors stand for, results and discussion hold the findings one by one. The weights
are set by hand, not fitted; an abstract alone is not touched by them.
"""

from __future__ import annotations

import re

_OTHER = 0.7  # introductions, methods, headings of a paper's own making
_WEIGHTS: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for weight, words in (
        (0.4, r"related|background|previous work|prior work|literature|state of the art"),
        (0.4, r"appendi|acknowledg|supplement|ethic|funding|competing|conflicts? of interest|broader impact"),
        (0.4, r"author contributions|availability|footnotes?|captions?|notes"),
        (1.0, r"abstract|summary|conclu|main findings|key findings|text$"),
        (0.9, r"result|finding|discussion|experiment|evaluation|analys[ie]s|ablation|comparison|performance"),
    )
)


def section_weight(title: str) -> float:
    """Weight in 0–1 of a section for the choice of claims; the most inner part of a nested heading counts first.

    >>> section_weight("Abstract"), section_weight("2 Related work"), section_weight("Our approach")
    (1.0, 0.4, 0.7)
    """
    for part in reversed(title.split(": ")):
        for weight, words in _WEIGHTS:
            if words.search(part):
                return weight
    return _OTHER
