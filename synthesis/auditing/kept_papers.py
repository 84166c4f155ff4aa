"""The papers that a run kept against those that its searches gave: fetching a text adds text, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from synthesis.auditing.differences import differences, excerpts
from synthesis.auditing.places import artefact_place, kind_of
from synthesis.auditing.records import Finding, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCREENED, _READ = "papers.papers.jsonl", "full_texts.papers.jsonl"
_OF_TEXT = frozenset({"abstract", "arxiv_version", "sections", "form", "quality", "flags"})
_OF_NO_TEXT = frozenset({"flags"})  # say why a text was not read


def check_kept_papers(rows: Mapping[str, list[Any]]) -> Result:
    """Facts of the papers, and the text of those whose full text was not read, before and after the fetching."""
    before = {paper["paper_id"]: paper for _, paper in _papers(rows.get(_SCREENED, []))}
    findings: list[Finding] = []
    place = partial(artefact_place, _READ, rows.get(_READ, []))
    for line, paper in _papers(rows.get(_READ, [])):
        screened = before.get(paper["paper_id"])
        if screened is None:
            here = place((line, "paper", "paper_id"))
            findings.append(
                Finding(kind="fact", place=here, expected="a paper that was kept", found=paper["paper_id"])
            )
            continue
        ignored = _OF_TEXT if paper.get("form") else _OF_NO_TEXT
        for path, one, other in differences(screened, paper, (line, "paper")):
            if path[2] not in ignored and not (
                paper.get("form") and not one
            ):  # a text may tell what was unknown
                shown = excerpts(one, other)
                findings.append(
                    Finding(kind=kind_of(path, one), place=place(path), expected=shown[0], found=shown[1])
                )
    return Result(findings=tuple(findings))


def _papers(rows: list[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, row in enumerate(rows):
        paper = row.get("paper") if isinstance(row, dict) else None
        if isinstance(paper, dict) and isinstance(paper.get("paper_id"), str):
            yield line, paper
