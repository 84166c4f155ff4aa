"""Snowball stems, loaded when the first word is asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def stem_words(words: Sequence[str]) -> tuple[str, ...]:
    """English Snowball stems of lower-case words, one for one."""
    return tuple(_stemmer()(list(words)))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[list[str]], list[str]]:
    import Stemmer  # noqa: PLC0415 - a C library; importing the package stays light

    stem: Callable[[list[str]], list[str]] = Stemmer.Stemmer("english").stemWords
    return stem
