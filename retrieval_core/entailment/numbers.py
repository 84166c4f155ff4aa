"""Quantities in text: percentages and percentage points, counts, ranges, p-values, ratios, units.

A quantity is a closed interval with a unit and a kind: "23.5 %" is [23.45, 23.55] percent, so that rounding is no
disagreement; "more than 30 %" is [30, ∞]; "between 18 and 30" is [18, 30]. Values are magnitudes: whether something
rose or fell is said in words, and a dash before a number is as often a range as a sign.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

MAX_DIGITS = 30  # a longer run of digits is an identifier
CONTEXT_CHARS = 24  # looked at before a number for what qualifies it

_SPELT_OUT = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty""".split()
_NUMERALS = {word: float(value) for value, word in enumerate(_SPELT_OUT)} | {
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "ninety": 90.0,
    "twice": 2.0, "thrice": 3.0,
}  # fmt: skip
_AMBIGUOUS = {"zero", "one"}  # "one of the", "zero-shot"
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_UNITS = {
    "percent": "%|percent|per cent|percentages?",
    "percentage points": "percentage points?|percent points?|pp|p[.]p[.]",
    "points": "points?",
    "times": "-?fold|times|x|×|twice",
    "°C": "° ?C",
    "ms": "ms|milliseconds?", "s": "s|secs?|seconds?", "min": "mins?|minutes?", "h": "h|hrs?|hours?",
    "day": "days?", "week": "weeks?", "month": "months?", "year": "years?|yrs?",
    "nm": "nm", "μm": "[μµ]m", "mm": "mm", "cm": "cm", "km": "km",
    "ng": "ng", "μg": "[μµ]g", "mg": "mg", "g": "g|grams?", "kg": "kg",
    "ml": "ml", "l": "l|liters?|litres?", "nM": "nM", "μM": "[μµ]M", "mM": "mM|mmol",
    "kb": "kb", "MB": "MB", "GB": "GB", "bp": "bp", "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz",
}  # fmt: skip

_VALUE = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.·]\d+)?|[.·]\d+)"
_WORDS = "|".join(word for word in _NUMERALS if word not in _AMBIGUOUS)
_UNIT_FORMS = [(name, re.compile(forms.replace(" ", r"\s+"))) for name, forms in _UNITS.items()]
_ANY_UNIT = "|".join(sorted("|".join(_UNITS.values()).split("|"), key=len, reverse=True)).replace(" ", r"\s+")
_NUMBER = re.compile(
    rf"(?<![\w.])(?<![A-Za-z][-–/])(?:(?P<value>{_VALUE})|(?P<spelt>\b(?:{_WORDS})\b))"
    rf"(?:\s*(?:-|–|—|−|to)\s*(?P<high>{_VALUE}))?"
    rf"(?:\s*(?P<scale>{'|'.join(_SCALES)})\b)?"
    rf"(?:[\s-]?\s?(?P<unit>{_ANY_UNIT})(?![\w]))?"
    r"(?!\w|[.·,]\d|[-–./]\w*[A-Za-z])",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"(\bbetween\s+{_VALUE}\s*%?\s+)and\b", re.IGNORECASE)
_ABOVE = re.compile(
    r"(?:more than|over|above|greater than|at least|exceed\w*|≥|>=?|minimum of)\s*$", re.IGNORECASE
)
_BELOW = re.compile(
    r"(?:less than|under|below|fewer than|at most|up to|≤|<=?|maximum of|within)\s*$", re.IGNORECASE
)
_P_VALUE = re.compile(r"\bp(?:[\s-]?values?)?\s*(?:[=<>≤≥:]|of|was|is)+\s*$", re.IGNORECASE)
_RATIO = re.compile(
    r"(?:odds|hazards?|risk|rate)\s+ratio|\b(?:OR|HR|RR|aOR|aHR|SMR|IRR)\b|relative risk", re.ASCII
)
_LEVEL = re.compile(r"[\s-]*(?:confidence|CI\b|credible|uncertainty interval)", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\b(?:figures?|figs?\.?|tables?|sections?|chapters?|equations?|eqs?\.?|references?|refs?\.?|types?|phases?"
    r"|stages?|grades?|versions?|class|step|task)\s*\(?$",
    re.IGNORECASE,
)
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``low`` ≤ value ≤ ``high`` in ``unit`` ("" for a plain count); ``text`` stands at ``start:end``."""

    low: float
    high: float
    unit: str
    kind: str  # "amount", "ratio", "p-value", "year", or "level" (the 95 of a 95 % confidence interval)
    text: str
    start: int
    end: int

    def comparable(self, other: Quantity) -> bool:
        """Same kind and same unit, so that their values can agree or not."""
        return (self.kind, self.unit) == (other.kind, other.unit)

    def agrees(self, other: Quantity) -> bool:
        """Comparable, and the two intervals meet."""
        return self.comparable(other) and self.low <= other.high and other.low <= self.high


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a sentence in order; digits inside names ("IL-2", "BM25", "Table 3") are none."""
    ranged = _BETWEEN.sub(r"\1to ", text)  # same length, so offsets hold
    return tuple(
        _quantity(ranged, match, text) for match in _NUMBER.finditer(ranged) if _measures(ranged, match)
    )


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


def _measures(text: str, match: re.Match[str]) -> bool:
    """False for the number of a figure, table or type, and for identifiers."""
    before = text[max(0, match.start() - CONTEXT_CHARS) : match.start()]
    return len(match["value"] or "") <= MAX_DIGITS and not _NUMBERED.search(before)


def _quantity(text: str, match: re.Match[str], original: str) -> Quantity:
    scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
    low, slack = _value(match["value"] or match["spelt"])
    high, high_slack = _value(match["high"]) if match["high"] else (low, slack)
    if high < low:  # "2009 to 14", "300–50": not a range that can be read
        high, high_slack = low, slack
    before = text[max(0, match.start() - CONTEXT_CHARS) : match.start()]
    unit = _unit(match["unit"] or ("times" if match["spelt"] in {"twice", "thrice"} else ""))
    return Quantity(
        low=-math.inf if _BELOW.search(before) else (low - slack) * scale,
        high=math.inf if _ABOVE.search(before) else (high + high_slack) * scale,
        unit=unit,
        kind=_kind(before, text[match.end() : match.end() + CONTEXT_CHARS], unit, match),
        text=original[match.start() : match.end()],
        start=match.start(),
        end=match.end(),
    )


def _kind(before: str, after: str, unit: str, match: re.Match[str]) -> str:
    if _P_VALUE.search(before):
        return "p-value"
    if unit == "percent" and _LEVEL.match(after):
        return "level"
    if not unit and _RATIO.search(before):
        return "ratio"
    value = match["value"] or ""
    if not unit and len(value) == 4 and value.isdecimal() and int(value) in _YEARS:
        return "year"
    return "amount"


def _unit(form: str) -> str:
    """The name of a unit in any of its forms; case counts where it tells units apart ("mM", "mm")."""
    exact = next((name for name, forms in _UNIT_FORMS if forms.fullmatch(form)), None)
    return exact or next((name for name, forms in _UNIT_FORMS if forms.fullmatch(form.lower())), form.lower())


def _value(shown: str) -> tuple[float, float]:
    """The number and half a unit of its last decimal place (0 for whole and spelt-out numbers)."""
    if shown.lower() in _NUMERALS:
        return _NUMERALS[shown.lower()], 0.0
    plain = shown.replace(",", "").replace("·", ".")
    decimals = len(plain.partition(".")[2])
    return float(plain), (0.5 * 10.0**-decimals if decimals else 0.0)
