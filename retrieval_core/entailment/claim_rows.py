"""Labelled claims of every set at hand in one form, each with the document that its evidence stands in.

Whatever the label, a row carries a document of like length in which the deciding sentences, where they are known, are
marked by index; how much of it a judge is shown is decided later and in the same way for all labels. In the files this
is not so: SciFact and Citation-Integrity give whole texts to undecided claims and single sentences to the others.

Splits are made here, before anything is fitted, from hashes of group names: rows that share a claim, a question or a
document stand on one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from retrieval_core.entailment.claimsets import (
    LABEL_OF,
    NEITHER,
    REFUTES,
    SUPPORTS,
    is_held_out,
    read_corpus,
    read_rows,
    read_scifact,
    share_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Split = Literal["train", "calibration", "held-out"]

CALIBRATION_SHARE = 0.2  # of what is not held out: never trained on, calibrators are fitted to it
_TABLE_ROWS = 14


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim, the text that it is to be judged on, and the labels that may be right (indices as ``LABELS``).

    ``labels`` has two members where the annotation only excludes one ("not supported"). ``rationale``: indices of the
    sentences that decide, empty where not known or where none does.
    """

    source: str
    row_id: str
    claim: str
    document: tuple[str, ...]
    labels: tuple[int, ...]
    rationale: tuple[int, ...]
    group: str
    split: Split


@dataclass(frozen=True, slots=True)
class ClaimSet:
    """Where a set comes from and how it may be used."""

    name: str
    licence: str
    read: Callable[[Path], Iterable[ClaimRow]]
    may_train: bool = True  # False: its licence forbids commercial use, so weights that ship never see it


def read_claims(data: Path, *names: str) -> list[ClaimRow]:
    """The rows of the named sets, of all that may be trained on by default. Raises ``InputError`` for a bad file."""
    chosen = names or tuple(name for name, kind in CLAIM_SETS.items() if kind.may_train)
    return [row for name in chosen for row in CLAIM_SETS[name].read(data)]


def split_of(group: str, *, held_out: bool) -> Split:
    """The split of a group: held out if so stated, else by hash."""
    if held_out:
        return "held-out"
    return "calibration" if share_of("calibration", group) < CALIBRATION_SHARE else "train"


def _scifact(data: Path) -> Iterable[ClaimRow]:
    for pair in read_scifact(data)[0]:
        yield ClaimRow(
            "scifact",
            f"{pair.claim_id}-{pair.doc_id}",
            pair.claim,
            pair.sentences,
            (pair.label,),
            pair.rationale,
            pair.group,
            split_of(pair.group, held_out=is_held_out(pair)),
        )


def _healthver(data: Path) -> Iterable[ClaimRow]:
    """Held out by question (58), so that no claim or passage is shared; calibration by claim, as few are left."""
    for row in read_rows(data / "healthver.jsonl.gz"):
        held_out = share_of("held out", f"healthver {row['question']}") < 0.5
        group = f"healthver {row['question'] if held_out else row['claim']}"
        yield _given(row, "healthver", group, held_out=held_out)


def _check_covid(data: Path) -> Iterable[ClaimRow]:
    """The sentences given, never the abstract: an undecided row is a decided claim with another sentence of it."""
    for row in read_rows(data / "check_covid.jsonl.gz"):
        yield _given(row, "check-covid", f"check-covid {row['doc_id']}", held_out=row["split"] == "dev")


def _covidfact(data: Path) -> Iterable[ClaimRow]:
    """Training rows of a source that the development split has too are left out."""
    rows = read_rows(data / "covidfact.jsonl.gz")
    held_out = {row["doc_id"] for row in rows if row["split"] == "dev"}
    for row in rows:
        if row["split"] == "dev" or row["doc_id"] not in held_out:
            yield _given(row, "covidfact", f"covidfact {row['doc_id']}", held_out=row["split"] == "dev")


def _citation_integrity(data: Path) -> Iterable[ClaimRow]:
    """The corpus puts the deciding sentences first, so each document is shuffled by a hash of its name."""
    corpus = read_corpus(data / "citint_corpus.jsonl.gz")[0]
    for row in read_rows(data / "citation_integrity.jsonl.gz"):
        kept = corpus[row["doc_id"]]
        order = np.random.default_rng(int(share_of("order", row["doc_id"]) * 2**32)).permutation(len(kept))
        document = tuple(kept[i] for i in order)
        decided = LABEL_OF[row["label"]] != NEITHER
        places = tuple(i for i, sentence in enumerate(document) if decided and sentence in row["evidence"])
        group = f"citation-integrity {row['doc_id']}"
        yield ClaimRow(
            "citation-integrity",
            row["id"],
            _without_citations(row["claim"]),
            document,
            (LABEL_OF[row["label"]],),
            places,
            group,
            split_of(group, held_out=row["split"] == "dev"),
        )


def _climate_fever(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "climate_fever.jsonl.gz"):
        group = f"climate-fever {row['claim']}"
        yield _given(row, "climate-fever", group, held_out=share_of("held out", group) < 0.1)


