"""The stages of an update: those of a report, with the examined papers, claims and evidence of the report it updates.

All that an update takes over lies in its own run (``Base``), so that it can be taken up again and replayed without the
run that it updates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.claims import Extracted
from synthesis.earlier import (
    evidence_now,
    examined_papers,
    is_newer,
    still_read,
    take_up,
    with_earlier_texts,
)
from synthesis.full_texts import WithText
from synthesis.papers import EARLIER, NAMED
from synthesis.searching import NOTHING, Found
from synthesis.stage_results import Changed
from synthesis.stages import Stages
from synthesis.standing import Records, Standing, check_standing, is_fallen
from synthesis.verdict_changes import Fates, compare_drafts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synthesis.papers import Screened
    from synthesis.records import (
        Candidate,
        Changes,
        Claim,
        Draft,
        FetchAttempt,
        Paper,
        Passage,
        ScreenedPaper,
        SearchQuery,
    )
    from synthesis.stage_results import Base


@dataclass(frozen=True)
class UpdateStages(Stages):
    """The stages, bound to what is updated. ``base`` has a default only because the fields above have."""

    base: Base | None = None

    @property
    def earlier(self) -> Draft:
        """The draft that is updated."""
        assert self.base is not None
        return self.base.draft

    def examined(
        self, queries: tuple[SearchQuery, ...], found: Found, topics: Sequence[Mapping[str, float]]
    ) -> tuple[Paper, ...]:
        """The papers that were examined then."""
        if self.request.kind == "verification":
            return super().examined(queries, found, topics)
        return examined_papers(self.earlier)

    def standing(self, found: Found) -> Standing:
        """How the earlier papers stand today."""
        papers = [p.paper for p in self.earlier.papers]
        return self.run.stage(
            "standing",
            Standing,
            lambda: check_standing(papers, self.still_answering(found), found.papers),
        )

    def screen(
        self,
        topics: Sequence[Mapping[str, float]],
        queries: tuple[SearchQuery, ...],
        found: Found,
        examined: tuple[Paper, ...],
    ) -> Screened:
        """Screened anew; an earlier paper keeps its name."""
        self.on_stage("earlier papers")
        standing = self.standing(found)
        taken_up = take_up(super().screen(topics, queries, found, examined), self.earlier, standing)
        identified = {
            EARLIER if source == NAMED else source: n for source, n in taken_up.flow.identified.items()
        }
        return taken_up._replace(flow=taken_up.flow.model_copy(update={"identified": identified}))

    def known_texts(self, screened: Screened) -> WithText | None:
        """What was read then, unless a newer version is known of."""
        now = {p.paper.paper_id: p.paper for p in screened.papers}
        known = super().known_texts(screened)
        held = known or WithText(self.earlier.papers, self.earlier.flow, self.earlier.attempts)
        return held._replace(
            papers=tuple(
                p
                for p in held.papers
                if p.role == "examined" or not is_newer(now.get(p.paper.paper_id, p.paper), p.paper)
            )
        )

    def full_texts(self, screened: Screened) -> tuple[Screened, tuple[FetchAttempt, ...]]:
        """With the texts that were fetched then, and those of what is new."""
        read, attempts = super().full_texts(screened)
        return read._replace(papers=with_earlier_texts(read.papers, self.earlier)), attempts

    def claims(self, screened: Screened, passages: tuple[Passage, ...]) -> tuple[Claim, ...]:
        """The claims of then, so that their verdicts can be compared."""
        if self.request.kind == "verification":
            return super().claims(screened, passages)
        self.on_stage("claims")
        return self.run.stage("claims", Extracted, lambda: Extracted(self.earlier.claims, ())).claims

    def evidence_papers(self, found: Found, screened: Screened) -> tuple[ScreenedPaper, ...]:
        """Those that the claims' own queries found, and the earlier ones that still stand."""
        assert self.base is not None
        others = super().evidence_papers(found, screened)
        standing = self.run.load("standing", Standing)
        assert standing is not None
        return tuple(
            evidence_now(others, screened.papers, self.earlier, standing, found.papers, self.base.left_out)
        )

    def ranking(
        self, claims: tuple[Claim, ...], papers: Sequence[ScreenedPaper], passages: Sequence[Passage]
    ) -> tuple[Candidate, ...]:
        """What is ranked highest now, and what was read then."""
        ranked = super().ranking(claims, papers, passages)
        fallen = {p.paper.paper_id for p in papers if p.paper.retracted}
        standing = [e for e in self.earlier.evidence if e.paper_id not in fallen]
        return tuple(still_read(ranked, claims, standing, passages))

    def spoken(self, passages: Sequence[Passage], papers: Sequence[ScreenedPaper]) -> list[Passage]:
        """As in a report; what is left out does not answer either."""
        assert self.base is not None
        left_out = {paper.paper_id for paper in self.base.left_out}
        return [p for p in super().spoken(passages, papers) if p.paper_id not in left_out]

    def changes(self, draft: Draft) -> Changes:
        """What differs from the earlier report."""
        assert self.base is not None
        base, papers = self.base, (*self.earlier.papers, *draft.papers)
        fates = Fates(self._fallen(), frozenset(p.paper_id for p in base.left_out))
        before, redecide = base.provenance.run_id, self.redecide(papers)
        return self.run.stage(
            "changes", Changed, lambda: Changed(compare_drafts(base.draft, draft, before, fates, redecide))
        ).changes

    def _fallen(self) -> frozenset[str]:
        """paper_ids of the earlier papers that are retracted now, by all that was found or asked."""
        standing, found = (self.run.load("standing", Standing), self.run.load("claim_search", Found))
        records = Records((*(standing.papers if standing else ()), *(found or NOTHING).papers))
        papers = [p.paper for p in self.earlier.papers]
        return frozenset(p.paper_id for p in papers if is_fallen(p, records.of(p)))
