"""Printed lines, by their places on the page, → sections: columns, floats, notes, headings, pages."""

import re
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.reading.pdf.columns import page_gutter, zones
from synthesis.reading.pdf.layout import full_text
from synthesis.reading.pdf.reader import pdf_page_texts, read_pdf_text
from synthesis.reading.pdf.text import Line, Page
from synthesis.reading.pdf.vertical import turned
from synthesis.section_tables import tables_in

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "fulltext"
WIDTH, HEIGHT = 600.0, 800.0
LEFT, RIGHT, COLUMN = 50.0, 310.0, 240.0


def line(text, x=LEFT, y=700.0, *, size=10.0, font="Serif", width=None):
    """A printed line; without a width it is as wide as its characters."""
    return Line(
        text=text, size=size, x=x, y=y, font=font, rotated=False, width=width or 0.48 * size * len(text)
    )


def page_of(*lines):
    """A page of lines."""
    return Page(width=WIDTH, height=HEIGHT, lines=lines)


def read(*pages, title="A Study of Things"):
    """The full text of pages whose first begins with a title and an abstract's heading."""
    head = (
        line(title, y=770, size=18, font="Bold"),
        line("Abstract", y=745, size=12, font="Bold"),
        line("The abstract is short and stands alone.", y=732, width=480),
    )
    first = pages[0].model_copy(update={"lines": (*head, *pages[0].lines)})
    return full_text([first, *pages[1:]], {"Title": title})


def column(texts, x=LEFT, top=640.0, leading=12.0, width=COLUMN, size=10.0):
    """Full lines under one another."""
    return [line(text, x, top - leading * i, width=width, size=size) for i, text in enumerate(texts)]


def words(letter, n, end=""):
    """A line of words of one letter."""
    return " ".join([letter * 5] * n) + end


def text_of(result):
    """All sections' text."""
    return "\n\n".join(section.text for section in result.sections)


INTRODUCTION = line("1 Introduction", y=700, size=12, font="Bold")


# ---------------------------------------------------------------------------------------- columns


@given(st.randoms(use_true_random=False))
def test_the_order_of_reading_comes_from_places_not_from_the_file(random):
    """Two columns under a full-width heading line read left, then right, however the file orders the lines."""
    left = [
        f"left line {word} goes on through the column" for word in ("one", "two", "three", "four", "five")
    ]
    right = [
        f"right line {word} goes on through the column" for word in ("one", "two", "three", "four", "five")
    ]
    lines = [*column(left, LEFT), *column(right, RIGHT)]
    random.shuffle(lines)
    found = text_of(read(page_of(INTRODUCTION, *lines)))
    assert " ".join([*left, *right]) in found


def test_a_line_across_the_columns_parts_them_into_bands():
    """What stands above a full-width line is read before it, in both columns, and what is below after it."""
    above = [[f"{side} upper {n} line of the column here" for n in "abcde"] for side in ("left", "right")]
    below = [[f"{side} lower {n} line of the column here" for n in "abcde"] for side in ("left", "right")]
    across = "one line across both of the columns of this page, from the left edge to the right edge of it"
    lines = [
        *column(above[0], LEFT, 640),
        *column(above[1], RIGHT, 640),
        line(across, y=560, width=500),
        *column(below[0], LEFT, 530),
        *column(below[1], RIGHT, 530),
    ]
    assert " ".join([*above[0], *above[1], across, *below[0], *below[1]]) in text_of(
        read(page_of(INTRODUCTION, *lines))
    )


def test_a_line_that_reaches_into_the_gutter_parts_nothing():
    """A formula wider than its column, beside lines of the other, belongs to its column."""
    left = [f"left line {n} goes on through the column" for n in "abcdefgh"]
    right = [f"right line {n} goes on through the column" for n in "abcdefgh"]
    lines = [*column(left, LEFT), *column(right, RIGHT)]
    lines[3] = lines[3].model_copy(update={"width": COLUMN + 40})
    assert " ".join([*left, *right]) in text_of(read(page_of(INTRODUCTION, *lines)))


def test_one_column_is_not_split():
    """Full lines of a page in one column have no gutter, nor has an empty page."""
    assert (
        page_gutter(column(["a line that runs from edge to edge of the page"] * 20, width=500), WIDTH) is None
    )
    assert page_gutter([], WIDTH) is None
    assert zones([], WIDTH, None) == []


def test_right_to_left_pages_begin_with_the_right_column():
    """In Hebrew the right column is read first."""
    sentence = "משפט ארוך בעברית שממלא את כל רוחב הטור"
    left = [f"{sentence} {n}" for n in "אבגדה"]
    right = [f"{sentence} {n}" for n in "וזחטי"]
    found = text_of(read(page_of(INTRODUCTION, *column(left, LEFT), *column(right, RIGHT))))
    assert found.index(right[0]) < found.index(left[0])


