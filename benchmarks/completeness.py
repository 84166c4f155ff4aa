"""How often the completeness interval holds the truth, and how far dependent sources mislead the estimate.

    python benchmarks/completeness.py [--data ../shared/data] [--out benchmarks/results/completeness.json]

Simulated searches: sources of given shares of the relevant works, independent, or with works that are easier to find
than others everywhere (a normal shift of the log-odds), or with one source that copies another, or with sources that
each cover their own half. Real searches: topics in the ACL Anthology, where "relevant" is a paper that names the topic,
so that the truth is known, searched by titles and by abstracts as two sources; and the two lists of the library, which
cover different years.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measured import provenance

from synthesis.completeness import estimate_completeness
from synthesis.merging import merge_records
from synthesis.reading.metadata import build_paper
from synthesis.retrieval import index_papers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.completeness import Completeness
    from synthesis.records import Paper

ROOT = Path(__file__).parents[1]
SEED = 0
N_RUNS = 1000
N_WORKS = (20, 50, 200)
SHARES = ((0.5, 0.5), (0.7, 0.2), (0.9, 0.1), (0.5, 0.4, 0.3), (0.9, 0.1, 0.1), (0.6, 0.5, 0.4, 0.3))
SPREADS = (0.5, 1.0, 2.0)  # standard deviation of a work's log-odds
COPIED = 0.95  # of what the first source found, the copying one has this share
N_PAPERS = 25_000  # newest of the Anthology
DEPTH = 150  # papers that a source gives for a query
TOPICS = (
    *("code-switching", "sarcasm detection", "coreference resolution", "word sense disambiguation"),
    *(
        "grammatical error correction",
        "hate speech",
        "knowledge graph",
        "speech translation",
        "text simplification",
    ),
    *(
        "stance detection",
        "keyphrase",
        "discourse parsing",
        "entity linking",
        "style transfer",
        "legal",
        "counterfactual",
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Of ``searches``, ``stated`` got an estimate; the shares are of the truth, medians over those."""

    case: str
    works: int
    sources: str
    searches: int
    stated: int
    found: float
    estimated: float
    interval_holds: float  # share of the stated
    truth_above: float  # share of the stated whose interval ends below the truth
    chao2: float  # for comparison: Chao's estimator for occasions of one kind


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic searched for in real data; ``truth`` is ``None`` where it is not known."""

    topic: str
    truth: int | None
    found: int
    overlap: int
    estimated: float | None
    low: float | None
    high: float | None


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "completeness.json")
    options = parser.parse_args()
    library = options.data / "library"
    if not library.is_dir():
        sys.exit(f"{library} is missing: give the folder of the shared data with --data.")
    dice = np.random.default_rng(SEED)
    rows = list(simulate(dice))
    anthology = read_library(library / "acl_anthology.jsonl.xz", "acl-anthology")
    arxiv = read_library(library / "arxiv_cl_ir_2025_2026.jsonl.xz", "arxiv")
    two_ways = list(titles_and_abstracts(anthology[-N_PAPERS:]))
    two_years = list(two_lists(anthology, arxiv))
    for topic in (*rows, *two_ways, *two_years):
        print(*asdict(topic).values(), sep="\t")
    result = provenance("python benchmarks/completeness.py") | {
        "simulated": [asdict(row) for row in rows],
        "anthology_by_title_and_by_abstract": summary(two_ways) | {"topics": [asdict(t) for t in two_ways]},
        "anthology_to_2024_and_arxiv_from_2025": [asdict(t) for t in two_years],
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


# --------------------------------------------------------------------------- simulated


def simulate(dice: np.random.Generator) -> Iterator[Row]:
    """Every case; each of ``N_RUNS`` searches."""
    for works in N_WORKS:
        for shares in SHARES:
            yield measure("independent", [even(dice, works, shares) for _ in range(N_RUNS)], shares)
    for works in N_WORKS[1:]:
        for spread in SPREADS:
            for shares in SHARES[0], SHARES[3], SHARES[5]:
                runs = [even(dice, works, shares, spread) for _ in range(N_RUNS)]
                yield measure(f"some works easier, spread {spread}", runs, shares)
        runs = [copied(dice, works) for _ in range(N_RUNS)]
        yield measure("one copies another, counted as two", runs, (0.5, 0.5 * COPIED, 0.4))
        yield measure("one copies another, counted as one", [run[:, ::2] for run in runs], (0.5, 0.4))
        yield measure(
            "each covers its half and a fifth more", [halves(dice, works) for _ in range(N_RUNS)], (0.6, 0.6)
        )


def even(dice: np.random.Generator, works: int, shares: Sequence[float], spread: float = 0.0) -> np.ndarray:
    """Which source found which work (works × sources)."""
    odds = np.log(np.array(shares) / (1 - np.array(shares))) + spread * dice.standard_normal((works, 1))
    return dice.random((works, len(shares))) < 1 / (1 + np.exp(-odds))


def copied(dice: np.random.Generator, works: int) -> np.ndarray:
    """Two independent sources, and between them one that copies the first."""
    found = even(dice, works, (0.5, 0.4))
    return np.column_stack([found[:, 0], found[:, 0] & (dice.random(works) < COPIED), found[:, 1]])


def halves(dice: np.random.Generator, works: int) -> np.ndarray:
    """Two sources, each good in its own half of the field and poor in the other."""
    own = np.arange(works)[:, None] % 2 == np.arange(2)
    return dice.random((works, 2)) < np.where(own, 0.9, 0.3)


def measure(case: str, runs: Sequence[np.ndarray], shares: Sequence[float]) -> Row:
    """Estimate each search and compare with the truth."""
    works = len(runs[0])
    told = [estimate(run) for run in runs]
    stated = [t for t in told if t.estimated is not None]
    return Row(
        case=case,
        works=works,
        sources=", ".join(f"{share:g}" for share in shares),
        searches=len(runs),
        stated=len(stated),
        found=round(statistics.median(t.found for t in told) / works, 3),
        estimated=round(statistics.median(t.estimated or 0 for t in stated) / works, 3),
        interval_holds=round(statistics.mean((t.low or 0) <= works <= (t.high or 0) for t in stated), 3),
        truth_above=round(statistics.mean(works > (t.high or 0) for t in stated), 3),
        chao2=round(statistics.median(chao2(run) for run in runs) / works, 3),
    )


def estimate(run: np.ndarray) -> Completeness:
    """Of a works × sources table; no two sources are of one feed by name."""
    captures = [frozenset(map(str, np.flatnonzero(row))) for row in run if row.any()]
    return estimate_completeness(captures, [str(i) for i in range(run.shape[1])])


def chao2(run: np.ndarray) -> float:
    """Chao (1987), bias-corrected for incidence."""
    times, sources = run.sum(axis=1), run.shape[1]
    once, twice = int((times == 1).sum()), int((times == 2).sum())
    return int((times > 0).sum()) + (sources - 1) / sources * once * (once - 1) / (2 * (twice + 1))


# --------------------------------------------------------------------------- real


def read_library(path: Path, source: str) -> list[Paper]:
    """The papers of a list that have an abstract, in its order."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        papers = (build_paper(json.loads(line), source=source) for line in lines)
        return [paper for paper in papers if paper is not None and paper.abstract]


