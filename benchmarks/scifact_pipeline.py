"""SciFact end to end: claims of the held-out third against all 5,183 abstracts."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scifact_gold import GoldClaim, Predicted, held_out_claims, scored

from retrieval_core.encoder import DualEncoder
from retrieval_core.entailment.claimsets import NEITHER, read_scifact
from retrieval_core.figures import Resampling
from retrieval_core.metrics import ndcg_at_k, recall_at_k
from retrieval_core.search import SearchIndex
from retrieval_core.set_tables import columns, shown
from synthesis.assembly import make_tools
from synthesis.config import Config, PaperConfig
from synthesis.jobs import RunClock, make_verification, run_job
from synthesis.reading.corpus import corpus_papers
from synthesis.records import Label, Stance
from synthesis.sources.corpus import CorpusSource
from synthesis.stage_results import Judged, Ranked, Verdicts
from synthesis.store import Home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from judges import Calibrated

    from retrieval_core.figures import Figure
    from synthesis.records import Evidence, Verdict
    from synthesis.store import Run

DEPTH = 10
MIN_RECALL, MIN_LABEL_F1 = 0.85, 0.45
SOURCE = "scifact"
_LABEL_OF = {Stance.SUPPORTS: 0, Stance.REFUTES: 1}


def measure_retrieval(data: Path, work: Path, *, seed: int) -> dict[str, Any]:
    """Recall and nDCG at 10 of cited abstracts, by words, by meaning, and by both."""
    gold = held_out_claims(data / "claims")
    index = _index(data, work / "scifact-index")
    over = Resampling([claim.group for claim in gold], seed=seed)
    result: dict[str, Any] = {"claims": len(gold), "documents": len(index), "depth": DEPTH}
    for mode in ("lexical", "dense", "hybrid"):
        hits = index.search([claim.text for claim in gold], k=DEPTH, mode=mode)
        rankings = [[hit.doc_id for hit in ranked] for ranked in hits]
        recall = over.mean([recall_at_k(r, c.cited, DEPTH) for r, c in zip(rankings, gold, strict=True)])
        gains = [ndcg_at_k(r, dict.fromkeys(c.cited, 1), DEPTH) for r, c in zip(rankings, gold, strict=True)]
        ndcg = over.mean(gains)
        print(f"retrieval, {mode}: recall@10 {shown(recall)}, nDCG@10 {shown(ndcg)}", flush=True)
        result[mode] = {"recall@10": recall.model_dump(), "ndcg@10": ndcg.model_dump()}
    return result


def measure_pipeline(data: Path, work: Path, judge: str, *, seed: int) -> dict[str, Any]:
    """The public job with its own settings: what is read for each claim, and what is said of it."""
    gold = held_out_claims(data / "claims")
    started = time.perf_counter()
    run = run_claims(_records(data), work / "scifact-home", gold, judge)
    seconds = time.perf_counter() - started
    rankings = _rankings(run, len(gold))
    over = Resampling([claim.group for claim in gold], seed=seed)
    recall = over.mean([recall_at_k(r, c.cited, DEPTH) for r, c in zip(rankings, gold, strict=True)])
    evidence = run.stage("evidence", Judged, _never).evidence
    predicted = [_predicted([e for e in evidence if e.claim_id == f"C{n}"]) for n in range(1, len(gold) + 1)]
    figures = scored(gold, predicted, seed=seed)
    print(f"pipeline, {len(gold)} claims in {seconds:.0f} s: recall@10 {shown(recall)} (bar {MIN_RECALL})")
    print(f"abstract label F1 has the bar {MIN_LABEL_F1}")
    _print(figures)
    return {
        "claims": len(gold),
        "seconds": round(seconds, 1),
        "recall@10": recall.model_dump(),
        **_dumped(figures),
        "verdicts": _verdict_figures(gold, run.stage("verdicts", Verdicts, _never).verdicts, over),
    }


def measure_oracle(data: Path, system: Calibrated, *, seed: int) -> dict[str, Any]:
    """The cited abstracts given instead of searched for; calibrated by the map for cited abstracts if there is one."""
    gold = held_out_claims(data / "claims")
    texts = {pair.doc_id: pair.sentences for pair in read_scifact(data / "claims")[0]}
    asked = [(claim, doc) for claim in gold for doc in sorted(claim.cited) if doc in texts]
    scores = system.judge.score([(claim.text, " ".join(texts[doc])) for claim, doc in asked])
    own = SOURCE if SOURCE in system.calibrator.sources else None
    labels = system.calibrator.probabilities(scores, source=own).argmax(axis=1)
    said: dict[str, list[Predicted]] = {claim.claim_id: [] for claim in gold}
    for (claim, doc), label in zip(asked, labels, strict=True):
        if label != NEITHER:
            sentences = system.judge.judge.rationale(claim.text, texts[doc])
            said[claim.claim_id].append(Predicted(doc, int(label), tuple(sentences)))
    figures = scored(gold, list(said.values()), seed=seed)
    print(f"oracle retrieval, {len(asked)} cited abstracts")
    _print(figures)
    return {"pairs": len(asked), **_dumped(figures)}


def run_claims(
    records: Sequence[Mapping[str, Any]], home: Path, claims: Sequence[GoldClaim], judge: str
) -> Run:
    """A fresh run of the job that ``synthesis verify --corpus`` does, kept in ``home``."""
    shutil.rmtree(home, ignore_errors=True)
    papers, sentences = corpus_papers(records)
    tools = make_tools([CorpusSource("corpus", papers)], None if judge == "embedded" else Path(judge))
    request = make_verification([claim.text for claim in claims], "SciFact", sentences=sentences)
    config = Config(papers=PaperConfig(merge_versions=False))
    clock = RunClock(datetime.now(UTC))
    return run_job(Home(home).prepare(), request, tools, config, clock, (), on_stage=_say).run


def _records(data: Path) -> list[dict[str, Any]]:
    pairs, documents = read_scifact(data / "claims")
    split = {pair.doc_id: pair.sentences for pair in pairs}  # the cited ones; others come as text
    return [
        {"doc_id": d.doc_id, "title": d.title, "abstract": list(split.get(d.doc_id, ())) or d.text}
        for d in documents
    ]


def _rankings(run: Run, n: int) -> list[list[str]]:
    """For each claim the ids of the abstracts whose passages are read, best first."""
    rankings: dict[str, list[str]] = {f"C{number}": [] for number in range(1, n + 1)}
    for candidate in run.stage("ranking", Ranked, _never).candidates:
        rankings[candidate.claim_id].append(candidate.passage_id.rpartition("#")[0])
    return list(rankings.values())


def _predicted(evidence: Sequence[Evidence]) -> list[Predicted]:
    """The passages that take a side; their sentences in the abstract's order."""
    return [
        Predicted(e.paper_id, _LABEL_OF[e.stance], e.sentences)
        for e in sorted(evidence, key=lambda e: -e.confidence)
        if e.stance is not Stance.NEITHER
    ]


