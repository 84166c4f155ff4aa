"""What the review panel is handed for a second look: the stages' own functions, bound to a job's tools and settings.

Stages do not import each other; here those are joined that the panel may ask again. What the judge says when it reads the
evidence again is kept with the run: a network in int8 rounds differently on another processor, and a replay there must
come to the same review.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthesis.papers import covered_share, weigh_terms
from synthesis.records import Record, text_sha256
from synthesis.review.seen import Aids, Seen
from synthesis.verdicts import decide_verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from synthesis.config import PaperConfig, VerdictConfig
    from synthesis.protocols import Calibrator, Judge
    from synthesis.records import Draft, Paper, ScreenedPaper
    from synthesis.review.seen import Redecide


class Reread(Record):
    """What the judge said of one passage when it read it again; ``pair`` is the SHA-256 of claim and passage."""

    pair: str
    scores: tuple[float, float, float]


class SecondReading(NamedTuple):
    """Result of the stage *second_reading*."""

    readings: tuple[Reread, ...]


def read_again(draft: Draft, judge: Judge) -> SecondReading:
    """Every passage of the evidence read against its claim once more."""
    seen = Seen(draft)
    pairs = list(
        dict.fromkeys(
            (seen.claims[item.claim_id].judged, passage)
            for item in draft.evidence
            if (passage := seen.passage(item)) is not None
        )
    )
    scores = judge.score(pairs).tolist() if pairs else []
    return SecondReading(
        tuple(
            Reread(pair=_key(*pair), scores=(round(row[0], 6), round(row[1], 6), round(row[2], 6)))
            for pair, row in zip(pairs, scores, strict=True)
        )
    )


class KeptJudge:
    """A judge that gives what it said before, where it did."""

    def __init__(self, judge: Judge, reading: SecondReading) -> None:
        self._judge = judge
        self._known = {reread.pair: reread.scores for reread in reading.readings}
        self.fingerprint = judge.fingerprint

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n, 3), as the judge's."""
        new = [pair for pair in dict.fromkeys(pairs) if _key(*pair) not in self._known]
        if new:
            for pair, row in zip(new, self._judge.score(new).tolist(), strict=True):
                self._known[_key(*pair)] = (row[0], row[1], row[2])
        return np.array([self._known[_key(*pair)] for pair in pairs], dtype=np.float32).reshape(-1, 3)

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """As the judge's."""
        return self._judge.rationale(claim, sentences)

    def notes(self, claim: str, evidence: str) -> list[str]:
        """As the judge's."""
        return self._judge.notes(claim, evidence)


def redecider(calibrator: Calibrator, config: VerdictConfig) -> Redecide:
    """(claims, evidence, papers by id) → verdicts, as the job decides them."""
    return partial(decide_verdicts, calibrator=calibrator, config=config)


def aids_of(
    judge: Judge, redecide: Redecide, topics: Sequence[Mapping[str, float]], config: PaperConfig
) -> Aids:
    """What the panel may use: the judge, ``redecide``, and how far papers cover the question's ``topics``."""
    return Aids(judge, redecide, partial(_covered, topics, config.min_relevance))


def _key(claim: str, passage: str) -> str:
    return text_sha256(f"{claim}\0{passage}")


def _covered(
    topics: Sequence[Mapping[str, float]], least: float, papers: Sequence[ScreenedPaper]
) -> dict[str, float]:
    """paper_id → the share of ``least`` that each paper covers of the question, 1 being enough.

    Terms are weighed as in screening, from the papers that were kept, which hold no more terms than those found; so a
    paper covers here at least as much as it did there. Where a full text was read, it counts too.
    """
    kept = [p.paper for p in papers if p.role != "evidence"]
    examined = [p.paper for p in papers if p.role == "examined"]
    readings = [terms for topic in topics if (terms := weigh_terms(topic, kept, examined))]
    return {
        p.paper.paper_id: covered_share(readings, _with_text(p.paper)) / least if least else 1.0
        for p in papers
    }


def _with_text(paper: Paper) -> Paper:
    """The paper with all its text as its abstract, where more than the abstract was read."""
    if paper.form is None:
        return paper
    text = "\n".join([paper.abstract or "", *(section.text for section in paper.sections)])
    return paper.model_copy(update={"abstract": text})
