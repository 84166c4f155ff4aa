"""What reviewers, updates and sub-questions add to a report: the same facts in every format, and only where there are."""

import csv
import io
import re
from itertools import pairwise

import docx
import pypdfium2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from lxml import html
from markdown_it import MarkdownIt
from report_factory import example_report, interrogated_report, reports

from synthesis.records import Record, Report
from synthesis.rendering import render
from synthesis.rendering.answering import aspect_title, coverage_rows
from synthesis.rendering.changing import load_rows, shown_changes
from synthesis.rendering.reviewing import consensus_sentence, revision_rows, standing, weights
from synthesis.rendering.text import inline

HOSTILE = ("<img src=x onerror=alert(1)> *a* `b`", "</script><script>alert(1)</script>", '#eval("1") $x$ | y')
# In the order of the form: the new headings between those that every report has.
HEADINGS = (
    "Abstract",
    "What changed since the earlier report",
    "Papers that came, went or changed",
    "1 Introduction",
    "2 Methodology",
    "3 Results",
    "Answer to the question",
    "The question read as a statement",
    "Method: hybrid batch training",
    "What the question asks and what the evidence covers",
    "Gaps",
    "What other papers report",
    "Contradictions side by side",
    "Load-bearing papers",
    "Review",
    "What was found and what was done",
    "4 Limitations",
    "5 Extracted Claims",
    "References",
)
NEW = tuple(HEADINGS[i] for i in (1, 2, 7, 8, 9, 10, 13, 15))


def _pdf_text(data):
    document = pypdfium2.PdfDocument(data)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def _docx_text(data):
    body = docx.Document(io.BytesIO(data)).element.body
    paragraphs = (node for node in body.iter() if node.tag.endswith("}p"))
    return " ".join("".join(t.text or "" for t in p.iter() if t.tag.endswith("}t")) for p in paragraphs)


TEXTS = {
    "md": lambda data: data.decode().replace("\\", ""),
    "html": lambda data: html.document_fromstring(data).text_content(),
    "pdf": _pdf_text,
    "docx": _docx_text,
}


_LATIN = re.compile(r"[\x20-\x7e\u2019]+")


def _flat(text):
    return "".join(c for c in inline(text).casefold() if c.isalnum())


def _strings(value):
    """Every text in a record, a state's label and a number to two decimals among them."""
    if isinstance(value, Record):
        for name in type(value).model_fields:
            yield from _strings(getattr(value, name))
    elif isinstance(value, dict):
        yield from (f"{name} {n}" for name, n in value.items())
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, float):
        yield f"{value:.2f}"
    elif isinstance(value, str):
        yield value.replace("_", " ").capitalize() if value.isupper() and len(value) > 6 else value


def _facts(report):
    """All that the new records say, but what stands for something else in the page: ids, digests, sides, weights."""
    answer, review = report.answer, report.review
    told = [answer.gaps, [g.fact for r in review.reviewers for g in r.findings]]
    told += [(part.note, part.aspect.words, part.aspect.kind) for part in answer.parts]
    told += [(row.aspect.words, row.aspect.kind, row.covered, *row.missing) for row in answer.coverage]
    told += [(r.finding.fact, r.finding.kind, r.action, *r.raised_by) for r in review.revisions]
    told += [review.absent]
    quoted = [g for part in answer.parts for g in part.groups]
    if answer.hypothesis:
        told.append((answer.hypothesis.text, answer.hypothesis.note))
        told.append(_strings(answer.hypothesis.counts))
        quoted += answer.hypothesis.groups
    told += [(g.heading, *(s.text for s in g.statements)) for g in quoted]
    moved = [change for load in report.loads for change in load.changes]
    told += [(load.title,) for load in report.loads if load.changes]
    if report.changes:
        moved += report.changes.changes
        causes = (*report.changes.papers, *(c for change in report.changes.changes for c in change.causes))
        told += [(cause.title, cause.how) for cause in causes]
        told += [(report.changes.before,)]
    for change in moved:
        told.append((change.claim, *_strings(change.before), *_strings(change.after)))
    return [fact for facts in told for fact in facts]


@pytest.fixture(scope="module")
def texts():
    """The interrogated example in each format, letters and digits alone."""
    report = interrogated_report()
    return {fmt: _flat(read(render(report, fmt))) for fmt, read in TEXTS.items()}


