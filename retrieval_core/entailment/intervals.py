"""Confidence intervals, tied to the estimates they stand beside: OR 1.6 (95 % CI 1.2 to 2.1), 0.72 [0.61, 0.83]."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval_core.entailment.numerals import read_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.entailment.quantity import Quantity

REACH_CHARS = 80  # between an estimate and its interval
_VALUE = r"(?:\d++(?:[.·,]\d++)?|[.·]\d++)"
_SIGN = r"[-−–]?"
_INTERVAL = re.compile(
    rf"(?:(?P<named>\b(?:CIs?|C\.I\.|CrI|IC|KI|HDI|intervals?|intervallo|intervalo|Konfidenzintervall)\b[^\d\n]{{0,12}}?)"
    rf"|(?P<bracket>[\[(]\s?))"
    rf"(?P<lowsign>{_SIGN})(?P<low>{_VALUE})\s?%?\s?(?:to|a|bis|à|and|[-−–—,;])\s?"
    rf"(?P<highsign>{_SIGN})(?P<high>{_VALUE})\s?%?(?P<close>\s?[\])])?"
)


def tie_intervals(text: str, found: Sequence[Quantity], *, commas: bool) -> list[Quantity]:
    """The quantities with the bounds of confidence intervals marked, and each estimate given its interval.

    Numbers in brackets that no word calls an interval are one only when the number before lies between them.
    """
    tied = list(found)
    for match in _INTERVAL.finditer(text):
        bounds = _bounds(match, commas=commas)
        if bounds is None:
            continue
        estimate = next((i for i in reversed(range(len(tied))) if _is_estimate(tied[i], match.start())), None)
        inside = estimate is not None and bounds[0] <= tied[estimate].high and tied[estimate].low <= bounds[1]
        if not match["named"] and not (inside and match["close"]):
            continue
        if inside and estimate is not None:
            tied[estimate] = replace(tied[estimate], interval=bounds)
        tied = [
            replace(q, kind="interval") if match.start("low") <= q.start < match.end() else q for q in tied
        ]
    return tied


def _is_estimate(quantity: Quantity, before: int) -> bool:
    near = 0 <= before - quantity.end <= REACH_CHARS
    return near and quantity.kind in {"amount", "ratio"}


def _bounds(match: re.Match[str], *, commas: bool) -> tuple[float, float] | None:
    read = [read_number(match[side], commas=commas) for side in ("low", "high")]
    if read[0] is None or read[1] is None:
        return None
    low, high = (
        -number.value if match[sign] else number.value
        for number, sign in zip((read[0], read[1]), ("lowsign", "highsign"), strict=True)
    )
    if match["lowsign"] and match["highsign"]:  # magnitudes, as for every quantity
        low, high = -high, -low
    return (low, high) if low < high else None
