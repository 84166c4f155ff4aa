"""The server's pages: inert whatever text comes in, whole without a script, and each of one form."""

import gettext
import itertools
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from page_factory import SOURCES, changes, every_page, full_report, job, row_of
from report_factory import HOSTILE, example_report, reports, texts

from synthesis import wording
from synthesis.records import Label, Stance
from synthesis.rendering.templates import templates_dir
from synthesis.review.skill import Skill
from synthesis.web import page_words, pages
from synthesis.web.claim_rows import cited_sources, claim_rows
from synthesis.web.views import AskForm, ClaimFilter, Shown
from synthesis.wording import LANGUAGES

WEB = templates_dir() / "web"
ELEMENTS = frozenset(
    tag
    for path in WEB.glob("*.j2")
    for tag in re.findall(r"<([a-z][a-z0-9]*)", path.read_text(encoding="utf-8"))
) | frozenset(f"h{level}" for level in range(1, 7))
FIGURES = frozenset("svg g title desc text tspan rect circle line path polyline polygon".split())
LINKS = frozenset({"href", "src", "action", "formaction", "xlink:href", "srcset", "data"})
SHOWN = Shown(csrf="0f", path="/runs/x")
EXAMPLE = full_report()
QUICK = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def _parsed(page):
    return html.document_fromstring(page.decode())


def _report_page(report=EXAMPLE, **filters):
    return _parsed(pages.report_page(SHOWN, row_of(report), report, ClaimFilter(**filters), ()))


def _assert_inert(page):
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag in ELEMENTS | FIGURES, element.tag
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name != "style", element.tag
            if name in LINKS and not (element.tag == "link" and value.startswith("data:image/svg+xml,")):
                assert re.match(r"https?://|#|/(?!/)", value), (element.tag, value)
                if value.startswith("http"):
                    assert element.tag == "a"
                    assert "noopener" in element.get("rel")
                    assert "noreferrer" in element.get("rel")
    assert [script.attrib for script in page.iter("script")] == [{"src": "/static/app.js"}]
    assert all(script.text is None for script in page.iter("script"))
    assert not list(page.iter("style"))


# --------------------------------------------------------------------------- hostile text


@pytest.mark.parametrize(
    "text", [*HOSTILE, '" onmouseover="alert(1)', "' autofocus onfocus='alert(1)", "//evil.example"]
)
def test_hostile_text_is_text_on_every_page(text):
    """No title, quote, question, message or name can make an element, a handler, an attribute or a foreign link."""
    report = full_report(text=text)
    first, *others = report.references
    reference = first.model_copy(
        update={"title": text, "authors": (text,), "url": text, "doi": text, "notes": (text,)}
    )
    claim = report.claims[0].model_copy(
        update={"text": text, "reason": text, "standalone": text, "stated": text, "caps": (text,)}
    )
    report = report.model_copy(
        update={
            "title": text,
            "question": text,
            "references": (reference, *others),
            "claims": (claim, *report.claims[1:]),
        }
    )
    for make in every_page(report, text).values():
        _assert_inert(_parsed(make()))


@QUICK
@given(reports(), texts())
def test_any_report_is_inert_on_every_page(report, text):
    """Whatever papers say, no page gains an element."""
    for make in every_page(report, text).values():
        _assert_inert(_parsed(make()))


# --------------------------------------------------------------------------- form


def _named(control, page):
    """The words that a screen reader says for a control."""
    if control.get("aria-label"):
        return control.get("aria-label")
    labels = page.xpath("//label[@for=$id]", id=control.get("id")) if control.get("id") else []
    labels += control.xpath("ancestor::label")
    return " ".join(label.text_content() for label in labels) or control.text_content()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", every_page(EXAMPLE, "Text"))
