"""One small invented paper in every form in which full texts come; the files are made here and are real."""

from __future__ import annotations

import gzip
import io
import tarfile
from functools import cache
from html import escape
from typing import TYPE_CHECKING

import typst

from synthesis.records import Paper, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLE = "Drift of Cheap Humidity Sensors in Unheated Greenhouses"
AUTHORS = ("Ada Example", "Ben Sample")
ABSTRACT = (
    "Cheap humidity sensors are used in thousands of unheated greenhouses, yet nobody has measured how quickly their "
    "readings drift. We placed forty sensors of two makers beside a chilled mirror for fourteen months. The readings "
    "rose by 3.1 percent on average, and twice as fast in winter as in summer. A correction that uses temperature "
    "alone removes four fifths of the error."
)
SECTIONS = (
    (
        "Introduction",
        (
            (
                "Growers open their windows by what a humidity sensor says. A sensor that reads too high makes them open too "
                "often, and the heat that is lost has to be paid for. The makers state an accuracy for the first day only."
            ),
            (
                "Earlier work looked at sensors in offices and in cold stores, where the air is either warm and dry or cold "
                "and still. Greenhouses without heating are different: the air is saturated for hours every night, and "
                "water condenses on the housing of the sensor itself."
            ),
            (
                "We ask three questions. How far do the readings move within a year? Does the season matter? Can a grower "
                "correct the readings without a second instrument?"
            ),
        ),
    ),
    (
        "Method",
        (
            (
                "Forty sensors of two makers hung at the height of the crop in four greenhouses. A chilled mirror stood in the "
                "middle of each house and was cleaned every week. All instruments were read once a minute, and the mean of "
                "ten minutes was stored."
            ),
            (
                "Drift is the difference between a sensor and the mirror, averaged over one week, less the same difference in "
                "the first week. We fitted a straight line for each sensor and each season, and we state intervals from two "
                "thousand resamples of the sensors."
            ),
            (
                "The correction is linear in the temperature of the same ten minutes. It was fitted on the odd weeks and "
                "tested on the even ones, so that no week stands on both sides."
            ),
        ),
    ),
    (
        "Results",
        (
            (
                "After fourteen months the sensors read 3.1 percent too high on average. The drift was twice as fast in winter "
                "as in summer, and the two makers did not differ. No sensor failed during the study."
            ),
            (
                "The correction by temperature removed 81 percent of the squared error in the even weeks. What remained was "
                "not related to the height of the sensor, to the crop or to the age of the house."
            ),
            (
                "Two sensors were flooded in March when a pipe broke. They dried within a day and their drift did not differ "
                "from that of their neighbours, so they were kept in all figures."
            ),
        ),
    ),
    (
        "Discussion",
        (
            (
                "Condensation is the likely cause, since the drift follows the hours of saturation and not the calendar. We "
                "have not opened the sensors, and a chemist should do so before the cause is taken as known."
            ),
            (
                "A grower who knows the temperature can have a useful reading for the price of one cheap sensor. Whether the "
                "correction carries over to heated houses is open, because ours were never warmed."
            ),
        ),
    ),
)
EMPTY_FEED = (  # what arXiv's query API answers when it holds nothing
    b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" '
    b'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><id>https://arxiv.org/api/x</id><title>x</title>'
    b"<opensearch:totalResults>0</opensearch:totalResults></feed>"
)
QUOTED = "The drift was twice as fast in winter as in summer, and the two makers did not differ."


def metadata(**changes: object) -> Paper:
    """What a source says of the paper: its facts and abstract."""
    facts = {
        "paper_id": "arxiv:2401.01234",
        "title": TITLE,
        "abstract": ABSTRACT,
        "authors": AUTHORS,
        "year": 2024,
        "arxiv_id": "2401.01234",
        "arxiv_version": 2,
        "source": "arxiv",
        "sections": (Section(title="Abstract", text=ABSTRACT),),
    }
    return Paper.model_validate(facts | changes)


def tex(*, inputs: bool = False) -> bytes:
    """The paper in LaTeX; with ``inputs`` its results stand in ``results.tex``."""
    parts = [rf"\section{{{title}}}" + "\n" + _escaped("\n\n".join(body)) for title, body in SECTIONS]
    if inputs:
        parts[2] = r"\input{results}"
    return "\n".join(
        [
            r"\documentclass{article}",
            rf"\title{{{TITLE}}}",
            rf"\author{{{AUTHORS[0]} \and {AUTHORS[1]}}}",
            r"\begin{document}",
            r"\maketitle",
            r"\begin{abstract}",
            _escaped(ABSTRACT),
            r"\end{abstract}",
            *parts,
            r"\end{document}",
        ]
    ).encode()