def names_topic(topic: str, text: str) -> bool:
    """Whether a text names the topic, with or without a hyphen, in any number."""
    return re.search(r"\b" + re.escape(topic).replace(r"\-", "[- ]?"), text, re.IGNORECASE) is not None


def titles_and_abstracts(papers: Sequence[Paper]) -> Iterator[Topic]:
    """BM25 over titles and over abstracts as two sources of one library, in which the truth is known."""
    by_title = index_papers([p.model_copy(update={"sections": ()}) for p in papers])
    by_abstract = index_papers([p.model_copy(update={"title": ""}) for p in papers])
    for topic in TOPICS:
        truth = {p.paper_id for p in papers if names_topic(topic, f"{p.title}\n{p.abstract}")}
        found = [
            {hit.doc_id for hit in index.search([topic], k=DEPTH)[0]} & truth
            for index in (by_title, by_abstract)
        ]
        captures = [
            frozenset(name for name, ids in zip(("titles", "abstracts"), found, strict=True) if one in ids)
            for one in truth
        ]
        yield told(topic, len(truth), estimate_completeness(captures, ["titles", "abstracts"]))


def two_lists(anthology: Sequence[Paper], arxiv: Sequence[Paper]) -> Iterator[Topic]:
    """All papers of a topic in two lists that cover different years: what merging finds in both."""
    for topic in TOPICS:
        papers = [p for p in (*anthology, *arxiv) if names_topic(topic, f"{p.title}\n{p.abstract}")]
        captures = [frozenset(papers[i].source for i in m.members) for m in merge_records(papers)]
        yield told(topic, None, estimate_completeness(captures, ["acl-anthology", "arxiv"]))


def told(topic: str, truth: int | None, figures: Completeness) -> Topic:
    """A row of the table."""
    return Topic(topic, truth, figures.found, figures.overlap, figures.estimated, figures.low, figures.high)


def summary(topics: Sequence[Topic]) -> dict[str, float]:
    """How the estimates did where the truth is known."""
    stated = [t for t in topics if t.truth and t.estimated and t.high and t.low]
    return {
        "stated": len(stated),
        "median_found": round(statistics.median(t.found / (t.truth or 1) for t in stated), 3),
        "median_estimated": round(statistics.median((t.estimated or 0) / (t.truth or 1) for t in stated), 3),
        "interval_holds": sum((t.low or 0) <= (t.truth or 0) <= (t.high or 0) for t in stated),
        "truth_above": sum((t.truth or 0) > (t.high or 0) for t in stated),
    }


if __name__ == "__main__":
    main()