@pytest.mark.parametrize("fmt", TEXTS)
def test_every_new_fact_is_in_every_format(texts, fmt):
    """Each text and number of the new records is said in each format."""
    for fact in _facts(interrogated_report()):
        # a PDF's text comes in the order of its glyphs, which is that of reading in Latin letters alone
        for part in _LATIN.findall(fact) if fmt == "pdf" else [fact]:
            assert _flat(part) in texts[fmt], (fact, part)


@settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(reports())
def test_every_new_fact_of_any_report_is_there(report):
    """Whatever the new records hold, each of their texts comes out whole in HTML, Markdown and DOCX."""
    for fmt in ("html", "md", "docx"):
        text = _flat(TEXTS[fmt](render(report, fmt)))
        for fact in _facts(report):
            assert _flat(fact) in text, (fmt, fact)


@pytest.mark.parametrize("fmt", TEXTS)
def test_headings_keep_the_order_of_the_form(texts, fmt):
    """The new sections stand where they belong, and those of the form keep their order."""
    text, place = texts[fmt], 0
    for heading in HEADINGS:
        words = heading if fmt != "html" else heading.lstrip("12345 ")
        place = text.find(_flat(words), place)
        assert place >= 0, heading


@pytest.mark.parametrize("fmt", TEXTS)
def test_a_report_without_them_says_nothing_of_them(fmt):
    """Neither headings nor rows nor words of the new sections stand in a report that has none of their records."""
    data = render(example_report(), fmt)
    if fmt == "html":
        page = html.document_fromstring(data)
        for element in page.xpath("//style | //script"):
            element.drop_tree()
        text = page.text_content()
    else:
        text = TEXTS[fmt](data)
    flat = _flat(text)
    assert not [heading for heading in NEW if heading != "Gaps" and _flat(heading) in flat]
    assert not [words for words in ("Weight", "Tier of quality", "Absent:") if words in text]


_FREE = frozenset(
    "words note heading fact subject action claim title missing gaps raised_by absent paper_id".split()
)


