"""Units of measurement: the forms they are written in, and which convert into which.

Forms are ours, since prose writes units in ways no library reads; factors and dimensions are those of Pint, which is
loaded only when two different units meet.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pint import UnitRegistry

PERCENT = "percent"
POINTS = "percentage points"
TIMES = "times"

# Name → forms that a reader writes in any case; the name is also Pint's unless ``_PINT`` says otherwise.
_WORDS = {
    POINTS: "percentage points?|percent points?|%-points?|puntos porcentuales|points de pourcentage|prozentpunkten?"
    "|punti percentuali|p[.]p[.]",
    PERCENT: "%|percent|per cent|percentages?|por ciento|pour cent|prozent|per cento",
    "points": "points?",
    TIMES: "-?folds?|times|twice|x|×",
    "°C": "degrees? Celsius|degrees? C|° ?C|℃", "°F": "degrees? Fahrenheit|degrees? F|° ?F|℉",
    "ms": "milliseconds?|msecs?", "s": "seconds?|secs?", "min": "minutes?|mins?", "h": "hours?|hrs?",
    "day": "days?", "week": "weeks?|wks?", "month": "months?", "year": "years?|yrs?",
    "nm": "nanomet[er]{2}s?", "μm": "micromet[er]{2}s?|microns?", "mm": "millimet[er]{2}s?",
    "cm": "centimet[er]{2}s?", "m": "met[er]{2}s?", "km": "kilomet[er]{2}s?",
    "ft": "feet|ft", "mile": "miles?", "ha": "hectares?",
    "μg": "micrograms?|mcg", "mg": "milligrams?", "g": "grams?", "kg": "kilograms?|kgs?|kilos?", "t": "tonnes?",
    "lb": "pounds|lbs?", "ml": "millilit[er]{2}s?", "l": "lit[er]{2}s?",
    "kcal": "kcals?|kilocalories?", "kJ": "kilojoules?",
}  # fmt: skip
# Name → forms in which case tells units apart.
_SYMBOLS = {
    POINTS: "pp|pps", "μs": "[μµ]s", "ms": "ms", "s": "s", "min": "min", "h": "h",
    "nm": "nm", "μm": "[μµ]m", "mm": "mm", "cm": "cm", "m": "m", "km": "km", "km2": "km2|km²", "m2": "m2|m²",
    "pg": "pg", "ng": "ng", "μg": "[μµ]g|ug", "mg": "mg|Mg", "g": "g|gm", "kg": "kg|Kg|KG",
    "μl": "[μµ][lL]", "ml": "m[lL]", "dl": "d[lL]", "l": "l|L",
    "nM": "nM", "μM": "[μµ]M", "mM": "mM", "nmol": "nmol", "μmol": "[μµ]mol", "mmol": "mmol", "mol": "mol",
    "mmHg": "mm ?Hg", "kPa": "kPa", "MPa": "MPa", "W": "W", "kW": "kW", "MW": "MW", "mV": "mV", "J": "J", "kJ": "kJ",
    "kb": "[kK]b|kbp", "bp": "bp", "kB": "kB|KB", "MB": "MB", "GB": "GB", "TB": "TB",
    "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz", "kDa": "kDa?|KDa", "IU": "IU", "ppm": "ppm", "ppb": "ppb",
}  # fmt: skip
_PER = r"(?:/(?:100 ?)?(?:[dm]?[lL]|kg|g|m2|m²|km2|day|d|hour|h|min|week|wk|month|year|yr|y|s)(?![\w]))"
CURRENCIES = {"$": "$", "US$": "$", "€": "€", "£": "£", "¥": "¥"}

_PINT = {
    POINTS: "", "points": "", TIMES: "", "°C": "degC", "°F": "degF", "t": "metric_ton", "mmHg": "mmHg",
    "kb": "", "bp": "", "kDa": "", "IU": "", "ppm": "", "ppb": "", "$": "", "€": "", "£": "", "¥": "", PERCENT: "",
    "km2": "km**2", "m2": "m**2", "nM": "nanomolar", "μM": "micromolar", "mM": "millimolar", "ha": "hectare",
}  # fmt: skip
_PER_PINT = {"d": "day", "y": "year", "yr": "year", "wk": "week", "m2": "m**2", "m²": "m**2", "km2": "km**2"}
_BYTES = ("kB", "MB", "GB", "TB")
_LOOSE = ("[time]", "bytes")  # a month is four weeks to some, a kilobyte 1,024 bytes
LOOSE_SLACK = 0.1
EXACT_SLACK = 0.01


def _alternatives(forms: dict[str, str]) -> str:
    """One expression for all forms, the longest first."""
    every = [form for written in forms.values() for form in written.split("|")]
    return _spaced("|".join(sorted(every, key=len, reverse=True)))


def _spaced(forms: str) -> str:
    return forms.replace(" ?", r"\s?").replace(" ", r"\s+")


ANY_UNIT = rf"(?:(?:(?i:{_alternatives(_WORDS)})|{_alternatives(_SYMBOLS)})(?![^\W_](?<!%C)){_PER}{{0,2}})"


@lru_cache(maxsize=1024)
def unit_name(form: str) -> str:
    """The one name of a unit written as ``form``; what has none keeps its own.

    >>> unit_name("per cent"), unit_name("Minutes"), unit_name("mg/dL"), unit_name("US$")
    ('percent', 'min', 'mg/dl', '$')
    """
    if form in CURRENCIES:
        return CURRENCIES[form]
    above, slash, below = form.partition("/")
    return _named(above) + slash + below.replace("L", "l")


def same_dimension(one: str, other: str) -> bool:
    """Whether amounts in the two units can be equal: mg and kg, weeks and days; never % and percentage points.

    >>> same_dimension("mg", "kg"), same_dimension("mg", "day"), same_dimension("percent", "percentage points")
    (True, False, False)
    """
    if one == other or {one, other} == {POINTS, "points"}:
        return True
    return bool(one and other) and _dimension(one) is not None and _dimension(one) == _dimension(other)


def convert(value: float, unit: str, into: str) -> tuple[float, ...]:
    """``value`` in another unit of its dimension; for temperatures also as a difference, since prose tells neither.

    >>> convert(500, "mg", "g"), [round(degrees, 1) for degrees in convert(98.6, "°F", "°C")]
    ((0.5,), [37.0, 54.8])
    """
    if unit == into or {unit, into} == {POINTS, "points"}:
        return (value,)
    scale, shift = _linear(unit, into)
    return (value * scale + shift, value * scale) if shift else (value * scale,)


def slack(unit: str) -> float:
    """Share by which an amount may change when it is said in another unit: 1 %, or 10 % for time and data."""
    return LOOSE_SLACK if _dimension(unit) in _LOOSE else EXACT_SLACK


def _named(form: str) -> str:
    exact = next((name for name, forms in _symbol_forms() if forms.fullmatch(form)), None)
    return exact or next((name for name, forms in _word_forms() if forms.fullmatch(form)), form)


@cache
def _symbol_forms() -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(_spaced(forms))) for name, forms in _SYMBOLS.items()]


@cache
def _word_forms() -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(_spaced(forms), re.IGNORECASE)) for name, forms in _WORDS.items()]


@cache
def _linear(unit: str, into: str) -> tuple[float, float]:
    """(scale, shift) of the conversion."""
    quantity = _registry().Quantity
    zero, one = (quantity(n, _in_pint(unit)).to(_in_pint(into)).magnitude for n in (0.0, 1.0))
    return float(one - zero), float(zero)


@cache
def _dimension(unit: str) -> str | None:
    """Pint's dimensionality, or ``None`` for what Pint does not convert."""
    written = _in_pint(unit)
    if not written:
        return None
    found = str(_registry().Unit(written).dimensionality)
    return found if found != "dimensionless" else "bytes" if unit in _BYTES else None


def _in_pint(unit: str) -> str:
    above, *below = unit.split("/")
    written = _PINT.get(above, above)
    if not written or any(part[0].isdigit() for part in below):  # "mg/100 ml"
        return ""
    return "/".join((written, *(_PER_PINT.get(part, part) for part in below)))


@cache
def _registry() -> UnitRegistry[Any]:
    from pint import UnitRegistry  # noqa: PLC0415  # 0.3 s, only where two units meet

    return UnitRegistry()