def test_every_page_is_of_one_form(name, language):
    """Language and direction, one h1, headings in order, one main, named controls, unique ids, heads for cells."""
    page = _parsed(every_page(EXAMPLE, "Text", language)[name]())
    assert page.get("lang") == language
    assert page.get("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.findtext(".//title").strip()
    assert len(page.xpath("//main")) == len(page.xpath("//h1")) == 1
    levels = [int(h.tag[1]) for h in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = page.xpath("//@id")
    assert sorted(ids) == sorted(set(ids))
    for control in page.xpath(
        "//input[not(@type='hidden')] | //select | //textarea | //button[not(@hidden)]"
    ):
        assert _named(control, page).strip(), html.tostring(control)
    for reference in page.xpath("//@aria-describedby | //@aria-labelledby"):
        assert set(reference.split()) <= set(ids)
    for target in page.xpath("//a/@href[starts-with(., '#')]"):
        assert target[1:] in ids, target
    for table in page.iter("table"):
        assert table.findtext("caption") or table.find("caption").text_content()
        assert all(th.get("scope") for th in table.iter("th"))


@pytest.mark.parametrize("name", every_page(EXAMPLE, "Text"))
def test_every_change_carries_the_token(name):
    """A form that is posted holds the field ``csrf``; one that asks holds it never."""
    for form in _parsed(every_page(EXAMPLE, "tok-1")[name]()).iter("form"):
        fields = form.xpath(".//input[@name='csrf']/@value")
        assert fields == (["tok-1"] if form.get("method") == "post" else []), form.get("action")


class _Bracketed(gettext.NullTranslations):
    """A language whose every text is the English one in brackets."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, msgid1, msgid2, n):
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.mark.parametrize(
    "make",
    [
        lambda: pages.library_page(SHOWN, (), ()),
        lambda: pages.ask_page(SHOWN, AskForm(), ()),
        lambda: pages.verify_page(SHOWN, ()),
        lambda: pages.compare_page(SHOWN, (), None, None, None),
        lambda: pages.calibration_page(
            SHOWN, EXAMPLE.calibration, {"Sceptic": Skill(planted=9, caught=8, drafts=4, false_alarms=1)}
        ),
        lambda: pages.login_page(Shown()),
        lambda: pages.job_page(SHOWN, job("§")),
        lambda: pages.error_page(SHOWN, 404, "§", "§"),
    ],
)
def test_every_word_of_a_page_can_be_translated(make, monkeypatch):
    """What a page says itself goes through the one door of words, titles and labels included."""
    monkeypatch.setattr(wording, "_catalogue", lambda _: _Bracketed())
    page = _parsed(make())
    own = {*LANGUAGES.values(), "Synthesis", EXAMPLE.calibration.model, EXAMPLE.calibration.fitted_on}
    spoken = [*page.xpath("//body//text()[not(ancestor::code) and not(ancestor::noscript)]")]
    spoken += page.xpath("//@aria-label | //@placeholder | //@title | //title/text()")
    for text in spoken:
        bare = re.sub(r"⟦.*?⟧+", "", text, flags=re.DOTALL).strip()
        if bare not in own and not text.strip().startswith(EXAMPLE.calibration.measured_on):
            assert not re.search(r"[A-Za-z]{2}", bare.replace("Synthesis", "").replace("arxiv", "")), text


# --------------------------------------------------------------------------- what a reader finds


def test_the_evidence_of_every_verdict_is_one_click_from_its_report():
    """Under each claim a line unfolds all its quotes, each marked in its context, with paper, place and link."""
    page = _report_page()
    sources = cited_sources(EXAMPLE)
    for claim in EXAMPLE.claims:
        (row,) = page.xpath("//tbody[@id=$id]", id=f"claim-{claim.number}")
        (folded,) = row.xpath(".//details[summary]")
        marks = [" ".join(m.text_content().split()) for m in folded.iter("mark")]
        pieces = [*claim.evidence, *([claim.origin] if claim.origin else [])]
        assert sorted(marks) == sorted(" ".join(e.quote.text.split()) for e in pieces)
        words = " ".join(folded.text_content().split())
        for piece in pieces:
            assert " ".join(f"{piece.before}{piece.quote.text}{piece.after}".split()) in words
            assert " ".join(sources[piece.reference].title.split()) in words
            assert piece.page is None or f"p. {piece.page}" in words
            if sources[piece.reference].url:
                assert sources[piece.reference].url in folded.xpath(".//a/@href")
        assert row.xpath("./tr[1]/th//a/@href") == [f"/runs/{row_of(EXAMPLE).name}/claims/{claim.number}"]


def test_both_sides_of_the_evidence_stand_beside_each_other():
    """For is one section, against another, and a quote stands on the side that it takes."""
    for claim in EXAMPLE.claims:
        page = _parsed(pages.claim_page(SHOWN, row_of(EXAMPLE), EXAMPLE, claim.number))
        for kind, stance in (("supports", Stance.SUPPORTS), ("refutes", Stance.REFUTES)):
            marks = page.xpath(f"//*[@class='sides']/section[@class='side {kind}']//mark")
            expected = [e.quote.text for e in claim.evidence if e.stance is stance]
            assert [" ".join(m.text_content().split()) for m in marks] == [
                " ".join(e.split()) for e in expected
            ]


def test_claims_lead_to_the_ones_before_and_after():
    """The first claim has none before it, the last none after it; a number that is not there is an error."""
    numbers = [c.number for c in EXAMPLE.claims]
    for at, number in enumerate(numbers):
        page = _parsed(pages.claim_page(SHOWN, row_of(EXAMPLE), EXAMPLE, number))
        for rel, other in (("prev", numbers[at - 1 : at]), ("next", numbers[at + 1 : at + 2])):
            found = {href.rsplit("/", 1)[1] for href in page.xpath("//a[@rel=$rel]/@href", rel=rel)}
            assert found == {str(n) for n in other}
    with pytest.raises(KeyError):
        pages.claim_page(SHOWN, row_of(EXAMPLE), EXAMPLE, 99)


def test_the_library_leads_to_reports_and_to_their_verdicts():
    """Each report is a link, as is each of its verdicts with their number; what runs now stands above."""
    run = row_of(EXAMPLE, "a/b?c")
    page = _parsed(pages.library_page(SHOWN, [run], [job("Going on")]))
    links = page.xpath("//main//a/@href")
    assert "/runs/a%2Fb%3Fc" in links
    assert all(f"/runs/a%2Fb%3Fc?label={label.value}#claims" in links for label in run.labels)
    assert links[0].startswith("/jobs/")


@pytest.mark.parametrize("state", ["waiting", "running", "done", "partial", "failed", "stopped"])
def test_a_job_can_be_stopped_only_while_it_goes_on(state):
    """A job at work has a button to stop it and, without a script, asks again by itself; an ended one has neither."""
    page = pages.job_page(SHOWN, job("x", state))
    going_on = state in {"waiting", "running"}
    assert (b'action="/jobs/x/stop"' in page) == going_on
    assert (b'<noscript><meta http-equiv="refresh"' in page) == going_on
    assert (b'href="/runs/x"' in page) == (not going_on)


def test_every_stage_has_its_place_in_the_progress():
    """What the pipeline and the jobs report as a stage is known here, so that the page can say what is to come."""
    package = Path(page_words.__file__).parents[1]
    code = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    reported = set(re.findall(r'(?:on_stage\(|Event\(.*stage=)"([^"]+)"', code))
    assert reported
    assert reported <= set(page_words.STAGES)


def test_problems_stand_at_their_field():
    """A problem that names a field is told at it and by it; the list above leads there."""
    page = _parsed(
        pages.ask_page(SHOWN, AskForm(question="§"), SOURCES, ["to_year: 2010 is before 2020.", "Alas: no."])
    )
    (field,) = page.xpath("//input[@name='to_year']")
    assert field.get("aria-invalid") == "true"
    (told,) = page.xpath("//*[@id=$id]", id=field.get("aria-describedby"))
    assert "2010 is before 2020." in told.text_content()
    summary = page.xpath("//*[@role='alert']")[0]
    assert summary.xpath(".//a/@href") == ["#to_year"]
    assert "Alas: no." in summary.text_content()
    assert page.xpath("//textarea[@name='question']")[0].text.strip() == "§"


def test_what_was_typed_stays():
    """A form that comes back holds what was sent: lines, choices and numbers."""
    form = AskForm(
        question="Q?",
        papers="arxiv:1\n  10.5/x",
        sources=("demo",),
        offline=True,
        max_papers=7,
        risk=0.25,
        language="hi",
    )
    page = _parsed(pages.ask_page(SHOWN, form, SOURCES))
    assert page.xpath("//textarea[@name='papers']")[0].text.lstrip("\n").split("\n")[0] == "arxiv:1"
    assert page.xpath("//input[@name='sources'][@checked]/@value") == ["demo"]
    assert page.xpath("//input[@name='offline']/@checked")
    assert page.xpath("//input[@name='max_papers']/@value") == ["7"]
    assert page.xpath("//input[@name='risk']/@value") == ["0.25"]
    assert page.xpath("//select[@name='language']/option[@selected]/@value") == ["hi"]


def test_a_report_keeps_its_own_language():
    """On an Arabic page an English report's sentences are marked as English, left to right."""
    page = _parsed(pages.report_page(Shown(language="ar"), row_of(EXAMPLE), EXAMPLE, ClaimFilter(), ()))
    (paragraph,) = page.xpath("//section[@aria-labelledby='answer']/p[1]")
    assert (paragraph.get("lang"), paragraph.get("dir")) == ("en", "ltr")
    assert all(m.getparent().get("dir") == "auto" for m in page.xpath("//tbody//blockquote/mark"))


def test_a_verdict_that_turned_is_said_in_words():
    """The table of changes says that a verdict turned, what decided it, and what became of the paper."""
    page = _parsed(
        pages.compare_page(SHOWN, (row_of(EXAMPLE),) * 2, row_of(EXAMPLE), row_of(EXAMPLE), changes("Owls"))
    )
    first = " ".join(page.xpath("//table[contains(@class,'changes')]/tbody/tr[1]")[0].text_content().split())
    assert all(
        word in first for word in ("turned", "Supported", "Not enough info", "retracted", "Owls", "decisive")
    )


# --------------------------------------------------------------------------- filter and order

FILTERS = st.builds(
    ClaimFilter,
    text=st.sampled_from(["", "the", "SWAHILI", "  batch ", "低资源", "nothing of the kind", "a"]),
    label=st.none() | st.sampled_from(Label),
    least=st.sampled_from([0.0, 0.5, 0.74, 1.0]),
    language=st.sampled_from(["", "en", "zh", "hi", "xx"]),
    sort=st.sampled_from(["number", "confidence", "label", "verified"]),
)


@settings(max_examples=40, deadline=None)
@given(FILTERS)
def test_the_filter_keeps_what_fits_and_hides_the_rest(filters):
    """All claims are there once; those shown fit every part of the filter, those hidden miss one."""
    rows = claim_rows(EXAMPLE, cited_sources(EXAMPLE), filters)
    assert sorted(row.claim.number for row in rows) == [c.number for c in EXAMPLE.claims]
    words = " ".join(filters.text.split()).casefold()
    for row in rows:
        claim = row.claim
        held = json.dumps(
            [claim.text, *(e.model_dump(mode="json") for e in claim.evidence)], ensure_ascii=False
        ).casefold()
        fits = (filters.label in {None, claim.label}) and claim.confidence >= filters.least
        fits = fits and (not filters.language or filters.language in row.languages)
        if row.kept:
            assert fits
        elif fits:
            assert words
            assert words not in held


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("number", lambda c: c.number),
        ("confidence", lambda c: -c.confidence),
        ("verified", lambda c: not c.verified),
        ("label", lambda c: ["SUPPORTED", "CONFLICTING", "REFUTED", "NOT_ENOUGH_INFO"].index(c.label)),
    ],
)
def test_claims_are_ordered_as_asked(sort, key):
    """By the order asked for, then by number."""
    rows = claim_rows(EXAMPLE, cited_sources(EXAMPLE), ClaimFilter(sort=sort))
    assert [r.claim for r in rows] == sorted(EXAMPLE.claims, key=lambda c: (key(c), c.number))


