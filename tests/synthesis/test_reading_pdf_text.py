"""Printed lines → running text."""

import pytest

from synthesis.reading.pdf.layout import lay_out
from synthesis.reading.pdf.text import Line, Page, clean, join_lines


def line(text, *, size=10.0, x=50.0, y=500.0, font="Serif", rotated=False):
    """A printed line."""
    return Line(text=text, size=size, x=x, y=y, font=font, rotated=rotated)


@pytest.mark.parametrize(
    ("first", "second", "words", "joined"),
    [
        ("the re\x02", "trieval of", [], "the retrieval of"),
        ("the cross\x02", "lingual case", ["cross-lingual"], "the cross-lingual case"),
        ("by Semantic\x02", "Scholar", [], "by Semantic-Scholar"),
        ("from 2019-", "2021", [], "from 2019- 2021"),
        ("plain", "text", [], "plain text"),
    ],
)
def test_line_ends(first, second, words, joined):
    """A hyphen at a line's end goes when the whole word is known or looks like one, and stays in compounds."""
    assert join_lines([line(first), line(second, y=488)], frozenset(words)) == joined


def test_paragraphs_are_kept_apart():
    """A new paragraph is a finished sentence and then a gap or an indent; an unfinished one goes on."""
    lines = [
        line("It ends."),
        line("New one", x=60, y=488),
        line("goes on", y=476),
        line("here.", y=440),
        line("Next.", y=400),
    ]
    assert join_lines(lines, frozenset()) == "It ends.\n\nNew one goes on here.\n\nNext."


def test_clean_drops_what_no_font_shows():
    """Ligatures are spelled out; control and private characters go; other scripts stay."""
    assert clean(" e\ufb03cient\u00a0 \x07\ue000 検索 ") == "efficient 検索"


def test_layout_reads_stamp_and_drops_margins():
    """The arXiv stamp gives id, version and year; what repeats in the margins of all pages is no text."""
    body = [line(f"Body sentence number {'abcdefgh'[i]} stands here.", y=600 - 12 * i) for i in range(8)]
    head = line("Running Head 7", y=780)
    stamp = line("arXiv:2304.02623v1 [cs.CL] 5 Apr 2023", x=10, rotated=True, size=20)
    title = line("A Large Title Line", size=18, y=700)
    first = Page(
        width=600, height=800, lines=(stamp, head, title, line("1 Introduction", font="Bold", y=650), *body)
    )
    other = Page(width=600, height=800, lines=(head, *body, line("3", y=20)))
    paper = lay_out([first, other, other], metadata={}, file_name="x.pdf", file_sha256="0" * 64, source="s")
    assert (paper.paper_id, paper.arxiv_version, paper.year) == ("arxiv:2304.02623", 1, 2023)
    assert paper.title == "A Large Title Line"
    assert [s.title for s in paper.sections] == ["Introduction"]
    assert "Running Head" not in paper.sections[0].text
    assert not paper.sections[0].text.endswith("3")


def test_a_stated_title_is_believed_only_where_it_is_printed():
    """Metadata of another document, left in a template, does not name the paper."""
    page = Page(
        width=600,
        height=800,
        lines=(line("The Printed Title", size=18, y=700), line("Some body text.", y=600)),
    )
    facts = {"file_name": "x.pdf", "file_sha256": "0" * 64, "source": "s"}
    assert lay_out([page], metadata={"Title": "Template of Another"}, **facts).title == "The Printed Title"
    assert lay_out([page], metadata={"Title": "the printed title"}, **facts).title == "the printed title"


def test_a_paper_says_how_well_it_was_read():
    """A PDF's paper carries the form, the quality and the flags of its text; its name gives ids that no page prints."""
    page = Page(
        width=600, height=800, lines=(line("The Printed Title", size=18, y=700), line("Some text.", y=600))
    )
    paper = lay_out(
        [page], metadata={}, file_name="2304.02623v2.pdf", file_sha256="0" * 64, source="s", page_count=4
    )
    assert (paper.form, paper.arxiv_id, paper.arxiv_version, paper.year) == ("pdf", "2304.02623", 2, 2023)
    assert paper.quality < 0.3
    assert "only 1 of 4 pages were read" in paper.flags


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("Caf´e", "Café"),
        ("M¨uller", "Müller"),
        ("naˆıve", "naîve"),
        ("Krasi´nski", "Krasiński"),
        ("it´s so", "it´s so"),
    ],
)
def test_accents_are_set_on_their_letters(printed, read):
    """What TeX prints as an accent and a letter is one letter; an accent used as an apostrophe stays."""
    assert clean(printed) == read


def test_the_document_itself_says_which_hyphens_stay():
    """A hyphen between two words of the document stays, unless the whole word is there; a suspended one keeps its blank."""
    words = frozenset({"high", "quality", "retrieval", "work", "shop", "workshop"})
    assert join_lines([line("of high\x02"), line("quality", y=488)], words) == "of high-quality"
    assert join_lines([line("the work\x02"), line("shop", y=488)], words) == "the workshop"
    assert join_lines([line("pre-"), line("and post-training", y=488)], words) == "pre- and post-training"
    assert join_lines([line("from 10\x02"), line("20 on", y=488)], words) == "from 10-20 on"
