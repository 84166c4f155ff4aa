"""Cross-lingual pairs from translations: the question of one, the passage of another."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from retrieval_core.errors import InputError
from retrieval_core.records import QAPair

if TYPE_CHECKING:
    from collections.abc import Sequence


def cross_lingual_pairs(pairs: Sequence[QAPair], *, seed: int, per_pair: int = 1) -> tuple[QAPair, ...]:
    """Join each question with passages of its translations (monolingual pairs of the same ``parallel_id``).

    Each monolingual pair gives its question to ``per_pair`` pairs, or to as many as it has translations in other
    languages, drawn without replacement. A new pair keeps ``parallel_id``, and ``passage_id`` and ``answer`` of the
    passage. Questions come in the order of ``pairs``; which passage each gets depends on the seed and the set of
    pairs, not on their order. Raises ``InputError`` for ``per_pair`` below 1.
    """
    if per_pair < 1:
        raise InputError(f"per_pair is {per_pair}; expected at least 1.")
    groups: dict[str, list[QAPair]] = {}
    for pair in pairs:
        if pair.parallel_id is not None and not pair.cross_lingual:
            groups.setdefault(pair.parallel_id, []).append(pair)
    rng = random.Random(seed)
    made: dict[str, list[QAPair]] = {}
    for parallel_id in sorted(groups):
        group = sorted(groups[parallel_id], key=lambda pair: pair.pair_id)
        for pair in group:
            others = [other for other in group if other.passage_language != pair.question_language]
            partners = rng.sample(others, min(per_pair, len(others)))
            made[pair.pair_id] = [_joined(pair, partner) for partner in partners]
    return tuple(new for pair in pairs for new in made.get(pair.pair_id, ()))


def _joined(question: QAPair, passage: QAPair) -> QAPair:
    return QAPair(
        pair_id=f"{question.pair_id}>{passage.pair_id}",
        question=question.question,
        passage=passage.passage,
        question_language=question.question_language,
        passage_language=passage.passage_language,
        passage_id=passage.passage_id,
        parallel_id=question.parallel_id,
        answer=passage.answer,
    )
