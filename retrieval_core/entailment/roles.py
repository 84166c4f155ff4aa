"""What a number says: a level ("80 %"), or a change up or down ("by 5 %", "a 20 % reduction", an odds ratio of 0.6)."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from retrieval_core.entailment import units
from retrieval_core.entailment.phrases import HALVED

if TYPE_CHECKING:
    from retrieval_core.entailment.quantity import Quantity

BEFORE_CHARS = 60
AFTER_CHARS = 32
SIGNIFICANT = 0.05

_UP_WORDS = (
    r"increas\w*|rise[ns]?|rising|rose|raise[ds]?|raising|gain\w*|gr[eo]wn?|grows?|growth|elevat\w*|improv\w*"
)
_UP_THAN = r"higher|greater|more|larger|longer|faster|better|above"
_DOWN_WORDS = (
    r"decreas\w*|reduc\w*|lower(?:ed|ing|s)?|declin\w*|drop\w*|fall(?:s|en|ing)?|fell|diminish\w*|shr[aiu]nk\w*|loss"
    r"|los[et]s?|cuts?|halved"
)
_DOWN_THAN = r"lower|fewer|less|smaller|shorter|slower|worse|below"
UP = re.compile(rf"\b(?:{_UP_WORDS}|{_UP_THAN})\b", re.IGNORECASE)
DOWN = re.compile(rf"\b(?:{_DOWN_WORDS}|{_DOWN_THAN})\b", re.IGNORECASE)
_AMOUNT = r"(?:\s(?:relative|absolute|significant|statistically|about|approximately|nearly|almost|up to|at least|roughly))*"
_CHANGED_BY = re.compile(
    rf"\b(?:(?P<up>{_UP_WORDS})|(?P<down>{_DOWN_WORDS}))\b(?:\s[\w-]+){{0,6}}?\s(?:by|of){_AMOUNT}\s?[-−+~≈>]?$",
    re.IGNORECASE,
)
_BY = re.compile(rf"\bby{_AMOUNT}\s?[-−+~≈>]?$", re.IGNORECASE)
_MORE = re.compile(
    rf"{_AMOUNT}[\s-]*(?:(?P<up>{_UP_WORDS}|{_UP_THAN})|(?P<down>{_DOWN_WORDS}|{_DOWN_THAN}))\b",
    re.IGNORECASE,
)
# "A is 20 % lower than B" and "B is 25 % higher than A" are no contradiction.
_THAN = re.compile(r"\b(?:than|compared|relative to|versus|vs)\b", re.IGNORECASE)


class Direction(IntEnum):
    """Which way a change goes."""

    DOWN = -1
    UNKNOWN = 0
    UP = 1


def direction(quantity: Quantity, text: str) -> Direction | None:
    """The direction of the change that a quantity states; ``None`` when it states no change but a level.

    >>> from retrieval_core.entailment.numbers import quantities
    >>> for text in ("It rose by 5 %.", "a 20 % reduction", "OR 0.6", "80 % accuracy"):
    ...     print(repr(direction(quantities(text)[0], text)))
    <Direction.UP: 1>
    <Direction.DOWN: -1>
    <Direction.DOWN: -1>
    None
    """
    if quantity.kind == "ratio":
        return _side_of_one(quantity)
    if quantity.text.lower() == HALVED:
        return Direction.DOWN
    before = text[max(0, quantity.start - BEFORE_CHARS) : quantity.start]
    after = text[quantity.end : quantity.end + AFTER_CHARS]
    said = _CHANGED_BY.search(before) or _MORE.match(after)
    if said and not _THAN.search(text):
        return Direction.UP if said["up"] else Direction.DOWN
    if said or _BY.search(before) or quantity.unit in {units.POINTS, units.TIMES}:
        return Direction.UNKNOWN
    return None


def significance(quantity: Quantity) -> bool | None:
    """Whether a p-value is below 0.05; ``None`` when it may lie on either side ("p < 0.1").

    >>> from retrieval_core.entailment.numbers import quantities
    >>> [significance(quantities(text)[0]) for text in ("p < 0.001", "p = 0.2", "p < 0.1")]
    [True, False, None]
    """
    if quantity.low == float("-inf"):
        return True if quantity.high <= 1.1 * SIGNIFICANT else None  # "< 0.05" is read up to 0.055
    if quantity.high == float("inf"):
        return False if quantity.low >= 0.9 * SIGNIFICANT else None
    if quantity.high <= SIGNIFICANT:
        return True
    return False if quantity.low > SIGNIFICANT else None


def _side_of_one(ratio: Quantity) -> Direction:
    """A ratio whose confidence interval holds 1 has no direction."""
    low, high = ratio.interval or ratio.bounds
    if low > 1:
        return Direction.UP
    return Direction.DOWN if high < 1 else Direction.UNKNOWN
