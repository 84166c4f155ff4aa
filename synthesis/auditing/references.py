"""The reference list: its numbers, who is cited by them, and the facts of each paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthesis.auditing.differences import excerpts
from synthesis.auditing.places import in_report, nodes
from synthesis.auditing.records import Checked, Finding, Result
from synthesis.reporting import paper_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthesis.records import Paper, Reference, Report

_FACTS = ("title", "authors", "year", "venue", "doi", "arxiv_id", "retracted")


def check_references(report: Report, papers: Mapping[str, Paper] | None = None) -> Result:
    """The list of ``report`` in itself and, where ``papers`` are given, each entry against its paper."""
    findings = [*_numbering(report), *_citations(report)]
    if papers is not None:
        findings += [finding for reference in report.references for finding in _facts(reference, papers)]
    return Result(findings=tuple(findings), checked=Checked(references=len(report.references)))


def _numbering(report: Report) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, reference in enumerate(report.references, start=1):
        if reference.number != position:
            yield _finding(f"References, reference {position}, number", position, reference.number)
        if reference.paper_id in seen:
            yield _finding(f"References, reference {position}", "a paper listed once", reference.paper_id)
        seen.add(reference.paper_id)


def _citations(report: Report) -> Iterator[Finding]:
    """Whatever is quoted with a number must be of the paper that has the number."""
    cited = {reference.number: reference.paper_id for reference in report.references}
    for path, value in nodes(report.model_dump(mode="json", exclude={"references"})):
        if not isinstance(value, dict) or not isinstance(value.get("reference"), int):
            continue
        number, quote = value["reference"], value.get("quote")
        there = cited.get(number)
        wanted = quote["paper_id"] if isinstance(quote, dict) else there
        if there is None or there != wanted:
            yield _finding(f"{in_report(path)}, reference", wanted or "a listed paper", f"[{number}] {there}")


def _facts(reference: Reference, papers: Mapping[str, Paper]) -> Iterator[Finding]:
    place = f"References, reference {reference.number}"
    paper = papers.get(reference.paper_id)
    if paper is None:
        yield _finding(place, "a paper of the run", reference.paper_id)
        return
    for name in _FACTS:
        expected, found = getattr(paper, name), getattr(reference, name)
        if expected != found:
            yield _finding(f"{place}, {name.replace('_', ' ')}", _joined(expected), _joined(found))
    if paper_link(paper) != reference.url:
        yield _finding(f"{place}, link", paper_link(paper), reference.url)


def _joined(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, tuple) else value


def _finding(place: str, expected: Any, found: Any) -> Finding:
    one, other = excerpts(expected, found)
    return Finding(kind="reference", place=place, expected=one, found=other)
