"""Training pairs that an evaluation set knows already: exactly, or nearly.

Texts are compared without case, blanks and punctuation (NFKC). Two are near-duplicates if the Jaccard similarity of
their sets of character n-grams is at least ``threshold``. The search is exact, by prefix filtering (Chaudhuri,
Ganti, Kaushik 2006): with the n-grams ordered by rarity, sets that similar share one among the first
⌊(1 - t)·|x|⌋ + 1 of each. N-grams that no evaluation text holds are the rarest of all, so most training texts are
passed after a fifth of their length.

A passage of several sentences is also checked sentence by sentence, since evaluation sets of sentences hide in
paragraphs. A translation of an evaluation text is not found: keep such sets out by their source.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from retrieval_core.datasets.sentences import sentence_spans
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from retrieval_core.records import QAPair, RetrievalSet

THRESHOLD = 0.8
SHINGLE_CHARS = 5
IDEOGRAPH_SHINGLE_CHARS = 3  # Han, Kana, Hangul: a character says more
MIN_PART_CHARS = 20  # a shorter sentence of a passage is a phrase that many texts share
_EXCERPT_CHARS = 120

Kind = Literal["question", "passage", "sentence"]


class _Kept(dict[int, int | None]):
    """Code point → itself or, for what is no letter, mark or digit, nothing; learnt as it is met."""

    def __missing__(self, code: int) -> int | None:
        self[code] = code if unicodedata.category(chr(code))[0] in "LMN" else None
        return self[code]


_KEPT = _Kept()


@dataclass(frozen=True, slots=True)
class Leak:
    """A text of a pair that an evaluation text equals (similarity 1) or resembles; texts are cut to an excerpt."""

    pair_id: str
    kind: Kind
    text: str
    evaluation_id: str
    evaluation_text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """The closest leak of each question and passage, and the pairs that have none."""

    checked: int
    leaks: tuple[Leak, ...]
    clean: tuple[QAPair, ...]


def check_leakage(
    pairs: Sequence[QAPair], evaluation: Iterable[RetrievalSet], *, threshold: float = THRESHOLD
) -> LeakageReport:
    """Compare every question and passage with every query and document of the evaluation sets.

    ``threshold``: Jaccard similarity from which two texts are near-duplicates, in (0, 1]. Raises ``InputError``
    for another.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"The threshold is {threshold}; expected a similarity above 0 and at most 1.")
    index = _Index(_evaluation_texts(evaluation), threshold)
    matches: dict[tuple[str, str], _Match | None] = {}  # many pairs share a passage
    leaks, clean = [], []
    for pair in pairs:
        found = [
            leak
            for kind, text, language in _texts(pair)
            if (leak := _leak(pair, kind, text, language, index, matches))
        ]
        leaks += found
        if not found:
            clean.append(pair)
    return LeakageReport(len(pairs), tuple(leaks), tuple(clean))


