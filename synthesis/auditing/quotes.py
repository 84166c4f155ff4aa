"""Quotes against the stored papers, byte for byte: the words, their lock, and what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from synthesis.auditing.differences import excerpts
from synthesis.auditing.places import nodes
from synthesis.auditing.records import Checked, Finding, Result
from synthesis.records import text_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from synthesis.auditing.places import ValuePath
    from synthesis.auditing.records import Weight
    from synthesis.records import Paper, Section

    Place = Callable[[ValuePath], str]
    Copies = Callable[[Paper], list[Paper]]

_FIELDS = {"paper_id": str, "section": int, "start": int, "end": int, "text": str, "sha256": str}


class _Quote(NamedTuple):
    """A quote as a JSON tree holds it, which may be anything."""

    path: ValuePath
    paper_id: str
    section: int
    start: int
    end: int
    text: str
    sha256: str


def check_quotes(tree: Any, place: Place, papers: Mapping[str, Paper]) -> Result:
    """Every quote in ``tree``, wherever it stands, against the run's papers; ``place`` names a path."""
    findings: list[Finding] = []
    n = 0
    for path, value in nodes(tree):
        if not isinstance(value, dict):
            continue
        quote = _quote_in(path, value)
        if quote is not None:
            n += 1
            findings += _check_words(quote, place, papers)
        findings += _check_statement(path, value, place)
        findings += _check_surroundings(path, value, place, papers)
    return Result(findings=tuple(findings), checked=Checked(quotes=n))


def check_locks(tree: Any, place: Place) -> Result:
    """Every quote in ``tree`` against its own lock (length, SHA-256) alone: what can be told without the run."""
    findings: list[Finding] = []
    n = 0
    for path, value in nodes(tree):
        if not isinstance(value, dict):
            continue
        quote = _quote_in(path, value)
        if quote is not None:
            n += 1
            findings += _check_lock(quote, place)
        findings += _check_statement(path, value, place)
    return Result(findings=tuple(findings), checked=Checked(quotes=n))


def check_library(tree: Any, place: Place, papers: Mapping[str, Paper], copies: Copies) -> Result:
    """Quotes that the run's papers hold, read once more in the library that each paper stems from.

    ``copies`` gives what the library holds of a paper now; a section that it does not have came from elsewhere.
    """
    findings: list[Finding] = []
    n = 0
    for path, value in nodes(tree):
        quote = _quote_in(path, value) if isinstance(value, dict) else None
        paper = papers.get(quote.paper_id) if quote else None
        section = _section(paper, quote.section) if quote else None
        if not (quote and paper and section and section.text[quote.start : quote.end] == quote.text):
            continue
        own = [s.text for copy in copies(paper) for s in copy.sections if s.title == section.title]
        there = [text[quote.start : quote.end] for text in own]
        n += bool(own)
        if there and quote.text not in there:
            words = f"{place(path)}: the library's copy of {quote.paper_id} has changed since"
            findings.append(_finding(words, *excerpts(quote.text, there[0]), weight="warning"))
    return Result(findings=tuple(findings), checked=Checked(library_quotes=n))


def _quote_in(path: ValuePath, value: dict[str, Any]) -> _Quote | None:
    if not all(isinstance(value.get(name), kind) for name, kind in _FIELDS.items()):
        return None
    return _Quote(path, **{name: value[name] for name in _FIELDS})


def _check_words(quote: _Quote, place: Place, papers: Mapping[str, Paper]) -> Iterator[Finding]:
    paper = papers.get(quote.paper_id)
    if paper is None:
        words = f"{place(quote.path)}: the text of {quote.paper_id[:80]} is not in the run"
        yield _finding(words, weight="unchecked")
        yield from _check_lock(quote, place)
        return
    section = _section(paper, quote.section)
    stored = section.text[quote.start : quote.end] if section and quote.start >= 0 else ""
    if stored != quote.text:
        yield _finding(place(quote.path), *excerpts(stored, quote.text))
    else:
        yield from _check_lock(quote, place)


def _check_lock(quote: _Quote, place: Place) -> Iterator[Finding]:
    digest = text_sha256(quote.text)
    if quote.end - quote.start != len(quote.text):
        stated = f"{quote.end - quote.start} characters"
        yield _finding(
            f"{place(quote.path)}, length", stated, f"{len(quote.text)} characters: {quote.text[:60]}"
        )
    elif digest != quote.sha256:
        yield _finding(
            f"{place(quote.path)}, lock (SHA-256)", quote.sha256, f"{digest} of “{quote.text[:60]}”"
        )


def _check_statement(path: ValuePath, value: dict[str, Any], place: Place) -> Iterator[Finding]:
    """A sentence of the report that is a quote must be the quote."""
    text, quote = value.get("text"), value.get("quote")
    if "reference" in value and isinstance(text, str) and isinstance(quote, dict) and len(value) == 3:
        words = quote.get("text")
        if isinstance(words, str) and words != text:
            yield _finding(f"{place(path)}, text", *excerpts(words, text))


def _check_surroundings(
    path: ValuePath, value: dict[str, Any], place: Place, papers: Mapping[str, Paper]
) -> Iterator[Finding]:
    """The words before and after a piece of evidence, its section's title and its page."""
    quote = _quote_in(path, value["quote"]) if isinstance(value.get("quote"), dict) else None
    if quote is None or not {"before", "after", "section", "page"} <= value.keys():
        return
    section = _section(papers.get(quote.paper_id), quote.section)
    if section is None:
        return
    before, after = str(value["before"]), str(value["after"])
    stood_before = section.text[: quote.start][-len(before) :] if before else ""
    stood_after = section.text[quote.end :][: len(after)]
    stands = (
        ("before", stood_before, before),
        ("after", stood_after, after),
        ("section", section.title, value["section"]),
        ("page", section.page_at(quote.start), value["page"]),
    )
    for name, expected, found in stands:
        if expected != found:
            yield _finding(f"{place(path)}, {name}", *excerpts(expected, found))


def _section(paper: Paper | None, index: int) -> Section | None:
    return paper.sections[index] if paper and 0 <= index < len(paper.sections) else None


def _finding(place: str, expected: str = "", found: str = "", weight: Weight = "wrong") -> Finding:
    return Finding(kind="quote", place=place, expected=expected, found=found, weight=weight)
