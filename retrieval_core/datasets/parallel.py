"""Parallel text as training pairs: rows of {"t": {language: text}, "head": {language: heading}}, one a line.

    translation pair   question = the text in one language, passage = its translation
    heading pair       question = the heading above the text, passage = the text, in its language or another

Translations teach one space for all languages, headings what a short question finds. Which of a row's many language
pairs are taken is drawn with a seed, row by row, so that a row's choice does not depend on the other rows.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from retrieval_core.datasets.languages import language_code
from retrieval_core.datasets.questions import content_id
from retrieval_core.datasets.reading import Wire, json_rows
from retrieval_core.errors import InputError
from retrieval_core.records import QAPair, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXPECTED = (
    'one JSON object a line with "t": {"en": text, "de": text, …} and, optionally, "head": {"en": heading, …}'
)


class ParallelConfig(Record):
    """Which pairs are made of the rows.

    ``translations_per_row`` and ``headings_per_row``: at most so many pairs of a kind of one row, 0 for none;
    ``same_language_share``: of the heading pairs. Lengths in characters. A heading over more than
    ``max_rows_per_heading`` rows ("Note", "Parameters") says too little to be a question.
    """

    languages: tuple[str, ...] | None = None
    translations_per_row: int = Field(default=2, ge=0)
    headings_per_row: int = Field(default=2, ge=0)
    same_language_share: float = Field(default=0.5, ge=0, le=1)
    min_chars: int = Field(default=2, ge=1)
    max_chars: int = Field(default=2_000, ge=1)
    min_passage_chars: int = Field(default=40, ge=1)  # of a heading's text: shorter ones answer nothing
    max_rows_per_heading: int = Field(default=20, ge=1)
    seed: int = 0


class WireRow(Wire):
    """A line of the file; language tags become their main part."""

    t: dict[str, str]
    head: dict[str, str] = Field(default_factory=dict)

    @field_validator("t", "head")
    @classmethod
    def _languages(cls, texts: dict[str, str]) -> dict[str, str]:
        named: dict[str, str] = {}
        for tag, text in texts.items():
            named.setdefault(language_code(tag), text.strip())
        return named


@dataclass(frozen=True, slots=True)
class ParallelPairs:
    """The pairs, and reason → number of pairs or texts that were left out for it."""

    pairs: tuple[QAPair, ...]
    dropped: dict[str, int]


def load_parallel(path: Path, config: ParallelConfig | None = None) -> ParallelPairs:
    """Pairs of all rows of a file. Raises ``InputError`` that lists the first bad lines."""
    config = config or ParallelConfig()
    rows = json_rows(path, WireRow, EXPECTED)
    if not rows:
        raise InputError(f"{path} holds no rows; expected {EXPECTED}.")
    dropped: Counter[str] = Counter()
    rows_under = Counter(_heading_key(row) for _, row in rows if row.head)
    stem = path.name.split(".")[0]
    pairs: list[QAPair] = []
    for number, row in rows:
        name = f"{stem}-{number}"
        texts = _usable(row.t, config, dropped)
        pairs += _translations(name, texts, config, dropped)
        if row.head and rows_under[_heading_key(row)] <= config.max_rows_per_heading:
            pairs += _headings(name, row, texts, config, dropped)
        elif row.head:
            dropped["heading over too many rows"] += 1
    return ParallelPairs(tuple(pairs), dict(sorted(dropped.items())))


def _usable(texts: dict[str, str], config: ParallelConfig, dropped: Counter[str]) -> dict[str, str]:
    """Texts of the languages and lengths asked for, by language in order."""
    chosen = {}
    for language, text in sorted(texts.items()):
        if config.languages is not None and language not in config.languages:
            continue
        if config.min_chars <= len(text) <= config.max_chars:
            chosen[language] = text
        else:
            dropped["text too short or too long"] += 1
    return chosen


def _translations(
    name: str, texts: dict[str, str], config: ParallelConfig, dropped: Counter[str]
) -> Iterator[QAPair]:
    languages = list(texts)
    for source, target in _drawn(
        languages, languages, config.translations_per_row, f"{config.seed}:t:{name}"
    ):
        if _plain(texts[source]) == _plain(texts[target]):
            dropped["text not translated"] += 1
            continue
        yield QAPair(
            pair_id=f"{name}:{source}-{target}",
            question=texts[source],
            passage=texts[target],
            question_language=source,
            passage_language=target,
            passage_id=f"{name}:{target}",
            parallel_id=name,
        )


def _headings(
    name: str, row: WireRow, texts: dict[str, str], config: ParallelConfig, dropped: Counter[str]
) -> Iterator[QAPair]:
    """Pairs of a row's headings and texts; all rows under one heading share its ``parallel_id``."""
    headings = [language for language in _usable(row.head, config, dropped) if language in row.head]
    bodies = [language for language, text in texts.items() if len(text) >= config.min_passage_chars]
    group = f"heading:{content_id(_heading_key(row))}"
    for source, target in _drawn_headings(headings, bodies, config, name):
        heading, text = row.head[source], texts[target]
        # Where it stands in the text, words alone find it, and nothing is learnt.
        if _plain(heading) in _plain(text):
            dropped["heading stands in its text"] += 1
            continue
        yield QAPair(
            pair_id=f"{name}:head-{source}-{target}",
            question=heading,
            passage=text,
            question_language=source,
            passage_language=target,
            passage_id=f"{name}:{target}",
            parallel_id=group,
        )


def _drawn_headings(
    headings: list[str], bodies: list[str], config: ParallelConfig, name: str
) -> list[tuple[str, str]]:
    """Language pairs, of the same and of different languages in the share asked for."""
    random = Random(f"{config.seed}:h:{name}")
    same = sorted(set(headings) & set(bodies))
    n_same = sum(random.random() < config.same_language_share for _ in range(config.headings_per_row))
    chosen = [(language, language) for language in random.sample(same, min(n_same, len(same)))]
    n_cross = config.headings_per_row - n_same
    return chosen + _drawn(headings, bodies, n_cross, f"{config.seed}:x:{name}")


def _drawn(sources: list[str], targets: list[str], count: int, seed: str) -> list[tuple[str, str]]:
    """At most ``count`` ordered pairs of different languages, uniformly."""
    n, shared = len(sources) * len(targets), len(set(sources) & set(targets))
    if not count or n == shared:
        return []
    # More than are needed, by as many as can be of one language: a row of 30 has 870 pairs, which are never listed.
    places = range(n) if n <= count + shared else Random(seed).sample(range(n), count + shared)
    pairs = [(sources[place // len(targets)], targets[place % len(targets)]) for place in places]
    different = [pair for pair in pairs if pair[0] != pair[1]]
    return different if len(different) <= count else different[:count]


def _heading_key(row: WireRow) -> str:
    """The heading in one language, to know it again over other rows."""
    return _plain(row.head.get("en") or row.head[min(row.head)])


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
