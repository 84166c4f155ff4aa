"""Odd Unicode in full texts: what is kept, what is folded, and that offsets and display stay right.

Kept as they are: composed and decomposed letters, zero-width and direction marks, private-use and other odd characters.
Folded: each run of blanks, whatever their kind, becomes one space. Replaced by U+FFFD: what no file can hold as text (NUL,
control characters, halves of surrogate pairs).
"""

import html
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.reading.html.reader import read_html
from synthesis.reading.jats.reader import read_jats
from synthesis.reading.jats.records import full_text_paper
from synthesis.records import Paper, Quote
from synthesis.rendering.text import inline
from synthesis.sentences import split_sentences

ODD = (
    "na\u0131\u0308ve e\u0301 vs \u00e9",  # decomposed beside composed
    "zero\u200bwidth\u200d\u2060joined\ufeff",
    "right \u202eto left\u202c and \u2066isolated\u2069",
    "soft\u00adhyphen and \ue000private \U000f0000 \U0001f600",
    "مرحبا بالعالم. שלום עולם. 你好。世界。",
    "tag\U000e0041\U000e0042s and \u2028separators\u2029and\u0085more",
)
XML_TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n"
    ),
    min_size=1,
)


def folded(text):
    """Runs of blanks as one space."""
    return " ".join(text.split())


def jats_section(text):
    """``text`` as the only paragraph of an article."""
    return read_jats(f"<article><body><p>{html.escape(text)}</p></body></article>".encode(), "jats").sections[
        0
    ]


def html_section(text):
    """``text`` as the only paragraph of a LaTeXML page."""
    page = f'<article class="ltx_document"><p class="ltx_p">{html.escape(text)}</p></article>'
    return read_html(page.encode(), "html").sections[0]


def record_section(text):
    """``text`` as the only paragraph of a record."""
    record = json.loads(json.dumps({"title": "T", "body": [{"path": ["A"], "paragraphs": [text]}]}))
    return full_text_paper(record, "pmc").sections[0]


READERS = [jats_section, html_section, record_section]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ODD)
def test_odd_characters_are_kept(read, text):
    """Case 34: nothing but blanks changes; a decomposed letter never becomes the composed one."""
    assert read(text).text == folded(text)


@pytest.mark.parametrize("read", [jats_section, html_section])
@given(text=XML_TEXT)
def test_any_text_is_kept(read, text):
    """Case 34: for every text with a letter or digit that XML can hold."""
    text = f"A{text}b"
    assert read(text).text == folded(text)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ODD)
def test_offsets_and_quotes_hold(read, text):
    """Case 34: sentences slice back, quotes lock, and the record can be written and read again."""
    section = read(f"{text} It was 5 % better. {text}")
    paper = Paper(paper_id="x:1", title="T", source="test", sections=(section,))
    for span in split_sentences(section.text):
        quote = Quote.of(paper, 0, span.start, span.end)
        assert quote.text == section.text[span.start : span.end]
    assert Paper.model_validate_json(paper.model_dump_json()) == paper


@pytest.mark.parametrize("text", ODD)
def test_display_is_safe(text):
    """Case 34: a report shows no character that turns the order of others or breaks its file."""
    shown = inline(jats_section(text).text)
    assert not any(
        unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE", "PDF", "LRI", "RLI", "PDI"}
        for c in shown
    )
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in shown)


@pytest.mark.parametrize("read", [jats_section, html_section])
def test_control_characters_and_halves_of_pairs_never_reach_the_text(read):
    """Case 34: NUL, C0 controls and lone surrogates are replaced or dropped; the text can be encoded."""
    marked = read_with_references(read)
    marked.encode("utf-8")
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in marked)
    assert marked.startswith("one")
    assert marked.endswith("two words")


def read_with_references(read):
    """The text of a page or article with numeric references to what no text may hold."""
    body = "one &#0; &#xD800; &#1; \x02 two words"
    if read is jats_section:
        return read_jats(f"<article><body><p>{body}</p></body></article>".encode(), "jats").sections[0].text
    return (
        read_html(f'<article class="ltx_document"><p class="ltx_p">{body}</p></article>'.encode(), "html")
        .sections[0]
        .text
    )


def test_a_record_with_half_a_pair_can_be_written():
    """Case 34: JSON can hold a lone surrogate; the stored text holds U+FFFD in its place."""
    assert record_section("one \ud800 two").text == "one \ufffd two"


@pytest.mark.parametrize(
    ("read", "size"), [(jats_section, 9_600_000), (html_section, 10**6), (record_section, 10**6)]
)
def test_one_long_line(read, size):
    """Case 34: ten megabytes without a line break are one paragraph, whole."""
    text = "Larks sing. " * (size // 12)
    assert len(read(text).text) == len(text) - 1
