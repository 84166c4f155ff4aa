"""Which pairs may not be one another's negatives, as integers that can be compared fast."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    from retrieval_core.records import QAPair

_END = 16  # characters compared at either end
_MARGIN = 30  # characters beside a cut: the longest run of marks in text that is safe to stream (UAX #15)
_WINDOW = 96  # characters looked at first


def conflict_keys(pairs: Sequence[QAPair]) -> NDArray[np.int64]:
    """(n_pairs, 4): two pairs conflict when they have a key in common.

    The keys stand for passage_id, parallel_id, the question's text and the passage's text, the texts without
    regard to case, spacing and compatible forms of characters. A pair without parallel_id gets a key of its own.
    """
    columns = [
        _codes(pair.passage_id for pair in pairs),
        _codes(("own", i) if pair.parallel_id is None else pair.parallel_id for i, pair in enumerate(pairs)),
        _text_codes([pair.question for pair in pairs]),
        _text_codes([pair.passage for pair in pairs]),
    ]
    # The same number in two columns means different things: shift each column past the ones before.
    sizes = [int(column.max(initial=-1)) + 1 for column in columns]
    keys: NDArray[np.int64] = np.stack(columns, axis=1) + np.cumsum([0, *sizes[:-1]])  # (n_pairs, 4)
    return keys


def normalised(text: str) -> str:
    """The form in which two texts count as the same.

    >>> normalised("Ｗho  is\\nit?")
    'who is it?'
    """
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return plain.casefold().split()


def _codes(values: Iterable[Hashable]) -> NDArray[np.int64]:
    """Numbers from 0 in the order of first appearance, equal for equal values."""
    known: dict[Hashable, int] = {}
    return np.fromiter((known.setdefault(value, len(known)) for value in values), dtype=np.int64)


def _text_codes(texts: list[str]) -> NDArray[np.int64]:
    """Numbers, equal for texts that are equal when normalised.

    Normalising is slow, so it is left to distinct texts whose two ends agree.
    """
    raw = _codes(texts)
    distinct = list(dict.fromkeys(texts))
    codes = _codes(map(_ends, distinct))
    alike = np.flatnonzero(np.bincount(codes)[codes] > 1) if len(codes) else codes
    codes[alike] = len(distinct) + _codes(normalised(distinct[i]) for i in alike.tolist())
    return codes[raw]


def _ends(text: str) -> tuple[str, str]:
    """First and last characters of the normalised text without its spaces, found without normalising the middle.

    A cut may split a letter from its marks, so some characters beside it are not looked at.
    """
    window = _WINDOW
    while True:
        head, tail = "".join(_words(text[:window])), "".join(_words(text[-window:]))
        if window >= len(text) or min(len(head), len(tail)) >= _END + _MARGIN:
            return head[:_END], tail[-_END:]
        window *= 4
