"""Quantities in text: percentages and percentage points, counts, ranges, p-values, ratios, shares, units.

A quantity is a closed interval with a unit and a kind: "23.5 %" is [23.45, 23.55] percent, so that rounding is no
disagreement; "more than 30 %" is [30, ∞]; "between 18 and 30" is [18, 30]. Values are magnitudes: whether something
rose or fell is said in words, and a dash before a number is as often a range as a sign.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache

from retrieval_core.entailment import units
from retrieval_core.entailment.intervals import tie_intervals
from retrieval_core.entailment.measures import measure_at
from retrieval_core.entailment.numerals import COMMA_VALUE, POINT_VALUE, SPELT, read_number, writes_commas
from retrieval_core.entailment.phrases import phrases
from retrieval_core.entailment.quantity import Quantity

__all__ = ["Quantity", "agreement", "quantities"]

MAX_CHARS = 5_000  # of a text; what is longer is no sentence, and its rest is not read
CONTEXT_CHARS = 24  # looked at before a number for what qualifies it
ABOUT_SLACK = 0.1  # share by which "approximately 50 %" may be off

_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}
_BETWEEN = re.compile(
    r"(\b(?:between|entre|zwischen|tra|fra|from)\s+\d[\d.,·]*\s*%?\s+)(and|y|et|und|e)(?=\s+\d)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:more than|over|above|greater than|higher than|at least|no(?:t)? less than|no(?:t)? fewer than|exceed\w*|≥|>=?"
    r"|minimum of|más del?|al menos|plus de|au moins|mehr als|mindestens|più del?|almeno)\s*$",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(?:less than|under|below|fewer than|lower than|at most|no more than|not more than|up to|as many as|≤|<=?"
    r"|maximum of|within|menos del?|hasta|moins de|jusqu'à|weniger als|höchstens|bis zu|meno del?|fino a[l]?)\s*$",
    re.IGNORECASE,
)
_OR_MORE = re.compile(
    r"\s*(?:of age )?(?:or|and) (?:older|more|above|over|greater|higher|longer)\b", re.IGNORECASE
)
_OR_LESS = re.compile(
    r"\s*(?:of age )?(?:or|and) (?:younger|less|below|under|fewer|lower|shorter)\b", re.IGNORECASE
)
_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|circa|ca\.)|[~≈∼])\s*$",
    re.IGNORECASE,
)
_P_VALUE = re.compile(
    r"\bp(?:[\s-]?values?)?\b(?:\sfor\s\w+)?\s*(?:[=<>≤≥:]|\bof|\bwas|\bis)+\s*$", re.IGNORECASE
)
_SAMPLE = re.compile(r"\bn\s*=\s*$", re.IGNORECASE)
_RATIO = re.compile(
    r"(?:odds|hazards?|risk|rate)\s+ratio|\b(?:OR|HR|RR|aOR|aHR|SMR|IRR)\b|relative risk", re.ASCII
)
_LEVEL = re.compile(
    r"[\s-]*(?:confidence|CIs?\b|C\.I|credible|uncertainty interval|IC\b|KI\b)", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\b(?:figures?|figs?\.?|tables?|sections?|chapters?|equations?|eqs?\.?|references?|refs?\.?|types?|phases?"
    r"|stages?|grades?|versions?|class|step|task)\s*\(?$",
    re.IGNORECASE,
)
_DECADE = re.compile(r"\d{2,4}s")  # "the 1990s"
_YEARS = range(1900, 2101)


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a sentence in order; digits inside names ("IL-2", "BM25", "Table 3") are none."""
    text = text[:MAX_CHARS]
    commas = writes_commas(text)
    ranged = _BETWEEN.sub(lambda match: match[1] + "–".ljust(len(match[2])), text)  # offsets hold
    said = {phrase.start: phrase for phrase in phrases(text)}
    found = [
        Quantity(p.low, p.high, p.unit, "amount", text[p.start : p.end], p.start, p.end)
        for p in said.values()
    ]
    for match in _pattern(commas=commas).finditer(ranged):
        inside = any(p.start < match.end() and match.start() < p.end for p in said.values())
        quantity = None if inside else _quantity(ranged, match, text, commas=commas)
        if quantity:
            found.append(quantity)
    return tuple(tie_intervals(text, sorted(found, key=lambda q: q.start), commas=commas))