def _verdict_figures(
    gold: Sequence[GoldClaim], verdicts: Sequence[Verdict], over: Resampling
) -> dict[str, Any]:
    """Of claims whose verdict is stated at the default risk: how many, and how many of them wrong."""
    stated = np.array([verdict.label is not Label.NOT_ENOUGH_INFO for verdict in verdicts])
    right = np.array([_is_right(claim, verdict) for claim, verdict in zip(gold, verdicts, strict=True)])
    coverage, error = over.mean(stated), over.ratio(stated & ~right, stated)
    print(f"verdicts: coverage {shown(coverage)}, wrong of stated {shown(error)}")
    return {"stated": int(stated.sum()), "coverage": coverage.model_dump(), "error": error.model_dump()}


def _is_right(claim: GoldClaim, verdict: Verdict) -> bool:
    sides = frozenset(claim.labels.values())
    both = {
        Label.SUPPORTED: frozenset({0}),
        Label.REFUTED: frozenset({1}),
        Label.CONFLICTING: frozenset({0, 1}),
    }
    return sides == both.get(verdict.label, frozenset())


def _index(data: Path, folder: Path) -> SearchIndex:
    """Built once; encoding the abstracts takes minutes."""
    encoder = DualEncoder.load("embedded")
    if folder.exists():
        return SearchIndex.open(folder, encoder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _say("encoding 5,183 abstracts")
    return SearchIndex.build(read_scifact(data / "claims")[1], folder, encoder=encoder)


def _print(figures: Mapping[str, Mapping[str, Figure]]) -> None:
    rows = [(name, *(shown(figure) for figure in of.values())) for name, of in figures.items()]
    print(columns(("", "precision", "recall", "F1"), rows), flush=True)


def _dumped(figures: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, dict[str, float]]]:
    return {name: {kind: figure.model_dump() for kind, figure in of.items()} for name, of in figures.items()}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _never() -> Any:
    raise AssertionError("the run is complete, so its stages are read back")
