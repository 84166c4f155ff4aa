"""Small honest tools for tests of the pipeline: no model file, every number can be followed by hand."""

from __future__ import annotations

import re

import numpy as np

from synthesis.errors import SourceRefusedError
from synthesis.extraction import RuleExtractor
from synthesis.records import Calibration, Paper, ReliabilityBin, Section
from synthesis.request import Tools
from synthesis.retrieval import BM25Ranker, index_papers
from synthesis.review.panel import default_panel
from synthesis.sources.answer import SearchAnswer


def words(text):
    """Lower-case words of a text."""
    return set(re.findall(r"\w+", text.casefold()))


class OverlapJudge:
    """Supports by the share of the claim's words that the best sentence holds; "not" turns it round."""

    fingerprint = "overlap-1"

    def score(self, pairs):
        """(n, 3) supports, refutes, neither."""
        rows = []
        for claim, passage in pairs:
            sentences = re.split(r"(?<=[.!?])\s+", passage)
            best = max(sentences, key=lambda s: len(words(claim) & words(s)))
            share = len(words(claim) & words(best)) / max(1, len(words(claim)))
            against = "not" in (words(best) ^ words(claim))
            rows.append([0.0, share, 1 - share] if against else [share, 0.0, 1 - share])
        return np.array(rows, dtype=np.float32).reshape(-1, 3)

    def rationale(self, claim, sentences):
        """The sentence that shares most words."""
        return [max(range(len(sentences)), key=lambda i: (len(words(claim) & words(sentences[i])), -i))]

    def notes(self, claim, evidence):
        """Numbers of the claim that the evidence does not hold."""
        missing = sorted(set(re.findall(r"\d+", claim)) - set(re.findall(r"\d+", evidence)))
        return [f"claim: {number}, evidence: none" for number in missing]


class PlainCalibrator:
    """Takes scores for probabilities, and states what is at least as sure as 1 − risk."""

    fingerprint = "plain-1"

    def probabilities(self, scores):
        """The scores themselves."""
        return np.asarray(scores, dtype=np.float32)

    def confidence(self, label, support, refute):
        """The pooled probability of the label."""
        return {"SUPPORTED": support, "REFUTED": refute, "NOT_ENOUGH_INFO": 1 - max(support, refute)}.get(
            label.value, min(support, refute)
        )

    def threshold(self, risk):
        """1 − risk."""
        return 1 - risk

    def report(self, risk):
        """A fixed picture of calibration."""
        return Calibration(
            model="plain",
            fitted_on="nothing",
            measured_on="nothing",
            n=4,
            ece=0.1,
            brier=0.2,
            bins=(ReliabilityBin(n=4, mean_confidence=0.5, accuracy=0.5),),
            risk=risk,
            threshold=1 - risk,
        )


class MemorySource:
    """A source over papers in memory that counts its calls."""

    def __init__(self, name, papers, *, remote=False):
        self.name = self.fingerprint = name
        self.remote = remote
        self.calls = []
        self._papers = {p.paper_id: p for p in papers}
        self._index = index_papers(papers)

    def search(self, query, limit):
        """BM25."""
        self.calls.append(query)
        (hits,) = self._index.search([query], limit)
        return SearchAnswer(papers=tuple(self._papers[h.doc_id] for h in hits), total=len(hits))

    def lookup(self, identifier):
        """By paper_id."""
        return self._papers.get(identifier)


class BrokenSource:
    """A source that refuses every call after the first ``good`` ones."""

    remote = True

    def __init__(self, name, error=SourceRefusedError("429 Too Many Requests"), good=0):  # noqa: B008 - immutable
        self.name = self.fingerprint = name
        self.calls = 0
        self._error = error
        self._good = good

    def search(self, query, limit):  # noqa: ARG002 - the protocol's shape
        """Nothing, or the error."""
        self.calls += 1
        if self.calls > self._good:
            raise self._error
        return SearchAnswer()

    def lookup(self, identifier):  # noqa: ARG002 - the protocol's shape
        """The error."""
        raise self._error


def make_paper(paper_id, title, abstract, **facts):
    """A paper with one abstract."""
    return Paper(
        paper_id=paper_id,
        title=title,
        abstract=abstract,
        sections=(Section(title="Abstract", text=abstract),),
        **{"source": "memory", "year": 2024, "authors": (f"Author of {paper_id}",), **facts},
    )


PAPERS = (
    make_paper(
        "arxiv:2401.00001",
        "Hybrid batches for multilingual retrieval",
        "We study hybrid batches for multilingual retrieval. Hybrid batches reduce language bias in multilingual "
        "retrieval by 30 percent. Hybrid batches improve mean average precision on XQuAD-R in all languages.",
        arxiv_id="2401.00001",
        arxiv_version=2,
        venue="arXiv",
    ),
    make_paper(
        "doi:10.1/second",
        "A second look at batches",
        "Hybrid batches reduce language bias in multilingual retrieval by 30 percent. Cost was the same.",
        doi="10.1/second",
        venue="Journal of Retrieval",
    ),
    make_paper(
        "doi:10.1/third",
        "Batches revisited",
        "Hybrid batches do not improve mean average precision on XQuAD-R in all languages.",
        doi="10.1/third",
        venue="Journal of Retrieval",
    ),
    make_paper(
        "doi:10.1/off",
        "Weather in spring",
        "Rain falls in spring more often than in summer according to our stations.",
        doi="10.1/off",
    ),
    make_paper(
        "doi:10.1/gone",
        "Hybrid batches, retracted",
        "Hybrid batches reduce language bias in multilingual retrieval by 90 percent.",
        doi="10.1/gone",
        retracted=True,
    ),
)
QUESTION = "Do hybrid batches reduce language bias in multilingual retrieval on XQuAD-R?"


def make_small_tools(sources=None):
    """All tools, small."""
    return Tools(
        sources=sources if sources is not None else (MemorySource("memory", PAPERS),),
        extractor=RuleExtractor(),
        ranker=BM25Ranker(),
        judge=OverlapJudge(),
        calibrator=PlainCalibrator(),
        reviewers=default_panel(),
    )