# ---------------------------------------------------------------------------------------- sentences stay whole


def test_a_figure_between_two_halves_of_a_sentence_stands_apart():
    """A caption, the labels over it and a note at the column's foot tear no sentence; the labels go."""
    lines = [
        *column(
            [
                "We begin a sentence here and it goes on below",
                "with more words until the figure comes and the",
            ],
            top=640,
        ),
        line("0.2", 80, 590, size=6),
        line("accuracy", 120, 580, size=6),
        line("Figure 1: What the figure shows, in a line", y=560, size=9, width=200),
        *column(
            ["rest of it follows under the figure at last.", "Another sentence fills the line under it now."],
            top=530,
        ),
        line("2 A note at the foot of the column says more.", y=60, size=8, width=200),
    ]
    found = text_of(read(page_of(INTRODUCTION, *lines)))
    assert "until the figure comes and the rest of it follows under the figure at last." in found
    assert "\n\nFigure 1: What the figure shows, in a line" in found
    assert "\n\n2 A note at the foot of the column says more." in found
    assert "accuracy" not in found


def test_a_sentence_over_two_columns_is_not_torn_by_the_note_between_them():
    """A note at the foot of the left column stands apart; the sentence goes on at the head of the right one."""
    left = [f"left line {n} goes on through the column" for n in "abcde"]
    right = [f"right line {n} goes on through the column" for n in "abcde"]
    note = line("2 A note in small type explains a word above.", y=560, size=8, width=200)
    found = text_of(read(page_of(INTRODUCTION, *column(left, LEFT), note, *column(right, RIGHT))))
    assert " ".join([*left, *right]) in found
    assert "2 A note in small type explains a word above." in found


def test_a_sentence_that_begins_with_a_figures_name_is_no_caption():
    """Words like "Table 2 shows" at a line's start, amid running text, stays where it is."""
    texts = [
        "The first line of this text says what we do in",
        "Table 2. It also says more and goes on to the end",
        "of the third line of it.",
    ]
    assert " ".join(texts) in text_of(read(page_of(INTRODUCTION, *column(texts))))


def test_a_table_becomes_markdown_in_its_section():
    """Rows of cells under heads are read as the table that they are; its numbers keep their columns."""
    cells = [("Model", "Recall", "nDCG"), ("BM25", "61.2", "0.54"), ("Ours", "70.5", "0.61")]
    lines = [
        line(text, 60 + 80 * j, 500 - 12 * i, size=9)
        for i, row in enumerate(cells)
        for j, text in enumerate(row)
    ]
    lines += [line("Table 1: Results of both.", y=455, size=9)]
    body = column(
        ["The text of the section stands above the table.", "It ends before the table and its caption."],
        width=500,
    )
    more = column(["After the table the text of the section goes on."], top=420, width=500)
    (table,) = [
        t for s in read(page_of(INTRODUCTION, *body, *lines, *more)).sections for t in tables_in(s.text)
    ]
    assert table.caption == "Table 1: Results of both."
    assert table.columns == cells[0]
    assert [row for _, row in table.rows] == cells[1:]


def test_a_table_whose_columns_are_in_doubt_is_left_out():
    """Cells that stand between the columns make no table; the caption stays."""
    lines = [
        line(text, x, y, size=9)
        for text, x, y in (
            ("Ab", 60, 500),
            ("12", 140, 500),
            ("Bc", 60, 488),
            ("13", 140, 488),
            ("Cd 14 and some words", 62, 476),
        )
    ]
    lines.append(line("Table 1: Results.", y=455, size=9))
    found = text_of(
        read(page_of(INTRODUCTION, *column(["Text above it fills this line of the column."]), *lines))
    )
    assert "Table 1: Results." in found
    assert "|" not in found


# ---------------------------------------------------------------------------------------- furniture


def test_heads_numbers_and_stamps_are_gone():
    """Running heads, page numbers, the numbers of a manuscript's lines, imprints and the title over later pages go."""
    body = column([f"Sentence number {n} stands on this page of it." for n in "abcdefghij"], width=480)
    numbers = [line(f"{i:03d}", 20, 640 - 12 * i, size=7, width=10) for i in range(10)]
    pages = [
        page_of(
            line(head, y=785, size=8),
            INTRODUCTION,
            *body,
            *numbers,
            line(str(n), 300, 30),
            line("© 2020 The Publisher", y=60, size=8),
        )
        for n, head in enumerate(
            ("Journal of Things 3", "A Study of Things", "Ada et al. 12", "Journal of Things 4"), start=1
        )
    ]
    found = text_of(read(*pages))
    assert "Sentence number a stands" in found
    for gone in ("Journal", "003", "et al.", "Study"):
        assert gone not in found
    assert "©" not in text_of(read(pages[0]))


