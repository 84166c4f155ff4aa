"""Labelled claims for fitting and measuring: SciFact and Check-COVID, the whole abstract as evidence for every label.

The files of SciFact carry deciding sentences with supporting and refuting rows and whole abstracts with the others, so
a judge that read them as they are would learn to count sentences. Evidence is therefore always the abstract from the
corpus file, whatever the label.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval_core.errors import InputError
from retrieval_core.records import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SUPPORTS, REFUTES, NEITHER = range(3)
FOLDS = 5
LABEL_OF = {"SUPPORTS": SUPPORTS, "REFUTES": REFUTES, "NEI": NEITHER}


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A claim, an abstract in sentences, and what the one says of the other (index as ``judge.LABELS``).

    Pairs of one ``group`` share a claim or an abstract and must stay on one side of every split.
    """

    claim_id: str
    claim: str
    doc_id: str
    sentences: tuple[str, ...]
    label: int
    group: str
    rationale: tuple[int, ...] = ()  # sentences that annotators marked as deciding

    @property
    def evidence(self) -> str:
        """The abstract as one text."""
        return " ".join(self.sentences)


def read_scifact(folder: Path) -> tuple[list[LabelledPair], list[Document]]:
    """The train pairs of SciFact and its corpus of 5,183 abstracts. Raises ``InputError``."""
    rows = [row for row in read_rows(folder / "scifact.jsonl.gz") if row["split"] == "train"]
    abstracts, corpus = read_corpus(folder / "scifact_corpus.jsonl.gz")
    groups = _groups([(str(row["claim_id"]), row["doc_id"]) for row in rows])
    pairs = [
        LabelledPair(
            claim_id=str(row["claim_id"]),
            claim=row["claim"],
            doc_id=row["doc_id"],
            sentences=abstracts[row["doc_id"]],
            label=LABEL_OF[row["label"]],
            group=f"scifact {group}",
            rationale=_rationale(row),
        )
        for row, group in zip(rows, groups, strict=True)
    ]
    return pairs, corpus


def read_check_covid(folder: Path, split: str) -> tuple[list[LabelledPair], list[Document]]:
    """The pairs of one split ("train", "dev") of Check-COVID and its corpus. Raises ``InputError``."""
    abstracts, corpus = read_corpus(folder / "check_covid_corpus.jsonl.gz")
    pairs = [
        LabelledPair(
            claim_id=row["id"],
            claim=row["claim"],
            doc_id=row["doc_id"],
            sentences=abstracts[row["doc_id"]],
            label=LABEL_OF[row["label"]],
            group=f"check-covid {row['doc_id']}",
        )
        for row in read_rows(folder / "check_covid.jsonl.gz")
        if row["split"] == split and row["doc_id"] in abstracts
    ]
    return pairs, corpus


def third_of(pair: LabelledPair) -> int:
    """The third (0, 1, 2) that a pair's group falls into, from a hash of its name."""
    return int(share_of("held out", pair.group) * 3)


def is_held_out(pair: LabelledPair) -> bool:
    """True for the third that nothing which ships was ever fitted on."""
    return third_of(pair) == 0


def fold_of(group: str) -> int:
    """The fold (0 … ``FOLDS`` − 1) of a group, from a hash of its name."""
    return int(share_of("fold", group) * FOLDS)


def claim_label(labels: Iterable[int]) -> str:
    """What the labels of all of a claim's passages say together."""
    decided = set(labels) - {NEITHER}
    if len(decided) == 2:
        return "CONFLICTING"
    return {(): "NOT_ENOUGH_INFO", (SUPPORTS,): "SUPPORTED", (REFUTES,): "REFUTED"}[tuple(decided)]


def share_of(purpose: str, name: str) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    return int.from_bytes(hashlib.sha256(f"{purpose}|{name}".encode()).digest()[:4]) / 2**32


def _groups(links: Sequence[tuple[str, str]]) -> list[str]:
    """For each (claim, document): the name of its connected component, the least claim in it."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        while (above := parent.setdefault(node, node)) != node:
            node = above
        return node

    for claim, doc in links:
        one, other = sorted((root(("claim", claim)), root(("doc", doc))))
        parent[other] = one
    return [root(("claim", claim))[1] for claim, _ in links]


def _rationale(row: Mapping[str, Any]) -> tuple[int, ...]:
    if row["label"] == "NEI":
        return ()
    return tuple(sorted({index for sentences in row["rationale_sets"] for index in sentences}))


def read_corpus(path: Path) -> tuple[dict[str, tuple[str, ...]], list[Document]]:
    """The abstracts of a corpus file in sentences by id, and as documents. Raises ``InputError``."""
    rows = read_rows(path)
    abstracts = {row["doc_id"]: tuple(row["abstract"]) for row in rows}
    documents = [
        Document(doc_id=row["doc_id"], title=row["title"] or None, text=" ".join(row["abstract"]))
        for row in rows
    ]
    return abstracts, documents


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a gzip-compressed JSON Lines file. Raises ``InputError`` naming it."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    except FileNotFoundError as error:
        raise InputError(
            f"{path} is missing. --data takes the folder that holds scifact.jsonl.gz, scifact_corpus.jsonl.gz, "
            "check_covid.jsonl.gz and check_covid_corpus.jsonl.gz."
        ) from error
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(
            f"{path} cannot be read as gzip-compressed JSON Lines: {error}. Fetch it again."
        ) from error
