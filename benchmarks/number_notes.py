"""How often the notes on disagreeing numbers are right, and how many changed numbers they see.

    python benchmarks/number_notes.py [--data ../shared/data] [--show 20] [--out benchmarks/results/number_notes.json]

A note on a pair that annotators call SUPPORTS is a false alarm. A pair REFUTES for many reasons, so its share of notes
is no recall; that is measured on numbers changed by rule, one at a time, in sentences that their evidence repeats.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import random
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measured import provenance

from retrieval_core.entailment.claimsets import read_check_covid, read_scifact
from retrieval_core.entailment.disagreements import disagreements
from retrieval_core.entailment.numbers import quantities
from retrieval_core.entailment.reading import clean, read_sentence, split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval_core.entailment.quantity import Quantity

ROOT = Path(__file__).parents[1]
SEED = 0
N_PAPERS = 50  # of each library
LABELS = ("SUPPORTS", "REFUTES", "NEI")
CHANGED_KINDS = {"amount", "ratio"}
FACTORS = (0.4, 0.6, 1.5, 1.9)


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, a passage, and what annotators say of them."""

    claim: str
    evidence: str
    label: str


@dataclass(frozen=True, slots=True)
class Rate:
    """``noted`` of ``n`` pairs whose claim holds a number got a note."""

    data: str
    label: str
    noted: int
    n: int


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--show", type=int, default=0, help="print this many notes of each row")
    parser.add_argument("--only", default="", help="only the sets whose name holds this")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "number_notes.json")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is missing: give the folder of the shared data with --data.")
    rates = [
        measure(name, label, [p for p in pairs if p.label == label], options.show)
        for name, pairs in every_set(options.data)
        if options.only in name
        for label in dict.fromkeys(p.label for p in pairs)
    ]
    result = provenance("python benchmarks/number_notes.py") | {
        "rates": [{"data": r.data, "label": r.label, "noted": r.noted, "n": r.n} for r in rates]
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def measure(name: str, label: str, pairs: Sequence[Pair], show: int) -> Rate:
    """The share of pairs with a number in the claim that get a note."""
    noted = n = 0
    read = cache(split_sentences)  # the sentences of one paper share their evidence
    for pair in pairs:
        claim = read_sentence(pair.claim)
        if not quantities(claim.text):
            continue
        n += 1
        notes = disagreements(claim, read(pair.evidence))
        noted += bool(notes)
        if notes and noted <= show:
            print(f"   {notes}\n      C {pair.claim[:300]}\n      E {pair.evidence[:1500]}")
    print(f"{name:42} {label:24} {noted:5} of {n:5}  {noted / max(1, n):.3f}")
    return Rate(name, label, noted, n)


def every_set(data: Path) -> Iterator[tuple[str, list[Pair]]]:
    """Name and pairs of each set; the changed twins of a set are pairs labelled "one number changed"."""
    for name, pairs in annotated(data / "claims"):
        yield name, pairs + list(changed(pairs))
    for name, pairs in (
        ("ACL sentence, own abstract", acl_abstracts(data / "library")),
        ("RCT abstract sentence, own abstract", trials(data / "fulltext", own=True)),
        ("RCT abstract sentence, own full text", trials(data / "fulltext", own=False)),
    ):
        yield name, pairs + list(changed(pairs))


def annotated(folder: Path) -> Iterator[tuple[str, list[Pair]]]:
    """The claim sets; whole abstracts where a corpus has them, else the evidence of the file."""
    for name, rows in (
        ("SciFact train", read_scifact(folder)[0]),
        ("Check-COVID train", read_check_covid(folder, "train")[0]),
    ):
        yield name, [Pair(row.claim, row.evidence, LABELS[row.label]) for row in rows]
    for name, file in (
        ("COVID-Fact", "covidfact"),
        ("HealthVer dev", "healthver"),
        ("Citation-Integrity", "citation_integrity"),
        ("Climate-FEVER", "climate_fever"),
        ("Evidence-Inference", "evidence_inference_v2"),
    ):
        with gzip.open(folder / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            read = [json.loads(line) for line in lines]
        yield name, [Pair(r["claim"], " ".join(r["evidence"]), r["label"]) for r in read]


def acl_abstracts(folder: Path) -> list[Pair]:
    """Sentences with numbers of the abstracts of ``N_PAPERS`` ACL papers, each against its abstract."""
    with lzma.open(folder / "acl_anthology.jsonl.xz", "rt", encoding="utf-8") as lines:
        abstracts = [
            a for a in (json.loads(line)["abstract"] for line in lines) if a and any(map(str.isdigit, a))
        ]
    chosen = random.Random(SEED).sample(abstracts, N_PAPERS)
    return [Pair(s.text, a, "SAME") for a in chosen for s in split_sentences(a) if quantities(s.text)]


def trials(folder: Path, *, own: bool) -> list[Pair]:
    """Sentences with numbers of trials' abstracts against the abstract, or each paragraph of the full text."""
    with gzip.open(folder / "pmc_rct_fulltext.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    pairs = []
    for paper in random.Random(SEED).sample(papers, N_PAPERS):
        abstract = abstract_of(paper)
        body = "\n\n".join(paragraph for section in paper["body"] for paragraph in section["paragraphs"])
        pairs += [
            Pair(s.text, abstract if own else body, "SAME")
            for s in split_sentences(abstract)
            if quantities(s.text)
        ]
    return pairs


def abstract_of(paper: dict[str, Any]) -> str:
    """The abstract as one text."""
    abstract = paper["abstract"]
    return abstract if isinstance(abstract, str) else " ".join(str(part) for part in abstract)


def changed(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """Twins of the pairs that hold, with one number of the claim that the evidence repeats set to another value."""
    dice = random.Random(SEED)
    read = cache(split_sentences)
    for pair in pairs:
        claim = clean(pair.claim)
        if pair.label not in {"SUPPORTS", "SAME"}:
            continue
        there = [q for s in read(pair.evidence) for q in quantities(s.text)]
        repeated = [
            q
            for q in quantities(claim)
            if q.kind in CHANGED_KINDS and any(q.agrees(other) for other in there)
        ]
        dice.shuffle(repeated)
        twins = (other_value(claim, q, dice) for q in repeated)
        twin = next((t for t in twins if t), None)
        if twin:
            yield Pair(twin, pair.evidence, "one number changed")


def other_value(claim: str, quantity: Quantity, dice: random.Random) -> str | None:
    """The claim with another value of like size and precision; ``None`` for numbers in words and ranges."""
    digits = quantity.text.rstrip("% abcdefghijklmnopqrstuvwxyz-")
    if not digits.replace(".", "", 1).isdigit():
        return None
    decimals = len(digits.partition(".")[2])
    value = float(digits) * dice.choice(FACTORS)
    if quantity.unit == "percent" and value > 100:
        value = float(digits) / 2
    written = f"{value:.{decimals}f}"
    if written == digits or not float(written):
        return None
    return claim[: quantity.start] + written + claim[quantity.start + len(digits) :]


if __name__ == "__main__":
    main()