def test_filtered_claims_are_hidden_and_counted():
    """The page hides what does not fit, says how many are shown, and keeps what was asked for in the form."""
    page = _report_page(label=Label.SUPPORTED, sort="confidence")
    shown = [t for t in page.xpath("//table[@id='table']/tbody") if t.get("hidden") is None]
    assert {t.get("data-label") for t in shown} == {"SUPPORTED"}
    confidences = [float(t.get("data-confidence")) for t in shown]
    assert confidences == sorted(confidences, reverse=True)
    assert page.xpath("//output")[0].text == f"{len(shown)} of {len(EXAMPLE.claims)} claims"
    assert page.xpath("//select[@name='label']/option[@selected]/@value") == ["SUPPORTED"]
    assert page.xpath("//*[@id='nothing']/@hidden")


def test_languages_of_the_evidence_are_those_of_the_quotes():
    """The filter offers the languages that the evidence is in, and each row knows its own."""
    rows = claim_rows(EXAMPLE, cited_sources(EXAMPLE), ClaimFilter())
    assert set(rows[0].languages) == {"en", "th", "hi"}
    assert rows[2].languages == ()


# --------------------------------------------------------------------------- what the pages load


def test_nothing_is_loaded_from_outside():
    """Style and script name no address, and lie beside the colours of the report's own file."""
    files = pages.static_files()
    assert set(files) == {"app.css", "app.js"}
    for data, media in files.values():
        assert media.startswith("text/")
        assert not re.search(rb"url\(|@import|https?:", data)
    style = files["app.css"][0].decode()
    assert style.index("--paper") < style.index("body {")
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|\beval\b|document\.write", files["app.js"][0].decode()
    )


def test_the_style_knows_no_left_and_no_right():
    """Only logical properties, so that a page read from right to left is the mirror of one read from left to right."""
    style = re.sub(r"/\*.*?\*/", "", (WEB / "app.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"(?:^|[\s;{-])(?:left|right)(?:-[a-z-]+)?\s*:", style)
    assert not re.search(r":\s*(?:left|right)\b", style)
    for name, value in re.findall(r"(margin|padding|inset|border-width):\s*([^;}()]+)", style):
        sides = value.replace("!important", "").split()
        assert len(sides) < 4 or sides[1] == sides[3], f"{name}: {value}"


def test_same_records_same_page():
    """A page is a function of its records alone."""
    for make in every_page(EXAMPLE, "Text").values():
        assert make() == make()


def test_a_bare_report_is_a_page():
    """No claims, no references, no reviewers, no answer: still a whole page that says so."""
    bare = example_report().model_copy(
        update={
            "claims": (),
            "references": (),
            "abstract": (),
            "limitations": (),
            "results": (),
            "comparisons": (),
        }
    )
    bare = bare.model_copy(
        update={"answer": bare.answer.model_copy(update={"groups": (), "covered": (), "not_covered": ()})}
    )
    assert "no claim" in _report_page(bare).text_content()