# ---------------------------------------------------------------------------------------- sections


def test_headings_make_sections_and_references_are_listed():
    """Numbered, known and two-line headings; key words and thanks go; each reference is one line."""
    lines = [
        line("Keywords: words, more words", y=715),
        INTRODUCTION,
        line("It begins here and ends in the same line of it.", y=680, width=480),
        line("2 A Heading So Long That It Needs", y=660, size=12, font="Bold"),
        line("Two Lines", x=60, y=646, size=12, font="Bold"),
        line("The second section has a line of its own to show.", y=626, width=480),
        line("Acknowledgments", y=606, size=12, font="Bold"),
        line("We thank everybody for everything that they did.", y=590, width=480),
        line("References", y=570, size=12, font="Bold"),
        line("[1] Ada Lovelace. 1843. Notes on an engine that com\x02", y=556, size=9, width=480),
        line("putes. Memoirs.", x=66, y=545, size=9),
        line("[2] Alan Turing. 1936. On numbers. Proceedings.", y=534, size=9, width=480),
    ]
    result = read(page_of(*lines))
    assert [s.title for s in result.sections] == [
        "Abstract",
        "Introduction",
        "A Heading So Long That It Needs Two Lines",
    ]
    assert result.abstract == "The abstract is short and stands alone."
    assert result.references == (
        "[1] Ada Lovelace. 1843. Notes on an engine that computes. Memoirs.",
        "[2] Alan Turing. 1936. On numbers. Proceedings.",
    )


def test_a_letter_without_headings_keeps_its_text():
    """Where no heading stands, the text is one section without the title."""
    texts = [f"Line {n} of a letter that has no headings at all goes on" for n in "abcdefgh"]
    result = full_text([page_of(line("A Letter on Things", y=760, size=18), *column(texts, width=500))], {})
    assert [s.title for s in result.sections] == ["Text"]
    assert result.sections[0].text == " ".join(texts)
    assert result.title == "A Letter on Things"


# ---------------------------------------------------------------------------------------- pages


LETTERS = "jkqwz"  # in no word that the reader adds, nor in "Figure"


@st.composite
def documents(draw):
    """Pages whose words are made of one of ``LETTERS`` each, with headings, notes and captions."""
    pages = []
    for number in range(draw(st.integers(1, 5))):
        letter = LETTERS[number]
        lines = (
            [line(f"{number + 1} {letter.upper()}{letter * 7}", y=705, size=12, font="Bold")]
            if draw(st.booleans())
            else []
        )
        n_lines = draw(st.sampled_from([0, 4, 5, 9]))  # fewer side by side prove no columns
        for x in (LEFT, RIGHT)[: draw(st.integers(1, 2))]:
            for i in range(n_lines):
                ends = draw(st.sampled_from([".", "", "", "\x02"]))
                indent = draw(st.sampled_from([0, 0, 12]))
                lines.append(line(words(letter, 7, ends), x + indent, 680 - 12 * i, width=COLUMN - indent))
            if draw(st.booleans()):
                lines.append(line(f"Figure {number + 1}: {words(letter, 5)}", x, 400, size=9, width=150))
            if draw(st.booleans()):
                lines.append(line(f"3 {words(letter, 6, '.')}", x, 90, size=8, width=180))
        pages.append(page_of(*lines))
    return pages


@settings(max_examples=150, deadline=None)
@given(documents())
def test_page_at_is_the_page_of_the_line_that_a_character_came_from(pages):
    """Every letter of every section is on the page that ``page_at`` says, whatever runs over from page to page."""
    result = full_text(pages, {})
    for section in result.sections:
        assert section.page is not None
        assert list(section.page_breaks) == sorted(section.page_breaks)
        for offset, character in enumerate(re.sub(r"Figure", "      ", section.text)):
            if character.isalpha():
                assert section.page_at(offset) == LETTERS.index(character.lower()) + 1


@settings(max_examples=60, deadline=None)
@given(documents())
def test_no_letter_is_lost_or_doubled(pages):
    """Each letter of running text, notes and captions is in the sections exactly as often as it is printed."""
    kept = text_of(read(*pages))
    for letter in LETTERS:
        printed = sum(one.text.count(letter) for page in pages for one in page.lines if one.font != "Bold")
        assert kept.count(letter) == printed


