"""Pairs that are kept from training to measure it on, so that they share nothing with those that are trained on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from retrieval_core.datasets.splits import components
from retrieval_core.errors import InputError
from retrieval_core.records import Document, Qrel, Query, RetrievalSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.records import QAPair

HELD_OUT_FRACTION, HELD_OUT_MOST = 0.1, 1000  # pairs


def hold_out(pairs: Sequence[QAPair], *, seed: int) -> tuple[tuple[QAPair, ...], tuple[QAPair, ...]]:
    """Split into pairs to train on and pairs to measure on, a tenth of all and at most 1,000.

    Pairs that share a passage or a translation, directly or through other pairs, stay together, as in
    ``split_pairs``; but groups are drawn only as far as they fit, so that a large one is never held out.
    Raises ``InputError`` if no group is small enough.
    """
    together: dict[str, list[int]] = {}
    for i, name in enumerate(components(pairs)):
        together.setdefault(name, []).append(i)
    groups = list(together.values())
    random.Random(seed).shuffle(groups)
    room = min(HELD_OUT_MOST, int(len(pairs) * HELD_OUT_FRACTION))
    held: set[int] = set()
    for group in groups:
        if len(group) <= room - len(held):
            held.update(group)
    if not held:
        raise InputError(
            f"No part of the {len(pairs)} pairs can be held out: there are too few, or all hang together by shared "
            "passages or translations. Give a file with --development, or --development none."
        )
    kept = tuple(pair for i, pair in enumerate(pairs) if i not in held)
    return kept, tuple(pair for i, pair in enumerate(pairs) if i in held)


def development_set(name: str, pairs: Sequence[QAPair]) -> RetrievalSet:
    """The questions of ``pairs`` against their passages; a passage of a translation is relevant too."""
    documents: dict[tuple[str, str], str] = {}  # passage's text and language → doc_id
    queries: dict[tuple[str, str], str] = {}  # question's text and language → query_id
    answered: dict[str, dict[str, None]] = {}  # parallel_id or query_id → doc_ids, in order
    asked: dict[str, dict[str, None]] = {}  # query_id → keys into ``answered``
    for pair in pairs:
        passage, question = (pair.passage, pair.passage_language), (pair.question, pair.question_language)
        doc_id = documents.setdefault(passage, f"{pair.passage_language}:{len(documents)}")
        query_id = queries.setdefault(question, f"{pair.question_language}:{len(queries)}")
        for key in (f"query {query_id}", pair.parallel_id and f"parallel {pair.parallel_id}"):
            if key:
                answered.setdefault(key, {})[doc_id] = None
                asked.setdefault(query_id, {})[key] = None
    return RetrievalSet(
        name=name,
        queries=tuple(Query(query_id=i, text=t, language=lang) for (t, lang), i in queries.items()),
        documents=tuple(Document(doc_id=i, text=t, language=lang) for (t, lang), i in documents.items()),
        qrels=tuple(
            Qrel(query_id=query_id, doc_id=doc_id, relevance=1)
            for query_id, keys in asked.items()
            for doc_id in dict.fromkeys(doc_id for key in keys for doc_id in answered[key])
        ),
    )
