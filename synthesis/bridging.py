"""The question read in other languages, so that it finds papers that share no word with it.

No dictionary is at hand and none is needed. The titles that lie nearest to the question in the encoder's space say
what it is about in the words of their own language; of their phrases those are taken whose sum comes nearest to the
question (a greedy matching pursuit, Mallat & Zhang 1993, Matching Pursuits With Time-Frequency Dictionaries, with the
cosine in place of the residual). These phrases are searched for like the question's own, by words, in every source;
and a paper covers the question as far as it covers it in the language in which it does so best.

A phrase of n words adds with weight √n: the encoder's vector is near to a mean of its words', so a longer phrase
stands for more of the question.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthesis.phrases import foreign_language, key_phrases, phrase_weight
from synthesis.records import Reading, SearchQuery
from synthesis.retrieval import detect_language
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from synthesis.protocols import Meaning
    from synthesis.records import Paper

MAX_PHRASES = 6
LEAST_GAIN = 0.005  # of cosine that a further phrase must bring
LEAST_SIMILARITY = 0.4  # of a reading that is used: below, its phrases have little to do with the question
NEAR_BEST = 0.95  # of the best reading's similarity that another needs to be used beside it
NEAREST = 150  # titles looked at
_LONGEST = 4  # words of a phrase
_OFTEN = 2  # titles that must hold a phrase, where there are many: an invented name stands in one


class Bridged(NamedTuple):
    """Result of the stage *readings*."""

    readings: tuple[Reading, ...]


def meaning_query(question: str) -> SearchQuery:
    """The question as the log shows it where it is held against titles."""
    return SearchQuery(text=say("{question} (by meaning)", question=question), origin="meaning")


def read_question(question: str, papers: Sequence[Paper], meaning: Meaning) -> Bridged:
    """The question in each further language that the titles of ``papers``, those near to it, are written in.

    A question that is not in English is read in a third language only where that reading is nearer than the English.
    """
    own = foreign_language(question) or "en"
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for paper in papers:
        language = paper.language or detect_language(paper.title)
        if language and language != own:
            titles[language].append(paper.title)
    if not titles:
        return Bridged(())
    target = meaning.vectors([question])[0]
    readings = [_reading(language, titles[language], target, meaning) for language in sorted(titles)]
    best = max(r.similarity for r in readings)
    english = next((r.similarity for r in readings if r.language == "en"), 0.0)
    nearer = 0.0 if own == "en" else english or NEAR_BEST * best
    least = max(LEAST_SIMILARITY, nearer)
    return Bridged(tuple(r for r in readings if r.phrases and r.similarity >= least))


def reading_queries(readings: Iterable[Reading]) -> list[SearchQuery]:
    """Each reading's phrases together, then each phrase."""
    queries = []
    for reading in readings:
        queries.append(SearchQuery(text=" ".join(reading.phrases), origin="reading"))
        if len(reading.phrases) > 1:
            queries += [SearchQuery(text=phrase, origin="reading") for phrase in reading.phrases]
    return queries


def reading_topics(readings: Iterable[Reading]) -> list[dict[str, float]]:
    """What the question is about in each reading: its phrases with their weights."""
    return [{phrase: phrase_weight(phrase) for phrase in reading.phrases} for reading in readings]


def _reading(language: str, titles: Sequence[str], target: NDArray[np.float32], meaning: Meaning) -> Reading:
    phrases = _candidates(titles)
    if not phrases:
        return Reading(language=language, phrases=(), similarity=0.0)
    vectors = meaning.vectors(phrases) * np.sqrt([[len(p.split())] for p in phrases])
    chosen, similarity = _pursue(target, vectors, [frozenset(p.casefold().split()) for p in phrases])
    return Reading(
        language=language,
        phrases=tuple(phrases[i] for i in chosen),
        similarity=round(similarity, 3),
    )


def _pursue(
    target: NDArray[np.float32], vectors: NDArray[np.floating], words: Sequence[frozenset[str]]
) -> tuple[list[int], float]:
    """Indices of the rows whose sum comes nearest to ``target``, one by one, and the cosine reached.

    A row none of whose ``words`` is new is not taken: it would be the same words once more.
    """
    total = np.zeros(len(target))
    chosen: list[int] = []
    reached = 0.0
    said: frozenset[str] = frozenset()
    while len(chosen) < MAX_PHRASES:
        sums = total + vectors
        cosines = (sums @ target) / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
        cosines[[held <= said for held in words]] = -1.0
        best = int(cosines.argmax())
        if cosines[best] < reached + LEAST_GAIN:
            break
        total, reached, said = sums[best], float(cosines[best]), said | words[best]
        chosen.append(best)
    return chosen, reached


def _candidates(titles: Sequence[str]) -> list[str]:
    """Runs of one to four words within the titles' key phrases, in a fixed order, each in its commonest spelling."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for title in titles:
        runs = {run for phrase in key_phrases(title) for run in _runs(phrase.split())}
        for run in sorted(runs):
            spellings[run.casefold()][run] += 1
    least = _OFTEN if len(titles) >= NEAREST // 5 else 1
    kept = {key: counts for key, counts in spellings.items() if counts.total() >= least}
    return [max(counts, key=lambda run: (counts[run], run)) for _, counts in sorted(kept.items())]


def _runs(words: Sequence[str]) -> Iterable[str]:
    for length in range(1, _LONGEST + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])