def test_vertical_lines_become_rows():
    """Signs under one another are a line; the rightmost comes first; a page that is not vertical stays as it is."""
    signs = [
        line(c, 500 - 20 * j, 700 - 10 * i, width=10)
        for j, text in enumerate(("縦書きの一行目", "二行目はここ"))
        for i, c in enumerate(text)
    ]
    page = page_of(*signs)
    assert [one.text for one in turned(page).lines] == ["縦書きの一行目", "二行目はここ"]
    other = page_of(*column(["a line"] * 3))
    assert turned(other) is other


# ---------------------------------------------------------------------------------------- typeset and real


ARTICLE = """
#set page(paper: "a4", columns: 2, margin: 2cm, numbering: "1", header: [#text(7pt)[Proceedings of Nowhere]])
#set text(10pt, hyphenate: true, lang: "en")
#set par(justify: true, first-line-indent: 1em)
#set heading(numbering: "1.1")
#let name(n) = "abcdefghij".at(calc.quo(n, 10)) + "klmnopqrst".at(calc.rem(n, 10))
#let sentences(from, to) = for n in range(from, to) [Sentence #name(n) speaks of internationalisation, configurability and of #name(n) representativeness in considerable detail. ]
#place(top + center, scope: "parent", float: true)[#text(17pt)[*Reading Typeset Articles*]]
#heading(numbering: none)[Abstract]
We measure how articles are read.
= Introduction
#sentences(0, 12)#footnote[A footnote that explains something about this at some length.]
#sentences(12, 30)
#place(top + center, scope: "parent", float: true, figure(table(columns: 3, stroke: none, [Model], [Recall], [Score], [Baseline], [61.2], [0.54], [Ours], [70.5], [0.61]), caption: [Two systems compared.]))
= Methods
#sentences(30, 55)
#figure(rect(width: 4cm, height: 2cm)[label], caption: [A picture of the method.], placement: auto)
#sentences(55, 90)
= Conclusion
#sentences(90, 100)
"""


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    """A typeset two-column article of several pages with a note, a table and a figure."""
    folder = tmp_path_factory.mktemp("article")
    (folder / "source.typ").write_text(ARTICLE, encoding="utf-8")
    typst.compile(str(folder / "source.typ"), output=str(folder / "article.pdf"))
    return folder / "article.pdf"


def test_every_sentence_of_a_typeset_article_is_whole_and_in_order(article):
    """Hyphens, columns, pages, a note, a table and a figure tear none of a hundred sentences."""
    result = read_pdf_text(article)
    found = text_of(result)
    wanted = [
        f"Sentence {name} speaks of internationalisation, configurability and of {name} representativeness in considerable"
        " detail."
        for name in ("abcdefghij"[n // 10] + "klmnopqrst"[n % 10] for n in range(100))
    ]
    places = [found.find(sentence) for sentence in wanted]
    assert -1 not in places
    assert places == sorted(places)
    assert [s.title for s in result.sections if s.title != "Notes"] == [
        "Abstract",
        "Introduction",
        "Methods",
        "Conclusion",
    ]
    assert result.title == "Reading Typeset Articles"
    assert result.quality == 1.0
    (table,) = [table for section in result.sections for table in tables_in(section.text)]
    assert [row for _, row in table.rows] == [("Baseline", "61.2", "0.54"), ("Ours", "70.5", "0.61")]


def test_the_pages_of_a_typeset_article_are_those_it_is_printed_on(article):
    """Each sentence begins on the page on which PDFium finds its name."""
    printed = [re.sub(r"\s+", " ", page) for page in pdf_page_texts(article)]
    for section in read_pdf_text(article).sections:
        for match in re.finditer(r"Sentence (\w\w) speaks", section.text):
            names = (f"Sentence {match[1]}", f"{match[1]} speaks")
            pages = {i for i, page in enumerate(printed, start=1) if any(name in page for name in names)}
            assert section.page_at(match.start(1)) in pages


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/fulltext beside the checkout")
def test_a_real_paper_is_read_as_it_is_meant():
    """Sentences across columns, pages, notes and captions; references, tables and pages of a published paper."""
    result = read_pdf_text(DATA / "s2orc" / "2020.acl-main.207.pdf")
    found = text_of(result)
    for sentence in (
        "representations substantially outperform the state-of-the-art on a variety of document-level tasks, including",
        "to measure whether its advantages on the offline dataset translate into improvements on the online",
        "2 SPECTER: Scientific Paper Embeddings using Citation-informed TransformERs",
    ):
        assert sentence in found
    tables = [table for section in result.sections for table in tables_in(section.text)]
    assert tables[0].rows[-1][1][:3] == ("SPECTER (Ours)", "82.0", "86.4")
    assert len(result.references) > 50
    assert result.quality == 1.0
    (related,) = [s for s in result.sections if s.title == "Related Work"]
    assert (related.page, related.page_at(len(related.text) - 1)) == (8, 9)