def _hostile(value, text):
    """A record's dump in which every free text of the new records is ``text``."""
    if isinstance(value, dict):
        return {
            name: (text if isinstance(item, str) else type(item)([text] * len(item)))
            if name in _FREE and isinstance(item, str | tuple) and item
            else _hostile(item, text)
            for name, item in value.items()
        }
    return tuple(_hostile(item, text) for item in value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert_in_the_new_sections(text):
    """Markup in a gap, a finding, a claim that moved or a paper's title shows as it is, and makes nothing."""
    report = interrogated_report()
    dump = report.model_dump()
    answer = {name: dump["answer"][name] for name in ("coverage", "gaps")}
    new = {name: dump[name] for name in ("changes", "loads", "review")}
    hostile = _hostile(new, text) | {"answer": dump["answer"] | _hostile(answer, text)}
    changed = Report.model_validate(dump | hostile)
    page, plain = (html.document_fromstring(render(r, "html")) for r in (changed, report))
    assert {e.tag for e in page.iter()} == {e.tag for e in plain.iter()}
    assert len(list(page.iter("script"))) == 1
    assert {name for e in page.iter() for name in e.attrib} <= {
        name for e in plain.iter() for name in e.attrib
    }
    tokens = MarkdownIt("commonmark").enable("table").parse(render(changed, "md").decode())
    kinds = {child.type for t in tokens for child in (t.children or [])} | {t.type for t in tokens}
    assert not {"html_inline", "html_block", "image", "code_inline", "fence", "em_open"} & kinds
    assert _flat(text) in _flat(_pdf_text(render(changed, "pdf")))
    assert _flat(text) in _flat(_docx_text(render(changed, "docx")))


def test_json_is_the_interrogated_report():
    """The record comes back whole from JSON."""
    report = interrogated_report()
    assert Report.model_validate_json(render(report, "json")) == report


def test_a_verdict_that_turned_is_told_from_one_that_moved():
    """Turned verdicts are marked, a missing verdict says which report lacks it, and papers carry their numbers."""
    shown = shown_changes(interrogated_report())
    assert [row.turned for row in shown.rows] == [True, True, True, False]
    assert shown.sentences[1:] == (
        "3 verdicts turned.",
        "In 1 verdict only the confidence moved.",
        "6 verdicts are as they were.",
    )
    assert shown.rows[1].before.words == "not in the earlier report"
    assert shown.rows[2].after.words == "no longer in the report"
    assert shown.rows[2].before.details.startswith("leans to Supported")
    assert shown.rows[0].causes[0][::2] == (3, "new, decisive")
    assert shown.papers[2].reference is None


def test_no_change_is_said():
    """An update that moved nothing says so in a sentence, without a table."""
    report = interrogated_report()
    still = report.changes.model_copy(update={"changes": (), "papers": (), "unchanged": 1})
    quiet = report.model_copy(update={"changes": still})
    assert shown_changes(quiet).sentences[1:] == ("No verdict turned.", "1 verdict is as it was.")
    assert "| Verdict on | Before |" not in render(quiet, "md").decode()


def test_a_load_is_a_row_a_verdict():
    """Each verdict that rests on a paper is a row with the paper, the verdict now and the verdict without it."""
    rows = load_rows(interrogated_report())
    assert [(row.reference, row.number) for row in rows] == [(2, 4), (2, 1), (None, 6)]
    assert rows[0].without.words == "Not enough info"
    assert rows[2].without.words == "falls with the paper"


def test_the_coverage_table_counts_and_cites():
    """Each thing asked about has its kind, how far it is covered, its counts, its references and what is missing."""
    rows = coverage_rows(interrogated_report().answer)
    assert [row.covered for row in rows] == ["covered", "in part", "not covered"]
    assert rows[1].references == (2, 3, 7)
    assert rows[1].missing == "missing: low-resource, हिन्दी"
    assert rows[0].missing == ""
    aspect = interrogated_report().answer.parts[0].aspect
    assert aspect_title(aspect) == "Method: hybrid batch training"


def test_a_review_tells_tier_weights_and_who_was_absent():
    """Weights stand in the reviewers' order; a review without weights has no tier, as older ones had none."""
    review = interrogated_report().review
    assert weights(review) == (0.45, 0.35, 0.2)
    assert standing(review) == (
        "Tier of quality: public record.",
        "Absent: Statistician; the consensus is that of the other reviewers.",
    )
    assert standing(example_report().review) == weights(example_report().review) == ()
    assert consensus_sentence(review).startswith("Consensus 7.0/10; agreement between reviewers 0.81")


@pytest.mark.parametrize("agreement", [None, 0.4])
@pytest.mark.parametrize("publishable", [True, False])
def test_the_consensus_is_one_sentence(agreement, publishable):
    """Agreement is stated or said not to be defined, and fitness for publication follows the record."""
    review = example_report().review.model_copy(update={"agreement": agreement, "publishable": publishable})
    said = consensus_sentence(review)
    assert ("not defined" in said) is (agreement is None)
    assert ("not fit for publication" in said) is not publishable


def test_a_finding_names_its_paper_by_number():
    """A paper in the list is named by its number, anything else by the record's own name for it."""
    rows = revision_rows(interrogated_report())
    assert (rows[0].finding.reference, rows[0].finding.piece) == (8, "piece of evidence 7")
    assert (rows[1].finding.reference, rows[1].finding.subject) == (None, "C4")
    assert [row.mended for row in rows] == [True, False]


def test_evidence_is_one_click_away():
    """Every link to a claim, from its row or from a table of changes, leads to all the evidence for it."""
    report = interrogated_report()
    page = html.document_fromstring(render(report, "html"))
    claims = {f"#claim-{claim.number}": claim for claim in report.claims}
    links = [a.get("href") for a in page.xpath("//a[starts-with(@href, '#claim-')]")]
    assert set(links) == set(claims)
    for target, claim in claims.items():
        (dossier,) = page.xpath(f"//details[@id='{target[1:]}']")
        shown = dossier.text_content()
        assert all(inline(evidence.quote.text) in shown for evidence in claim.evidence)


def test_html_headings_skip_no_level():
    """A reader who moves by headings meets no level without the one above it."""
    page = html.document_fromstring(render(interrogated_report(), "html"))
    levels = [int(h.tag[1]) for h in page.xpath("//h1 | //h2 | //h3 | //h4 | //h5")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_csv_and_bibtex_are_those_of_the_claims_and_references():
    """The tables for machines hold the claims and the references, as without the new records."""
    for fmt in ("csv", "bib"):
        assert render(interrogated_report("de"), fmt).count(b"\n") == render(example_report(), fmt).count(
            b"\n"
        )
    rows = list(csv.DictReader(io.StringIO(render(interrogated_report("ar"), "csv").decode(), newline="")))
    assert rows[0]["label"] == "CONFLICTING"
    assert list(rows[0])[:4] == ["claim", "verified", "confidence", "label"]
