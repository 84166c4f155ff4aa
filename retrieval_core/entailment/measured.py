"""The pairs that judges are fitted and measured on, each set in its stated form of evidence.

SciFact: the whole abstract, whatever the label. Citation-Integrity: the whole excerpt, its sentences in an order that
tells nothing. The others: the text that the annotators saw, which is of one kind under all labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval_core.entailment.claim_rows import read_claims
from retrieval_core.entailment.claimsets import fold_of

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval_core.entailment.claim_rows import ClaimRow, Split

MEASURED = ("scifact", "healthver", "check-covid", "covidfact", "citation-integrity")


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, a text, and what the one says of the other (index as ``LABELS``). Groups stay on one side of folds."""

    source: str
    claim: str
    evidence: str
    label: int
    group: str
    document: tuple[str, ...]
    rationale: tuple[int, ...]

    @property
    def fold(self) -> int:
        """Of the fit's cross-validation."""
        return fold_of(self.group)


def measured_pairs(data: Path, source: str, split: Split) -> list[Pair]:
    """The pairs of one set's split, in the order of the file. Raises ``InputError``."""
    rows = [row for row in read_claims(data, source) if row.split == split and len(row.labels) == 1]
    return [_pair(row) for row in rows]


def _pair(row: ClaimRow) -> Pair:
    return Pair(
        row.source,
        row.claim,
        " ".join(row.document),
        row.labels[0],
        row.group,
        row.document,
        row.rationale,
    )
