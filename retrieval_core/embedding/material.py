"""The texts of each training stage, chosen from the data by the recipe; the same data and seed give the same texts."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.datasets.jsonl import read_qa
from retrieval_core.datasets.splits import split_pairs
from retrieval_core.embedding.corpora import aligned, word_groups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval_core.embedding.recipe import Recipe
    from retrieval_core.records import QAPair

_MAX_CHARS = 500  # of a text in the bag's batches
_VOCABULARY_ROWS = {
    "docs": 12_000,
    "bible": 4_000,
}  # technical and archaic texts must not fill the vocabulary
_MAX_ALIGNED_CHARS = 260
_MIN_ENGLISH_CHARS = 12
_MAX_ANSWER_CHARS = 400
_QUESTIONS_OF_A_LANGUAGE = 6_000
_WORDS_OF_A_GROUP = 3


class Aligned(NamedTuple):
    """A text of another language and its English side."""

    language: str
    text: str
    english: str


def question_pairs(data: Path, recipe: Recipe) -> Iterator[QAPair]:
    """Questions with their answer sentences, of the training part of every file, in a language of the recipe."""
    languages = {"en", *recipe.languages}
    for path in sorted((data / "qa").glob("*.jsonl.gz")):
        for pair in split_pairs(read_qa(path).pairs(), seed=recipe.seed).train:
            if pair.question_language in languages and pair.passage_language in languages:
                yield pair


def vocabulary_texts(data: Path, recipe: Recipe) -> dict[str, list[str]]:
    """Language → texts that word pieces are learned from; the word lists make whole words likely pieces."""
    texts: dict[str, list[str]] = defaultdict(list)
    taken: Counter[tuple[str, str]] = Counter()
    for name, row, _ in aligned(data):
        for language, text in row.items():
            taken[language, name] += 1
            if taken[language, name] <= _VOCABULARY_ROWS.get(name, taken[language, name]):
                texts[language].append(text)
    for _, group in word_groups(data):
        for language, words in group.items():
            texts[language] += words
    for pair in question_pairs(data, recipe):
        texts[pair.question_language].append(pair.question)
        texts[pair.passage_language].append(pair.passage)
    return texts


def aligned_pairs(data: Path, recipe: Recipe) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """For each language (text, English side) pairs, short rows, headings and dictionary entries, at random."""
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for language, text, english in chain(_aligned_rows(data, recipe), _aligned_words(data, recipe)):
        found[language][text, english] = None
    rng = random.Random(recipe.seed)
    for language in recipe.languages:
        pairs = list(found[language])
        yield (
            language,
            pairs if len(pairs) <= recipe.aligned_pairs else rng.sample(pairs, recipe.aligned_pairs),
        )


def _aligned_rows(data: Path, recipe: Recipe) -> Iterator[Aligned]:
    for _, row, heading in aligned(data):
        for texts in (row, heading):
            english = texts.get("en")
            if english and len(english) < _MAX_ALIGNED_CHARS:
                for language in recipe.languages:
                    if texts.get(language) and texts[language] != english:
                        yield Aligned(language, texts[language], english)


def _aligned_words(data: Path, recipe: Recipe) -> Iterator[Aligned]:
    for _, group in word_groups(data):
        for english in group.get("en", ())[:_WORDS_OF_A_GROUP]:
            for language in recipe.languages:
                for word in group.get(language, ())[:_WORDS_OF_A_GROUP]:
                    yield Aligned(language, word, english)


def contextual_pairs(data: Path, recipe: Recipe, share_of_others: float) -> list[Aligned]:
    """Rows for the transformer, in random order, each file's share of a language bounded.

    ``share_of_others``: of the bounds, for languages that are not ``evaluated``.
    """
    rng = random.Random(recipe.seed)
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for name, row, _ in aligned(data):
        english = row.get("en", "")
        if len(english) >= _MIN_ENGLISH_CHARS:
            for language in recipe.languages:
                if language in row and row[language] != english:
                    found[language].append((name, row[language], english))
    chosen = []
    for language in recipe.languages:
        rng.shuffle(found[language])
        share = 1.0 if language in recipe.evaluated else share_of_others
        taken: Counter[str] = Counter()
        for name, text, english in found[language]:
            taken[name] += 1
            if taken[name] <= recipe.contextual.rows.get(name, 0) * share:
                chosen.append(Aligned(language, text, english))
    rng.shuffle(chosen)
    return chosen


def short_questions(data: Path, recipe: Recipe) -> dict[str, list[tuple[str, str]]]:
    """Language → (question, answer sentence) for the transformer, as many of each language at most."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in question_pairs(data, recipe):
        if not pair.cross_lingual and len(pair.passage) < _MAX_ANSWER_CHARS:
            found[pair.question_language].append((pair.question, pair.passage))
    rng = random.Random(recipe.seed)
    for pairs in found.values():
        rng.shuffle(pairs)
    return {language: pairs[:_QUESTIONS_OF_A_LANGUAGE] for language, pairs in sorted(found.items())}


class BagMaterial:
    """Texts by number, and what the bag's batches are drawn from, as numbers of texts.

    ``translations``: (file, {language: text}); ``words``: {language: word}; ``headings``: ({language: heading},
    {language: paragraph}); ``neighbours`` and ``questions``: language → pairs.
    """

    def __init__(self, data: Path, recipe: Recipe) -> None:
        self._numbers: dict[str, int] = {}
        self.translations: list[tuple[str, dict[str, int]]] = []
        self.headings: list[tuple[dict[str, int], dict[str, int]]] = []
        self.words: list[dict[str, int]] = []
        self.questions: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.neighbours: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._languages = {"en", *recipe.languages}
        rng = random.Random(recipe.seed)
        for name, row, heading in aligned(data):
            texts = self._known(row)
            if len(texts) > 1:
                self.translations.append((name, texts))
            if (headings := self._known(heading)) and texts:
                self.headings.append((headings, texts))
        for _, group in word_groups(data):
            chosen = self._known({language: rng.choice(words) for language, words in group.items() if words})
            if len(chosen) > 1:
                self.words.append(chosen)
        self._add_questions(data, recipe, rng)

    @property
    def texts(self) -> list[str]:
        """All texts, by number."""
        return list(self._numbers)

    def _add_questions(self, data: Path, recipe: Recipe, rng: random.Random) -> None:
        passages: dict[str, dict[str, dict[int, None]]] = defaultdict(lambda: defaultdict(dict))
        for pair in question_pairs(data, recipe):
            if not pair.cross_lingual:
                question, passage = self._number(pair.question), self._number(pair.passage)
                self.questions[pair.question_language].append((question, passage))
                passages[pair.passage_language][pair.passage_id.rpartition("#")[0]][passage] = None
        # Two answer sentences of one paragraph are about one thing: what a question and its answer also are.
        for language, paragraphs in passages.items():
            for sentences in paragraphs.values():
                if len(sentences) > 1:
                    first, second = rng.sample(list(sentences), 2)
                    self.neighbours[language].append((first, second))

    def _known(self, texts: dict[str, str]) -> dict[str, int]:
        return {
            language: self._number(text)
            for language, text in texts.items()
            if language in self._languages and text
        }

    def _number(self, text: str) -> int:
        return self._numbers.setdefault(text[:_MAX_CHARS], len(self._numbers))