def _evidence_inference(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "evidence_inference_v2.jsonl.gz"):
        group = f"evidence-inference {row['doc_id']}"
        yield _given(row, "evidence-inference", group, held_out=row["split"] == "dev")


def _fever(data: Path) -> Iterable[ClaimRow]:
    """What is "not supported" is refuted or undecided; the file does not say which."""
    for row in read_rows(data / "fever_dev_2way.jsonl.gz"):
        group = f"fever {row['claim']}"
        evidence = tuple(
            " ".join(text.replace("``", '"').replace("''", '"').split()) for text in row["evidence"]
        )
        labels = (SUPPORTS,) if row["label"] == "SUPPORTS" else (REFUTES, NEITHER)
        held_out = share_of("held out", group) < 0.05
        yield ClaimRow(
            "fever",
            row["id"],
            row["claim"],
            evidence,
            labels,
            tuple(range(len(evidence))),
            group,
            split_of(group, held_out=held_out),
        )


def _monotonicity(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "med_monotonicity.jsonl.gz"):
        group = f"monotonicity {row['claim']}"
        yield _given(row, "monotonicity", group, held_out=share_of("held out", group) < 0.1)


def _scitab(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "scitab.jsonl.gz"):
        group = f"scitab {row['title']}"
        document = (*row["evidence"], *_table_sentences(row["table"]))
        held_out = share_of("held out", group) < 0.2
        yield ClaimRow(
            "scitab",
            row["id"],
            row["claim"],
            document,
            (LABEL_OF[row["label"]],),
            tuple(range(len(document))),
            group,
            split_of(group, held_out=held_out),
        )


def _pubmedqa(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "pubmedqa.jsonl.gz"):
        group = f"pubmedqa {row['doc_id']}"
        yield ClaimRow(
            "pubmedqa",
            row["id"],
            row["claim"],
            (row["conclusion"],),
            (LABEL_OF[row["label"]],),
            (0,),
            group,
            split_of(group, held_out=share_of("held out", group) < 0.1),
        )


def _anli(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "anli_dev.jsonl.gz"):
        yield _given(row, "anli", f"anli {row['id']}", held_out=True)


def _averitec(data: Path) -> Iterable[ClaimRow]:
    for row in read_rows(data / "averitec.jsonl.gz"):
        if row["label"] in LABEL_OF:
            yield _given(row, "averitec", f"averitec {row['id']}", held_out=True)


CLAIM_SETS: dict[str, ClaimSet] = {
    "scifact": ClaimSet("SciFact", "CC BY 4.0, corpus ODC-By 1.0", _scifact),
    "healthver": ClaimSet("HealthVer", "none stated", _healthver),
    "check-covid": ClaimSet("Check-COVID", "MIT", _check_covid),
    "covidfact": ClaimSet("COVID-Fact", "none stated", _covidfact),
    "citation-integrity": ClaimSet("Citation-Integrity", "MIT (repository)", _citation_integrity),
    "climate-fever": ClaimSet("Climate-FEVER", "none stated", _climate_fever),
    "evidence-inference": ClaimSet("Evidence-Inference 2.0", "MIT", _evidence_inference),
    "fever": ClaimSet("FEVER dev, two labels", "none stated", _fever),
    "monotonicity": ClaimSet("MED", "CC BY-SA 4.0", _monotonicity),
    "scitab": ClaimSet("SciTab", "MIT", _scitab),
    "pubmedqa": ClaimSet("PubMedQA", "MIT", _pubmedqa),
    "anli": ClaimSet("ANLI dev", "CC BY-NC 4.0", _anli, may_train=False),
    "averitec": ClaimSet("AVeriTeC dev", "CC BY-NC 4.0", _averitec, may_train=False),
}


def _given(row: Mapping[str, Any], source: str, group: str, *, held_out: bool) -> ClaimRow:
    """A row whose evidence is the same kind of text under every label, so all of it is the document."""
    document = tuple(text.strip() for text in row["evidence"] if text.strip())
    return ClaimRow(
        source,
        row["id"],
        row["claim"].strip(),
        document,
        (LABEL_OF[row["label"]],),
        tuple(range(len(document))),
        group,
        split_of(group, held_out=held_out),
    )


def _without_citations(claim: str) -> str:
    for mark in ("<|multi_cit|>", "<|cit|>"):
        claim = claim.replace(f"[{mark}]", "").replace(f"({mark})", "").replace(mark, "")
    return " ".join(claim.split()).replace(" .", ".")


def _table_sentences(table: Mapping[str, Any]) -> list[str]:
    """Each row of a table as "column: cell; …", markup of emphasis left out."""
    columns = [str(column) for column in table["columns"]]
    return [
        "; ".join(
            f"{column}: {cell}" if column else str(cell) for column, cell in zip(columns, row, strict=False)
        ).replace("[BOLD] ", "")
        + "."
        for row in table["rows"][:_TABLE_ROWS]
    ]
