"""One written number → its value and its rounding: separators by language, powers of ten, words, fractions.

English groups thousands by commas; German, Spanish, French and Italian write a decimal comma. Which of them a
text follows is told by its function words, and a number that reads as well the other way is not read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_DIGITS = 30  # a longer run of digits is an identifier
MAX_EXPONENT = 99

_ONES = "two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORD_VALUES = (
    {word: float(n) for n, word in enumerate(("one", *_ONES, *_TEENS), start=1)}
    | {word: 10.0 * n for n, word in enumerate(_TENS, start=2)}
    | {"a": 1.0, "an": 1.0}
)
_PARTS = {
    "half": 2.0, "third": 3.0, "thirds": 3.0, "quarter": 4.0, "quarters": 4.0, "fifth": 5.0, "fifths": 5.0,
    "tenth": 10.0, "tenths": 10.0,
}  # fmt: skip

_BELOW_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[-\s](?:one|{'|'.join(_ONES)}))?|{'|'.join((*_TEENS, *_ONES))})"
_HUNDREDS = rf"(?:an?|one|{'|'.join(_ONES)})\shundred(?:\s(?:and\s)?(?:{_BELOW_100}|one))?"
# "one" and "a" alone say too little ("one of the"), so they count only before a scale.
SPELT = (
    rf"(?i:\b(?:{_HUNDREDS}|{_BELOW_100}|(?:an?|one)(?=\s(?:thousand|million|billion)\b))(?:\b|(?=fold\b)))"
)

_TEN_TO = r"(?:\^[({]?[-−–+]?\d{1,2}[)}]?|\([-−–+]?\d{1,2}\)|[-−–]\d{1,2}(?!\d)|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})"
_POWER = rf"(?:\s?[×xX*·]\s?10(?:{_TEN_TO}|(?<=×\s10)\d{{1,2}}|(?<=×10)\d{{1,2}})|e[-−+]?\d{{1,2}}\b|E[-−+]\d{{1,2}}\b)"
_BARE_POWER = r"10(?:\^[({]?[-−–+]?\d{1,2}[)}]?|[−⁻⁺]\d{1,2}|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})"
_SPACE_GROUPS = r"\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})++(?:[.,]\d++)?|\d{1,3}(?:\s000)++(?!\d)"
_PLAIN_GROUPS = r"\d{1,3}(?:\s\d{3})++(?!\d)(?:,\d++)?"
_DIGITS = r"\d++(?:[.,·]\d++)*+|[.·]\d++"
POINT_VALUE = rf"(?:{_BARE_POWER}|(?:{_SPACE_GROUPS}|{_DIGITS})(?:{_POWER})?)"
COMMA_VALUE = rf"(?:{_BARE_POWER}|(?:{_SPACE_GROUPS}|{_PLAIN_GROUPS}|{_DIGITS})(?:{_POWER})?)"

_SEPARATED = re.compile(r"\d[.,\s]\d")
# Articles and prepositions tell the language of a sentence of five words, which n-grams of letters do not.
_COMMA_WORDS = re.compile(
    r"\b(?:el|los|las|un|una|del?|por|para|con|y|du|les?|des|une|et|est|sont|dans|der|das|dem|den|und|mit|von|bei|ein"
    r"|eine[nrm]?|um|il|lo|gli|di|dei|della|delle|che|nel|con|è|het|een|van|da|dos|em|com|e|la|auf|zu|im)\b",
    re.IGNORECASE,
)
_POINT_WORDS = re.compile(
    r"\b(?:the|of|and|with|for|was|were|is|are|by|to|in|from|we|this|that|at|on|an?)\b", re.IGNORECASE
)
_EXPONENT = re.compile(
    r"(?:\s?[×xX*·]\s?)?10(?P<power>[\^({−–⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹-].*|(?<=×\s10)\d+|(?<=×10)\d+)$|[eE](?P<e>.+)$"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--", "^(){}")


class Written(NamedTuple):
    """A number as read; ``slack`` is half a unit of its last decimal place, 0 for a whole number."""

    value: float
    slack: float


def writes_commas(text: str) -> bool:
    """Whether ``text`` is in a language with a decimal comma; False where no number of it depends on that.

    >>> writes_commas("un total de 1.190 pacientes"), writes_commas("a total of 1,190 patients")
    (True, False)
    """
    if not _SEPARATED.search(text):
        return False
    return len(_COMMA_WORDS.findall(text)) > len(_POINT_WORDS.findall(text))


def read_number(shown: str, *, commas: bool = False) -> Written | None:
    """Value of a number in digits or words; ``None`` for a list ("1,2"), a version ("1.2.3") or an identifier.

    >>> read_number("1.2 × 10⁻³").value, read_number("1,190").value, read_number("3,5", commas=True).value
    (0.0012, 1190.0, 3.5)
    """
    if shown[0].isalpha():
        return Written(_words_value(shown), 0.0)
    power = _EXPONENT.search(shown)
    exponent = int((power["power"] or power["e"]).translate(_SUPERSCRIPTS)) if power else 0
    mantissa = (shown[: power.start()] if power else shown).strip()
    plain = _plain(mantissa, commas=commas) if mantissa else "1"
    if plain is None or len(plain) > MAX_DIGITS or abs(exponent) > MAX_EXPONENT:
        return None
    decimals = len(plain.partition(".")[2])
    slack = 0.5 * 10.0 ** (exponent - decimals) if decimals else 0.0
    return Written(float(f"{plain}e{exponent}"), slack)


def fraction_value(numerator: str, part: str) -> float | None:
    """Share in percent of "two", "thirds" or of "1", "5"; ``None`` when it is no share.

    >>> fraction_value("one", "third"), fraction_value("1", "5"), fraction_value("5", "1")
    (33.333333333333336, 20.0, None)
    """
    above, below = _small(numerator), _PARTS.get(part.lower()) or _small(part)
    return 100.0 * above / below if above and below and above < below else None


def _small(shown: str) -> float | None:
    if shown[0].isalpha():
        return _words_value(shown)
    read = read_number(shown)
    return read and read.value


def _words_value(shown: str) -> float:
    total = 0.0
    for word in re.split(r"[-\s]+", shown.lower()):
        total = total * 100 if word == "hundred" else total + _WORD_VALUES.get(word, 0.0)
    return total


def _plain(shown: str, *, commas: bool) -> str | None:
    """Digits with a decimal point and nothing else, or ``None`` where the separators make no number."""
    shown = re.sub(r"\s", "", shown).replace("·", ".")
    points, marks = shown.count("."), shown.count(",")
    if not points and not marks:
        return shown
    if points and marks:
        return _grouped(shown, *(",." if shown.rfind(".") > shown.rfind(",") else ".,"))
    group, decimal = (".", ",") if commas else (",", ".")
    return _grouped(shown, group, decimal) or _grouped(shown, decimal, group, certain=True)


def _grouped(shown: str, group: str, decimal: str, *, certain: bool = False) -> str | None:
    """``shown`` with ``group`` between thousands; ``certain``: only what the other reading leaves no room for."""
    whole, _, decimals = shown.partition(decimal)
    if certain and (group in shown and shown.count(group) < 2):
        return None
    if certain and decimal == ",":  # "1,2" in English is as often a list
        return None
    first, *rest = whole.split(group)
    fits = all(len(part) == 3 for part in rest) and (not rest or (1 <= len(first) <= 3 and first[0] != "0"))
    return (
        f"{first}{''.join(rest)}.{decimals}".rstrip(".")
        if fits and (decimals.isdigit() or not decimals)
        else None
    )