def normalised(text: str) -> str:
    """Letters, marks and digits alone, in one form and case."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_KEPT)


def shingles(plain: str) -> frozenset[str]:
    """Character n-grams of a normalised text; a text shorter than one is its own."""
    n = _shingle_chars(plain)
    return frozenset(plain[i : i + n] for i in range(max(len(plain) - n + 1, 1)))


@dataclass(frozen=True, slots=True)
class _Match:
    text: str
    kind: Kind
    evaluation: int
    similarity: float


class _Index:
    """Evaluation texts by their normal form and by the rarest of their n-grams."""

    def __init__(self, texts: Iterable[tuple[str, str]], threshold: float) -> None:
        self.threshold = threshold
        self.texts: list[tuple[str, str]] = []
        self._exact: dict[str, int] = {}
        for name, text in texts:
            plain = normalised(text)
            if plain and plain not in self._exact:
                self._exact[plain] = len(self.texts)
                self.texts.append((name, text))
        self._sets = [shingles(plain) for plain in self._exact]
        self._frequency = Counter(shingle for one in self._sets for shingle in one)
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(self._sets):
            for shingle in sorted(one, key=self._rarity)[: self._prefix(len(one))]:
                self._postings[shingle].append(number)

    def closest(self, plain: str) -> tuple[int, float] | None:
        """The most similar evaluation text at or above the threshold, and how similar."""
        if (number := self._exact.get(plain)) is not None:
            return number, 1.0
        known = self._known_shingles(plain)
        if known is None:
            return None
        size, rare = known
        candidates = {number for shingle in rare for number in self._postings.get(shingle, ())}
        if not candidates:
            return None
        own = shingles(plain)
        best = max((self._similarity(own, number), -number) for number in candidates)
        return (-best[1], best[0]) if best[0] >= self.threshold and size else None

    def _known_shingles(self, plain: str) -> tuple[int, list[str]] | None:
        """Size of the text's set and its prefix's n-grams that are known here; ``None`` where too many are not."""
        n = _shingle_chars(plain)
        total = max(len(plain) - n + 1, 1)
        most = self._prefix(total)  # with so many unknown ones, the prefix holds no other
        known, unknown = set(), set()
        for i in range(total):
            shingle = plain[i : i + n]
            if shingle in self._frequency:
                known.add(shingle)
            else:
                unknown.add(shingle)
                if len(unknown) >= most:
                    return None
        size = len(known) + len(unknown)
        room = self._prefix(size) - len(unknown)
        return (size, sorted(known, key=self._rarity)[:room]) if room > 0 else None

    def _similarity(self, own: frozenset[str], number: int) -> float:
        other = self._sets[number]
        shared = len(own & other)
        return shared / (len(own) + len(other) - shared)

    def _prefix(self, size: int) -> int:
        # The small amount keeps a product such as 0.8 · 5 from being taken for more than 4.
        return size - math.ceil(self.threshold * size - 1e-9) + 1

    def _rarity(self, shingle: str) -> tuple[int, str]:
        return self._frequency[shingle], shingle


def _shingle_chars(plain: str) -> int:
    middle = plain[len(plain) // 2 : len(plain) // 2 + 1]
    ideograph = "\u3041" <= middle <= "\u9fff" or "\uac00" <= middle <= "\ud7af"
    return IDEOGRAPH_SHINGLE_CHARS if ideograph else SHINGLE_CHARS


def _evaluation_texts(evaluation: Iterable[RetrievalSet]) -> Iterator[tuple[str, str]]:
    for dataset in evaluation:
        for query in dataset.queries:
            yield f"{dataset.name} query {query.query_id}", query.text
        for document in dataset.documents:
            yield f"{dataset.name} document {document.doc_id}", document.text


def _texts(pair: QAPair) -> tuple[tuple[Kind, str, str], ...]:
    return (
        ("question", pair.question, pair.question_language),
        ("passage", pair.passage, pair.passage_language),
    )


def _leak(
    pair: QAPair,
    kind: Kind,
    text: str,
    language: str,
    index: _Index,
    matches: dict[tuple[str, str], _Match | None],
) -> Leak | None:
    if (kind, text) not in matches:
        matches[kind, text] = _match(kind, text, language, index)
    match = matches[kind, text]
    if match is None:
        return None
    name, evaluated = index.texts[match.evaluation]
    return Leak(
        pair_id=pair.pair_id,
        kind=match.kind,
        text=match.text[:_EXCERPT_CHARS],
        evaluation_id=name,
        evaluation_text=evaluated[:_EXCERPT_CHARS],
        similarity=match.similarity,
    )


def _match(kind: Kind, text: str, language: str, index: _Index) -> _Match | None:
    """The closest evaluation text of the whole or, for a passage, of its sentences."""
    parts: list[tuple[Kind, str]] = [(kind, text)]
    if kind == "passage" and len(spans := sentence_spans(text, language)) > 1:
        parts += [("sentence", text[start:end]) for start, end in spans]
    best: _Match | None = None
    for part, piece in parts:
        plain = normalised(piece)
        if not plain or (part == "sentence" and len(plain) < MIN_PART_CHARS):
            continue
        found = index.closest(plain)
        if found and (best is None or found[1] > best.similarity):
            best = _Match(piece, part, *found)
    return best