def agreement(claim: tuple[Quantity, ...], evidence: tuple[Quantity, ...]) -> tuple[float, float]:
    """Shares of the claim's quantities that the evidence repeats, and that it only gives otherwise.

    A quantity is given otherwise when the evidence has comparable ones and none of them agrees.
    """
    said = [quantity for quantity in claim if quantity.kind != "level"]
    if not said:
        return 0.0, 0.0
    repeated = sum(any(q.agrees(other) for other in evidence) for q in said)
    comparable = sum(any(q.comparable(other) for other in evidence) for q in said)
    return repeated / len(said), (comparable - repeated) / len(said)


@cache
def _pattern(*, commas: bool) -> re.Pattern[str]:
    value = COMMA_VALUE if commas else POINT_VALUE
    return re.compile(
        rf"(?=[\d.·$€£¥UaefnostAEFNOST])(?<![\w.])(?<!\d[,·])(?<![A-Za-z][-–/])(?P<currency>(?:US)?\$\s?|[€£¥]\s?)?"
        rf"(?:(?P<value>{value})|(?P<spelt>{SPELT}))(?:\s?(?P<short>[kKMB])(?![\w/-]))?"
        rf"(?:\s?%?\s?(?:±|\+/[-−–])\s?(?P<spread>{value}))?"
        rf"(?:(?:\s?(?P<first>{units.ANY_UNIT}))?(?:\s*(?:-|–|—|−)\s*|\s+(?i:to)\s+)(?P<high>{value}))?"
        rf"(?:\s*(?P<scale>(?i:{'|'.join(_SCALES)}))\b)?(?:[\s-]?\s?(?P<unit>{units.ANY_UNIT}))?"
        r"(?!\w(?<!%C)|[.·,]\d|[-–./]\w{0,40}[A-Za-z])"
    )


def _quantity(text: str, match: re.Match[str], original: str, *, commas: bool) -> Quantity | None:
    """``None`` for the number of a figure, table or type, for identifiers, lists and decades."""
    before = text[max(0, match.start() - CONTEXT_CHARS) : match.start()]
    after = text[match.end() : match.end() + CONTEXT_CHARS]
    shown = original[match.start() : match.end()]
    first = read_number(match["value"] or match["spelt"], commas=commas)
    last = read_number(match["high"], commas=commas) if match["high"] else first
    if match["first"] and match["unit"] and not _same_unit(match):
        return None
    if first is None or last is None or _NUMBERED.search(before) or _DECADE.fullmatch(shown):
        return None
    scale = _SCALES.get((match["scale"] or "").lower(), 1.0) * _SHORT_SCALES.get(match["short"] or "", 1.0)
    if last.value < first.value:  # "2009 to 14", "300–50": not a range that can be read
        last = first
    unit = units.unit_name((match["unit"] or match["first"] or match["currency"] or "").strip())
    low, high = (first.value - first.slack) * scale, (last.value + last.slack) * scale
    about = ABOUT_SLACK if _ABOUT.search(before) else 0.0
    spread = match["spread"] and read_number(match["spread"], commas=commas)
    around = (first.value - spread.value, first.value + spread.value) if spread else None
    return Quantity(
        low=-math.inf if _BELOW.search(before) or _OR_LESS.match(after) else low - about * abs(low),
        high=math.inf if _ABOVE.search(before) or _OR_MORE.match(after) else high + about * abs(high),
        unit=unit,
        kind=_kind(before, after, unit, match),
        text=shown,
        start=match.start(),
        end=match.end(),
        measure=_measure(text, match, unit, fractional=first.slack > 0),
        interval=around,
    )


def _measure(text: str, match: re.Match[str], unit: str, *, fractional: bool) -> str:
    if unit not in {"", units.PERCENT}:
        return ""
    return measure_at(text, match.start(), match.end(), sure=fractional or unit == units.PERCENT)


def _same_unit(match: re.Match[str]) -> bool:
    return units.unit_name(match["first"]) == units.unit_name(match["unit"])


def _kind(before: str, after: str, unit: str, match: re.Match[str]) -> str:
    if _P_VALUE.search(before) and unit in {"", units.PERCENT}:
        return "p-value"
    if unit == units.PERCENT and _LEVEL.match(after):
        return "level"
    if not unit and _SAMPLE.search(before):
        return "sample"
    if not unit and _RATIO.search(before):
        return "ratio"
    value = match["value"] or ""
    if not unit and len(value) == 4 and value.isdecimal() and int(value) in _YEARS:
        return "year"
    return "amount"