def e_print(files: Mapping[str, bytes] | None = None) -> bytes:
    """An e-print as arXiv packs it: a gzipped tar; by default the paper in two files of TeX."""
    results = rf"\section{{{SECTIONS[2][0]}}}" + "\n" + _escaped("\n\n".join(SECTIONS[2][1]))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in (files or {"main.tex": tex(inputs=True), "results.tex": results.encode()}).items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(packed.getvalue(), mtime=0)


def arxiv_html() -> bytes:
    """The paper as LaTeXML writes it."""
    sections = "".join(
        f'<section id="S{i}" class="ltx_section"><h2 class="ltx_title ltx_title_section">'
        f'<span class="ltx_tag ltx_tag_section">{i} </span>{title}</h2>'
        + "".join(f'<div class="ltx_para"><p class="ltx_p">{escape(p)}</p></div>' for p in body)
        + "</section>"
        for i, (title, body) in enumerate(SECTIONS, start=1)
    )
    authors = "".join(f'<span class="ltx_personname">{a}</span>' for a in AUTHORS)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{TITLE}</title><meta charset="utf-8"></head><body>'
        '<nav class="ltx_page_navbar">Report issue for preceding element</nav>'
        '<div class="ltx_page_main"><div class="ltx_page_content"><article class="ltx_document">'
        f'<h1 class="ltx_title ltx_title_document">{TITLE}</h1><div class="ltx_authors">{authors}</div>'
        f'<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6>'
        f'<p class="ltx_p">{escape(ABSTRACT)}</p></div>{sections}</article></div></div></body></html>'
    ).encode()


def jats() -> bytes:
    """The paper in JATS."""
    names = "".join(
        f'<contrib contrib-type="author"><name><surname>{a.split()[1]}</surname><given-names>{a.split()[0]}'
        "</given-names></name></contrib>"
        for a in AUTHORS
    )
    body = "".join(
        f"<sec><title>{title}</title>{''.join(f'<p>{escape(p)}</p>' for p in paragraphs)}</sec>"
        for title, paragraphs in SECTIONS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><article article-type="research-article"><front><article-meta>'
        f'<article-id pub-id-type="pmcid">PMC7654321</article-id><title-group><article-title>{TITLE}</article-title>'
        f"</title-group><contrib-group>{names}</contrib-group><pub-date><year>2024</year></pub-date>"
        f"<abstract><p>{escape(ABSTRACT)}</p></abstract></article-meta></front><body>{body}</body></article>"
    ).encode()


@cache
def pdf(title: str = TITLE) -> bytes:
    """The paper as PDF on small pages, so that it has several."""
    body = "\n".join(f"== {name}\n" + "\n\n".join(paragraphs) + "\n" for name, paragraphs in SECTIONS)
    source = (
        f'#set document(title: "{title}")\n#set page(width: 150mm, height: 150mm, margin: 18mm)\n'
        "#set text(size: 10pt, hyphenate: false)\n#set par(first-line-indent: 1em)\n"
        f"#align(center)[#text(size: 17pt)[{title}]\n\n{', '.join(AUTHORS)}]\n"
        f"== Abstract\n{ABSTRACT}\n{body}"
    )
    compiled = typst.compile(source.encode())
    assert isinstance(compiled, bytes)
    return compiled


@cache
def scan() -> bytes:
    """A PDF without text: a drawing on a page."""
    compiled = typst.compile(
        b"#set page(width: 60mm, height: 60mm)\n#rect(width: 100%, height: 40%, fill: black)"
    )
    assert isinstance(compiled, bytes)
    return compiled


def other_paper(form: str) -> bytes:
    """Another paper in ``form`` ("html" or "jats"), as a wrong link would give it."""
    swaps = {
        TITLE: "A Dictionary of Northern Place Names Read by Machine",
        ABSTRACT: "We scanned a dictionary of place names and corrected its spelling by hand. "
        "The resulting list holds nine thousand villages with their oldest written forms.",
    }
    text = (arxiv_html() if form == "html" else jats()).decode()
    for title, body in SECTIONS:
        swaps[title] = f"Villages, part {len(title)}"
        for number, paragraph in enumerate(body):
            swaps[paragraph] = (
                f"Every village of volume {number} was compared with two older lists, and its form was noted. "
                "Where the lists disagreed the older form was kept, because scribes seldom invented letters. "
            ) * 2
    for ours, theirs in swaps.items():
        text = text.replace(escape(ours), escape(theirs))
    return text.encode()


def _escaped(text: str) -> str:
    return text.replace("%", r"\%")
