"""SciFact's gold evidence for the claims of the held-out third, and how predictions are scored against it.

Definitions are those of SciFact's own scorer (Wadden et al., EMNLP 2020, section 5), micro-averaged over claims:

abstract label      a predicted (claim, abstract, label), label not "neither", is right if annotators gave it
abstract rationale  … and one whole gold rationale is among its first three predicted sentences
sentence selection  a predicted sentence is right if it stands in a gold rationale, all of which is predicted
sentence label      … and the label predicted for its abstract is right

What should have been found: the labelled abstracts, and the sentences of all their rationales.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.entailment.claimsets import LABEL_OF, is_held_out, read_rows, read_scifact
from retrieval_core.figures import Resampling, ratio_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.figures import Figure

MEASURES = ("abstract label", "abstract rationale", "sentence selection", "sentence label")
_COUNTS = ("right", "predicted", "gold")
_MOST_SENTENCES = 3
_RAW_LABEL = {"SUPPORT": "SUPPORTS", "CONTRADICT": "REFUTES", "REFUTE": "REFUTES"}


@dataclass(frozen=True, slots=True)
class GoldClaim:
    """A claim with the abstracts that it cites; ``labels`` and ``rationales`` are of those that decide it."""

    claim_id: str
    text: str
    group: str
    cited: frozenset[str]
    labels: Mapping[str, int]  # doc_id → index into the judge's labels
    rationales: Mapping[str, tuple[frozenset[int], ...]]


@dataclass(frozen=True, slots=True)
class Predicted:
    """One abstract that is said to decide a claim, its label, and the sentences that do, the most decisive first."""

    doc_id: str
    label: int
    sentences: tuple[int, ...]


def held_out_claims(claims: Path) -> list[GoldClaim]:
    """The claims of the held-out third, in the order of the file. Raises ``InputError``."""
    groups = {pair.claim_id: pair.group for pair in read_scifact(claims)[0] if is_held_out(pair)}
    rows = read_rows(claims / "scifact_claims_raw.jsonl.gz")
    return [
        GoldClaim(
            claim_id=str(row["id"]),
            text=row["claim"],
            group=groups[str(row["id"])],
            cited=frozenset(str(doc) for doc in row["cited_doc_ids"]),
            labels={doc: LABEL_OF[_RAW_LABEL[sets[0]["label"]]] for doc, sets in row["evidence"].items()},
            rationales={
                doc: tuple(frozenset(one["sentences"]) for one in sets)
                for doc, sets in row["evidence"].items()
            },
        )
        for row in rows
        if str(row["id"]) in groups
    ]


def scored(
    gold: Sequence[GoldClaim], predicted: Sequence[Sequence[Predicted]], *, seed: int
) -> dict[str, dict[str, Figure]]:
    """Precision, recall and F1 of each of ``MEASURES``, with intervals over groups of claims."""
    counts = np.array([_counts(claim, said) for claim, said in zip(gold, predicted, strict=True)], float)
    over = Resampling([claim.group for claim in gold], seed=seed)
    found = {}
    for place, name in enumerate(MEASURES):
        rows = counts[:, place]  # (n_claims, 3)
        found[name] = {
            "precision": over.ratio(rows[:, 0], rows[:, 1]),
            "recall": over.ratio(rows[:, 0], rows[:, 2]),
            "f1": over.figure(rows, _f1),
        }
    return found


def _f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…, 3) right, predicted, gold → 2 · right / (predicted + gold)."""
    return ratio_of(np.stack([2 * sums[..., 0], sums[..., 1] + sums[..., 2]], axis=-1))


def _counts(claim: GoldClaim, said: Sequence[Predicted]) -> list[list[int]]:
    """For each of ``MEASURES``: right, predicted, gold."""
    gold_sentences = sum(len(frozenset().union(*sets)) for sets in claim.rationales.values())
    n_sentences = sum(len(one.sentences) for one in said)
    right = [0, 0, 0, 0]
    for one in said:
        agrees = claim.labels.get(one.doc_id) == one.label
        sets = claim.rationales.get(one.doc_id, ())
        whole = [s for s in sets if s <= set(one.sentences)]
        selected = len(set(one.sentences) & frozenset().union(*whole))
        right[0] += agrees
        right[1] += agrees and any(s <= set(one.sentences[:_MOST_SENTENCES]) for s in sets)
        right[2] += selected
        right[3] += selected if agrees else 0
    abstracts = [len(said), len(claim.labels)]
    sentences = [n_sentences, gold_sentences]
    return [[r, *(abstracts if place < 2 else sentences)] for place, r in enumerate(right)]
