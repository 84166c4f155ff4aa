"""What differs between two documents, word by word, each difference at its place with the words around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.auditing.pieces import LINE_END_HYPHEN, tokens_of
from synthesis.auditing.places import kind_of
from synthesis.auditing.records import Checked, Finding, Result
from synthesis.auditing.word_differences import word_differences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.auditing.locating import Values
    from synthesis.auditing.pieces import Piece, Token
    from synthesis.auditing.records import Kind
    from synthesis.auditing.word_differences import WordDifference

_AROUND = 5  # words shown on either side of a difference
_NEAR = 50  # words among which those are found
_REACH = 400  # words looked through for the value that a word belongs to
_LONGEST = 30  # words of a difference that are shown


def word_findings(
    expected: Sequence[Piece], found: Sequence[Piece], values: Values, key: Callable[[Token], str]
) -> Result:
    """The words of ``found`` that are not those of ``expected``; ``key`` is what must agree of a word."""
    first, second = _Text.of(expected, key), _Text.of(found, key)
    findings = tuple(
        _finding(first, second, values, difference)
        for difference in word_differences(first.words, second.words, key)
    )
    return Result(findings=findings, checked=Checked(words=len(first.words)))


class _Text(NamedTuple):
    """A document's words, and the pieces in which they stand."""

    pieces: Sequence[Piece]
    words: Sequence[Token]

    @classmethod
    def of(cls, pieces: Sequence[Piece], key: Callable[[Token], str]) -> _Text:
        return cls(pieces, [token for token in tokens_of(pieces) if key(token)])

    def piece(self, index: int) -> Piece:
        """The piece of a word; of the last where there is no such word."""
        return self.pieces[self.words[min(index, len(self.words) - 1)].piece]

    def shown(self, start: int, end: int) -> str:
        """The words [start, end), many cut, between those around them of their own sort, seen or hidden."""
        if not self.words:
            return ""
        hidden = self.piece(start).hidden
        inside = [token.text for token in self.words[start : min(end, start + _LONGEST)]]
        inside += ["…"] if end - start > _LONGEST else []
        around = slice(max(0, start - _NEAR), start), slice(end, end + _NEAR)
        before, after = (
            [t.text for t in self.words[part] if self.pieces[t.piece].hidden == hidden] for part in around
        )
        return " ".join([*before[-_AROUND:], *inside, *after[:_AROUND]]).replace(LINE_END_HYPHEN, "")


def _finding(expected: _Text, found: _Text, values: Values, difference: WordDifference) -> Finding:
    """A difference at its place: the value that stands there where it is known, else the headings above it."""
    start, end, other, other_end = difference
    piece = expected.piece(start)
    added = start == end and other < other_end  # words that were put in have no place of their own
    hidden = found.piece(other).hidden if added else piece.hidden
    at = min(start, len(expected.words) - 1)
    before = [core for word in expected.words[max(0, at - _REACH) : at] if (core := word.core)]
    behind = [core for word in expected.words[at : at + _REACH] if (core := word.core)]
    path = values.shown_at([*before, *behind], len(before), piece.place) if behind else None
    kind: Kind = "hidden words" if hidden else kind_of(path, "") if path else "words"
    return Finding(
        kind="words" if kind == "fact" else kind,
        place=values.place(path, piece.place) + (" (hidden)" if hidden else ""),
        expected=expected.shown(start, end),
        found=found.shown(other, other_end),
    )
