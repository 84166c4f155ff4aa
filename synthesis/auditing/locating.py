"""Which value of the report a word of a rendered file shows: the longest value that stands there word for word."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from synthesis.auditing.pieces import core
from synthesis.auditing.places import in_report, leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.auditing.pieces import Heading
    from synthesis.auditing.places import ValuePath

_SHORTEST = 2  # words; a single one may be anything
_NUMBER = re.compile(r"\d+")
# What each section of the form shows of the record, in the form's order; in any language there are as many.
_FORM = (
    ("abstract",),
    ("introduction",),
    ("methodology",),
    ("results", "answer", "comparisons", "review", "changes", "loads"),
    ("limitations",),
    ("claims",),
    ("references",),
    *(("methodology",), ("methodology",), ("calibration",), ("provenance",), ("measurements",)),
)
_SECTION_LEVEL = 2
_TELLING = 2  # steps of a path that tell more than the headings do


class _Value(NamedTuple):
    path: ValuePath
    words: tuple[str, ...]


class Values:
    """The values of a report by the words in them; ``headings`` are those of its Markdown form."""

    def __init__(self, report: Any, headings: Sequence[Heading]) -> None:
        self._by_word: dict[str, list[tuple[_Value, int]]] = defaultdict(list)
        sections = [h.text for h in headings if h.level == _SECTION_LEVEL]
        self._fields = dict(zip(sections, _FORM, strict=False))
        for path, text in leaves(report):
            words = tuple(filter(None, map(core, text.split()))) if isinstance(text, str) else ()
            if len(words) >= _SHORTEST:
                for position, word in enumerate(words):
                    self._by_word[word].append((_Value(path, words), position))

    def shown_at(self, words: Sequence[str], index: int, trail: str) -> ValuePath | None:
        """The path of the value that ``words`` (their cores) show at ``index``; ``None`` where none is known.

        Of values with the same words those of the section and the claim that ``trail`` names are taken; of several
        that are left, the path that they share.
        """
        covering = [
            value
            for value, position in self._by_word.get(words[index], ())
            if position <= index
            and tuple(words[index - position : index - position + len(value.words)]) == value.words
        ]
        fields, claim = self._fields_of(trail), _claim_of(trail)
        rank = [(len(v.words), v.path[0] in fields, v.path[:2] == ("claims", claim)) for v in covering]
        best = [value.path for value, r in zip(covering, rank, strict=True) if r == max(rank)]
        return _shared(best) or None

    def place(self, path: ValuePath | None, trail: str) -> str:
        """The place in words: the value's where its own section shows it, else the headings and then the value's."""
        if path is None or len(path) < _TELLING:
            return trail
        return in_report(path) if path[0] in self._fields_of(trail) else f"{trail} – {in_report(path)}"

    def _fields_of(self, trail: str) -> tuple[str, ...]:
        section = trail.partition(", ")[0]
        return self._fields.get(section, ())


def _shared(paths: Sequence[ValuePath]) -> ValuePath:
    """The steps with which all paths begin."""
    if not paths:
        return ()
    same = takewhile(lambda steps: len(set(steps)) == 1, zip(*paths, strict=False))
    return tuple(steps[0] for steps in same)


def _claim_of(trail: str) -> int | None:
    """The index of the claim whose number stands first behind the section's name."""
    match = _NUMBER.search(trail.partition(", ")[2])
    return int(match[0]) - 1 if match else None
