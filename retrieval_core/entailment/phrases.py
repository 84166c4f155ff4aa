"""Shares and multiples said in words: one third, half of, one in five, 1 out of 20, halved, doubled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.entailment import units
from retrieval_core.entailment.numerals import fraction_value

if TYPE_CHECKING:
    from collections.abc import Iterator

FRACTION_SLACK = 0.1  # share by which "a third" or "one in five" may be off
HALVED = "halved"

_SMALL = r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|twenty)"
_SHARE = re.compile(
    rf"\b(?=[\daoth])(?<![\w./,-])(?:(?P<above>a(?=\s\w+\sof\b)|one|two|three|four)[-\s](?P<part>thirds?|quarters?|fifths?|tenths?)"
    rf"|(?P<one>one|1)\s(?:in|out\sof)\s(?:every\s)?(?P<many>{_SMALL})(?!\s?%)(?:\s(?P<scale>thousand|million))?"
    rf"|(?P<some>{_SMALL})\sout\sof\s(?:every\s)?(?P<all>{_SMALL})"
    r"|(?P<half>halved|half(?=\s(?:of|the)\b)|(?<=by\s)half))(?![\w]|[.,·/-]\d)",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\b(?:doubled|tripled|trebled|quadrupled|twice|thrice|double(?=\sthe\b))\b", re.IGNORECASE
)
_TIMES_VALUES = {
    "doubled": 2.0,
    "double": 2.0,
    "twice": 2.0,
    "tripled": 3.0,
    "trebled": 3.0,
    "thrice": 3.0,
    "quadrupled": 4.0,
}
_SCALES = {"thousand": 1e3, "million": 1e6}


class Phrase(NamedTuple):
    """A quantity in words between ``start`` and ``end``."""

    start: int
    end: int
    low: float
    high: float
    unit: str


def phrases(text: str) -> Iterator[Phrase]:
    """Shares (in percent, a tenth either way) and multiples of a text.

    >>> [(round(p.low), round(p.high), p.unit) for p in phrases("It doubled in one in five.")]
    [(18, 22, 'percent'), (2, 2, 'times')]
    """
    for match in _SHARE.finditer(text):
        share = _share(match)
        if share is not None:
            slack = FRACTION_SLACK * share
            yield Phrase(match.start(), match.end(), share - slack, share + slack, units.PERCENT)
    for match in _TIMES.finditer(text):
        value = _TIMES_VALUES[match.group().lower()]
        yield Phrase(match.start(), match.end(), value, value, units.TIMES)


def _share(match: re.Match[str]) -> float | None:
    if match["half"]:
        return 50.0
    if match["part"]:
        return fraction_value(match["above"], match["part"])
    share = fraction_value(match["one"] or match["some"], match["many"] or match["all"])
    return share and share / _SCALES.get((match["scale"] or "").lower(), 1.0)
