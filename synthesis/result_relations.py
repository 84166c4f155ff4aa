"""How one reported number stands to another: the same, close or different; and whether both are of one system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.result_values import normalised

if TYPE_CHECKING:
    from typing import Literal

    from synthesis.records import ReportedResult, ResultComparison, ResultValue

CLOSE = 0.01  # one point, on a measure's scale of 0–1
CLOSE_SHARE = 0.01  # of the greater number, where a measure has no such scale (perplexity, errors)
_ROUNDING = 1e-9  # of binary fractions
_NOT_NAME = re.compile(r"[\W_]+")


def relation(one: ResultValue, other: ResultValue) -> Literal["same", "close", "different"]:
    """How two numbers of one measure on one data set stand to each other.

    The same: 84.3, 84.3 % and 0.843. Close: at most one point apart (1 % of the greater where the measure has no
    scale of 0–1), or equal when written as coarsely as the coarser of the two (0.7 and 0.74).
    """
    a, b = normalised(one), normalised(other)
    apart = abs(a - b) - _ROUNDING
    if apart <= 0:
        return "same"
    allowed = CLOSE_SHARE * max(abs(a), abs(b)) if one.unit == "other" else CLOSE
    half_a_digit = max(_last_digit(one), _last_digit(other)) / 2
    return "close" if apart <= max(allowed, half_a_digit) else "different"


def _last_digit(result: ResultValue) -> float:
    """What one unit of the last written digit is worth, on the scale of ``normalised``: 0.001 for "84.3"."""
    digits = re.search(r"\d*\.?\d+", result.text)
    decimals = len(digits[0].partition(".")[2]) if digits else 0
    return 10.0 ** -(decimals + (2 if result.unit in {"percent", "points"} else 0))


def same_system(one: str | None, other: str | None) -> bool:
    """Whether two names are of one system; what has no name is like nothing.

    >>> same_system("mE5-large", "ME5 Large"), same_system(None, None)
    (True, False)
    """
    a, b = (closed_up(name or "") for name in (one, other))
    return bool(a) and a == b


def closed_up(name: str) -> str:
    """A name as it is compared: without case, blanks and marks."""
    return _NOT_NAME.sub("", name.casefold())


def is_stated(row: ReportedResult, comparison: ResultComparison) -> bool:
    """Whether a numbered row is one against which others are set: that of a claim of the first row's paper."""
    return row.claim is not None and row.reference == comparison.rows[0].reference
