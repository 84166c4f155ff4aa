"""Abstracts with markup become plain text, free texts fit an address."""

from __future__ import annotations

import time
from html import escape
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.sources.markup import plain_abstract, plain_text
from synthesis.sources.query_text import fit_address


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<jats:p>Owls &amp; mice</jats:p><jats:p>hear.</jats:p>", "Owls & mice hear."),
        ("<p>H<sub>2</sub>O, 10<sup>−3</sup> m<sup>2</sup></p>", "H2O, 10−3 m2"),
        ("of<jats:italic>MLH1</jats:italic>in", "of MLH1 in"),
        ("<i>n</i>th and <i>p</i>53", "nth and p53"),
        ("<jats:sec><jats:title>Methods</jats:title><jats:p>We ask.</jats:p></jats:sec>", "Methods: We ask."),
        ("<h4>Why?</h4>Because.", "Why? Because."),
        ("at p &amp;amp;lt; 0.05 and x > 3", "at p < 0.05 and x > 3"),
        ("p<0.05 and a < b", "p<0.05 and a < b"),
        ("&lt;jats:p&gt;Owls&lt;/jats:p&gt;", "Owls"),
        ("x<!-- a note -->y <![CDATA[z]]>", "x y z"),
        ("<x><tex-math>$a$</tex-math><mml:math><mml:mi>a</mml:mi><mml:mn>2</mml:mn></mml:math></x>", "a2"),
        ("<tex-math>$a^2$</tex-math>", "$a^2$"),
        ("<jats:p> </jats:p>", None),
    ],
)
def test_markup_becomes_text(fragment, text):
    """No tag and no entity is left, words stay apart, formulas come once, signs of comparison stay."""
    assert plain_text(fragment) == text


@pytest.mark.parametrize(
    ("abstract", "text"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We ask.</jats:p>", "We ask."),
        ("<jats:title>ABSTRACT</jats:title><jats:p>we ask.</jats:p>", "we ask."),
        ("Abstract We ask.", "We ask."),
        ("Abstract: we ask.", "we ask."),
        ("AbstractWe ask.", "We ask."),
        ("ABSTRACT we ask.", "we ask."),
        ("Abstract algebra is hard.", "Abstract algebra is hard."),
        ("We read the abstract: it was short.", "We read the abstract: it was short."),
    ],
)
def test_name_of_an_abstract_is_left_out(abstract, text):
    """The word "Abstract" above an abstract is no part of it; as the first word of a sentence it is."""
    assert plain_abstract(abstract) == text


def test_title_keeps_its_first_word():
    """A title that begins with "Abstract" is not taken for a heading."""
    assert plain_text("Abstract Interpretation of Owls") == "Abstract Interpretation of Owls"


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.just(" "), max_size=80
    )
)
def test_text_without_markup_is_unchanged(text):
    """What holds neither a tag nor an entity comes out as it is, blanks folded."""
    plain = " ".join(text.replace("<", "(").replace("&", "+").split())
    assert (plain_text(plain) or "") == plain
    assert (plain_text(f"<jats:p>{escape(plain)}</jats:p>") or "") == plain


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<jats:title>", "<a ", "<tex-math>math", "&amp;", "<", "<a:", "</title>", "<i>aa", "]]>"],
)
def test_hostile_markup_takes_no_time(piece):
    """Case 32: a text that is nothing but openings of one kind is read in one pass."""
    began = time.process_time()
    plain_text(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 2


@given(st.text(max_size=3000), st.integers(60, 400))
def test_text_fits_an_address(text, most):
    """Whatever is asked, in whatever script, is cut to its escaped length, and what fits is kept whole."""
    fitted = fit_address(text, most)
    assert len(quote_plus(fitted, errors="replace")) <= most
    whole = " ".join(text.split())
    assert whole.startswith(fitted)
    if len(quote_plus(whole, errors="replace")) <= most and len(text) <= 2 * most:
        assert fitted == whole
