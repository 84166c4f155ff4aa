"""Two texts compared word by word: from each difference on, the nearest place where both agree again is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.auditing.pieces import LINE_END_HYPHEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from synthesis.auditing.pieces import Token

_AGREED = 4  # words in a row that agree again
_WINDOW = 4_000  # words that are looked through for them
_MOST = 200  # differences; a text with more is another text


class WordDifference(NamedTuple):
    """Words [start, end) of the expected text in whose stead words [other, other_end) of the found one stand."""

    start: int
    end: int
    other: int
    other_end: int


def word_differences(
    expected: Sequence[Token], found: Sequence[Token], key: Callable[[Token], str]
) -> Iterator[WordDifference]:
    """At most ``_MOST`` differences in order, the last of which may reach to the end.

    ``key`` is what must agree of a word; where neither word may owe its hyphens to a line's end, ``Token.key``
    compares them as they stand.
    """
    ones, others = [key(t) for t in expected], [key(t) for t in found]
    exact = [_exact(t) for t in expected], [_exact(t) for t in found]
    i = j = given = 0
    while i < len(ones) or j < len(others):
        if i < len(ones) and j < len(others) and ones[i] == others[j]:
            if _hyphens_differ(exact[0][i], exact[1][j]):
                yield WordDifference(i, i + 1, j, j + 1)
                given += 1
            i, j = i + 1, j + 1
            continue
        at, other = _agreement(ones, others, i, j) if given < _MOST - 1 else (len(ones), len(others))
        yield WordDifference(i, at, j, other)
        given += 1
        i, j = at, other


def _exact(token: Token) -> str | None:
    """A word with its hyphens; ``None`` where a line's end makes them uncertain."""
    return None if LINE_END_HYPHEN in token.text else token.text


def _hyphens_differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.count("-") != other.count("-")


def _agreement(ones: Sequence[str], others: Sequence[str], i: int, j: int) -> tuple[int, int]:
    """The nearest places from ``i`` and ``j`` on from which several words agree, or both ends."""
    nearest: dict[tuple[str, ...], int] = {}
    for at in range(min(len(ones), i + _WINDOW) - 1, i - 1, -1):
        nearest[tuple(ones[at : at + _AGREED])] = at
    best, least = (len(ones), len(others)), 2 * _WINDOW
    for other in range(j, min(len(others), j + _WINDOW)):
        if other - j >= least:
            break
        place = nearest.get(tuple(others[other : other + _AGREED]))
        if place is not None and place - i + other - j < least:
            best, least = (place, other), place - i + other - j
    return best
