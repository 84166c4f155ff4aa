"""A claim with one of its numbers or units made wrong: 23.5 % → 41.2 %, 2009 → 2016, mg → g, weeks → months."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval_core.entailment.numbers import quantities

if TYPE_CHECKING:
    import random

    from retrieval_core.entailment.numbers import Quantity

_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SPELT = "two three four five six seven eight nine ten eleven twelve".split()
_TENS = "ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_LEFT_ALONE = frozenset({"level", "interval", "p-value"})
_CLEAR = 1.5  # least ratio between the true number and the wrong one
_YEAR_SHIFTS = (-12, -9, -7, -6, -5, -4, 4, 5, 6, 7, 9, 12)
_LAST_YEAR = 2024
_TRIES = 200
_POWER = re.compile(r"[×^*]|\dx?\s?10[(⁻⁰-⁹]|e[-+]?\d")
# A bare number after one of these, or after a name in capitals, belongs to the name: "interleukin 6", "CD 4".
_NAMED = re.compile(
    r"(?:\b(?:january|february|march|april|may|june|july|august|september|october|november|december|coronavirus|interleukin|covid|cov|caspase|factor|vitamin|b|type|types|group|protocol|model|chapter|alpha|beta|gamma"
    r"|kappa|omega|variant|day|week|phase|class|levels?|channel|chromosome|receptor|subtype|version|level|part|section"
    r"|theorem|lemma|step|article|disease|act|no\.?|python|windows|ubuntu|es)|\b(?-i:[A-Z][A-Z0-9]+))[\s-]*$",
    re.IGNORECASE,
)
_CITED = re.compile(r"(?:\bet al[.,]*|\bref[.]?|[A-Z]\w+,|;|<)\s*\(?$")  # "(Tanner et al., 2011)"

# What a bare number counts stands after it, or a word before it says that it is one: not so in "coronavirus 2".
_COUNTED = re.compile(
    r"[\s-](?!(?:is|was|has|does|causes|in|on|of|and|or|days|as|at|with)\b)(?:[\w-]+\s){0,2}?[a-z]{3,}(?<!s)s\b|\s?%|\s(?:in|out of)\s\d"
)
_SAID = re.compile(
    r"\b(?:than|least|most|about|around|approximately|nearly|over|was|were|is|are|by|total of|=|aged?|for|only)\s*$"
)
_REFERENCE = re.compile(r"\[(?:[\d,;–\s-]|<\|\w+\|>)*$")  # "[37]"
_IN_WORD = re.compile(r"[A-Za-z]\S*[/–-]$|[#×/*^]\s?$")  # "F4/80"
_SPELT_RANGE = re.compile(r"\s+(?:to|or|and|-)\s+(?:two|three|four|five|six|seven|eight|nine|ten|\d)")

_UNITS: dict[str, tuple[str, ...]] = {
    "mg": ("g", "μg"), "g": ("mg", "kg"), "kg": ("g",), "μg": ("mg",), "µg": ("mg",), "ng": ("mg",), "ml": ("l",),
    "mL": ("L",), "nM": ("mM",), "mM": ("μM",), "μM": ("mM",), "µM": ("mM",), "nm": ("mm",), "mm": ("cm",), "cm": ("m",),
    "km": ("m",), "meters": ("kilometers",), "metres": ("kilometres",), "miles": ("feet",), "feet": ("miles",),
    "ms": ("s",), "milliseconds": ("seconds",), "seconds": ("minutes",), "second": ("minute",),
    "minutes": ("hours",), "minute": ("hour",), "min": ("h",), "hours": ("days", "minutes"), "hour": ("day",),
    "days": ("weeks", "months"), "day": ("week",), "weeks": ("months", "days"), "week": ("month",),
    "months": ("years", "weeks"), "month": ("year",), "years": ("months", "weeks"), "year": ("month",),
    "°C": ("°F",), "million": ("thousand", "billion"), "billion": ("million",), "thousand": ("million",),
    "kb": ("Mb",), "MB": ("GB",), "GB": ("MB",), "grams": ("milligrams",), "milligrams": ("grams",),
    "kilometers": ("meters",), "inches": ("feet",), "dollars": ("cents",), "kHz": ("MHz",), "Hz": ("kHz",),
}  # fmt: skip
_UNIT = re.compile(
    rf"(?<=[\d\w])(?P<gap>[\s-]?)(?P<unit>{'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?![\w%])"
)
_NUMBER_BEFORE = re.compile(
    r"(?:(?:^|[\s(<>=≤≥~$–-])\d[\d.,]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|several|few))$",
    re.IGNORECASE,
)
_AGE = re.compile(r"[\s-]*(?:old|of age|ago)\b", re.IGNORECASE)
_CHANGE = re.compile(
    r"\b(?:increased|decreased|reduced|rose|fell|dropped|declined|grew|improved|increase|decrease|reduction|rise|drop"
    r"|decline|improvement|higher|lower)\s+(?:by|of)\s+(?:about\s+|approximately\s+|nearly\s+)?[\d.]+"
    r"(?P<unit>\s?%|\s+percent\b)",
    re.IGNORECASE,
)
_FOLD = re.compile(
    r"(?<=\d)(?P<fold>-fold)(?=\s+(?:increase|decrease|higher|lower|reduction|greater|rise|more))"
)


def number_changed(claim: str, rng: random.Random) -> str | None:
    """The claim with one quantity exchanged for a clearly different one of like shape, or None without quantities.

    Ranges keep their order; levels of confidence, p-values and the years of citations are left alone.
    """
    found = [q for q in quantities(claim) if q.kind not in _LEFT_ALONE and not _in_name(claim, q)]
    if not found:
        return None
    chosen = rng.choice(found)
    changed = _changed(chosen, rng)
    return None if changed is None else claim[: chosen.start] + changed + claim[chosen.end :]


def unit_changed(claim: str, rng: random.Random) -> str | None:
    """The claim with the unit of one quantity exchanged for another of its kind, or None where no unit is known."""
    places = [
        (match.start("unit"), match.end("unit"), rng.choice(_UNITS[match["unit"]]))
        for match in _UNIT.finditer(claim)
        if _NUMBER_BEFORE.search(claim[max(0, match.start("gap") - 12) : match.start("gap")])
        and not _AGE.match(claim, match.end())
    ]
    places += [(m.start("unit"), m.end("unit"), " percentage points") for m in _CHANGE.finditer(claim)]
    places += [(m.start("fold"), m.end("fold"), " %") for m in _FOLD.finditer(claim)]
    if not places:
        return None
    start, end, instead = rng.choice(places)
    return claim[:start] + instead + claim[end:]


def _in_name(claim: str, quantity: Quantity) -> bool:
    """For "interleukin 6", "type 1", "disease 2019", "(Tanner et al., 2011)": a plain number that is part of a name."""
    before = claim[max(0, quantity.start - 30) : quantity.start]
    after = claim[quantity.end : quantity.end + 16]
    if (quantity.kind == "year" and _CITED.search(before)) or _SPELT_RANGE.match(after):
        return True
    if _REFERENCE.search(before) or _IN_WORD.search(before) or after.startswith(("+", "/", "×", "m ")):
        return True
    if quantity.unit or not quantity.text.isdecimal() or len(quantity.text) > 4:
        return False
    counts = _COUNTED.match(claim, quantity.end) or _SAID.search(before) or len(quantity.text) > 2
    return not counts or _NAMED.search(before) is not None


def _changed(quantity: Quantity, rng: random.Random) -> str | None:
    low = quantity.text.lower()
    for names in (_SPELT, _TENS):
        word = next((name for name in names if re.match(rf"{name}\b", low)), None)
        if word is not None:
            return _spelt(quantity.text, word, names, rng)
    numbers = list(_DIGITS.finditer(quantity.text))
    if not numbers or _POWER.search(quantity.text):
        return None
    if quantity.kind == "year":
        shift = rng.choice([s for s in _YEAR_SHIFTS if int(numbers[-1].group()) + s <= _LAST_YEAR] or [-5])
        return _DIGITS.sub(lambda m: str(int(m.group()) + shift), quantity.text)
    for _ in range(_TRIES):
        wrong = [_like(match.group(), rng) for match in numbers]
        values = [_value(text) for text in wrong]
        if (quantity.unit == "percent" and max(values) > 100) or _implied(quantity, numbers, values):
            continue
        clear = all(_clear(_value(m.group()), v) for m, v in zip(numbers, values, strict=True))
        if clear and all(one < other for one, other in pairwise(values)):
            return _put(quantity.text, numbers, wrong)
    return None


def _implied(quantity: Quantity, numbers: list[re.Match[str]], values: list[float]) -> bool:
    """Whether "more than 50" still holds as "more than 10": a bound may only be moved to the strict side."""
    true = _value(numbers[0].group())
    return (quantity.high == math.inf and values[0] < true) or (
        quantity.low == -math.inf and values[0] > true
    )


def _put(text: str, places: list[re.Match[str]], instead: list[str]) -> str:
    for match, new in zip(reversed(places), reversed(instead), strict=True):
        text = text[: match.start()] + new + text[match.end() :]
    return text


def _like(shown: str, rng: random.Random) -> str:
    """A random number with as many digits before and after the point, and as round as ``shown``."""
    if shown in {"1", "100"}:
        return str(rng.randint(2, 9) if shown == "1" else 10 * rng.randint(1, 6))
    whole, point, decimals = shown.replace(",", "").partition(".")
    kept = len(whole.rstrip("0")) or 1
    kept = len(whole) if point else kept
    first = str(rng.randint(1, 9)) if whole != "0" else "0"
    digits = first + "".join(str(rng.randint(0, 9)) for _ in range(kept - 1)) + "0" * (len(whole) - kept)
    tail = "".join(str(rng.randint(0, 9)) for _ in decimals[:-1]) + str(rng.randint(1, 9)) * bool(decimals)
    return (f"{int(digits):,}" if "," in shown else str(int(digits))) + point + tail


def _clear(value: float, wrong: float) -> bool:
    if not value or not wrong:
        return abs(value - wrong) >= 1
    return max(value / wrong, wrong / value) >= _CLEAR


def _value(shown: str) -> float:
    return float(shown.replace(",", ""))


def _spelt(text: str, word: str, names: list[str], rng: random.Random) -> str:
    values = range(2, 13) if names is _SPELT else range(10, 91, 10)
    value = values[names.index(word)]
    other = rng.choice([name for name, other in zip(names, values, strict=True) if _clear(value, other)])
    return (other.capitalize() if text[0].isupper() else other) + text[len(word) :]


def _touched(text: str, match: re.Match[str]) -> bool:
    """Whether letters without spaces between words, or the marks of a longer number, touch the digits."""
    before, after = text[: match.start()][-1:], text[match.end() :][:2]
    latin = any(c.isascii() and c.isalpha() for c in before + after[:1])
    return latin or before in set("-–/.,:_#") or bool(re.match(r"[-–/_]|[.,:]\d", after))


def digits_changed(text: str, rng: random.Random) -> str | None:
    """A text of any language with one number in digits exchanged, or None: what needs no words can be done anywhere.

    Only numbers of two digits and more that stand by themselves, since a lone digit is often part of a name.
    """
    places = [m for m in _DIGITS.finditer(text) if len(m.group()) > 1 and not _touched(text, m)]
    if not places:
        return None
    chosen = rng.choice(places)
    for _ in range(_TRIES):
        wrong = _like(chosen.group(), rng)
        year = len(chosen.group()) == 4 and chosen.group()[:2] in {"19", "20"}
        if year:
            wrong = str(int(chosen.group()) + rng.choice(_YEAR_SHIFTS))
        if wrong != chosen.group() and (year or _clear(_value(chosen.group()), _value(wrong))):
            return text[: chosen.start()] + wrong + text[chosen.end() :]
    return None
