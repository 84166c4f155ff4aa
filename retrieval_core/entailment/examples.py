"""From labelled claims to what the cross-encoder is trained on.

Every label is shown in every form: the deciding sentences alone, and stretches of two to six sentences around them at
a random place, so that neither length nor position tells anything. Undecided rows are stretched around the sentence
nearest to the claim. Added are: other stretches of the same document, passages found by search that no annotator tied
to the claim, counterfactual claims, rewordings that change nothing, texts with orders to the reader in them, and
claims with evidence in another language.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval_core.analysis import analyze
from retrieval_core.entailment.claim_rows import read_claims
from retrieval_core.entailment.claimsets import NEITHER, REFUTES, SUPPORTS, read_corpus
from retrieval_core.entailment.counterfactuals import counterfactuals, entities_of, paraphrases
from retrieval_core.entailment.instructions import INJECTIONS
from retrieval_core.entailment.parallel_claims import parallel_claims, read_rows
from retrieval_core.lexical import SearchIndex
from retrieval_core.records import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from retrieval_core.entailment.claim_rows import ClaimRow
    from retrieval_core.entailment.judge_recipe import JudgeRecipe

_MOST_SENTENCES = 6
_MOST_CHARS = 1100
_EITHER = (REFUTES, NEITHER)
_AS = {"negation": (REFUTES,), "direction": (REFUTES,), "comparison": (REFUTES,), "number": (REFUTES,)}


@dataclass(frozen=True, slots=True)
class Example:
    """A claim, a passage, and the labels of which one is right (indices as ``judge.LABELS``)."""

    claim: str
    passage: str
    labels: tuple[int, ...]
    source: str


class ExampleMaker:
    """Draws the examples of an epoch; the same seed gives the same examples."""

    def __init__(self, data: Path, recipe: JudgeRecipe) -> None:
        self._recipe, self._data = recipe, data
        rows = read_claims(data / "claims")
        held_out = {row.claim.casefold() for row in rows if row.split != "train"}
        self.rows = [row for row in rows if row.split == "train" and row.claim.casefold() not in held_out]
        self._entities = _entities_by_source(self.rows)
        self._negatives = self._found_negatives(rows)

    def epoch(self, number: int) -> list[Example]:
        """The examples of epoch ``number`` (from 0), in random order."""
        rng = random.Random(f"{self._recipe.seed} {number}")
        made: list[Example] = []
        for row in self.rows:
            if number and row.source in self._recipe.once:
                continue
            if rng.random() >= self._recipe.shares.get(row.source, 1):
                continue
            for _ in range(self._recipe.repeats.get(row.source, 1)):
                made += self._of_row(row, rng)
        made += [
            Example(
                row.claim,
                stretch(document, near(row.claim, document), rng),
                (NEITHER,),
                f"{row.source} found",
            )
            for row, documents in self._negatives
            if rng.random() < self._recipe.shares.get(row.source, 1)
            for document in rng.sample(documents, min(len(documents), self._recipe.negatives_per_claim))
        ]
        if number == self._recipe.epochs - 1:
            made = [self._poisoned(example, rng) for example in made] + self._parallel()
        rng.shuffle(made)
        return made

    def _of_row(self, row: ClaimRow, rng: random.Random) -> Iterable[Example]:
        passages = list(self._passages(row, rng))
        for passage in passages:
            yield Example(row.claim, passage, row.labels, row.source)
        if row.labels == (SUPPORTS,):
            yield from self._changed(row, passages, rng)
        if row.labels[0] != NEITHER and len(row.rationale) < len(row.document) and rng.random() < 0.5:
            rest = [s for i, s in enumerate(row.document) if i not in row.rationale]
            yield Example(
                row.claim, stretch(rest, rng.randrange(len(rest)), rng), (NEITHER,), f"{row.source} rest"
            )
        if rng.random() < self._recipe.paraphrased and (
            reworded := paraphrases(row.claim, seed=rng.getrandbits(32))
        ):
            yield Example(rng.choice(reworded), rng.choice(passages), row.labels, f"{row.source} reworded")

    def _passages(self, row: ClaimRow, rng: random.Random) -> Iterable[str]:
        """The deciding sentences alone, and stretches around them."""
        known = sorted(row.rationale)
        whole = len(known) == len(row.document)
        if whole:
            yield cut(row.document)
            return
        anchor = rng.choice(known) if known else near(row.claim, row.document)
        alone = [row.document[i] for i in known] or list(
            row.document[anchor : anchor + rng.choice((1, 1, 2, 3))]
        )
        yield cut(alone)
        for _ in range(self._recipe.stretches):
            yield stretch(row.document, rng.choice(known) if known else anchor, rng)

    def _changed(self, row: ClaimRow, passages: Sequence[str], rng: random.Random) -> Iterable[Example]:
        """Counterfactual claims. A changed unit or entity may leave the passage silent rather than opposed."""
        if rng.random() > self._recipe.counterfactual:
            return
        pool = self._entities[row.source]
        entities = rng.sample(pool, min(40, len(pool)))
        found = counterfactuals(row.claim, entities=entities, seed=rng.getrandbits(32))
        for change in rng.sample(found, min(len(found), self._recipe.counterfactuals_per_claim)):
            labels = _AS.get(change.kind, _EITHER)
            yield Example(change.text, rng.choice(passages), labels, f"{row.source} changed")

    def _poisoned(self, example: Example, rng: random.Random) -> Example:
        """Some passages get a sentence that orders the reader about; the label stays."""
        if rng.random() >= self._recipe.poisoned:
            return example
        order = rng.choice(INJECTIONS)
        parts = (order, example.passage) if rng.random() < 0.3 else (example.passage, order)
        return replace(example, passage=" ".join(parts))

    def _found_negatives(self, all_rows: Sequence[ClaimRow]) -> list[tuple[ClaimRow, list[tuple[str, ...]]]]:
        """For each claim, documents that search finds and that no row ties to it; none that a held-out row cites."""
        shut = {row.document for row in all_rows if row.split != "train"}
        abstracts = read_corpus(self._data / "claims" / "scifact_corpus.jsonl.gz")[0]
        by_source: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
        for row in self.rows:
            by_source[row.source].setdefault(row.document)
        by_source["scifact"] |= dict.fromkeys(abstracts.values())
        found = []
        for source in self._recipe.negatives_from:
            documents = [document for document in by_source[source] if document not in shut]
            claims = {row.claim: row for row in self.rows if row.source == source}
            tied = defaultdict(set)
            for row in self.rows:
                tied[row.claim].add(row.document)
            index = SearchIndex.build(
                [Document(doc_id=str(i), text=" ".join(d)) for i, d in enumerate(documents)]
            )
            hits = index.search(list(claims), k=self._recipe.negative_depth)
            for (claim, row), ranked in zip(claims.items(), hits, strict=True):
                free = [d for hit in ranked if (d := documents[int(hit.doc_id)]) not in tied[claim]]
                if free:
                    found.append((row, free))
        return found

    def _parallel(self) -> list[Example]:
        recipe = self._recipe
        pairs = parallel_claims(
            read_rows(self._data), languages=recipe.languages, seed=recipe.seed, limit=recipe.parallel
        )
        labels = [_EITHER if p.kind == "entity" else (p.label,) for p in pairs]
        return [Example(p.claim, p.evidence, own, "parallel") for p, own in zip(pairs, labels, strict=True)]


def stretch(document: Sequence[str], anchor: int, rng: random.Random) -> str:
    """Two to six neighbouring sentences, among them the one at ``anchor``, which may stand anywhere in them."""
    size = min(rng.randint(2, _MOST_SENTENCES), len(document))
    first = rng.randint(max(0, anchor - size + 1), min(anchor, len(document) - size))
    chosen = [(i, document[i]) for i in range(first, first + size)]
    while len(chosen) > 1 and sum(len(text) for _, text in chosen) > _MOST_CHARS:
        chosen.pop(
            0 if chosen[0][0] != anchor and rng.random() < 0.5 else (-1 if chosen[-1][0] != anchor else 0)
        )
    return cut([text for _, text in chosen])


def cut(sentences: Sequence[str]) -> str:
    """The sentences as one text."""
    return " ".join(sentences)


def near(claim: str, document: Sequence[str]) -> int:
    """The sentence that shares most words with the claim."""
    words = set(analyze(claim))
    shared = [len(words & set(analyze(sentence))) for sentence in document]
    return max(range(len(document)), key=lambda i: (shared[i], -i))


def _entities_by_source(rows: Sequence[ClaimRow]) -> Mapping[str, list[str]]:
    pools: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        pools[row.source] |= dict.fromkeys(entities_of(row.claim))
    return defaultdict(list, {source: list(pool) for source, pool in pools.items()})
