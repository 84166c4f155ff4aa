"""HTML: one file, inert text, no request."""

import base64
import hashlib
import re

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import html
from report_factory import example_report, reports

from synthesis.records import Report, Stance
from synthesis.rendering import render
from synthesis.rendering.templates import templates_dir

# Every element that the template and the figures make themselves; a report's text can add none.
ELEMENTS = frozenset(
    element
    for template in templates_dir().glob("report*.html.j2")
    for element in re.findall(r"<([a-z][a-z0-9]*)", template.read_text(encoding="utf-8"))
)
FIGURES = frozenset("svg g title desc text tspan rect circle line path polyline polygon".split())
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "javascript:alert(1)",
    '" onmouseover="alert(1)',
    "</title></style><b>bold</b>",
    "\u202egnp.exe",
    "@import url(http://evil.example/x.css)",
)


def _page(report):
    return html.document_fromstring(render(report, "html"))


def _assert_inert(page):
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag in ELEMENTS | FIGURES, element.tag
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            if name in {"href", "src", "action", "xlink:href"}:
                assert value.startswith(("https://", "http://", "#")), value
    assert len(list(page.iter("script"))) == 1
    for link in page.iter("a"):
        if link.get("href", "#").startswith("http"):
            assert "noopener" in link.get("rel", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_is_text(text):
    """Markup in titles, claims and authors shows as it is and makes no element, handler or foreign link."""
    report = example_report()
    reference = report.references[0].model_copy(update={"title": text, "authors": (text,), "url": text})
    claim = report.claims[0].model_copy(update={"text": text, "reason": text})
    changed = report.model_copy(
        update={
            "title": text,
            "claims": (claim, *report.claims[1:]),
            "references": (reference, *report.references[1:]),
        }
    )
    page = _page(changed)
    _assert_inert(page)
    shown = "".join(c for c in text if c != "\u202e")
    assert shown in page.find(".//h1").text_content()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(reports())
def test_any_report_is_inert(report):
    """No text of any report can become markup."""
    _assert_inert(_page(report))


def test_the_policy_allows_only_our_own_style_and_script():
    """The Content Security Policy names the hashes of the one style and the one script, and nothing outside."""
    page = _page(example_report())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        (element,) = page.iter(tag)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.findall(r"(?:src|srcset|data|poster)=", render(example_report(), "html").decode())


def test_the_claims_table_has_the_forms_columns():
    """Claim, Verified, Confidence, Label in this order; one row a claim with its mark and number."""
    report = example_report()
    page = _page(report)
    tables = [
        t for t in page.iter("table") if "Claim" in (t.findtext(".//th") or t.find(".//th").text_content())
    ]
    headers = [" ".join(th.text_content().split()) for th in tables[0].xpath(".//thead//th")]
    order = [
        next(i for i, h in enumerate(headers) if h.startswith(n))
        for n in ("Claim", "Verified", "Confidence", "Label")
    ]
    assert order == sorted(order)
    rows = tables[0].xpath(".//tbody/tr")
    assert len(rows) == len(report.claims)
    for row, claim in zip(rows, report.claims, strict=True):
        words = row.text_content()
        assert " ".join(claim.text.split()) in " ".join(words.split())
        assert f"{claim.confidence:.2f}" in words
        assert ("✓" if claim.verified else "×") in words


def test_every_quote_is_marked_in_its_context():
    """Each piece of evidence shows its quote in <mark>, word for word, with the words around it."""
    report = example_report()
    marked = {" ".join(m.text_content().split()) for m in _page(report).iter("mark")}
    for claim in report.claims:
        for evidence in claim.evidence:
            if evidence.stance is not Stance.NEITHER:
                assert " ".join(evidence.quote.text.split()) in marked


def test_figures_have_titles():
    """The flow and the reliability diagram name themselves to those who cannot see them."""
    page = _page(example_report())
    titles = page.xpath("//*[local-name()='svg']/*[local-name()='title']")
    assert len(titles) >= 2
    assert all(t.text_content().strip() for t in titles)


def test_an_empty_report_is_a_page():
    """No claims, no references, no reviewers: still a whole page."""
    report = example_report()
    empty = Report.model_validate(
        report.model_dump()
        | {"claims": (), "references": (), "abstract": (), "limitations": (), "results": ()}
        | {"answer": {"groups": (), "covered": (), "not_covered": ()}}
    )
    assert _page(empty).find(".//h1") is not None
