"""A finished run → what a run that updates it begins with.

An update begins with the report that it updates. A what-if, which leaves papers out, begins with all that was searched,
read, ranked and judged then, less what is of those papers: nothing is asked and nothing takes their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from synthesis.bridging import Bridged
from synthesis.claims import Extracted
from synthesis.errors import StoreError, UsageError
from synthesis.full_texts import WithText
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.searching import Found
from synthesis.stage_results import Base, Judged, Ranked, Reported, Reviewed
from synthesis.standing import Standing
from synthesis.verdict_changes import dropped_works

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from synthesis.records import Draft, Paper, Report
    from synthesis.store import Run

LEFT_OUT = "left out on request"
SEARCHES = ("search", "meaning_search", "readings_search", "similar_search", "citations", "claim_search")
# Of the stages that a replay keeps, those that a what-if keeps as they were, without what is left out, or not at all.
AS_THEY_WERE: dict[str, type[NamedTuple]] = {
    **dict.fromkeys(SEARCHES, Found),
    "readings": Bridged,
    "standing": Standing,
    "claims": Extracted,
}
LESS_WHAT_IS_LEFT_OUT = ("full_texts", "ranking", "evidence")
MADE_ANEW = ("base", "answer", "second_reading", "answer_again")

T = TypeVar("T")


def draft_of(run: Run) -> Draft:
    """The draft of a finished run, as it was after its review.

    Raises:
        UsageError: the run is not finished. StoreError: that artefact is damaged or of another version.
    """
    return _finished(run, Reviewed, "review").draft


def report_of(run: Run) -> Report:
    """The report of a finished run. Raises as ``draft_of``."""
    return _finished(run, Reported, "report").report


def begin(run: Run, earlier: Run, without: Sequence[str] = ()) -> None:
    """Give a run what it needs to update ``earlier``, or to leave ``without`` (paper_ids) out of it.

    Raises:
        UsageError, StoreError: as ``draft_of``.
    """
    draft = draft_of(earlier)
    left_out = dropped_works([p.paper for p in draft.papers], without)
    base = Base(draft, report_of(earlier).provenance, tuple(left_out.values()))
    run.stage("base", Base, lambda: base)
    if without:
        _keep_the_rest(run, earlier, frozenset(left_out))


def papers_named(draft: Draft, names: Sequence[str]) -> list[Paper]:
    """The papers of a draft that DOIs, arXiv ids, ACL ids or paper_ids name, each once.

    Raises:
        UsageError: the draft holds no such paper.
    """
    found: dict[str, Paper] = {}
    for name in names:
        wanted = _ids_of(name)
        named = [p.paper for p in draft.papers if wanted & _ids_of_paper(p.paper)]
        if not named:
            raise UsageError(
                f"the report rests on no paper '{name}', so nothing would change without it. Give the DOI, the arXiv "
                "id or the paper_id of one of its references."
            )
        found |= {paper.paper_id: paper for paper in named}
    return list(found.values())


def _ids_of(name: str) -> set[str]:
    ids = {name}
    if arxiv := parse_arxiv_id(name):
        ids.add(f"arxiv:{arxiv[0]}")
    if doi := parse_doi(name):
        ids.add(f"doi:{doi}")
    if acl := parse_acl_id(name):
        ids.add(f"acl:{acl}")
    return ids


def _ids_of_paper(paper: Paper) -> set[str]:
    own = (("arxiv", paper.arxiv_id), ("doi", paper.doi), ("acl", paper.acl_id))
    return {paper.paper_id, *paper.other_ids, *(f"{scheme}:{value}" for scheme, value in own if value)}


def _finished(run: Run, result_type: type[T], stage: str) -> T:
    if not run.manifest.complete:
        raise UsageError(
            f"the run {run.folder.name} is not finished. Finish it first: synthesis resume {run.folder.name}"
        )
    result = run.load(stage, result_type)
    if result is None:
        raise StoreError(
            f"the run {run.folder.name} cannot be taken up: its {stage} is damaged or was written by another version. "
            "Start the report again."
        )
    return result


# --------------------------------------------------------------------------- a what-if


def _keep_the_rest(run: Run, earlier: Run, left_out: Collection[str]) -> None:
    """Keep the stages of ``earlier`` that a replay keeps, without what is of the papers left out.

    The answer is not kept: it is made again from the passages that are left.
    """
    for name, kind in AS_THEY_WERE.items():
        if result := earlier.load(name, kind):
            _keep(run, name, result)
    if read := earlier.load("full_texts", WithText):
        _keep(run, "full_texts", _texts_without(read, left_out))
    if ranked := earlier.load("ranking", Ranked):
        candidates = (c for c in ranked.candidates if c.passage_id.rpartition("#")[0] not in left_out)
        _keep(run, "ranking", Ranked(tuple(candidates)))
    if judged := earlier.load("evidence", Judged):
        _keep(run, "evidence", Judged(tuple(e for e in judged.evidence if e.paper_id not in left_out)))


def _keep(run: Run, name: str, result: NamedTuple) -> None:
    run.stage(name, type(result), lambda: result)


def _texts_without(read: WithText, left_out: Collection[str]) -> WithText:
    """The screened papers without those left out; an examined one stays, since its claims do."""
    papers = tuple(p for p in read.papers if p.role == "examined" or p.paper.paper_id not in left_out)
    n_gone = len(read.papers) - len(papers)
    if not n_gone:
        return read
    flow = read.flow
    excluded = dict(sorted({**flow.excluded, LEFT_OUT: n_gone}.items()))
    flow = flow.model_copy(update={"excluded": excluded, "included": flow.included - n_gone})
    return read._replace(papers=papers, flow=flow)
